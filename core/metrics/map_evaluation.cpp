#include "core/metrics/map_evaluation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "core/base/error.h"
#include "core/base/text.h"

namespace orthocover {
namespace {

constexpr std::int64_t kBlockPx = 1024;
constexpr std::uint8_t kNoConfidence = 255;

/// Class indices of map values.
class Indices {
 public:
  Indices(const Legend& legend, std::string path) : m_path(std::move(path)), m_classes(legend.size()) {
    m_index.fill(kIgnoreLabel);
    for (std::size_t i = 0; i < legend.classes().size(); ++i)
      m_index[legend.classes()[i].value] = static_cast<std::uint8_t>(i);
  }
  /// kIgnoreLabel for 0.
  std::uint8_t of(std::uint8_t value) const {
    if (value != kNoClass && m_index[value] == kIgnoreLabel)
      throw data_error("{}: value {} is not in the legend, which has {} classes; give the map's own --legend",
                       m_path, value, m_classes);
    return m_index[value];
  }

 private:
  std::string m_path;
  int m_classes;
  std::array<std::uint8_t, 256> m_index{};
};

void for_each_block(const RasterInfo& info, RunContext& context, std::string_view stage,
                    const std::function<void(const Window&)>& visit) {
  for (std::int64_t row = 0; row < info.rows;) {
    for (std::int64_t col = 0; col < info.cols; col += kBlockPx) {
      context.check_cancelled();
      visit(intersect({col, row, kBlockPx, kBlockPx}, info.window()));
    }
    row = std::min(row + kBlockPx, info.rows);
    context.progress(static_cast<double>(row) / static_cast<double>(info.rows), stage);
  }
}

/// A picture's part in a window.
std::vector<std::uint8_t> cut(const std::vector<std::uint8_t>& picture, const Window& seen,
                              const Window& part) {
  std::vector<std::uint8_t> out;
  out.reserve(static_cast<std::size_t>(part.pixels()));
  for (std::int64_t row = part.row; row < part.bottom(); ++row) {
    const auto begin = picture.begin() + (row - seen.row) * seen.cols + part.col - seen.col;
    out.insert(out.end(), begin, begin + part.cols);
  }
  return out;
}

/// @param largest value so far
std::vector<std::uint8_t> read_confidence(const RasterSource& source, const Window& window, float& largest) {
  PixelBlock block;
  source.read(window, -1, block);
  std::vector<std::uint8_t> percent(block.valid.size(), kNoConfidence);
  for (std::size_t i = 0; i < percent.size(); ++i) {
    const float value = block.values[i];
    if (!block.valid[i] || !(value >= 0 && value <= 100)) continue;
    largest = std::max(largest, value);
    percent[i] = static_cast<std::uint8_t>(std::lround(value));
  }
  return percent;
}

/// What is known of a block.
struct Block {
  Window window;
  std::vector<std::uint8_t> truth;
  std::vector<std::uint8_t> called;
};

/// @param first of the map's own regions in the evaluation
void count_regions(const Block& block, const LabelSource& labels, const std::string& name, int classes,
                   std::size_t first, MapEvaluation& evaluation) {
  std::vector<std::uint8_t> uses(block.truth.size());
  for (const LabelledRegion& region : labels.regions()) {
    const Window part = intersect(region.window, block.window);
    if (part.empty()) continue;
    for (std::int64_t row = part.row; row < part.bottom(); ++row) {
      const auto begin =
          uses.begin() + (row - block.window.row) * block.window.cols + part.col - block.window.col;
      std::for_each(begin, begin + part.cols, [](auto& use) { use = use == 0 ? 1 : 2; });
    }
    ConfusionMatrix matrix(classes);
    matrix.add(cut(block.truth, block.window, part), cut(block.called, block.window, part));
    if (matrix.total() == 0) continue;
    const std::string full = region.name.empty() ? name : name + ":" + region.name;
    const auto known =
        std::ranges::find(evaluation.regions.begin() + static_cast<std::ptrdiff_t>(first),
                          evaluation.regions.end(), full, &std::pair<std::string, ConfusionMatrix>::first);
    if (known == evaluation.regions.end())
      evaluation.regions.emplace_back(full, std::move(matrix));
    else
      known->second.add(matrix);
  }
  for (std::size_t i = 0; i < uses.size(); ++i)
    if (block.truth[i] != kIgnoreLabel && uses[i] != 1) evaluation.regions_hold_all = false;
}

}  // namespace

void evaluate_map(const MapSource& map, const LabelSource& labels, const RasterSource* confidence,
                  const Legend& legend, const std::string& name, MapEvaluation& evaluation,
                  RunContext& context, double pixel_share) {
  const Indices indices(legend, map.info().path);
  const std::int64_t margin = evaluation.boundary.margin();
  std::uint64_t labelled = 0;
  float largest = 0;
  const std::size_t first_region = evaluation.regions.size();
  ConfusionMatrix matrix(legend.size());
  for_each_block(map.info(), context, "comparing", [&](const Window& core) {
    const Window seen =
        intersect({core.col - margin, core.row - margin, core.cols + 2 * margin, core.rows + 2 * margin},
                  map.info().window());
    std::vector<std::uint8_t> truth;
    labels.read(seen, seen.cols, seen.rows, truth);
    if (std::ranges::all_of(truth, [](auto label) { return label >= kIgnoreLabel; })) return;
    std::vector<std::uint8_t> values;
    map.read(seen, values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = indices.of(values[i]);
      // Labels beyond the classes stand for several.
      if (truth[i] >= legend.size()) truth[i] = kIgnoreLabel;
    }
    Block block{core, cut(truth, seen, core), cut(values, seen, core)};
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i] == kIgnoreLabel) truth[i] = kIgnoreLabel;
    for (std::size_t i = 0; i < block.truth.size(); ++i) {
      if (block.truth[i] == kIgnoreLabel) continue;
      ++labelled;
      if (block.called[i] != kIgnoreLabel) continue;
      ++evaluation.unmapped;
      block.truth[i] = kIgnoreLabel;
    }
    matrix.add(block.truth, block.called);
    evaluation.boundary.add(truth, values, seen.cols, seen.rows,
                            {core.col - seen.col, core.row - seen.row, core.cols, core.rows},
                            std::sqrt(pixel_share));
    if (confidence != nullptr) {
      evaluation.calibration.add(block.truth, block.called, read_confidence(*confidence, core, largest),
                                 pixel_share);
      evaluation.has_confidence = true;
    }
    count_regions(block, labels, name, legend.size(), first_region, evaluation);
  });
  evaluation.matrix.add(matrix.scaled(pixel_share));
  for (std::size_t i = first_region; i < evaluation.regions.size(); ++i)
    evaluation.regions[i].second = evaluation.regions[i].second.scaled(pixel_share);
  // One class of a hundred at least has more.
  if (confidence != nullptr && largest > 0 && (largest <= 1 || largest > 100))
    throw data_error("{}: its values end at {}; confidence is wanted in percent, 0 to 100",
                     confidence->info().path, largest);
  if (labelled == 0) throw data_error("{}: no labelled pixel lies on the map", map.info().path);
}

std::vector<std::uint64_t> count_values(const MapSource& map, const Legend& legend, RunContext& context,
                                        AreaSums* ground) {
  std::vector<std::uint64_t> counts(256);
  std::vector<std::uint8_t> values;
  for_each_block(map.info(), context, "counting", [&](const Window& window) {
    map.read(window, values);
    for (const std::uint8_t value : values) ++counts[value];
    if (ground != nullptr) ground->add(ground->of(window, values));
  });
  std::vector<std::string> unknown;
  std::uint64_t left_out = 0;
  for (std::size_t value = 1; value < counts.size(); ++value) {
    if (counts[value] == 0 || legend.index_of(static_cast<std::uint8_t>(value))) continue;
    unknown.push_back(std::to_string(value));
    left_out += counts[value];
  }
  if (!unknown.empty())
    context.log(LogLevel::Warning,
                fmt::format("{}: {} pixels have values that the legend lacks, {}; they are left out",
                            map.info().path, left_out, join(unknown)));
  return counts;
}

}  // namespace orthocover

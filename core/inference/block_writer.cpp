#include "core/inference/block_writer.h"

#include <algorithm>
#include <cstring>

#include "core/base/error.h"
#include "core/base/rows.h"

namespace orthocover {
namespace {

constexpr std::size_t kLongRun = 64;

void copy_where(const std::uint8_t* mask, const std::uint8_t* from, std::size_t count, std::uint8_t* to) {
  for (std::size_t i = 0; i < count; ++i) to[i] = mask[i] ? from[i] : to[i];
}

bool has_any(const std::vector<std::uint8_t>& mask) {
  return std::memchr(mask.data(), 1, mask.size()) != nullptr;
}

void keep_where(const std::vector<std::uint8_t>& wanted, std::vector<std::uint8_t>& mask) {
  for (std::size_t i = 0; i < mask.size(); ++i) mask[i] &= wanted[i];
}

}  // namespace

BlockWriter::BlockWriter(const RasterSource& source, const AreaMask* area, const SegmentPlan& plan,
                         const SegmentSinks& sinks)
    : m_source(source), m_area(area), m_plan(plan), m_sinks(sinks) {
  const auto& classes = plan.legend.classes();
  for (std::size_t i = 0; i < classes.size() && i < m_value_of_index.size(); ++i)
    m_value_of_index[i] = classes[i].value;
}

bool BlockWriter::read_mask(const Window& window, const std::optional<std::vector<std::uint8_t>>& scored,
                            std::vector<std::uint8_t>& mask) const {
  if (scored && !has_any(*scored)) return false;
  m_source.read_validity(window, mask);
  if (scored) keep_where(*scored, mask);
  if (m_area != nullptr) {
    std::vector<std::uint8_t> inside;
    m_area->read(window, inside);
    keep_where(inside, mask);
  }
  return has_any(mask);
}

BlockPixels BlockWriter::empty_block(const Window& window) const {
  const auto count = static_cast<std::size_t>(window.pixels());
  const auto classes = static_cast<std::size_t>(m_plan.legend.size());
  BlockPixels pixels{window, std::vector<std::uint8_t>(count, kNoClass), {}, {}, {}, {}};
  pixels.counts[kNoClass] = count;
  if (m_sinks.confidence != nullptr) pixels.confidence.assign(count, kNoPercentage);
  if (m_sinks.probabilities != nullptr) pixels.probabilities.assign(classes * count, kNoPercentage);
  return pixels;
}

void BlockWriter::demand_classes(const std::vector<std::uint8_t>& mask, const BlockPixels& pixels) const {
  if (pixels.counts[kNoClass] == 0) return;
  const auto masked_out = static_cast<std::uint64_t>(std::ranges::count(mask, std::uint8_t{0}));
  if (pixels.counts[kNoClass] == masked_out) return;
  std::size_t at = 0;
  while (!mask[at] || pixels.map[at] != kNoClass) ++at;
  const Window window = in_scene(m_plan.region, pixels.window);
  const auto offset = static_cast<std::int64_t>(at);
  throw model_error(
      "{}: the model's scores at pixel {},{} are no numbers; its weights are broken, or the values of the "
      "scene are beyond what it knows: see orthocover info, and give --scaling",
      m_source.info().path, window.col + offset % window.cols, window.row + offset / window.cols);
}

/// Pixels from `first` to `end`: runs of one class that is mapped at once, what isn't such in shorter ones.
template <std::size_t kRun>
void BlockWriter::fill_runs(const std::uint8_t* index, const std::uint8_t* mask, std::size_t first,
                            std::size_t end, BlockPixels& pixels) const {
  for (std::size_t stop = first; first < end; first = stop) {
    stop = std::min(first + kRun, end);
    const bool is_run = stop - first == kRun && rows::run_is<kRun>(mask + first, 1) &&
                        rows::run_is<kRun>(index + first, index[first]);
    if (is_run) {
      const std::uint8_t value = m_value_of_index[index[first]];
      std::fill_n(pixels.map.data() + first, kRun, value);
      pixels.counts[value] += kRun;
    } else if constexpr (kRun > rows::kRun) {
      fill_runs<rows::kRun>(index, mask, first, stop, pixels);
    } else {
      for (std::size_t i = first; i < stop; ++i) {
        if (mask[i]) pixels.map[i] = m_value_of_index[index[i]];
        ++pixels.counts[pixels.map[i]];
      }
    }
  }
}

void BlockWriter::fill(const BlockClasses& classes, const std::vector<std::uint8_t>& mask,
                       BlockPixels& pixels) const {
  const std::size_t count = mask.size();
  pixels.counts = {};
  fill_runs<kLongRun>(classes.class_index.data(), mask.data(), 0, count, pixels);
  demand_classes(mask, pixels);
  if (!pixels.confidence.empty())
    copy_where(mask.data(), classes.confidence.data(), count, pixels.confidence.data());
  for (std::size_t at = 0; at < pixels.probabilities.size(); at += count)
    copy_where(mask.data(), classes.probabilities.data() + at, count, pixels.probabilities.data() + at);
}

void BlockWriter::do_tasks(BlockPixels& pixels) const {
  BlockView view{pixels.window, {pixels.map}};
  if (!pixels.confidence.empty()) view.bands.emplace_back(pixels.confidence);
  const std::size_t count = pixels.map.size();
  for (std::size_t at = 0; at < pixels.probabilities.size(); at += count)
    view.bands.push_back(std::span(pixels.probabilities).subspan(at, count));
  for (const BlockTask& task : m_sinks.tasks) {
    if (auto in_order = task(view)) pixels.in_order.push_back(std::move(in_order));
  }
}

void BlockWriter::write(const BlockPixels& block) {
  for (std::size_t value = 0; value < m_counts.size(); ++value) m_counts[value] += block.counts[value];
  if (m_sinks.map != nullptr) m_sinks.map->write(block.window, 0, block.map);
  if (m_sinks.confidence != nullptr) m_sinks.confidence->write(block.window, 0, block.confidence);
  const std::size_t count = block.map.size();
  for (int c = 0; m_sinks.probabilities != nullptr && c < m_plan.legend.size(); ++c) {
    m_sinks.probabilities->write(
        block.window, c, std::span(block.probabilities).subspan(static_cast<std::size_t>(c) * count, count));
  }
  for (const auto& rest : block.in_order) rest();
}

}  // namespace orthocover

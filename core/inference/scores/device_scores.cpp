#include "core/inference/scores/device_scores.h"

#include <algorithm>
#include <mutex>

#include "core/base/error.h"
#include "core/geometry/blend_weights.h"

namespace orthocover {
namespace {

/// Scores that are worked out together: 64 MiB.
constexpr std::int64_t kMostTogether = 16 << 20;
/// What comes to the host together, in page-locked memory.
constexpr std::int64_t kMostFetchedBytes = 4 << 20;

torch::Tensor percent(const torch::Tensor& share) {
  return (share.clamp(0, 1) * 100 + 0.5).to(torch::kByte);
}

template <class Value>
torch::Tensor on_device(std::vector<Value>& values, torch::ScalarType type, const torch::Device& device) {
  return nn::sent_to(device,
                     torch::from_blob(values.data(), {static_cast<std::int64_t>(values.size())}, type));
}

std::vector<std::uint8_t> bytes_of(const torch::Tensor& values) {
  const torch::Tensor together = values.contiguous();
  const auto* first = together.data_ptr<std::uint8_t>();
  return {first, first + together.numel()};
}

torch::Tensor patch_weights(const LevelPlan& level, int score_stride) {
  std::vector<float> x = blend_weights(level.x.patch / score_stride);
  std::vector<float> y = blend_weights(level.y.patch / score_stride);
  const auto line = [](std::vector<float>& values) {
    return torch::from_blob(values.data(), {static_cast<std::int64_t>(values.size())}, torch::kFloat);
  };
  return (line(y).unsqueeze(1) * line(x).unsqueeze(0)).unsqueeze(0);
}

/// Cells cut into parts by linear interpolation, of these a window: one pass over the result, not eight.
torch::Tensor enlarged(const torch::Tensor& cells, std::int64_t parts, const Window& window) {
  const torch::Tensor all = torch::upsample_bilinear2d(
      cells.unsqueeze(0), {cells.size(1) * parts, cells.size(2) * parts}, /*align_corners=*/false);
  return all[0].narrow(1, window.row, window.rows).narrow(2, window.col, window.cols);
}

/// Pixels of blocks that are worked out together.
std::int64_t most_together_px(std::int64_t classes, const BlockDetail& detail) {
  const std::int64_t fetched = 1 + (detail.confidence ? 1 : 0) + (detail.probabilities ? classes : 0);
  return std::min(kMostTogether / classes, kMostFetchedBytes / fetched);
}

}  // namespace

DeviceScores::DeviceScores(const BlenderSetup& setup, const torch::Device& device)
    : m_plan(setup.plan),
      m_score_stride(setup.score_stride),
      m_detail(setup.detail),
      m_device(device),
      m_cell_px(m_plan.levels.front().scale == 1 ? m_score_stride : 1),
      m_most_px(most_together_px(m_plan.legend.size(), m_detail)),
      m_whole{0, 0, m_plan.region.cols, m_plan.region.rows} {
  const nn::InferenceScope scope;
  for (std::size_t i = 0; i < m_plan.levels.size(); ++i) {
    const LevelPlan& level = m_plan.levels[i];
    m_rings.emplace_back(level, m_score_stride, m_plan.legend.size(),
                         ring_rows(m_plan.levels, i, m_score_stride, m_plan.region, setup.schedule), device);
    m_blend.push_back(nn::sent_to(device, patch_weights(level, m_score_stride)));
  }
}

std::uint64_t DeviceScores::bytes(const BlenderSetup& setup) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < setup.plan.levels.size(); ++i) {
    const LevelPlan& level = setup.plan.levels[i];
    const RingRows rows =
        ring_rows(setup.plan.levels, i, setup.score_stride, setup.plan.region, setup.schedule);
    bytes += ScoreRing::bytes(level, setup.score_stride, setup.plan.legend.size(), rows);
  }
  return bytes;
}

ScoreCells DeviceScores::cells(std::size_t level, const Window& window) const {
  return score_cells(m_plan.levels, level, m_score_stride, in_scene(m_plan.region, window));
}

CellRange DeviceScores::range(const Axis& axis, std::size_t level, const Window& window) const {
  const ScoreCells in = cells(level, window);
  return {m_plan.levels[level].scale.*axis.scale * m_score_stride, in.*axis.first_cell, in.*axis.cells};
}

void DeviceScores::make_taps(Axis& axis) const {
  const CellRange fine = range(axis, 0, m_whole);
  for (std::size_t level = 0; level < m_plan.levels.size(); ++level) {
    LinearTaps taps = level == 0 ? taps_of_pixels(m_plan.region.*axis.first, m_plan.region.*axis.count, fine)
                                 : taps_of_cells(fine, range(axis, level, m_whole));
    axis.whole.push_back({is_copy(taps) ? std::optional<std::int64_t>(taps.low.front()) : std::nullopt,
                          on_device(taps.low, torch::kInt, m_device),
                          on_device(taps.high, torch::kInt, m_device),
                          on_device(taps.share, torch::kFloat, m_device)});
  }
}

/// Those of a part of the map, whose cells are counted from its own first ones on.
const DeviceScores::LevelTaps& DeviceScores::taps(Axis& axis, const Window& window) const {
  const auto [found, is_new] = axis.parts.try_emplace({window.*axis.first, window.*axis.count});
  if (!is_new) return found->second;
  if (axis.whole.empty()) make_taps(axis);
  const CellRange fine = range(axis, 0, window);
  for (std::size_t level = 0; level < m_plan.levels.size(); ++level) {
    const Taps& whole = axis.whole[level];
    const std::int64_t begin = level == 0 ? window.*axis.first : fine.first - range(axis, 0, m_whole).first;
    const std::int64_t count = level == 0 ? window.*axis.count : fine.count;
    const CellRange from = range(axis, level, window);
    const std::int64_t before = from.first - range(axis, level, m_whole).first;
    const auto counted_from_here = [&](const torch::Tensor& cells) {
      return cells.narrow(0, begin, count).sub(before).clamp_(0, from.count - 1);
    };
    Taps part{{}, {}, {}, whole.share.narrow(0, begin, count)};
    if (whole.first) {
      part.first = *whole.first + begin - before;
    } else {
      part.low = counted_from_here(whole.low);
      part.high = counted_from_here(whole.high);
    }
    found->second.push_back(std::move(part));
  }
  return found->second;
}

torch::Tensor DeviceScores::prepared(int level, const torch::Tensor& scores) const {
  const nn::InferenceScope scope;
  const torch::Tensor& window = m_blend[static_cast<std::size_t>(level)];
  const std::int64_t classes = scores.size(1);
  // Written where it is wanted: to join planes afterwards is one more way through all scores.
  const torch::Tensor weighted =
      torch::empty({scores.size(0), classes + 1, scores.size(2), scores.size(3)}, window.options());
  torch::Tensor products = weighted.narrow(1, 0, classes);
  torch::mul_out(products, scores, window);
  weighted.select(1, classes).copy_(window);
  return weighted;
}

void DeviceScores::add(const ScheduleStep& step, const torch::Tensor& scores) {
  const nn::InferenceScope scope;
  const auto level = static_cast<std::size_t>(step.level);
  const Window patch = m_plan.levels[level].patch(step.patch);
  m_rings[level].add({patch.col / m_score_stride, patch.row / m_score_stride, patch.cols / m_score_stride,
                      patch.rows / m_score_stride},
                     scores);
}

torch::Tensor DeviceScores::term(std::size_t level, const ScoreCells& cells) const {
  torch::Tensor scores = m_rings[level].mean(cells);
  const LevelWeight& weight = m_plan.weights[level];
  if (m_plan.fusion == FusionMethod::MeanSoftmax) {
    if (weight.temperature != 1) scores.mul_(1 / weight.temperature);
    scores = torch::softmax(scores, 0);
  }
  const float factor = fusion_factor(weight, m_plan.fusion);
  return factor == 1 ? scores : scores.mul_(factor);
}

torch::Tensor DeviceScores::interpolated(torch::Tensor plane, const Taps& rows, const Taps& cols) {
  if (rows.first) {
    plane = plane.narrow(1, *rows.first, rows.share.size(0));
  } else {
    plane = torch::lerp(plane.index_select(1, rows.low), plane.index_select(1, rows.high),
                        rows.share.unsqueeze(1));
  }
  if (cols.first) return plane.narrow(2, *cols.first, cols.share.size(0));
  return torch::lerp(plane.index_select(2, cols.low), plane.index_select(2, cols.high), cols.share);
}

/// A level's scores on the cells of the finest one under a window.
torch::Tensor DeviceScores::on_finest(std::size_t level, const Window& window) {
  const ScoreCells to = cells(0, window), from = cells(level, window);
  const std::int64_t parts = parts_of_cell(m_plan.levels, level);
  const Window under{to.col - from.col * parts, to.row - from.row * parts, to.cols, to.rows};
  const Window whole{0, 0, from.cols * parts, from.rows * parts};
  if (parts > 1 && intersect(under, whole) == under) return enlarged(term(level, from), parts, under);
  return interpolated(term(level, from), taps(m_rows, window)[level], taps(m_cols, window)[level]);
}

/// The finest level's scores at the pixels of a window.
torch::Tensor DeviceScores::at_pixels(const torch::Tensor& scores, const Window& window) {
  if (m_cell_px == 1) return interpolated(scores, taps(m_rows, window).front(), taps(m_cols, window).front());
  const ScoreCells from = cells(0, window);
  const Window in = in_scene(m_plan.region, window);
  const std::int64_t px = m_cell_px;
  return enlarged(scores, px, {in.col - from.col * px, in.row - from.row * px, in.cols, in.rows});
}

/// Classes of blocks that were worked out together, and come with the first one that is wanted. A copy for
/// each block would be more work for the device, and new memory in each stream.
class DeviceScores::Arrival {
 public:
  Arrival(Classes classes, const Window& window, const torch::Device& where)
      : m_classes(std::move(classes)),
        m_window(window),
        m_where(where),
        m_done(nn::DeviceEvent::now(where)) {}

  BlockClasses part(const Window& part, const nn::DeviceStream& copies) {
    const nn::InferenceScope scope;
    fetch(copies);
    const auto cut = [&](const torch::Tensor& values) {
      if (!values.defined()) return std::vector<std::uint8_t>();
      return bytes_of(values.narrow(-2, part.row - m_window.row, part.rows)
                          .narrow(-1, part.col - m_window.col, part.cols));
    };
    return {cut(m_classes.index), cut(m_classes.confidence), cut(m_classes.probabilities)};
  }

 private:
  void fetch(const nn::DeviceStream& copies) {
    const std::scoped_lock lock(m_mutex);
    if (m_where.is_cpu()) return;
    m_done.wait();
    const Classes there = m_classes;
    const nn::DeviceStream::Scope beside(copies);
    for (torch::Tensor* values : {&m_classes.index, &m_classes.confidence, &m_classes.probabilities})
      if (values->defined())
        *values = nn::locked_tensor(values->sizes(), torch::kByte).copy_(*values, /*non_blocking=*/true);
    nn::DeviceEvent::now(m_where).wait();
    m_where = torch::kCPU;
  }

  Classes m_classes;
  Window m_window;
  torch::Device m_where;
  nn::DeviceEvent m_done;
  std::mutex m_mutex;
};

std::vector<ReadyBlock> DeviceScores::take(std::span<const ScheduleBlock> ready) {
  const nn::InferenceScope scope;
  ready = ready.first(blocks_in_rectangle(ready, m_most_px));
  const Window together = unite(ready.front().window, ready.back().window);
  const auto all = std::make_shared<Arrival>(classes(together), together, m_device);
  std::vector<ReadyBlock> out;
  for (const ScheduleBlock& block : ready) {
    out.push_back({block.window, [all, window = block.window](const nn::DeviceStream& copies) {
                     return all->part(window, copies);
                   }});
    for (std::size_t level = 0; level < m_rings.size(); ++level)
      m_rings[level].release(cells(level, block.window));
  }
  return out;
}

DeviceScores::Classes DeviceScores::classes(const Window& window) {
  torch::Tensor fused = term(0, cells(0, window));
  for (std::size_t level = 1; level < m_plan.levels.size(); ++level) fused.add_(on_finest(level, window));
  torch::Tensor scores = at_pixels(fused, window);
  const bool wants_shares = m_detail.confidence || m_detail.probabilities;
  if (wants_shares && m_plan.fusion == FusionMethod::LogLinear) scores = torch::softmax(scores, 0);
  Classes out;
  const auto [most, index] = scores.max(0);  // NaN where one is
  out.index = index.to(torch::kByte).masked_fill_(most.isnan(), kNoNumbers);
  if (m_detail.confidence) out.confidence = percent(most);
  if (m_detail.probabilities) out.probabilities = percent(scores);
  return out;
}

}  // namespace orthocover

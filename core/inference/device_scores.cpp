#include "core/inference/device_scores.h"

#include <set>

#include "core/base/error.h"
#include "core/geometry/blend_weights.h"
#include "core/inference/linear_taps.h"

namespace orthocover {
namespace {

torch::Tensor percent(const torch::Tensor& share) {
  return (share.clamp(0, 1) * 100 + 0.5).to(torch::kByte);
}

torch::Tensor patch_weights(const LevelPlan& level, int score_stride) {
  std::vector<float> x = blend_weights(level.x.patch / score_stride);
  std::vector<float> y = blend_weights(level.y.patch / score_stride);
  const auto line = [](std::vector<float>& values) {
    return torch::from_blob(values.data(), {static_cast<std::int64_t>(values.size())}, torch::kFloat);
  };
  return (line(y).unsqueeze(1) * line(x).unsqueeze(0)).unsqueeze(0);
}

}  // namespace

/// Brings all taps to the device in two copies.
class DeviceScores::TapPacker {
 public:
  void add(std::int64_t key, const LinearTaps& taps) {
    bool is_copy = true;
    for (std::size_t i = 0; i < taps.low.size(); ++i) {
      is_copy = is_copy && taps.share[i] == 0 && taps.low[i] == taps.low[0] + static_cast<std::int32_t>(i);
    }
    m_places.push_back({key, m_share.size(), taps.share.size(),
                        is_copy ? std::optional<std::int64_t>(taps.low.front()) : std::nullopt});
    m_low.insert(m_low.end(), taps.low.begin(), taps.low.end());
    m_high.insert(m_high.end(), taps.high.begin(), taps.high.end());
    m_share.insert(m_share.end(), taps.share.begin(), taps.share.end());
  }

  TapTable on_device(const torch::Device& device) {
    const torch::Tensor low = tensor(m_low, torch::kInt).to(device);
    const torch::Tensor high = tensor(m_high, torch::kInt).to(device);
    const torch::Tensor share = tensor(m_share, torch::kFloat).to(device);
    TapTable table;
    for (const Place& place : m_places) {
      const auto part = [&](const torch::Tensor& all) {
        return all.narrow(0, static_cast<std::int64_t>(place.begin), static_cast<std::int64_t>(place.count));
      };
      table[place.key].push_back({place.first, part(low), part(high), part(share)});
    }
    return table;
  }

 private:
  struct Place {
    std::int64_t key;
    std::size_t begin, count;
    std::optional<std::int64_t> first;
  };
  template <class Value>
  static torch::Tensor tensor(std::vector<Value>& values, torch::ScalarType type) {
    return torch::from_blob(values.data(), {static_cast<std::int64_t>(values.size())}, type).clone();
  }

  std::vector<Place> m_places;
  std::vector<std::int32_t> m_low, m_high;
  std::vector<float> m_share;
};

DeviceScores::DeviceScores(const DeviceScoresSetup& setup, const torch::Device& device)
    : m_levels(setup.levels),
      m_weights(setup.weights),
      m_fusion(setup.fusion),
      m_score_stride(setup.score_stride),
      m_region(setup.region),
      m_detail(setup.detail),
      m_device(device) {
  const nn::InferenceScope scope;
  for (std::size_t i = 0; i < m_levels.size(); ++i) {
    m_rings.emplace_back(
        m_levels[i], m_score_stride, setup.classes,
        ring_rows(m_levels[i], static_cast<int>(i), m_score_stride, m_region, setup.schedule), device);
    m_blend.push_back(patch_weights(m_levels[i], m_score_stride).to(device));
  }
  m_row_taps = make_taps(Axis::Rows, setup.schedule);
  m_col_taps = make_taps(Axis::Cols, setup.schedule);
}

std::uint64_t DeviceScores::bytes(const DeviceScoresSetup& setup) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < setup.levels.size(); ++i) {
    const RingRows rows =
        ring_rows(setup.levels[i], static_cast<int>(i), setup.score_stride, setup.region, setup.schedule);
    bytes += ScoreRing::bytes(setup.levels[i], setup.score_stride, setup.classes, rows);
  }
  return bytes;
}

ScoreCells DeviceScores::cells(std::size_t level, const ScheduleBlock& block) const {
  return score_cells(m_levels[level], m_score_stride,
                     {m_region.col + block.window.col, m_region.row + block.window.row, block.window.cols,
                      block.window.rows});
}

DeviceScores::TapTable DeviceScores::make_taps(Axis axis, const Schedule& schedule) const {
  TapPacker packer;
  std::set<std::int64_t> seen;
  for (const ScheduleBlock& block : schedule.blocks) {
    const std::int64_t key = axis == Axis::Rows ? block.window.row : block.window.col;
    if (!seen.insert(key).second) continue;
    const auto range = [&](std::size_t level) -> CellRange {
      const ScoreCells in = cells(level, block);
      const double cell_px = m_levels[level].scale * m_score_stride;
      if (axis == Axis::Rows) return {cell_px, in.row, in.rows};
      return {cell_px, in.col, in.cols};
    };
    const std::int64_t first_px = key + (axis == Axis::Rows ? m_region.row : m_region.col);
    packer.add(
        key, taps_of_pixels(first_px, axis == Axis::Rows ? block.window.rows : block.window.cols, range(0)));
    for (std::size_t level = 1; level < m_levels.size(); ++level)
      packer.add(key, taps_of_cells(range(0), range(level)));
  }
  return packer.on_device(m_device);
}

torch::Tensor DeviceScores::weighted(int level, const torch::Tensor& scores) const {
  const nn::InferenceScope scope;
  const torch::Tensor window =
      m_blend[static_cast<std::size_t>(level)].expand({scores.size(0), 1, scores.size(2), scores.size(3)});
  return torch::cat({scores.to(torch::kFloat) * window, window}, 1);
}

void DeviceScores::add(const ScheduleStep& step, const torch::Tensor& weighted) {
  const nn::InferenceScope scope;
  const auto level = static_cast<std::size_t>(step.level);
  const Window patch = m_levels[level].patch(step.patch);
  m_rings[level].add({patch.col / m_score_stride, patch.row / m_score_stride, patch.cols / m_score_stride,
                      patch.rows / m_score_stride},
                     weighted);
}

torch::Tensor DeviceScores::term(std::size_t level, const ScoreCells& cells) const {
  torch::Tensor scores = m_rings[level].mean(cells);
  const LevelWeight& weight = m_weights[level];
  if (m_fusion == FusionMethod::MeanSoftmax) {
    if (weight.temperature != 1) scores.mul_(1 / weight.temperature);
    scores = torch::softmax(scores, 0);
  }
  const float factor = fusion_factor(weight, m_fusion);
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

DeviceClasses DeviceScores::take(const ScheduleBlock& block) {
  const nn::InferenceScope scope;
  const BlockTaps& rows = m_row_taps.at(block.window.row);
  const BlockTaps& cols = m_col_taps.at(block.window.col);
  torch::Tensor fused = term(0, cells(0, block));
  for (std::size_t level = 1; level < m_levels.size(); ++level)
    fused.add_(interpolated(term(level, cells(level, block)), rows[level], cols[level]));
  for (std::size_t level = 0; level < m_levels.size(); ++level) m_rings[level].release(cells(level, block));

  torch::Tensor scores = interpolated(fused, rows.front(), cols.front());
  DeviceClasses out;
  if (!m_detail.confidence && !m_detail.probabilities) {
    out.class_index = scores.argmax(0).to(torch::kByte).masked_fill_(scores.sum(0).isnan(), kNoNumbers);
    return out;
  }
  if (m_fusion == FusionMethod::LogLinear) scores = torch::softmax(scores, 0);
  const auto [most, index] = scores.max(0);
  out.class_index = index.to(torch::kByte).masked_fill_(most.isnan(), kNoNumbers);
  if (m_detail.confidence) out.confidence = percent(most);
  if (m_detail.probabilities) out.probabilities = percent(scores);
  return out;
}

}  // namespace orthocover

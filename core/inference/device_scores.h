#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/geometry/schedule.h"
#include "core/inference/fusion.h"
#include "core/inference/linear_taps.h"
#include "core/inference/score_ring.h"
#include "core/nn/torch.h"

namespace orthocover {

/// What a scene's scores on a device are made of.
struct DeviceScoresSetup {
  const std::vector<LevelPlan>& levels;
  const std::vector<LevelWeight>& weights;
  FusionMethod fusion = FusionMethod::LogLinear;
  int classes = 1;
  int score_stride = 1;
  Window region;
  const Schedule& schedule;
  BlockDetail detail;
};

/// classify()'s result while it is on the device.
struct DeviceClasses {
  torch::Tensor class_index;    ///< uint8 @shape [rows, cols]
  torch::Tensor confidence;     ///< uint8 @shape [rows, cols]; undefined unless asked for
  torch::Tensor probabilities;  ///< uint8 @shape [classes, rows, cols]; undefined unless asked for
};

/// Blends patches and fuses levels where the network runs: ScoreStore and classify() in tensors. Sums come in
/// another order and with other rounding than theirs, so that pixels may differ where two classes are equal
/// to the last bits. Memory is bounded: ScoreRing. Not thread-safe.
class DeviceScores {
 public:
  /// @throws c10::Error when the device's memory is out
  DeviceScores(const DeviceScoresSetup& setup, const torch::Device& device);

  /// Bytes that an object would take on the device, apart from passing values.
  static std::uint64_t bytes(const DeviceScoresSetup& setup);

  /// Scores times the blend window of their level's patches, and as the last plane the window itself.
  /// @param scores @shape [n, classes, rows, cols] on the device
  /// @return [n, classes + 1, rows, cols]
  torch::Tensor weighted(int level, const torch::Tensor& scores) const;
  /// Adds a patch; patches come in the order of the schedule.
  /// @param weighted @shape [classes + 1, rows, cols]
  void add(const ScheduleStep& step, const torch::Tensor& weighted);

  /// Classes of blocks all of whose patches were added; the last use of their scores. Blocks that make a
  /// rectangle are taken together, in far fewer calls.
  /// @param ready in the order of the schedule, not empty
  /// @return of the first one, and of those taken with it
  std::vector<DeviceClasses> take(std::span<const ScheduleBlock> ready);

 private:
  /// LinearTaps; where every target is the source of the next position, just the first.
  struct Taps {
    std::optional<std::int64_t> first;
    torch::Tensor low, high, share;
  };
  /// To the pixels from the finest level, then to that one's cells from each other.
  using LevelTaps = std::vector<Taps>;
  /// Interpolation along rows or columns.
  struct Axis {
    std::int64_t Window::*first;
    std::int64_t Window::*count;
    std::int64_t ScoreCells::*first_cell;
    std::int64_t ScoreCells::*cells;
    LevelTaps whole = {};
    std::map<std::array<std::int64_t, 2>, LevelTaps> parts = {};  ///< by first pixel and number
  };

  ScoreCells cells(std::size_t level, const Window& window) const;
  CellRange range(const Axis& axis, std::size_t level, const Window& window) const;
  void make_taps(Axis& axis) const;
  const LevelTaps& taps(Axis& axis, const Window& window) const;
  torch::Tensor term(std::size_t level, const ScoreCells& cells) const;
  static torch::Tensor interpolated(torch::Tensor plane, const Taps& rows, const Taps& cols);
  DeviceClasses classes(const Window& window);

  std::vector<LevelPlan> m_levels;
  std::vector<LevelWeight> m_weights;
  FusionMethod m_fusion;
  int m_score_stride;
  Window m_region;
  BlockDetail m_detail;
  torch::Device m_device;
  std::vector<ScoreRing> m_rings;
  std::vector<torch::Tensor> m_blend;  ///< weights of a patch by level, @shape [1, rows, cols]
  std::int64_t m_most_px;
  Window m_whole;  ///< the map
  Axis m_rows{&Window::row, &Window::rows, &ScoreCells::row, &ScoreCells::rows};
  Axis m_cols{&Window::col, &Window::cols, &ScoreCells::col, &ScoreCells::cols};
};

}  // namespace orthocover

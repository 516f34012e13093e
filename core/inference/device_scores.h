#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/geometry/schedule.h"
#include "core/inference/fusion.h"
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

  /// Classes of a block all of whose patches were added; the last use of the block's scores.
  DeviceClasses take(const ScheduleBlock& block);

 private:
  /// LinearTaps on the device; where every target is the source of the next position, just the first.
  struct Taps {
    std::optional<std::int64_t> first;
    torch::Tensor low, high, share;
  };
  /// Of a row or column of blocks: to its pixels from the finest level, then to that one's cells from each
  /// other.
  using BlockTaps = std::vector<Taps>;
  using TapTable = std::map<std::int64_t, BlockTaps>;  ///< by the first row or column of the map
  enum class Axis { Rows, Cols };
  class TapPacker;

  ScoreCells cells(std::size_t level, const ScheduleBlock& block) const;
  TapTable make_taps(Axis axis, const Schedule& schedule) const;
  torch::Tensor term(std::size_t level, const ScoreCells& cells) const;
  static torch::Tensor interpolated(torch::Tensor plane, const Taps& rows, const Taps& cols);

  std::vector<LevelPlan> m_levels;
  std::vector<LevelWeight> m_weights;
  FusionMethod m_fusion;
  int m_score_stride;
  Window m_region;
  BlockDetail m_detail;
  torch::Device m_device;
  std::vector<ScoreRing> m_rings;
  std::vector<torch::Tensor> m_blend;  ///< weights of a patch by level, @shape [1, rows, cols]
  TapTable m_row_taps;
  TapTable m_col_taps;
};

}  // namespace orthocover

#pragma once

#include <array>
#include <map>
#include <optional>

#include "core/inference/scores/linear_taps.h"
#include "core/inference/scores/score_blender.h"
#include "core/inference/scores/score_ring.h"

namespace orthocover {

/// Blends patches and fuses levels where the network runs: ScoreStore and classify() in tensors. Sums come in
/// another order and with other rounding than theirs, so that pixels may differ where two classes are equal
/// to the last bits. Memory is bounded: ScoreRing. Not thread-safe.
class DeviceScores final : public ScoreBlender {
 public:
  /// @throws c10::Error when the device's memory is out
  DeviceScores(const BlenderSetup& setup, const torch::Device& device);

  /// Bytes that an object would take on the device, apart from passing values.
  static std::uint64_t bytes(const BlenderSetup& setup);

  /// Scores times the blend window of their level's patches, and as the last plane the window itself.
  /// @return @shape [n, classes + 1, rows, cols]
  torch::Tensor prepared(int level, const torch::Tensor& scores) const override;
  void add(const ScheduleStep& step, const torch::Tensor& scores) override;
  /// Blocks that make a rectangle are taken together, in far fewer calls.
  std::vector<ReadyBlock> take(std::span<const ScheduleBlock> ready) override;
  bool is_on_device() const override { return true; }

 private:
  /// classify()'s result while it is on the device.
  struct Classes {
    torch::Tensor index;          ///< uint8 @shape [rows, cols]
    torch::Tensor confidence;     ///< uint8 @shape [rows, cols]; undefined unless asked for
    torch::Tensor probabilities;  ///< uint8 @shape [classes, rows, cols]; undefined unless asked for
  };
  class Arrival;
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
    double PixelScale::*scale;
    LevelTaps whole = {};                                         ///< once they are wanted
    std::map<std::array<std::int64_t, 2>, LevelTaps> parts = {};  ///< by first pixel and number
  };

  ScoreCells cells(std::size_t level, const Window& window) const;
  CellRange range(const Axis& axis, std::size_t level, const Window& window) const;
  void make_taps(Axis& axis) const;
  const LevelTaps& taps(Axis& axis, const Window& window) const;
  torch::Tensor term(std::size_t level, const ScoreCells& cells) const;
  static torch::Tensor interpolated(torch::Tensor plane, const Taps& rows, const Taps& cols);
  torch::Tensor on_finest(std::size_t level, const Window& window);
  torch::Tensor at_pixels(const torch::Tensor& scores, const Window& window);
  Classes classes(const Window& window);

  const FusionPlan& m_plan;
  int m_score_stride;
  BlockDetail m_detail;
  torch::Device m_device;
  std::vector<ScoreRing> m_rings;
  std::vector<torch::Tensor> m_blend;  ///< weights of a patch by level, @shape [1, rows, cols]
  std::int64_t
      m_cell_px;  ///< side of a cell of the finest level where that is whole pixels of the scene; else 1
  std::int64_t m_most_px;
  Window m_whole;  ///< the map
  Axis m_rows{&Window::row, &Window::rows, &ScoreCells::row, &ScoreCells::rows, &PixelScale::y};
  Axis m_cols{&Window::col, &Window::cols, &ScoreCells::col, &ScoreCells::cols, &PixelScale::x};
};

}  // namespace orthocover

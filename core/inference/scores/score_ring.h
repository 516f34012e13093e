#pragma once

#include <cstdint>
#include <vector>

#include "core/geometry/schedule.h"
#include "core/nn/torch.h"

namespace orthocover {

/// Rows of a level's cells that the blocks of a schedule read, and how many of them are in use at once.
struct RingRows {
  std::int64_t begin = 0;  ///< first row that is read
  std::int64_t end = 0;
  std::int64_t most_alive = 1;  ///< from the first row that still is to be read to the last one with scores
  std::vector<std::int32_t> reads;  ///< blocks that read row begin + i
};

/// Goes through the schedule step by step.
/// @param region where the blocks' upper left is
RingRows ring_rows(const std::vector<LevelPlan>& levels, std::size_t level, int score_stride,
                   const Window& region, const Schedule& schedule);

/// Blended class scores of one level as a tensor on a device: all columns of the level, and as many rows as
/// are in use at once; rows that all blocks have read make room for later ones.
class ScoreRing {
 public:
  ScoreRing(const LevelPlan& plan, int score_stride, int classes, RingRows rows, const torch::Device& device);

  /// Adds the weighted scores of a patch and, as the last plane, their weights.
  /// @param weighted @shape [classes + 1, cells.rows, cells.cols]
  void add(const ScoreCells& cells, const torch::Tensor& weighted);

  /// Weighted mean of the scores added so far; 0 where none were.
  /// @return [classes, cells.rows, cells.cols]
  torch::Tensor mean(const ScoreCells& cells) const;

  /// A block has read these cells for the last time.
  void release(const ScoreCells& cells);

  static std::uint64_t bytes(const LevelPlan& plan, int score_stride, int classes, const RingRows& rows);

 private:
  /// Calls visit(row in the ring, row in the range, rows) for the one or two parts of [row, row + rows).
  template <class Visit>
  void for_each_part(std::int64_t row, std::int64_t rows, Visit visit) const;

  RingRows m_rows;
  std::int64_t m_first_col;
  std::int64_t m_first_alive;
  torch::Tensor m_sums;  ///< @shape [classes + 1, most_alive, columns]
};

}  // namespace orthocover

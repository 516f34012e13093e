#pragma once

#include <vector>

#include "core/inference/scene_segmenter.h"

namespace orthocover {

/// Scores of all levels under one block of the map.
struct BlockScores {
  Window window;                    ///< pixels of the map
  std::vector<LevelScores> levels;  ///< finest first
};

/// Turns the scores of blocks into pixels of the map and its companions. Not thread-safe.
class BlockWriter {
 public:
  BlockWriter(const RasterSource& source, const AreaMask* area, const SegmentPlan& plan,
              const SegmentSinks& sinks);

  void write(BlockScores scores);
  /// Pixels of the map per value, so far.
  const ValueCounts& counts() const { return m_counts; }

 private:
  /// 1 where the block's pixels are to be mapped; false when there are none.
  bool read_mask(const Window& in_scene);
  void write_percentages(RasterSink& sink, const Window& window, int band, const std::uint8_t* percentages);

  const RasterSource& m_source;
  const AreaMask* m_area;
  const SegmentPlan& m_plan;
  SegmentSinks m_sinks;
  ValueCounts m_counts{};
  std::vector<std::uint8_t> m_mask;
  std::vector<std::uint8_t> m_inside;
  std::vector<std::uint8_t> m_pixels;
};

}  // namespace orthocover

#pragma once

#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "core/inference/segment_plan.h"
#include "core/ports/area_mask.h"
#include "core/ports/raster_source.h"

namespace orthocover {

/// A block of the map and its companions as they are written.
struct BlockPixels {
  Window window;                                ///< pixels of the map
  std::vector<std::uint8_t> map;                ///< @shape [rows, cols]
  std::vector<std::uint8_t> confidence;         ///< @shape [rows, cols]; empty unless wanted
  std::vector<std::uint8_t> probabilities;      ///< @shape [classes, rows, cols]; empty unless wanted
  ValueCounts counts{};                         ///< of the map
  std::vector<std::function<void()>> in_order;  ///< what the tasks of SegmentSinks left to be done
};

/// Turns the classes of blocks into pixels of the map and its companions. Blocks may be made from several
/// threads at once; they are written from one.
class BlockWriter {
 public:
  BlockWriter(const RasterSource& source, const AreaMask* area, const SegmentPlan& plan,
              const SegmentSinks& sinks);

  /// Values where the scene has data and scores and the area lies, nothing elsewhere.
  /// @param scored ScoredGround::mask()
  /// @param classify gives the classes; called only where a pixel is to be mapped
  template <class Classify>
  BlockPixels make(const Window& window, const std::optional<std::vector<std::uint8_t>>& scored,
                   Classify classify) const {
    BlockPixels pixels = empty_block(window);
    std::vector<std::uint8_t> mask;
    if (read_mask(in_scene(m_plan.region, window), scored, mask)) fill(classify(), mask, pixels);
    do_tasks(pixels);
    return pixels;
  }

  void write(const BlockPixels& block);

  /// What classify() has to deliver.
  BlockDetail detail() const { return {m_sinks.confidence != nullptr, m_sinks.probabilities != nullptr}; }
  /// Pixels of the map per value, so far.
  const ValueCounts& counts() const { return m_counts; }

 private:
  /// 1 where the block's pixels are to be mapped; false when there are none.
  bool read_mask(const Window& window, const std::optional<std::vector<std::uint8_t>>& scored,
                 std::vector<std::uint8_t>& mask) const;
  BlockPixels empty_block(const Window& window) const;
  /// @throws Error{Model} where a pixel that is to be mapped has no class
  void demand_classes(const std::vector<std::uint8_t>& mask, const BlockPixels& pixels) const;
  template <std::size_t kRun>
  void fill_runs(const std::uint8_t* index, const std::uint8_t* mask, std::size_t first, std::size_t end,
                 BlockPixels& pixels) const;
  void do_tasks(BlockPixels& pixels) const;
  void fill(const BlockClasses& classes, const std::vector<std::uint8_t>& mask, BlockPixels& pixels) const;

  const RasterSource& m_source;
  const AreaMask* m_area;
  const SegmentPlan& m_plan;
  SegmentSinks m_sinks;
  std::array<std::uint8_t, 256> m_value_of_index{};
  ValueCounts m_counts{};
};

}  // namespace orthocover

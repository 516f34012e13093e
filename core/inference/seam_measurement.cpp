#include "core/inference/seam_measurement.h"

#include <algorithm>

#include "core/base/scratch_file.h"

namespace orthocover {
namespace {

/// Keeps band 0 of a map in a nameless file for as long as the object lives, so that it can be compared block
/// by block without being held in memory.
class ScratchMap {
 public:
  /// @param folder with room for a byte a pixel
  ScratchMap(std::filesystem::path folder, std::int64_t cols) : m_file(std::move(folder)), m_cols(cols) {}

  /// What keeps each block.
  BlockTask keeping() {
    return [this](const BlockView& block) {
      return [this, block] { m_file.write(offset_of(block.window), std::as_bytes(block.bands[0])); };
    };
  }

  /// Reads a block as it was written.
  void read(const Window& window, std::vector<std::uint8_t>& pixels) const {
    pixels.resize(static_cast<std::size_t>(window.pixels()));
    m_file.read(offset_of(window), std::as_writable_bytes(std::span(pixels)));
  }

 private:
  /// Each block in one piece, after the rows of blocks above it and the blocks to its left, which are as
  /// high.
  std::uint64_t offset_of(const Window& window) const {
    return static_cast<std::uint64_t>(window.row * m_cols + window.col * window.rows);
  }

  ScratchFile m_file;
  std::int64_t m_cols;
};

/// Compares the second map with the first.
class SeamFinder {
 public:
  SeamFinder(const ScratchMap& first, RasterSink* mask, SeamReport& report)
      : m_first(first), m_mask(mask), m_report(report) {}

  BlockTask comparing() {
    return
        [this](const BlockView& block) { return [this, block] { compare(block.window, block.bands[0]); }; };
  }

 private:
  void compare(const Window& window, std::span<const std::uint8_t> pixels) {
    m_first.read(window, m_earlier);
    m_report.index.add(window, m_earlier, pixels);
    m_verdicts.resize(pixels.size());
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      const bool valid = m_earlier[i] != kNoClass && pixels[i] != kNoClass;
      m_verdicts[i] = !valid ? kNoClass : (m_earlier[i] == pixels[i] ? kSameClass : kOtherClass);
      ++m_report.mask_counts[m_verdicts[i]];
    }
    add_to_thumbnail(window);
    if (m_mask != nullptr) m_mask->write(window, 0, m_verdicts);
  }

  /// The largest verdict wins: a seam a pixel wide is seen in a small picture too.
  void add_to_thumbnail(const Window& window) {
    Thumbnail& small = m_report.changes;
    std::size_t at = 0;
    for (std::int64_t row = window.row; row < window.bottom(); ++row) {
      std::uint8_t* line = small.values.data() + row / small.step * small.cols;
      for (std::int64_t col = window.col; col < window.right(); ++col, ++at)
        line[col / small.step] = std::max(line[col / small.step], m_verdicts[at]);
    }
  }

  const ScratchMap& m_first;
  RasterSink* m_mask;
  SeamReport& m_report;
  std::vector<std::uint8_t> m_earlier;
  std::vector<std::uint8_t> m_verdicts;
};

}  // namespace

Legend seam_mask_legend() {
  return Legend(
      {{kSameClass, "same class", {200, 200, 200}, ""}, {kOtherClass, "other class", {230, 0, 160}, ""}});
}

SeamReport measure_seams(const RasterSource& source, const AreaMask* area, Predictor& predictor,
                         const SeamPlans& plans, RasterSink* mask, std::int64_t picture_px,
                         RunContext& context) {
  const Window& region = plans.first.region;
  SeamReport report{{plans.first.legend, region, plans.first.levels}, {}, {}, {}, {}};
  report.changes = Thumbnail(region.cols, region.rows, picture_px);
  ScratchMap first(plans.first.scratch_folder, region.cols);
  SegmentSinks sinks;
  sinks.tasks = {first.keeping()};
  SubContext first_part(context, 0, 0.5);
  report.first = segment_scene(source, area, predictor, plans.first, sinks, first_part);
  SeamFinder seams(first, mask, report);
  sinks.tasks = {seams.comparing()};
  SubContext second_part(context, 0.5, 1);
  report.second = segment_scene(source, area, predictor, plans.second, sinks, second_part);
  return report;
}

}  // namespace orthocover

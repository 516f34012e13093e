#include "core/inference/block_writer.h"

#include <algorithm>

namespace orthocover {

BlockWriter::BlockWriter(const RasterSource& source, const AreaMask* area, const SegmentPlan& plan,
                         const SegmentSinks& sinks)
    : m_source(source), m_area(area), m_plan(plan), m_sinks(sinks) {}

bool BlockWriter::read_mask(const Window& in_scene) {
  m_source.read_validity(in_scene, m_mask);
  if (m_area != nullptr) {
    m_area->read(in_scene, m_inside);
    for (std::size_t i = 0; i < m_mask.size(); ++i) m_mask[i] &= m_inside[i];
  }
  return std::ranges::find(m_mask, 1) != m_mask.end();
}

void BlockWriter::write(BlockScores scores) {
  const Window& window = scores.window;
  const auto pixels = static_cast<std::size_t>(window.pixels());
  const Window in_scene{m_plan.region.col + window.col, m_plan.region.row + window.row, window.cols,
                        window.rows};
  const bool any = read_mask(in_scene);
  const BlockDetail detail{any && m_sinks.confidence != nullptr, any && m_sinks.probabilities != nullptr};
  const int classes = m_plan.legend.size();
  BlockClasses block;
  if (any)
    block = classify(in_scene, std::move(scores.levels), m_plan.weights, m_plan.fusion, classes, detail);

  m_pixels.assign(pixels, kNoClass);
  for (std::size_t i = 0; any && i < pixels; ++i) {
    if (m_mask[i]) m_pixels[i] = m_plan.legend.classes()[block.class_index[i]].value;
  }
  for (const std::uint8_t value : m_pixels) ++m_counts[value];
  m_sinks.map->write(window, 0, m_pixels);
  if (m_sinks.confidence != nullptr) {
    write_percentages(*m_sinks.confidence, window, 0, any ? block.confidence.data() : nullptr);
  }
  for (int c = 0; m_sinks.probabilities != nullptr && c < classes; ++c) {
    write_percentages(*m_sinks.probabilities, window, c,
                      any ? block.probabilities.data() + static_cast<std::size_t>(c) * pixels : nullptr);
  }
}

void BlockWriter::write_percentages(RasterSink& sink, const Window& window, int band,
                                    const std::uint8_t* percentages) {
  m_pixels.assign(static_cast<std::size_t>(window.pixels()), kNoPercentage);
  for (std::size_t i = 0; percentages != nullptr && i < m_pixels.size(); ++i) {
    if (m_mask[i]) m_pixels[i] = percentages[i];
  }
  sink.write(window, band, m_pixels);
}

}  // namespace orthocover

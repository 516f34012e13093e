#include "core/inference/part_recorder.h"

namespace orthocover {

void PartRecorder::Tap::write(const Window& window, int band, std::span<const std::uint8_t> pixels) {
  if (m_sink != nullptr) m_sink->write(window, band, pixels);
  m_recorder.take(window, m_first_band + band, pixels);
}

PartRecorder::PartRecorder(PartWriter& writer, const SegmentSinks& sinks, const PartHeader& header,
                           OnFailure on_failure, std::function<std::vector<Window>()> unreadable)
    : m_writer(writer),
      m_bands(header.bands()),
      m_confidence(header.confidence),
      m_probabilities(header.probabilities),
      m_on_failure(std::move(on_failure)),
      m_unreadable(std::move(unreadable)),
      m_map(*this, sinks.map, 0),
      m_confidence_tap(*this, sinks.confidence, 1),
      m_probability_tap(*this, sinks.probabilities, header.confidence ? 2 : 1) {}

SegmentSinks PartRecorder::sinks() {
  return {&m_map, m_confidence ? &m_confidence_tap : nullptr,
          m_probabilities > 0 ? &m_probability_tap : nullptr};
}

void PartRecorder::take(const Window& window, int band, std::span<const std::uint8_t> pixels) {
  if (m_failed) return;
  if (band == 0) m_block = {window, {}};
  if (static_cast<std::size_t>(band) != m_block.bands.size())
    throw internal_error("band {} of a block came after {} bands", band, m_block.bands.size());
  m_block.bands.emplace_back(pixels.begin(), pixels.end());
  if (band + 1 < m_bands) return;
  try {
    add_to_file();
  } catch (const Error& error) {
    if (!m_on_failure) throw;
    m_failed = true;
    m_on_failure(error);
  }
}

/// Everything that is missing in a block was found while its patches were read.
void PartRecorder::add_to_file() {
  const std::vector<Window> unreadable = m_unreadable ? m_unreadable() : std::vector<Window>();
  for (; m_unreadable_written < unreadable.size(); ++m_unreadable_written)
    m_writer.add_unreadable(unreadable[m_unreadable_written]);
  m_writer.add(m_block);
}

void replay(const PartBlock& block, const PartHeader& header, const SegmentSinks& sinks,
            ValueCounts& counts) {
  for (const std::uint8_t value : block.bands.front()) ++counts[value];
  sinks.map->write(block.window, 0, block.bands.front());
  if (sinks.confidence != nullptr) sinks.confidence->write(block.window, 0, block.bands.at(1));
  const std::size_t first = header.confidence ? 2 : 1;
  for (int c = 0; sinks.probabilities != nullptr && c < header.probabilities; ++c)
    sinks.probabilities->write(block.window, c, block.bands.at(first + static_cast<std::size_t>(c)));
}

}  // namespace orthocover

#include "core/inference/part_recorder.h"

namespace orthocover {

PartRecorder::PartRecorder(PartWriter& writer, const SegmentSinks& sinks, const PartHeader& header,
                           OnFailure on_failure, std::function<std::vector<Window>()> unreadable)
    : m_writer(writer),
      m_sinks(sinks),
      m_on_failure(std::move(on_failure)),
      m_unreadable(std::move(unreadable)) {
  if (m_sinks.confidence == nullptr && header.confidence) m_sinks.confidence = &m_none;
  if (m_sinks.probabilities == nullptr && header.probabilities > 0) m_sinks.probabilities = &m_none;
}

SegmentSinks PartRecorder::sinks() {
  SegmentSinks sinks = m_sinks;
  sinks.tasks.push_back([this](const BlockView& block) {
    return [this, record = PartWriter::record_of(block)] { add(record); };
  });
  return sinks;
}

void PartRecorder::add(const std::string& record) {
  if (m_failed) return;
  try {
    // Everything that is missing in a block was found while its patches were read.
    const std::vector<Window> unreadable = m_unreadable ? m_unreadable() : std::vector<Window>();
    for (; m_unreadable_written < unreadable.size(); ++m_unreadable_written)
      m_writer.add_unreadable(unreadable[m_unreadable_written]);
    m_writer.add(record);
  } catch (const Error& error) {
    if (!m_on_failure) throw;
    m_failed = true;
    m_on_failure(error);
  }
}

void replay(const PartBlock& block, const PartHeader& header, const SegmentSinks& sinks,
            ValueCounts& counts) {
  for (const std::uint8_t value : block.bands.front()) ++counts[value];
  sinks.map->write(block.window, 0, block.bands.front());
  if (sinks.confidence != nullptr) sinks.confidence->write(block.window, 0, block.bands.at(1));
  const std::size_t first = header.confidence ? 2 : 1;
  for (int c = 0; sinks.probabilities != nullptr && c < header.probabilities; ++c)
    sinks.probabilities->write(block.window, c, block.bands.at(first + static_cast<std::size_t>(c)));
  for (const BlockTask& task : sinks.tasks) {
    if (const auto in_order = task(block.view())) in_order();
  }
}

}  // namespace orthocover

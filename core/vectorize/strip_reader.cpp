#include "core/vectorize/strip_reader.h"

#include <algorithm>

namespace orthocover::vectorize {

namespace {

ClassRows last_row_of(const ClassRows& rows) {
  ClassRows last(rows.end_row() - 1);
  last.append_row_of(rows, rows.end_row() - 1);
  return last;
}

}  // namespace

StripReader::StripReader(const ClassSource& source, std::int64_t strip_rows, const RegionSieve* sieve)
    : m_source(source),
      m_strip_rows(strip_rows),
      m_strips((source.info().rows + strip_rows - 1) / strip_rows),
      m_sieve(sieve) {
  m_context.append({});
  m_sieved_context.append({});
}

ClassRows StripReader::next() {
  ClassRows rows = read();
  if (m_sieve == nullptr) return rows;
  ClassRows sieved = m_sieve->recode(static_cast<std::size_t>(m_next - 1), rows, m_sieved_context);
  m_sieved_context = last_row_of(sieved);
  return sieved;
}

ClassRows StripReader::read() {
  const RasterInfo& info = m_source.info();
  const std::int64_t first = m_next * m_strip_rows;
  const std::int64_t count = std::min(m_strip_rows, info.rows - first);
  ClassRows rows(first - 1);
  rows.append_row_of(m_context, first - 1);
  const auto cols = static_cast<std::size_t>(info.cols);
  m_pixels.resize(static_cast<std::size_t>(count) * cols);
  m_source.read_rows(first, count, m_pixels.data());
  for (std::int64_t row = 0; row < count; ++row)
    rows.append(std::span(m_pixels).subspan(static_cast<std::size_t>(row) * cols, cols));
  m_context = last_row_of(rows);
  ++m_next;  // not when reading failed: another thread may call before it knows
  return rows;
}

StripConfidence read_confidence(const RasterSource& source, const ClassRows& rows) {
  const std::int64_t first = rows.first_row() + 1;
  PixelBlock block;
  source.read({0, first, source.info().cols, rows.end_row() - first}, -1, block);
  const auto count = static_cast<std::size_t>(block.cols * block.rows);
  block.values.resize(count);
  return {std::move(block.values), std::move(block.valid)};
}

}  // namespace orthocover::vectorize

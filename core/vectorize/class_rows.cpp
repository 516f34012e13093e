#include "core/vectorize/class_rows.h"

#include <cstring>

namespace orthocover::vectorize {
namespace {

/// First column from `x` on whose code is not `code`; most pixels equal their neighbour, so eight at a time.
std::size_t run_end(std::span<const std::uint16_t> pixels, std::size_t x, std::uint16_t code) {
  const std::uint64_t four = 0x0001000100010001ULL * code;
  const auto differs = [&](std::size_t at) {
    std::uint64_t word = 0;
    std::memcpy(&word, pixels.data() + at, sizeof word);
    return word ^ four;
  };
  while (x + 8 <= pixels.size() && (differs(x) | differs(x + 4)) == 0) x += 8;
  while (x < pixels.size() && pixels[x] == code) ++x;
  return x;
}

}  // namespace

void ClassRows::append(std::span<const std::uint16_t> pixels) {
  std::uint16_t left = 0;
  for (std::size_t x = 0; x < pixels.size();) {
    if (pixels[x] != left) {
      m_changes.push_back(static_cast<std::int32_t>(x));
      m_codes.push_back(left);
      left = pixels[x];
    }
    x = run_end(pixels, x, left);
  }
  if (left != 0) {
    m_changes.push_back(static_cast<std::int32_t>(pixels.size()));
    m_codes.push_back(left);
  }
  m_begin.push_back(m_changes.size());
}

void ClassRows::append_runs(std::span<const std::int32_t> ends, std::span<const std::uint16_t> codes) {
  std::uint16_t left = 0;
  std::int32_t start = 0;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (ends[i] == start) continue;
    if (codes[i] != left) {
      m_changes.push_back(start);
      m_codes.push_back(left);
      left = codes[i];
    }
    start = ends[i];
  }
  if (left != 0) {
    m_changes.push_back(start);
    m_codes.push_back(left);
  }
  m_begin.push_back(m_changes.size());
}

void ClassRows::append_row_of(const ClassRows& other, std::int64_t row) {
  const auto changes = other.changes(row);
  const auto codes = other.codes(row);
  m_changes.insert(m_changes.end(), changes.begin(), changes.end());
  m_codes.insert(m_codes.end(), codes.begin(), codes.end());
  m_begin.push_back(m_changes.size());
}

}  // namespace orthocover::vectorize

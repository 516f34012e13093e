#include "core/vectorize/class_row_store.h"

#include <algorithm>
#include <cstring>

#include "core/base/error.h"
#include "core/base/rows.h"

namespace orthocover::vectorize {
namespace {

constexpr std::uint64_t kMemoryBytes = 32 << 20;

/// Runs are stored as 24 bits of their end and 8 of their value.
constexpr std::int64_t kMostCols = 1 << 24;

}  // namespace

ClassRowStore::ClassRowStore(RasterInfo info, PixelSize pixel, std::vector<ClassEntry> classes,
                             std::filesystem::path scratch_folder)
    : m_info(std::move(info)),
      m_pixel(pixel),
      m_classes(std::move(classes)),
      m_closed(static_cast<std::size_t>((m_info.rows + kBandRows - 1) / kBandRows)),
      m_scratch(std::move(scratch_folder)) {
  if (m_info.cols >= kMostCols)
    throw resource_error("{}: {} columns are more than polygons can have; map a part with --projwin",
                         m_info.path, m_info.cols);
}

void ClassRowStore::write(const Window& window, std::span<const std::uint8_t> values) {
  for (std::int64_t row = window.row; row < window.bottom(); ++row) {
    const std::int64_t band = row / kBandRows;
    const std::int64_t first = band * kBandRows;
    OpenBand& open = m_open[band];
    if (open.values.empty()) {
      open.missing = std::min(kBandRows, m_info.rows - first) * m_info.cols;
      open.values.resize(static_cast<std::size_t>(open.missing));
    }
    const auto from = values.subspan(static_cast<std::size_t>((row - window.row) * window.cols),
                                     static_cast<std::size_t>(window.cols));
    std::ranges::copy(from, open.values.begin() + (row - first) * m_info.cols + window.col);
    open.missing -= window.cols;
    if (open.missing > 0) continue;
    close(band, open);
    m_open.erase(band);
  }
}

/// Keeps a band as runs: for each row their number, then the runs.
void ClassRowStore::close(std::int64_t band, const OpenBand& open) {
  std::vector<std::uint32_t> words;
  const auto cols = static_cast<std::size_t>(m_info.cols);
  for (std::size_t at = 0; at < open.values.size(); at += cols) {
    const std::size_t count = words.size();
    words.push_back(0);
    for (std::size_t col = 0; col < cols;) {
      const std::uint8_t value = open.values[at + col];
      col += static_cast<std::size_t>(
          rows::run_length(open.values.data() + at + col, static_cast<std::int64_t>(cols - col)));
      words.push_back(static_cast<std::uint32_t>(col) << 8 | value);
    }
    words[count] = static_cast<std::uint32_t>(words.size() - count - 1);
  }
  ClosedBand& closed = m_closed[static_cast<std::size_t>(band)];
  const auto bytes = std::as_bytes(std::span(words));
  closed.size = bytes.size();
  if (m_memory_bytes + bytes.size() <= kMemoryBytes) {
    closed.bytes.assign(bytes.begin(), bytes.end());
    m_memory_bytes += bytes.size();
    return;
  }
  closed.offset = m_scratch_bytes;
  m_scratch.write(m_scratch_bytes, bytes);
  m_scratch_bytes += bytes.size();
}

std::vector<std::byte> ClassRowStore::load(std::int64_t band) const {
  const ClosedBand& closed = m_closed.at(static_cast<std::size_t>(band));
  if (closed.size == 0) throw internal_error("rows from {} on are not complete", band * kBandRows);
  if (!closed.bytes.empty()) return closed.bytes;
  std::vector<std::byte> bytes(closed.size);
  m_scratch.read(closed.offset, bytes);
  return bytes;
}

void ClassRowStore::read_rows(std::int64_t row, std::int64_t rows, std::uint16_t* codes) const {
  for (std::int64_t band = row / kBandRows; band * kBandRows < row + rows; ++band) {
    const std::vector<std::byte> bytes = load(band);
    std::size_t at = 0;
    const auto next = [&] {
      std::uint32_t word = 0;
      std::memcpy(&word, bytes.data() + at, sizeof word);
      at += sizeof word;
      return word;
    };
    const std::int64_t end = std::min({(band + 1) * kBandRows, row + rows, m_info.rows});
    for (std::int64_t y = band * kBandRows; y < end; ++y) {
      const std::uint32_t runs = next();
      if (y < row) {
        at += runs * sizeof(std::uint32_t);
        continue;
      }
      std::uint16_t* out = codes + (y - row) * m_info.cols;
      std::int64_t col = 0;
      for (std::uint32_t run = 0; run < runs; ++run) {
        const std::uint32_t word = next();
        const std::int64_t run_end = word >> 8;
        std::fill(out + col, out + run_end, static_cast<std::uint16_t>(word & 0xff));
        col = run_end;
      }
    }
  }
}

}  // namespace orthocover::vectorize

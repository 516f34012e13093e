#include "core/vectorize/class_row_store.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/rows.h"
#include "core/vectorize/vectorizer.h"

namespace orthocover::vectorize {
namespace {

constexpr std::uint64_t kMemoryBytes = 32 << 20;

/// Runs of each row: 24 bits of their end, a column of the window, and 8 of their value.
std::vector<std::uint32_t> runs_of(const std::uint8_t* values, std::int64_t rows, std::int64_t cols) {
  std::vector<std::uint32_t> words;
  for (std::int64_t row = 0; row < rows; ++row, values += cols) {
    const std::size_t count = words.size();
    words.push_back(0);
    for (std::int64_t col = 0; col < cols;) {
      const std::uint8_t value = values[col];
      col += rows::run_length(values + col, cols - col);
      words.push_back(static_cast<std::uint32_t>(col) << 8 | value);
    }
    words[count] = static_cast<std::uint32_t>(words.size() - count - 1);
  }
  return words;
}

}  // namespace

ClassRowStore::ClassRowStore(RasterInfo info, PixelSize pixel, std::vector<ClassEntry> classes,
                             std::filesystem::path scratch_folder)
    : m_info(std::move(info)),
      m_pixel(pixel),
      m_classes(std::move(classes)),
      m_bands(static_cast<std::size_t>((m_info.rows + kBandRows - 1) / kBandRows)),
      m_scratch(std::move(scratch_folder)) {
  check_size(m_info);
  for (std::size_t i = 0; i < m_bands.size(); ++i)
    m_bands[i].missing =
        std::min(kBandRows, m_info.rows - static_cast<std::int64_t>(i) * kBandRows) * m_info.cols;
}

void ClassRowStore::write(const Window& window, std::span<const std::uint8_t> values) {
  for (std::int64_t row = window.row; row < window.bottom();) {
    const std::int64_t band = row / kBandRows;
    const std::int64_t rows = std::min((band + 1) * kBandRows, window.bottom()) - row;
    keep(m_bands[static_cast<std::size_t>(band)], {window.col, row, window.cols, rows},
         runs_of(values.data() + (row - window.row) * window.cols, rows, window.cols));
    row += rows;
  }
}

void ClassRowStore::keep(Band& band, const Window& window, std::vector<std::uint32_t> words) {
  words.shrink_to_fit();
  const auto bytes = std::as_bytes(std::span(words));
  Block block{window, {}, m_scratch_bytes, words.size()};
  if (m_memory_bytes + bytes.size() <= kMemoryBytes) {
    m_memory_bytes += bytes.size();
    block.words = std::move(words);
  } else {
    m_scratch.write(m_scratch_bytes, bytes);
    m_scratch_bytes += bytes.size();
  }
  band.blocks.push_back(std::move(block));
  band.missing -= window.pixels();
}

void ClassRowStore::read_rows(std::int64_t row, std::int64_t rows, std::uint16_t* codes) const {
  for (std::int64_t number = row / kBandRows; number * kBandRows < row + rows; ++number) {
    const Band& band = m_bands.at(static_cast<std::size_t>(number));
    if (band.missing > 0) throw internal_error("rows from {} on are not complete", number * kBandRows);
    for (const Block& block : band.blocks) {
      std::vector<std::uint32_t> loaded;
      if (block.words.empty()) {
        loaded.resize(block.size);
        m_scratch.read(block.offset, std::as_writable_bytes(std::span(loaded)));
      }
      const std::uint32_t* word = block.words.empty() ? loaded.data() : block.words.data();
      for (std::int64_t y = block.window.row; y < std::min(block.window.bottom(), row + rows); ++y) {
        const std::uint32_t* end = word + 1 + *word;
        ++word;
        if (y >= row) {
          std::uint16_t* out = codes + (y - row) * m_info.cols + block.window.col;
          for (std::int64_t col = 0; word < end; ++word) {
            std::fill(out + col, out + (*word >> 8), static_cast<std::uint16_t>(*word & 0xff));
            col = *word >> 8;
          }
        }
        word = end;
      }
    }
  }
}

}  // namespace orthocover::vectorize

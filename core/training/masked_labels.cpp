#include "core/training/masked_labels.h"

#include <algorithm>
#include <cmath>

#include "core/legend/legend.h"

namespace orthocover {
namespace {

/// Number of the first of `count` even cells over [from, from + size) whose centre is not before `at`.
std::int64_t first_cell(std::int64_t at, std::int64_t from, std::int64_t size, std::int64_t count) {
  const double cell = static_cast<double>(at - from) * static_cast<double>(count) / static_cast<double>(size);
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::ceil(cell - 0.5)), 0, count);
}

}  // namespace

MaskedLabels::MaskedLabels(std::unique_ptr<LabelSource> labels, std::vector<Window> masks,
                           std::vector<LabelledPiece> pieces)
    : m_labels(std::move(labels)), m_masks(std::move(masks)), m_index(m_masks), m_pieces(std::move(pieces)) {}

void MaskedLabels::read(const Window& window, std::int64_t cols, std::int64_t rows,
                        std::vector<std::uint8_t>& labels) const {
  m_labels->read(window, cols, rows, labels);
  for (const std::size_t number : m_index.meeting(window)) {
    const Window& mask = m_masks[number];
    const std::int64_t left = first_cell(mask.col, window.col, window.cols, cols);
    const std::int64_t right = first_cell(mask.right(), window.col, window.cols, cols);
    const std::int64_t bottom = first_cell(mask.bottom(), window.row, window.rows, rows);
    for (std::int64_t row = first_cell(mask.row, window.row, window.rows, rows); row < bottom; ++row)
      std::fill(labels.begin() + row * cols + left, labels.begin() + row * cols + right, kIgnoreLabel);
  }
}

}  // namespace orthocover

#include "core/training/data/masked_labels.h"

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

/// Visits the runs of cells, row by row, whose centres lie in a window.
/// @param cells on an even grid over `window`
template <typename Visit>
void for_each_run(const Window& part, const Window& window, std::int64_t cols, std::int64_t rows,
                  const Visit& visit) {
  const std::int64_t left = first_cell(part.col, window.col, window.cols, cols);
  const std::int64_t right = first_cell(part.right(), window.col, window.cols, cols);
  const std::int64_t bottom = first_cell(part.bottom(), window.row, window.rows, rows);
  for (std::int64_t row = first_cell(part.row, window.row, window.rows, rows); row < bottom; ++row)
    visit(row * cols + left, row * cols + right);
}

/// Labels on their regions alone.
class RegionLabels final : public LabelSource {
 public:
  RegionLabels(std::vector<LabelledRegion> regions, std::unique_ptr<LabelSource> labels)
      : m_regions(std::move(regions)), m_index(windows_of(m_regions)), m_labels(std::move(labels)) {}

  void read(const Window& window, std::int64_t cols, std::int64_t rows,
            std::vector<std::uint8_t>& labels) const override {
    std::vector<std::uint8_t> all;
    m_labels->read(window, cols, rows, all);
    labels.assign(all.size(), kIgnoreLabel);
    for (const std::size_t number : m_index.meeting(window))
      for_each_run(m_regions[number].window, window, cols, rows, [&](std::int64_t begin, std::int64_t end) {
        std::copy(all.begin() + begin, all.begin() + end, labels.begin() + begin);
      });
  }
  const std::vector<LabelledPiece>& pieces() const override { return m_pieces; }
  const std::vector<LabelledRegion>& regions() const override { return m_regions; }

 private:
  std::vector<LabelledRegion> m_regions;
  BoxIndex m_index;
  std::unique_ptr<LabelSource> m_labels;
  std::vector<LabelledPiece> m_pieces;
};

}  // namespace

std::vector<LabelledRegion> common_ground(const std::vector<LabelledRegion>& a,
                                          const std::vector<LabelledRegion>& b) {
  const BoxIndex index(windows_of(b));
  std::vector<LabelledRegion> common;
  for (const LabelledRegion& region : a)
    for (const std::size_t number : index.meeting(region.window))
      common.push_back({region.name, intersect(region.window, b[number].window)});
  return common;
}

std::unique_ptr<LabelSource> labels_on(std::vector<LabelledRegion> ground,
                                       std::unique_ptr<LabelSource> labels) {
  return std::make_unique<RegionLabels>(std::move(ground), std::move(labels));
}

MaskedLabels::MaskedLabels(std::unique_ptr<LabelSource> labels, std::vector<Window> masks,
                           std::vector<LabelledPiece> pieces)
    : m_labels(std::move(labels)), m_masks(std::move(masks)), m_index(m_masks), m_pieces(std::move(pieces)) {}

void MaskedLabels::read(const Window& window, std::int64_t cols, std::int64_t rows,
                        std::vector<std::uint8_t>& labels) const {
  m_labels->read(window, cols, rows, labels);
  for (const std::size_t number : m_index.meeting(window))
    for_each_run(m_masks[number], window, cols, rows, [&](std::int64_t begin, std::int64_t end) {
      std::fill(labels.begin() + begin, labels.begin() + end, kIgnoreLabel);
    });
}

}  // namespace orthocover

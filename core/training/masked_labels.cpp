#include "core/training/masked_labels.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/base/error.h"
#include "core/legend/legend.h"
#include "core/training/split.h"

namespace orthocover {
namespace {

/// Number of the first of `count` even cells over [from, from + size) whose centre is not before `at`.
std::int64_t first_cell(std::int64_t at, std::int64_t from, std::int64_t size, std::int64_t count) {
  const double cell = static_cast<double>(at - from) * static_cast<double>(count) / static_cast<double>(size);
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::ceil(cell - 0.5)), 0, count);
}

}  // namespace

std::vector<LabelledRegion> held_out_regions(const std::vector<std::string>& names, const RasterInfo& scene,
                                             double ground_size_m, const LabelSource& labels) {
  std::vector<LabelledRegion> held;
  for (const std::string& name : names) {
    const std::size_t before = held.size();
    std::ranges::copy_if(labels.regions(), std::back_inserter(held),
                         [&](const LabelledRegion& region) { return region.name == name; });
    if (held.size() > before) continue;
    const std::optional<Window> block =
        name.empty() ? scene.window() : block_called(name, scene, ground_size_m);
    if (!block)
      throw data_error("{}: its labels have no region '{}', which was held out; give those of the training",
                       scene.path, name);
    held.push_back({name, *block});
  }
  return held;
}

std::unique_ptr<LabelSource> labels_on(std::vector<LabelledRegion> ground, const Window& scene,
                                       std::unique_ptr<LabelSource> labels) {
  std::vector<Window> windows;
  for (const LabelledRegion& region : ground) windows.push_back(region.window);
  return std::make_unique<MaskedLabels>(std::move(labels), cut_out(scene, windows),
                                        std::vector<LabelledPiece>(), std::move(ground));
}

MaskedLabels::MaskedLabels(std::unique_ptr<LabelSource> labels, std::vector<Window> masks,
                           std::vector<LabelledPiece> pieces, std::vector<LabelledRegion> regions)
    : m_labels(std::move(labels)),
      m_masks(std::move(masks)),
      m_index(m_masks),
      m_pieces(std::move(pieces)),
      m_regions(std::move(regions)) {}

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

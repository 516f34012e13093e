#include "core/resampling/patch_reader.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "core/geometry/area_resampler.h"
#include "core/geometry/box_mean.h"
#include "core/resampling/fill_invalid.h"

namespace orthocover {
namespace {

/// Pixels read at a time, at least a row of blocks: a core's cache.
constexpr std::int64_t kStripPixels = 1 << 15;

std::int64_t strip_rows(const RasterInfo& info, std::int64_t cols) {
  const std::int64_t block = std::clamp<std::int64_t>(info.block_rows, 1, 1024);
  return std::max(block, kStripPixels / std::max<std::int64_t>(cols, 1) / block * block);
}

template <class Value>
void read(const RasterSource& source, const Window& window, int overview, PixelBlockOf<Value>& out) {
  if constexpr (std::is_same_v<Value, float>)
    source.read(window, overview, out);
  else
    source.read_bytes(window, overview, out);
}

/// Enlarges `block` in place: `inside` is where it lies in `patch`; around it nothing is valid.
template <class Value>
void enlarge(const Window& inside, const Window& patch, PixelBlockOf<Value>& block) {
  block.resize(block.bands, patch.cols, patch.rows);
  const std::int64_t left = inside.col - patch.col, right = left + inside.cols;
  // From the end: rows move towards it.
  const auto move = [&](auto* rows, std::int64_t number, auto filler) {
    for (std::int64_t row = patch.rows; row-- > 0;) {
      auto* to = rows + (number * patch.rows + row) * patch.cols;
      const std::int64_t source = row - (inside.row - patch.row);
      if (source < 0 || source >= inside.rows) {
        std::fill_n(to, patch.cols, filler);
        continue;
      }
      const auto* from = rows + (number * inside.rows + source) * inside.cols;
      std::copy_backward(from, from + inside.cols, to + right);
      std::fill_n(to, left, filler);
      std::fill(to + right, to + patch.cols, filler);
    }
  };
  for (int band = block.bands; band-- > 0;) move(block.values.data(), band, Value{0});
  move(block.valid.data(), 0, std::uint8_t{0});
}

template <class Value>
void read_unscaled(const RasterSource& source, const Window& patch, PixelBlockOf<Value>& out) {
  const Window inside = intersect(patch, source.info().window());
  if (inside.empty()) {
    out.resize(static_cast<int>(source.info().bands.size()), patch.cols, patch.rows);
    std::ranges::fill(out.values, Value{0});
    std::ranges::fill(out.valid, std::uint8_t{0});
    return;
  }
  read(source, inside, -1, out);
  if (inside != patch) enlarge(inside, patch, out);
}

void read_boxes(const RasterSource& source, int overview, BoxMean boxes, const Window& patch,
                PixelBlock& out) {
  const RasterInfo& info = source.info();
  out.resize(static_cast<int>(info.bands.size()), patch.cols, patch.rows);
  const std::int64_t rows =
      std::max<std::int64_t>(1, strip_rows(info, patch.cols * boxes.cols()) / boxes.rows());
  ByteBlock scene;
  for (std::int64_t row = 0; row < patch.rows; row += rows) {
    const Window targets{patch.col, patch.row + row, patch.cols, std::min(rows, patch.rows - row)};
    const Window from = boxes.below(targets, info.window_of_copy(overview));
    if (!from.empty()) source.read_bytes(from, overview, scene);
    boxes.resample(from, scene.values.data(), scene.valid.data(), out.bands, targets,
                   out.values.data() + row * patch.cols, patch.pixels(), out.valid.data() + row * patch.cols);
  }
}

template <class Value>
void read_by_area(const RasterSource& source, const ReadCopy& copy, const Window& patch, PixelBlock& out) {
  const AxisKernel cols(copy.scale.x, patch.col, patch.cols, copy.cols);
  const AxisKernel rows(copy.scale.y, patch.row, patch.rows, copy.rows);
  out.resize(static_cast<int>(source.info().bands.size()), patch.cols, patch.rows);
  AreaResampler resampler(cols, rows, out.bands, out.values.data(), out.valid.data());
  const std::int64_t width = cols.source_end() - cols.source_begin();
  const std::int64_t strip = strip_rows(source.info(), width);
  PixelBlockOf<Value> scene;
  std::int64_t row = rows.source_begin();
  while (width > 0 && row < rows.source_end()) {
    const std::int64_t end = std::min(rows.source_end(), (row / strip + 1) * strip);
    read(source, {cols.source_begin(), row, width, end - row}, copy.overview, scene);
    resampler.add_rows(scene.values.data(), scene.valid.data(), end - row);
    row = end;
  }
  resampler.finish();
}

void read_resampled(const RasterSource& source, const ReadCopy& copy, const Window& patch, PixelBlock& out) {
  if (!source.has_bytes()) return read_by_area<float>(source, copy, patch, out);
  if (const auto boxes = BoxMean::of(copy.scale.x, copy.scale.y))
    return read_boxes(source, copy.overview, *boxes, patch, out);
  read_by_area<std::uint8_t>(source, copy, patch, out);
}

void read_window(const RasterSource& source, const PixelScale& scale, const Window& patch, PixelBlock& out) {
  if (scale == 1)
    read_unscaled(source, patch, out);
  else
    read_resampled(source, choose_copy(source.info(), scale), patch, out);
}

void read_window(const RasterSource& source, const PixelScale& /*scale*/, const Window& patch,
                 ByteBlock& out) {
  read_unscaled(source, patch, out);
}

/// Makes a block fit for the network; false when no pixel is valid.
template <class Value>
bool complete(const RasterSource& source, PixelBlockOf<Value>& block) {
  if (std::memchr(block.valid.data(), 1, block.valid.size()) == nullptr) return false;
  fill_invalid(block);
  if constexpr (std::is_same_v<Value, float>) source.adjust(block);
  return true;
}

/// @param read_all reads one window
template <class Value, class ReadAll>
std::vector<std::shared_ptr<PixelBlockOf<Value>>> read_together(const RasterSource& source,
                                                                std::span<const Window> patches,
                                                                BlockPoolOf<Value>& pool,
                                                                const ReadAll& read_all) {
  std::vector<std::shared_ptr<PixelBlockOf<Value>>> out;
  if (patches.empty()) return out;
  const Window all = std::accumulate(patches.begin(), patches.end(), Window{}, unite);
  const auto room_for = [&](const Window& window) {
    return pool.take(source.info().bands.size() * static_cast<std::size_t>(window.pixels()));
  };
  const std::shared_ptr<PixelBlockOf<Value>> pixels = room_for(all);
  read_all(all, *pixels);
  for (const Window& patch : patches) {
    out.push_back(patches.size() > 1 ? room_for(patch) : pixels);
    if (patches.size() > 1) cut(*pixels, all, patch, *out.back());
    if (!complete(source, *out.back())) out.back() = nullptr;
  }
  return out;
}

}  // namespace

ReadCopy choose_copy(const RasterInfo& info, const PixelScale& scale) {
  ReadCopy chosen{-1, info.cols, info.rows, scale};
  for (std::size_t i = 0; i < info.overviews.size(); ++i) {
    const OverviewInfo& overview = info.overviews[i];
    const PixelScale there(scale.x * static_cast<double>(overview.cols) / static_cast<double>(info.cols),
                           scale.y * static_cast<double>(overview.rows) / static_cast<double>(info.rows));
    const bool coarser = overview.cols < chosen.cols && overview.rows < chosen.rows;
    if (coarser && std::min(there.x, there.y) >= 2) {
      chosen = {static_cast<int>(i), overview.cols, overview.rows, there};
    }
  }
  return chosen;
}

bool read_patch(const RasterSource& source, const PixelScale& scale, const Window& patch, PixelBlock& out) {
  read_window(source, scale, patch, out);
  return complete(source, out);
}

std::vector<std::shared_ptr<PixelBlock>> read_patches(const RasterSource& source, const PixelScale& scale,
                                                      std::span<const Window> patches, BlockPool& pool) {
  return read_together(source, patches, pool, [&](const Window& window, PixelBlock& out) {
    read_window(source, scale, window, out);
  });
}

std::vector<std::shared_ptr<ByteBlock>> read_patches(const RasterSource& source,
                                                     std::span<const Window> patches, BytePool& pool) {
  return read_together(source, patches, pool,
                       [&](const Window& window, ByteBlock& out) { read_unscaled(source, window, out); });
}

template <class Value>
void read_rows(const RasterSource& source, const PixelScale& scale, const Window& patch, const Window& rows,
               PixelBlockOf<Value>& whole) {
  PixelBlockOf<Value> part;
  read_window(source, scale, rows, part);
  paste(part, rows, patch, whole);
}

template <class Value>
bool complete_patch(const RasterSource& source, PixelBlockOf<Value>& whole) {
  return complete(source, whole);
}

template void read_rows(const RasterSource&, const PixelScale&, const Window&, const Window&, PixelBlock&);
template void read_rows(const RasterSource&, const PixelScale&, const Window&, const Window&, ByteBlock&);
template bool complete_patch(const RasterSource&, PixelBlock&);
template bool complete_patch(const RasterSource&, ByteBlock&);

}  // namespace orthocover

#include "core/training/validation.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/resampling/patch_reader.h"
#include "core/training/patch_loader.h"

namespace orthocover {
namespace {

/// Share of a patch that is seen around what is scored, on each side.
constexpr std::int64_t kMarginDivisor = 8;
constexpr std::int64_t kMultiple = 32;

std::int64_t rounded_up(std::int64_t size) {
  return (size + kMultiple - 1) / kMultiple * kMultiple;
}

}  // namespace

Window on_grid(const Window& region, const PixelScale& scale) {
  const auto line = [](std::int64_t at, double by) { return std::llround(static_cast<double>(at) / by); };
  const std::int64_t col = line(region.col, scale.x);
  const std::int64_t row = line(region.row, scale.y);
  return {col, row, line(region.right(), scale.x) - col, line(region.bottom(), scale.y) - row};
}

std::vector<RegionTile> region_tiles(const Window& region, const PixelScale& scale, int patch_px) {
  return grid_tiles(on_grid(region, scale), patch_px);
}

std::vector<RegionTile> grid_tiles(const Window& whole, int patch_px) {
  const std::int64_t margin = patch_px / kMarginDivisor;
  const std::int64_t tile_px = patch_px - 2 * margin;
  std::vector<RegionTile> tiles;
  for (std::int64_t row = whole.row; row < whole.bottom(); row += tile_px) {
    for (std::int64_t col = whole.col; col < whole.right(); col += tile_px) {
      const Window tile = intersect({col, row, tile_px, tile_px}, whole);
      tiles.push_back({tile,
                       {col - margin, row - margin, rounded_up(tile.cols + 2 * margin),
                        rounded_up(tile.rows + 2 * margin)}});
    }
  }
  return tiles;
}

bool read_labelled(const TrainingScene& scene, const PixelScale& scale, const RegionTile& tile, int classes,
                   PixelBlock& pixels, std::vector<std::uint8_t>& labels) {
  const Window& patch = tile.patch;
  read_patch_labels(*scene.labels, scale, patch, labels);
  for (std::int64_t row = 0; row < patch.rows; ++row) {
    for (std::int64_t col = 0; col < patch.cols; ++col) {
      std::uint8_t& label = labels[static_cast<std::size_t>(row * patch.cols + col)];
      // Labels beyond the classes stand for several of them: they can't be judged.
      if (label >= classes || !tile.tile.contains({patch.col + col, patch.row + row, 1, 1}))
        label = kIgnoreLabel;
    }
  }
  const auto is_any_left = [&] { return std::ranges::count(labels, kIgnoreLabel) < std::ssize(labels); };
  if (!is_any_left() || !read_patch(*scene.source, scale, patch, pixels)) return false;
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (!pixels.valid[i]) labels[i] = kIgnoreLabel;
  return is_any_left();
}

torch::Tensor network_input(const PixelBlock& pixels, const ValidationOptions& options) {
  torch::Tensor image = torch::empty({1, pixels.bands, pixels.rows, pixels.cols});
  std::memcpy(image.data_ptr<float>(), pixels.values.data(), pixels.values.size() * sizeof(float));
  for (int band = 0; band < pixels.bands; ++band) {
    const nn::ModelBand& scaling = options.bands[static_cast<std::size_t>(band)];
    image[0][band].mul_(options.scale / scaling.std).sub_(scaling.mean / scaling.std);
  }
  return image;
}

std::vector<ConfusionMatrix> validate_regions(nn::SegmentationNetwork& network, torch::Device device,
                                              const std::vector<TrainingScene>& scenes,
                                              const ValidationOptions& options, RunContext& context) {
  const nn::InferenceScope scope;
  const bool was_training = network.is_training();
  network.eval();
  std::vector<ConfusionMatrix> matrices;
  for (const TrainingScene& scene : scenes) {
    const PixelScale scale = patch_scale(scene, options.ground_size_m);
    for (const LabelledRegion& region : scene.held_out) {
      ConfusionMatrix& matrix = matrices.emplace_back(options.classes);
      for (const RegionTile& tile : region_tiles(region.window, scale, options.patch_px)) {
        context.check_cancelled();
        PixelBlock pixels;
        std::vector<std::uint8_t> labels;
        if (!read_labelled(scene, scale, tile, options.classes, pixels, labels)) continue;
        const torch::Tensor best = network.forward(network_input(pixels, options).to(device))
                                       .argmax(1)
                                       .to(torch::kUInt8)
                                       .cpu()
                                       .contiguous();
        matrix.add(labels, {best.data_ptr<std::uint8_t>(), labels.size()});
      }
    }
  }
  network.train(was_training);
  return matrices;
}

ConfusionMatrix validate(nn::SegmentationNetwork& network, torch::Device device,
                         const std::vector<TrainingScene>& scenes, const ValidationOptions& options,
                         RunContext& context) {
  ConfusionMatrix sum(options.classes);
  for (const ConfusionMatrix& matrix : validate_regions(network, device, scenes, options, context))
    sum.add(matrix);
  return sum;
}

}  // namespace orthocover

#include "core/training/sample_pictures.h"

#include <cmath>
#include <opencv2/imgcodecs.hpp>

#include "core/base/error.h"
#include "core/resampling/patch_reader.h"
#include "core/training/patch_loader.h"

namespace orthocover {
namespace {

constexpr int kGapPx = 8;
const cv::Vec3b kUnlabelled{225, 225, 225};

/// Up to three bands as blue, green, red; fewer as grey.
cv::Mat scene_picture(const PixelBlock& pixels, double scale) {
  cv::Mat picture(static_cast<int>(pixels.rows), static_cast<int>(pixels.cols), CV_8UC3);
  for (int row = 0; row < picture.rows; ++row) {
    for (int col = 0; col < picture.cols; ++col) {
      const auto at = static_cast<std::size_t>(row * pixels.cols + col);
      for (int channel = 0; channel < 3; ++channel) {
        const int band = pixels.bands >= 3 ? 2 - channel : 0;
        const double value = 255 * scale * pixels.band(band)[at];
        picture.at<cv::Vec3b>(row, col)[channel] =
            pixels.valid[at] ? cv::saturate_cast<std::uint8_t>(value) : 255;
      }
    }
  }
  return picture;
}

cv::Mat class_picture(const std::uint8_t* classes, int rows, int cols, const Legend& legend) {
  cv::Mat picture(rows, cols, CV_8UC3, kUnlabelled);
  for (int row = 0; row < rows; ++row) {
    for (int col = 0; col < cols; ++col) {
      const std::uint8_t index = classes[row * cols + col];
      if (index >= legend.size()) continue;
      const Color color = legend.classes()[index].color;
      picture.at<cv::Vec3b>(row, col) = {color.blue, color.green, color.red};
    }
  }
  return picture;
}

std::vector<std::uint8_t> side_by_side(const std::vector<cv::Mat>& pictures) {
  const cv::Mat& first = pictures.front();
  const int count = static_cast<int>(pictures.size());
  cv::Mat sheet(first.rows, count * first.cols + (count - 1) * kGapPx, CV_8UC3, cv::Scalar::all(255));
  for (int i = 0; i < count; ++i)
    pictures[static_cast<std::size_t>(i)].copyTo(
        sheet(cv::Rect(i * (first.cols + kGapPx), 0, first.cols, first.rows)));
  std::vector<std::uint8_t> png;
  if (!cv::imencode(".png", sheet, png)) throw internal_error("training: a picture can't be encoded");
  return png;
}

/// A patch around the middle of a region, in pixels of the grid of `scale`.
Window middle_of(const Window& region, const PixelScale& scale, std::int64_t side) {
  const auto middle = [&](std::int64_t from, std::int64_t length, double by) {
    return std::llround((static_cast<double>(from) + static_cast<double>(length) / 2) / by) - side / 2;
  };
  return {middle(region.col, region.cols, scale.x), middle(region.row, region.rows, scale.y), side, side};
}

}  // namespace

std::vector<SamplePicture> sample_pictures(nn::SegmentationNetwork& network, torch::Device device,
                                           const std::vector<TrainingScene>& scenes,
                                           const ValidationOptions& options, const Legend& legend, int most) {
  const nn::InferenceScope scope;
  const bool was_training = network.is_training();
  network.eval();
  std::vector<SamplePicture> pictures;
  for (std::size_t round = 0; static_cast<int>(pictures.size()) < most; ++round) {
    const std::size_t before = pictures.size();
    bool more = false;
    for (const TrainingScene& scene : scenes) {
      if (round >= scene.held_out.size() || static_cast<int>(pictures.size()) >= most) continue;
      more = true;
      const LabelledRegion& region = scene.held_out[round];
      const PixelScale scale = patch_scale(scene, options.ground_size_m);
      const Window patch = middle_of(region.window, scale, options.patch_px);
      PixelBlock pixels;
      if (!read_patch(*scene.source, scale, patch, pixels)) continue;
      std::vector<std::uint8_t> labels;
      read_patch_labels(*scene.labels, scale, patch, labels);
      const torch::Tensor best = network.forward(network_input(pixels, options).to(device))
                                     .argmax(1)
                                     .to(torch::kUInt8)
                                     .cpu()
                                     .contiguous();
      const int side = options.patch_px;
      pictures.push_back({scene.name + (region.name.empty() ? "" : ":" + region.name),
                          side_by_side({scene_picture(pixels, options.scale),
                                        class_picture(labels.data(), side, side, legend),
                                        class_picture(best.data_ptr<std::uint8_t>(), side, side, legend)})});
    }
    if (!more && pictures.size() == before) break;
  }
  network.train(was_training);
  return pictures;
}

}  // namespace orthocover

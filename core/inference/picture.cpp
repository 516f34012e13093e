#include "core/inference/picture.h"

#include <algorithm>
#include <array>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/base/error.h"
#include "core/resampling/patch_reader.h"

namespace orthocover {
namespace {

constexpr int kMargin = 24;
constexpr int kRowHeight = 30;
constexpr int kSwatch = 20;
constexpr int kEntryWidth = 290;
const cv::Scalar kPaper(255, 255, 255);
const cv::Scalar kInk(40, 40, 40);
const cv::Scalar kNoDataShade(232, 232, 232);

cv::Mat draw_scene(const RasterSource& source, const Window& region, const std::vector<BandScaling>& scaling,
                   const Thumbnail& map) {
  const Window patch{region.col / map.step, region.row / map.step, map.cols, map.rows};
  PixelBlock pixels;
  cv::Mat image(static_cast<int>(map.rows), static_cast<int>(map.cols), CV_8UC3, kNoDataShade);
  if (!read_patch(source, static_cast<double>(map.step), patch, pixels)) return image;
  const std::array<int, 3> bgr = pixels.bands >= 3 ? std::array{2, 1, 0} : std::array{0, 0, 0};
  for (std::int64_t i = 0; i < map.cols * map.rows; ++i) {
    if (!pixels.valid[static_cast<std::size_t>(i)]) continue;
    auto& to = image.at<cv::Vec3b>(static_cast<int>(i / map.cols), static_cast<int>(i % map.cols));
    for (int c = 0; c < 3; ++c) {
      const int band = bgr[static_cast<std::size_t>(c)];
      const BandScaling& s = scaling[static_cast<std::size_t>(band)];
      const double seen = std::clamp(pixels.band(band)[i] * s.gain + s.offset, 0.0, s.limit) * s.scale;
      to[c] = cv::saturate_cast<std::uint8_t>(255 * seen);
    }
  }
  return image;
}

cv::Scalar paint(Color color) {
  return {double(color.blue), double(color.green), double(color.red)};
}

cv::Mat draw_map(const Thumbnail& map, const Legend& legend) {
  std::array<cv::Vec3b, 256> palette;
  palette.fill({232, 232, 232});
  for (const LegendClass& entry : legend.classes()) {
    palette[entry.value] = {entry.color.blue, entry.color.green, entry.color.red};
  }
  cv::Mat image(static_cast<int>(map.rows), static_cast<int>(map.cols), CV_8UC3);
  for (std::int64_t i = 0; i < map.cols * map.rows; ++i) {
    image.at<cv::Vec3b>(static_cast<int>(i / map.cols), static_cast<int>(i % map.cols)) =
        palette[map.values[static_cast<std::size_t>(i)]];
  }
  return image;
}

/// Swatches with names and shares, as many in a row as fit.
void draw_legend(cv::Mat& page, int top, int per_row, const Legend& legend, const ValueCounts& counts) {
  double mapped = 0;
  for (const LegendClass& entry : legend.classes()) mapped += static_cast<double>(counts[entry.value]);
  for (int i = 0; i < legend.size(); ++i) {
    const LegendClass& entry = legend.classes()[static_cast<std::size_t>(i)];
    const cv::Point at(kMargin + i % per_row * kEntryWidth, top + i / per_row * kRowHeight);
    const cv::Rect swatch(at.x, at.y, kSwatch, kSwatch);
    cv::rectangle(page, swatch, paint(entry.color), cv::FILLED);
    cv::rectangle(page, swatch, kInk, 1);
    std::string name = entry.name;
    std::ranges::replace(name, '_', ' ');
    const double share = mapped > 0 ? 100 * static_cast<double>(counts[entry.value]) / mapped : 0;
    cv::putText(page, fmt::format("{}  {:.1f} %", name, share), at + cv::Point(kSwatch + 10, kSwatch - 4),
                cv::FONT_HERSHEY_DUPLEX, 0.55, kInk, 1, cv::LINE_AA);
  }
}

}  // namespace

std::vector<std::uint8_t> draw_picture(const RasterSource& source, const Window& region,
                                       const std::vector<BandScaling>& scaling, const Thumbnail& map,
                                       const Legend& legend, const ValueCounts& counts) {
  cv::Mat scene = draw_scene(source, region, scaling, map);
  cv::Mat classes = draw_map(map, legend);
  const double enlarge = std::max(1.0, 300.0 / static_cast<double>(std::max(map.cols, map.rows)));
  if (enlarge > 1) {
    cv::resize(scene, scene, {}, enlarge, enlarge, cv::INTER_NEAREST);
    cv::resize(classes, classes, {}, enlarge, enlarge, cv::INTER_NEAREST);
  }
  const int width = std::max(3 * kMargin + 2 * scene.cols, 2 * kMargin + kEntryWidth);
  const int per_row = std::max(1, (width - 2 * kMargin) / kEntryWidth);
  const int legend_rows = (legend.size() + per_row - 1) / per_row;
  cv::Mat page(3 * kMargin + scene.rows + legend_rows * kRowHeight, width, CV_8UC3, kPaper);
  scene.copyTo(page(cv::Rect(kMargin, kMargin, scene.cols, scene.rows)));
  classes.copyTo(page(cv::Rect(2 * kMargin + scene.cols, kMargin, scene.cols, scene.rows)));
  draw_legend(page, 2 * kMargin + scene.rows, per_row, legend, counts);
  std::vector<std::uint8_t> png;
  if (!cv::imencode(".png", page, png)) throw internal_error("the picture can't be encoded as PNG");
  return png;
}

}  // namespace orthocover

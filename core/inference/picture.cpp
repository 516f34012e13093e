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
/// Smaller images are enlarged to this.
constexpr double kLeastSide = 300;
constexpr double kDimmedContrast = 0.5;
constexpr double kDimmedBlack = 90;
/// Columns of the scene that are read at a time.
constexpr std::int64_t kMostReadCols = 16384;
/// Rows of a picture whose labels are read together.
constexpr std::int64_t kLabelRows = 16;
const cv::Vec3b kUnknown{225, 225, 225};
const cv::Vec3b kRight{178, 114, 0};
const cv::Vec3b kWrong{0, 94, 213};
const cv::Scalar kPaper(255, 255, 255);
const cv::Scalar kInk(40, 40, 40);
const cv::Scalar kNoDataShade(232, 232, 232);

/// @param patch pixels of the picture as a level of `step`
void draw_strip(const RasterSource& source, const std::vector<BandScaling>& scaling, double step,
                const Window& patch, cv::Mat image) {
  PixelBlock pixels;
  if (!read_patch(source, step, patch, pixels)) return;
  const std::array<int, 3> bgr = pixels.bands >= 3 ? std::array{2, 1, 0} : std::array{0, 0, 0};
  for (std::int64_t i = 0; i < patch.pixels(); ++i) {
    if (!pixels.valid[static_cast<std::size_t>(i)]) continue;
    auto& to = image.at<cv::Vec3b>(static_cast<int>(i / patch.cols), static_cast<int>(i % patch.cols));
    for (int c = 0; c < 3; ++c) {
      const int band = bgr[static_cast<std::size_t>(c)];
      const BandScaling& s = scaling[static_cast<std::size_t>(band)];
      const double seen = std::clamp(pixels.band(band)[i] * s.gain + s.offset, 0.0, s.limit) * s.scale;
      to[c] = cv::saturate_cast<std::uint8_t>(255 * seen);
    }
  }
}

cv::Mat draw_scene(const RasterSource& source, const Window& region, const std::vector<BandScaling>& scaling,
                   const Thumbnail& map) {
  cv::Mat image(static_cast<int>(map.rows), static_cast<int>(map.cols), CV_8UC3, kNoDataShade);
  // Not the whole width at once, of which a row of blocks alone may be large.
  const std::int64_t strip_cols = std::max<std::int64_t>(1, kMostReadCols / map.step);
  for (std::int64_t col = 0; col < map.cols; col += strip_cols) {
    const std::int64_t cols = std::min(strip_cols, map.cols - col);
    draw_strip(source, scaling, static_cast<double>(map.step),
               {region.col / map.step + col, region.row / map.step, cols, map.rows},
               image.colRange(static_cast<int>(col), static_cast<int>(col + cols)));
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

/// A swatch with its text.
void draw_entry(cv::Mat& page, const cv::Point& at, Color color, const std::string& text) {
  const cv::Rect swatch(at.x, at.y, kSwatch, kSwatch);
  cv::rectangle(page, swatch, paint(color), cv::FILLED);
  cv::rectangle(page, swatch, kInk, 1);
  cv::putText(page, text, at + cv::Point(kSwatch + 10, kSwatch - 4), cv::FONT_HERSHEY_DUPLEX, 0.55, kInk, 1,
              cv::LINE_AA);
}

/// Swatches with names and shares, as many in a row as fit.
void draw_legend(cv::Mat& page, int top, int per_row, const Legend& legend, const ValueCounts& counts) {
  double mapped = 0;
  for (const LegendClass& entry : legend.classes()) mapped += static_cast<double>(counts[entry.value]);
  for (int i = 0; i < legend.size(); ++i) {
    const LegendClass& entry = legend.classes()[static_cast<std::size_t>(i)];
    const cv::Point at(kMargin + i % per_row * kEntryWidth, top + i / per_row * kRowHeight);
    std::string name = entry.name;
    std::ranges::replace(name, '_', ' ');
    const double share = mapped > 0 ? 100 * static_cast<double>(counts[entry.value]) / mapped : 0;
    draw_entry(page, at, entry.color, fmt::format("{}  {:.1f} %", name, share));
  }
}

void enlarge_if_small(cv::Mat& image) {
  const double enlarge = kLeastSide / static_cast<double>(std::max(image.cols, image.rows));
  if (enlarge > 1) cv::resize(image, image, {}, enlarge, enlarge, cv::INTER_NEAREST);
}

/// Grey and half as contrasty, so that colours stand out.
void dim(cv::Mat& image) {
  cv::Mat grey;
  cv::cvtColor(image, grey, cv::COLOR_BGR2GRAY);
  grey.convertTo(grey, CV_8U, kDimmedContrast, kDimmedBlack);
  cv::cvtColor(grey, image, cv::COLOR_GRAY2BGR);
}

cv::Vec3b color_of(const Legend& legend, std::optional<int> called) {
  if (!called) return {255, 255, 255};
  const Color color = legend.classes()[static_cast<std::size_t>(*called)].color;
  return {color.blue, color.green, color.red};
}

std::vector<std::uint8_t> as_png(const cv::Mat& page) {
  std::vector<std::uint8_t> png;
  if (!cv::imencode(".png", page, png)) throw internal_error("the picture can't be encoded as PNG");
  return png;
}

}  // namespace

std::vector<std::uint8_t> draw_picture(const RasterSource& source, const Window& region,
                                       const std::vector<BandScaling>& scaling, const Thumbnail& map,
                                       const Legend& legend, const ValueCounts& counts) {
  cv::Mat scene = draw_scene(source, region, scaling, map);
  cv::Mat classes = draw_map(map, legend);
  enlarge_if_small(scene);
  enlarge_if_small(classes);
  const int width = std::max(3 * kMargin + 2 * scene.cols, 2 * kMargin + kEntryWidth);
  const int per_row = std::max(1, (width - 2 * kMargin) / kEntryWidth);
  const int legend_rows = (legend.size() + per_row - 1) / per_row;
  cv::Mat page(3 * kMargin + scene.rows + legend_rows * kRowHeight, width, CV_8UC3, kPaper);
  scene.copyTo(page(cv::Rect(kMargin, kMargin, scene.cols, scene.rows)));
  classes.copyTo(page(cv::Rect(2 * kMargin + scene.cols, kMargin, scene.cols, scene.rows)));
  draw_legend(page, 2 * kMargin + scene.rows, per_row, legend, counts);
  return as_png(page);
}

JudgedPictures draw_judged(const MapSource& map, const LabelSource& labels, const Legend& legend) {
  const RasterInfo& info = map.info();
  const std::int64_t step = (std::max(info.cols, info.rows) + kPictureSide - 1) / kPictureSide;
  const std::int64_t cols = info.cols / step, rows = info.rows / step;
  if (cols == 0 || rows == 0) return {};
  cv::Mat classes(static_cast<int>(rows), static_cast<int>(cols), CV_8UC3);
  cv::Mat errors(static_cast<int>(rows), static_cast<int>(cols), CV_8UC3);
  std::vector<std::uint8_t> truth;
  std::vector<std::uint8_t> line;
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t in_strip = row % kLabelRows;
    if (in_strip == 0) {
      const std::int64_t strip_rows = std::min(kLabelRows, rows - row);
      labels.read({0, row * step, cols * step, strip_rows * step}, cols, strip_rows, truth);
    }
    map.read({0, row * step + step / 2, info.cols, 1}, line);
    for (std::int64_t col = 0; col < cols; ++col) {
      const auto called = legend.index_of(line[static_cast<std::size_t>(col * step + step / 2)]);
      const std::uint8_t label = truth[static_cast<std::size_t>(in_strip * cols + col)];
      const bool is_known = label < legend.size() && called;
      const int x = static_cast<int>(col), y = static_cast<int>(row);
      classes.at<cv::Vec3b>(y, x) = color_of(legend, called);
      errors.at<cv::Vec3b>(y, x) = !is_known ? kUnknown : *called == label ? kRight : kWrong;
    }
  }
  return {as_png(classes), as_png(errors)};
}

std::vector<std::uint8_t> draw_changes(const RasterSource& source, const Window& region,
                                       const std::vector<BandScaling>& scaling, const Thumbnail& changes,
                                       const LegendClass& painted, const std::string& caption) {
  cv::Mat scene = draw_scene(source, region, scaling, changes);
  dim(scene);
  const cv::Vec3b color(painted.color.blue, painted.color.green, painted.color.red);
  for (std::int64_t i = 0; i < changes.cols * changes.rows; ++i) {
    if (changes.values[static_cast<std::size_t>(i)] == painted.value)
      scene.at<cv::Vec3b>(static_cast<int>(i / changes.cols), static_cast<int>(i % changes.cols)) = color;
  }
  enlarge_if_small(scene);
  const int width = std::max(2 * kMargin + scene.cols, 2 * kMargin + 2 * kEntryWidth);
  cv::Mat page(3 * kMargin + scene.rows + kRowHeight, width, CV_8UC3, kPaper);
  scene.copyTo(page(cv::Rect(kMargin, kMargin, scene.cols, scene.rows)));
  draw_entry(page, {kMargin, 2 * kMargin + scene.rows}, painted.color, caption);
  return as_png(page);
}

}  // namespace orthocover

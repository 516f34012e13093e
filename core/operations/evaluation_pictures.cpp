#include "core/operations/evaluation_pictures.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>

#include "core/base/error.h"

namespace orthocover::operations {
namespace {

constexpr std::int64_t kPicturePx = 800;
constexpr std::int64_t kStripRows = 16;  ///< whose labels are read together

const cv::Vec3b kUnknown{225, 225, 225};
const cv::Vec3b kRight{178, 114, 0};
const cv::Vec3b kWrong{0, 94, 213};

cv::Vec3b color_of(const Legend& legend, std::optional<int> called) {
  if (!called) return {255, 255, 255};
  const Color color = legend.classes()[static_cast<std::size_t>(*called)].color;
  return {color.blue, color.green, color.red};
}

ReportPicture picture_of(const cv::Mat& image, std::string caption) {
  ReportPicture picture{{}, std::move(caption)};
  if (!cv::imencode(".png", image, picture.png)) throw internal_error("evaluate: a picture can't be encoded");
  return picture;
}

}  // namespace

std::vector<ReportPicture> evaluation_pictures(const MapSource& map, const LabelSource& labels,
                                               const Legend& legend, const std::string& name) {
  const RasterInfo& info = map.info();
  const std::int64_t step = (std::max(info.cols, info.rows) + kPicturePx - 1) / kPicturePx;
  const std::int64_t cols = info.cols / step, rows = info.rows / step;
  if (cols == 0 || rows == 0) return {};
  cv::Mat classes(static_cast<int>(rows), static_cast<int>(cols), CV_8UC3);
  cv::Mat errors(static_cast<int>(rows), static_cast<int>(cols), CV_8UC3);
  std::vector<std::uint8_t> truth;
  std::vector<std::uint8_t> line;
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t in_strip = row % kStripRows;
    if (in_strip == 0) {
      const std::int64_t strip_rows = std::min(kStripRows, rows - row);
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
  return {picture_of(classes, name + ": the map"),
          picture_of(
              errors,
              name + ": blue where the map is right, orange where it is wrong, grey where nothing is known")};
}

}  // namespace orthocover::operations

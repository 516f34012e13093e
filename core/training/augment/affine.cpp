#include "core/training/augment/affine.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "core/training/augment/border_keys.h"

namespace orthocover::augment {
namespace {

double radians(double degrees) {
  return degrees * CV_PI / 180;
}

cv::Matx33d shift_matrix(double x, double y) {
  return {1, 0, x, 0, 1, y, 0, 0, 1};
}

double distance(const cv::Point2f& a, const cv::Point2f& b) {
  return std::hypot(static_cast<double>(a.x) - b.x, static_cast<double>(a.y) - b.y);
}

}  // namespace

void ShiftScaleRotate::declare(KeyTable<ShiftScaleRotate>& table) {
  table.summary("Shift, zoom and turn about the centre")
      .add("shift", &ShiftScaleRotate::shift, {-1, 1}, "across and down, in sides of the patch")
      .add("scale", &ShiftScaleRotate::scale, {0.1, 10}, "above 1 enlarges")
      .add("rotate", &ShiftScaleRotate::rotate, {-180, 180}, "degrees, counter-clockwise");
  add_border_keys(table);
}

ShiftScaleRotate::Drawn ShiftScaleRotate::draw(Random& random) const {
  Drawn drawn;
  drawn.angle_deg = rotate.draw(random);
  drawn.scale = scale.draw(random);
  drawn.across = shift.draw(random);
  drawn.down = shift.draw(random);
  drawn.border = {border, fill};
  return drawn;
}

void ShiftScaleRotate::apply(AugmentSample& sample, const Drawn& drawn) {
  const cv::Size size = sample.image.size();
  const cv::Point2f centre(static_cast<float>(size.width) / 2 - 0.5F,
                           static_cast<float>(size.height) / 2 - 0.5F);
  cv::Matx23d matrix(cv::getRotationMatrix2D(centre, drawn.angle_deg, drawn.scale));
  matrix(0, 2) += drawn.across * size.width;
  matrix(1, 2) += drawn.down * size.height;
  warp_affine(sample, matrix, drawn.border);
}

void Affine::declare(KeyTable<Affine>& table) {
  table.summary("Zoom, turn, shear and shift about the centre")
      .add("scale", &Affine::scale, {0.1, 10}, "above 1 enlarges")
      .add("keep_ratio", &Affine::keep_ratio, "one scale for both axes")
      .add("rotate", &Affine::rotate, {-180, 180}, "degrees, counter-clockwise")
      .add("shear", &Affine::shear, {-60, 60}, "degrees, drawn for each axis")
      .add("translate", &Affine::translate, {-1, 1}, "across and down, in sides of the patch");
  add_border_keys(table);
}

Affine::Drawn Affine::draw(Random& random) const {
  Drawn drawn;
  drawn.scale_x = scale.draw(random);
  drawn.scale_y = keep_ratio ? drawn.scale_x : scale.draw(random);
  drawn.angle_deg = rotate.draw(random);
  drawn.shear_x_deg = shear.draw(random);
  drawn.shear_y_deg = shear.draw(random);
  drawn.across = translate.draw(random);
  drawn.down = translate.draw(random);
  drawn.border = {border, fill};
  return drawn;
}

cv::Matx23d Affine::matrix(const Drawn& drawn, cv::Size size) {
  const double x = size.width / 2.0 - 0.5;
  const double y = size.height / 2.0 - 0.5;
  const double cosine = std::cos(radians(drawn.angle_deg));
  const double sine = std::sin(radians(drawn.angle_deg));
  const cv::Matx33d zoom(drawn.scale_x, 0, 0, 0, drawn.scale_y, 0, 0, 0, 1);
  const cv::Matx33d turn(cosine, sine, 0, -sine, cosine, 0, 0, 0, 1);
  const cv::Matx33d sheared(1, std::tan(radians(-drawn.shear_x_deg)), 0,
                            std::tan(radians(-drawn.shear_y_deg)), 1, 0, 0, 0, 1);
  const cv::Matx33d moved =
      shift_matrix(std::trunc(drawn.across * size.width), std::trunc(drawn.down * size.height));
  const cv::Matx33d all = shift_matrix(x, y) * moved * sheared * turn * zoom * shift_matrix(-x, -y);
  return all.get_minor<2, 3>(0, 0);
}

void Affine::apply(AugmentSample& sample, const Drawn& drawn) {
  warp_affine(sample, matrix(drawn, sample.image.size()), drawn.border);
}

void Perspective::declare(KeyTable<Perspective>& table) {
  table.summary("The patch seen from the side")
      .add("scale", &Perspective::scale, {0, 0.3},
           "deviation of the corners' inward shift, in sides of the patch");
}

Perspective::Drawn Perspective::draw(Random& random) const {
  static constexpr double kFarthest = 0.32;  // the corners keep their order
  const double deviation = scale.draw(random);
  const auto inward = [&] { return std::fmod(std::abs(deviation * random.normal()), kFarthest); };
  Drawn drawn;
  for (std::size_t i = 0; i < 4; ++i) {
    const double x = inward();
    const double y = inward();
    drawn.corners[i] = {i == 1 || i == 2 ? 1 - x : x, i >= 2 ? 1 - y : y};
  }
  return drawn;
}

void Perspective::apply(AugmentSample& sample, const Drawn& drawn) {
  const cv::Size size = sample.image.size();
  std::array<cv::Point2f, 4> from;
  for (std::size_t i = 0; i < 4; ++i) {
    from[i] = {static_cast<float>(drawn.corners[i].x * size.width),
               static_cast<float>(drawn.corners[i].y * size.height)};
  }
  const int width =
      std::max(1, static_cast<int>(std::max(distance(from[2], from[3]), distance(from[1], from[0]))));
  const int height =
      std::max(1, static_cast<int>(std::max(distance(from[1], from[2]), distance(from[0], from[3]))));
  const auto right = static_cast<float>(width);
  const auto bottom = static_cast<float>(height);
  const std::array<cv::Point2f, 4> to = {cv::Point2f{0, 0}, {right, 0}, {right, bottom}, {0, bottom}};
  const cv::Matx33d matrix(cv::getPerspectiveTransform(from.data(), to.data()));
  warp_perspective(sample, matrix, {width, height}, {BorderMode::Constant, 0});
  resize(sample, size, cv::INTER_LINEAR);
}

}  // namespace orthocover::augment

#include "core/training/augment/mix.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/error.h"
#include "core/legend/legend.h"
#include "core/training/augment/warp.h"

namespace orthocover {
namespace {

void check_same(const AugmentSample& a, const AugmentSample& b) {
  check_sample(a);
  check_sample(b);
  if (a.image.size() == b.image.size() && a.image.type() == b.image.type()) return;
  throw internal_error("samples of {} x {} px {} and {} x {} px {} can't be mixed", a.image.cols,
                       a.image.rows, cv::typeToString(a.image.type()), b.image.cols, b.image.rows,
                       cv::typeToString(b.image.type()));
}

/// @param mask CV_8UC1, not 0 where `b` shall stand
void put(AugmentSample& a, const AugmentSample& b, const cv::Mat& mask) {
  a.image = a.image.clone();
  a.labels = a.labels.clone();
  b.image.copyTo(a.image, mask);
  b.labels.copyTo(a.labels, mask);
}

}  // namespace

void cut_mix(AugmentSample& a, const AugmentSample& b, const cv::Rect& rectangle) {
  check_same(a, b);
  const cv::Rect whole({0, 0}, a.image.size());
  if ((rectangle & whole) != rectangle) {
    throw internal_error("cut-mix: the rectangle at {},{} of {} x {} px is outside the sample", rectangle.x,
                         rectangle.y, rectangle.width, rectangle.height);
  }
  cv::Mat mask = cv::Mat::zeros(a.image.size(), CV_8UC1);
  mask(rectangle).setTo(255);
  put(a, b, mask);
}

void class_mix(AugmentSample& a, const AugmentSample& b, const std::set<int>& classes) {
  check_same(a, b);
  cv::Mat table = cv::Mat::zeros(1, 256, CV_8UC1);
  for (const int label : classes) {
    if (label >= 0 && label < kIgnoreLabel) table.at<std::uint8_t>(label) = 255;
  }
  cv::Mat mask;
  cv::LUT(b.labels, table, mask);
  put(a, b, mask);
}

void apply_mix(AugmentSample& a, const AugmentSample& b, const Mix& mix, Random& random) {
  try {
    mix.apply(a, b, random);
  } catch (const cv::Exception& error) {
    throw internal_error("mixing samples: {}", error.what());
  }
}

namespace augment {

void CutMix::declare(KeyTable<CutMix>& table) {
  table.summary("A rectangle of another patch, labels and all")
      .add("area", &CutMix::area, {0.001, 1}, "of the rectangle, as a share of the patch");
}

cv::Rect CutMix::draw(Random& random, cv::Size size) const {
  const double side = std::sqrt(area.draw(random));
  const double across = random.uniform();
  const cv::Size part(std::max(1, static_cast<int>(std::lround(side * size.width))),
                      std::max(1, static_cast<int>(std::lround(side * size.height))));
  return placed(size, part, across, random.uniform());
}

void CutMix::apply(AugmentSample& a, const AugmentSample& b, Random& random) const {
  cut_mix(a, b, draw(random, a.image.size()));
}

void ClassMix::declare(KeyTable<ClassMix>& table) {
  table.summary("All pixels of some classes of another patch, labels and all")
      .add("share", &ClassMix::share, {0, 1}, "of its classes; at least one");
}

std::set<int> ClassMix::draw(Random& random, const cv::Mat& labels) const {
  std::array<bool, 256> seen{};
  for (int row = 0; row < labels.rows; ++row) {
    for (int col = 0; col < labels.cols; ++col) seen[labels.at<std::uint8_t>(row, col)] = true;
  }
  std::vector<int> present;
  for (int label = 0; label < kIgnoreLabel; ++label) {
    if (seen[static_cast<std::size_t>(label)]) present.push_back(label);
  }
  const auto wanted = std::max<std::size_t>(
      1, static_cast<std::size_t>(std::lround(share * static_cast<double>(present.size()))));
  std::set<int> classes;
  while (classes.size() < wanted && !present.empty()) {
    const auto at = present.begin() + static_cast<std::ptrdiff_t>(random.index(present.size()));
    classes.insert(*at);
    present.erase(at);
  }
  return classes;
}

void ClassMix::apply(AugmentSample& a, const AugmentSample& b, Random& random) const {
  class_mix(a, b, draw(random, b.labels));
}

}  // namespace augment
}  // namespace orthocover

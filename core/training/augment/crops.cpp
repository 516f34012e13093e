#include "core/training/augment/crops.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace orthocover::augment {

cv::Rect crop_window(const DrawnCrop& drawn, cv::Size size) {
  const auto part = [](double share, int side) {
    return std::clamp(static_cast<int>(std::lround(share * side)), 1, side);
  };
  return placed(size, {part(drawn.width, size.width), part(drawn.height, size.height)}, drawn.across,
                drawn.down);
}

void RandomCrop::declare(KeyTable<RandomCrop>& table) {
  table.summary("A part of the patch, enlarged to its size")
      .add("size", &RandomCrop::size, {0.05, 1}, "side of the part, in sides of the patch");
}

RandomCrop::Drawn RandomCrop::draw(Random& random) const {
  const double side = size.draw(random);
  return {side, side, random.uniform(), random.uniform()};
}

void RandomCrop::apply(AugmentSample& sample, const Drawn& drawn) {
  const cv::Size size = sample.image.size();
  crop(sample, crop_window(drawn, size));
  resize(sample, size, cv::INTER_LINEAR);
}

void RandomResizedCrop::declare(KeyTable<RandomResizedCrop>& table) {
  table.summary("A part of drawn area and shape, enlarged to the patch's size")
      .add("scale", &RandomResizedCrop::scale, {0.01, 1}, "area of the part, as a share of the patch")
      .add("ratio", &RandomResizedCrop::ratio, {0.1, 10}, "width over height, even on the logarithm's scale");
}

RandomResizedCrop::Drawn RandomResizedCrop::draw(Random& random) const {
  static constexpr int kTries = 10;
  for (int i = 0; i < kTries; ++i) {
    const double area = scale.draw(random);
    const double shape = random.log_uniform(ratio.low, ratio.high);
    const Drawn drawn{std::sqrt(area * shape), std::sqrt(area / shape), random.uniform(), random.uniform()};
    if (drawn.width <= 1 && drawn.height <= 1) return drawn;
  }
  // The largest part in the middle whose shape is allowed.
  const double shape = std::clamp(1.0, ratio.low, ratio.high);
  return {std::min(1.0, shape), std::min(1.0, 1 / shape), 0.5, 0.5};
}

void RandomResizedCrop::apply(AugmentSample& sample, const Drawn& drawn) {
  RandomCrop::apply(sample, drawn);
}

}  // namespace orthocover::augment

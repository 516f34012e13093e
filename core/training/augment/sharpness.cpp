#include "core/training/augment/sharpness.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "core/training/augment/bands.h"

namespace orthocover::augment {
namespace {

void filter(AugmentSample& sample, const cv::Mat& kernel) {
  change_colours(sample, [&](const cv::Mat& colours) {
    return by_groups(colours, [&](const cv::Mat& image) {
      cv::Mat filtered;
      cv::filter2D(image, filtered, -1, kernel);
      return filtered;
    });
  });
}

}  // namespace

void Sharpen::declare(KeyTable<Sharpen>& table) {
  table.summary("Adds what a pixel has more than its neighbours")
      .add("alpha", &Sharpen::alpha, {0, 1}, "share of the sharpened image")
      .add("lightness", &Sharpen::lightness, {0, 4}, "1 keeps the brightness of even ground");
}

Sharpen::Drawn Sharpen::draw(Random& random) const {
  const double share = alpha.draw(random);
  return {share, lightness.draw(random)};
}

void Sharpen::apply(AugmentSample& sample, const Drawn& drawn) {
  const auto rim = static_cast<float>(-drawn.alpha);
  const auto centre = static_cast<float>((1 - drawn.alpha) + drawn.alpha * (8 + drawn.lightness));
  const cv::Mat kernel = (cv::Mat_<float>(3, 3) << rim, rim, rim, rim, centre, rim, rim, rim, rim);
  filter(sample, kernel);
  change_colours(sample, clipped);
}

void Blur::declare(KeyTable<Blur>& table) {
  table.summary("Mean of a square")
      .add("size", &Blur::size, {3, 31}, "side of the square in pixels, odd", true);
}

Blur::Drawn Blur::draw(Random& random) const {
  return {size.draw_odd(random)};
}

void Blur::apply(AugmentSample& sample, const Drawn& drawn) {
  change_colours(sample, [&](const cv::Mat& colours) {
    return by_groups(colours, [&](const cv::Mat& image) {
      cv::Mat blurred;
      cv::blur(image, blurred, {drawn.size, drawn.size});
      return blurred;
    });
  });
}

void MedianBlur::declare(KeyTable<MedianBlur>& table) {
  table.summary("Median of a square")
      .add("size", &MedianBlur::size, {3, 5}, "side of the square in pixels, odd", true);
}

MedianBlur::Drawn MedianBlur::draw(Random& random) const {
  return {size.draw_odd(random)};
}

void MedianBlur::apply(AugmentSample& sample, const Drawn& drawn) {
  change_colours(sample, [&](const cv::Mat& colours) {
    return by_groups(colours, [&](const cv::Mat& image) {
      cv::Mat blurred;
      cv::medianBlur(image, blurred, drawn.size);
      return blurred;
    });
  });
}

void GaussianBlur::declare(KeyTable<GaussianBlur>& table) {
  table.summary("Bell-shaped blur").add("sigma", &GaussianBlur::sigma, {0.1, 20}, "in pixels");
}

GaussianBlur::Drawn GaussianBlur::draw(Random& random) const {
  return {sigma.draw(random), 0};
}

void GaussianBlur::apply(AugmentSample& sample, const Drawn& drawn) {
  const int side = drawn.size > 0 ? drawn.size : 2 * static_cast<int>(3.5 * drawn.sigma) + 1;
  if (side == 1) return;
  change_colours(sample, [&](const cv::Mat& colours) {
    return by_groups(colours, [&](const cv::Mat& image) {
      cv::Mat blurred;
      if (drawn.size > 0) {
        cv::GaussianBlur(image, blurred, {side, side}, drawn.sigma);
      } else {
        const cv::Mat kernel = cv::getGaussianKernel(side, drawn.sigma, CV_32F);
        cv::sepFilter2D(image, blurred, -1, kernel, kernel);
      }
      return blurred;
    });
  });
}

void MotionBlur::declare(KeyTable<MotionBlur>& table) {
  table.summary("Mean along a line")
      .add("size", &MotionBlur::size, {3, 31}, "greatest length of the line in pixels, odd", true);
}

MotionBlur::Drawn MotionBlur::draw(Random& random) const {
  Drawn drawn;
  drawn.size = size.draw_odd(random);
  const IntRange inside{0, drawn.size - 1};
  const auto point = [&] {
    const int x = inside.draw(random);
    return cv::Point(x, inside.draw(random));
  };
  drawn.from = point();
  do drawn.to = point();
  while (drawn.to == drawn.from);
  // With its middle in that of the kernel: else what is seen would move against its labels.
  const cv::Point ends = drawn.from + drawn.to;
  const cv::Point move((drawn.size - 1 - ends.x) / 2, (drawn.size - 1 - ends.y) / 2);
  drawn.from += move;
  drawn.to += move;
  return drawn;
}

void MotionBlur::apply(AugmentSample& sample, const Drawn& drawn) {
  cv::Mat line = cv::Mat::zeros(drawn.size, drawn.size, CV_8UC1);
  cv::line(line, drawn.from, drawn.to, 1, 1);
  cv::Mat kernel;
  line.convertTo(kernel, CV_32F);
  kernel /= cv::sum(line)[0];
  filter(sample, kernel);
}

void Downscale::declare(KeyTable<Downscale>& table) {
  table.summary("Detail is lost, as if the ground size were coarser")
      .add("scale", &Downscale::scale, {0.01, 1}, "size of the reduced image between")
      .add("smooth", &Downscale::smooth, "by area and bilinear; if false, nearest both ways");
}

Downscale::Drawn Downscale::draw(Random& random) const {
  return {scale.draw(random), smooth};
}

void Downscale::apply(AugmentSample& sample, const Drawn& drawn) {
  const cv::Size size = sample.image.size();
  const cv::Size reduced(std::max(1, static_cast<int>(size.width * drawn.scale)),
                         std::max(1, static_cast<int>(size.height * drawn.scale)));
  change_colours(sample, [&](const cv::Mat& colours) {
    return by_groups(colours, [&](const cv::Mat& image) {
      cv::Mat small;
      cv::Mat large;
      // Exact, from the cells' middles: else what is seen would move against its labels.
      cv::resize(image, small, reduced, 0, 0, drawn.smooth ? cv::INTER_AREA : cv::INTER_NEAREST_EXACT);
      cv::resize(small, large, size, 0, 0, drawn.smooth ? cv::INTER_LINEAR : cv::INTER_NEAREST_EXACT);
      return large;
    });
  });
}

}  // namespace orthocover::augment

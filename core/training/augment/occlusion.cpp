#include "core/training/augment/occlusion.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "core/legend/legend.h"
#include "core/training/augment/bands.h"
#include "core/training/augment/noise_source.h"
#include "core/training/augment/warp.h"

namespace orthocover::augment {
namespace {

/// Points in the order of their direction from the middle, so that the outline does not cross itself.
std::vector<cv::Point2d> draw_polygon(int vertices, Random& random) {
  std::vector<cv::Point2d> points;
  cv::Point2d middle;
  for (int i = 0; i < vertices; ++i) {
    const double x = random.uniform();
    points.emplace_back(x, random.uniform());
    middle += points.back() / vertices;
  }
  const auto direction = [&](const cv::Point2d& p) { return std::atan2(p.y - middle.y, p.x - middle.x); };
  std::ranges::sort(points, {}, direction);
  return points;
}

/// Smooth noise in -1..1 over the whole patch.
cv::Mat cloud(cv::Size size, std::uint64_t seed) {
  static constexpr int kNodes = 5;
  NoiseSource noise(seed);
  cv::Mat nodes(kNodes, kNodes, CV_32FC1);
  for (auto& node : cv::Mat_<float>(nodes)) node = 2 * noise.uniform() - 1;
  cv::Mat field;
  cv::resize(nodes, field, size, 0, 0, cv::INTER_CUBIC);
  return cv::max(cv::min(field, 1.0), -1.0);
}

template <class T>
void veil_row(const T* from, T* to, const float* share, int cols, int bands, float light) {
  for (int col = 0; col < cols; ++col) {
    for (int band = 0; band < bands; ++band) {
      const float value = static_cast<float>(from[col * bands + band]);
      to[col * bands + band] = static_cast<T>(std::clamp(value + share[col] * (light - value), 0.0F, 255.0F));
    }
  }
}

}  // namespace

void CoarseDropout::declare(KeyTable<CoarseDropout>& table) {
  table.summary("Rectangles without content, in all bands")
      .add("holes", &CoarseDropout::holes, {1, 100}, "how many")
      .add("height", &CoarseDropout::height, {0.001, 1}, "in heights of the patch")
      .add("width", &CoarseDropout::width, {0.001, 1}, "in widths of the patch")
      .add("fill", &CoarseDropout::fill, {0, 255}, "value")
      .add("ignore", &CoarseDropout::ignore, "labels are ignored there; if false, they stay");
}

CoarseDropout::Drawn CoarseDropout::draw(Random& random) const {
  Drawn drawn{{}, fill, ignore};
  for (int left = holes.draw(random); left > 0; --left) {
    cv::Rect2d hole;
    hole.height = height.draw(random);
    hole.width = width.draw(random);
    hole.x = random.uniform();
    hole.y = random.uniform();
    drawn.holes.push_back(hole);
  }
  return drawn;
}

void CoarseDropout::apply(AugmentSample& sample, const Drawn& drawn) {
  const cv::Size size = sample.image.size();
  std::vector<cv::Rect> holes;
  for (const cv::Rect2d& hole : drawn.holes) {
    const cv::Size side(std::clamp(static_cast<int>(hole.width * size.width), 1, size.width),
                        std::clamp(static_cast<int>(hole.height * size.height), 1, size.height));
    holes.push_back(placed(size, side, hole.x, hole.y));
  }
  drop_rectangles(sample, holes, drawn.fill, drawn.ignore);
}

void drop_rectangles(AugmentSample& sample, const std::vector<cv::Rect>& holes, double fill, bool ignore) {
  sample.image = by_groups(sample.image, [&](const cv::Mat& image) {
    cv::Mat dropped = image.clone();
    for (const cv::Rect& hole : holes) dropped(hole).setTo(cv::Scalar::all(fill));
    return dropped;
  });
  if (!ignore) return;
  sample.labels = sample.labels.clone();
  for (const cv::Rect& hole : holes) sample.labels(hole).setTo(kIgnoreLabel);
}

void Shadow::declare(KeyTable<Shadow>& table) {
  table.summary("Darkens polygons")
      .add("polygons", &Shadow::polygons, {1, 50}, "how many")
      .add("vertices", &Shadow::vertices, {3, 50}, "of each")
      .add("intensity", &Shadow::intensity, {0, 1}, "share of the light that is taken away");
}

Shadow::Drawn Shadow::draw(Random& random) const {
  Drawn drawn;
  for (int left = polygons.draw(random); left > 0; --left)
    drawn.polygons.push_back(draw_polygon(vertices, random));
  drawn.intensity = intensity.draw(random);
  return drawn;
}

void Shadow::apply(AugmentSample& sample, const Drawn& drawn) {
  std::vector<std::vector<cv::Point>> polygons;
  for (const auto& outline : drawn.polygons) {
    std::vector<cv::Point> points;
    for (const cv::Point2d& p : outline) {
      points.emplace_back(static_cast<int>(p.x * sample.image.cols),
                          static_cast<int>(p.y * sample.image.rows));
    }
    polygons.push_back(std::move(points));
  }
  darken(sample, polygons, drawn.intensity);
}

void darken(AugmentSample& sample, const std::vector<std::vector<cv::Point>>& polygons, double intensity) {
  cv::Mat mask = cv::Mat::zeros(sample.image.size(), CV_8UC1);
  for (const auto& polygon : polygons) cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{polygon}, 255);
  change_colours(sample, [&](const cv::Mat& colours) {
    const cv::Mat dark = map_linear(colours, {{static_cast<float>(1 - intensity), 0}});
    cv::Mat shaded = colours.clone();
    dark.copyTo(shaded, mask);
    return shaded;
  });
}

void Fog::declare(KeyTable<Fog>& table) {
  table.summary("Haze: a veil of scattered light")
      .add("strength", &Fog::strength, {0, 1}, "share of the veil")
      .add("light", &Fog::light, {0, 255}, "value of the veil")
      .add("uneven", &Fog::uneven, {0, 1}, "largest relative change of the strength within the patch");
}

Fog::Drawn Fog::draw(Random& random) const {
  Drawn drawn;
  drawn.strength = strength.draw(random);
  drawn.light = light.draw(random);
  drawn.uneven = uneven;
  drawn.seed = draw_seed(random);
  return drawn;
}

void Fog::apply(AugmentSample& sample, const Drawn& drawn) {
  cv::Mat share = drawn.strength * (1 + drawn.uneven * cloud(sample.image.size(), drawn.seed));
  share = cv::max(cv::min(share, 1.0), 0.0);
  const auto light = static_cast<float>(drawn.light);
  change_colours(sample, [&](const cv::Mat& image) {
    cv::Mat veiled(image.size(), image.type());
    for (int row = 0; row < image.rows; ++row) {
      const auto* shares = share.ptr<float>(row);
      if (image.depth() == CV_8U)
        veil_row(image.ptr(row), veiled.ptr(row), shares, image.cols, image.channels(), light);
      else
        veil_row(image.ptr<float>(row), veiled.ptr<float>(row), shares, image.cols, image.channels(), light);
    }
    return veiled;
  });
}

}  // namespace orthocover::augment

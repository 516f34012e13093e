#include "core/training/augment/distortion.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "core/training/augment/border_keys.h"
#include "core/training/augment/noise_source.h"

namespace orthocover::augment {
namespace {

/// Where the pixels of one axis are taken from.
std::vector<float> stretched_axis(int length, const std::vector<double>& factors) {
  std::vector<float> axis(static_cast<std::size_t>(length));
  const int cells = static_cast<int>(factors.size()) - 1;
  const int step = length / cells;
  double begin = 0;
  for (int cell = 0; cell <= cells && cell * step < length; ++cell) {
    const int first = cell * step;
    const bool rest = cell == cells || first + step > length;
    const int last = rest ? length : first + step;
    const double end = rest ? length : begin + step * factors[static_cast<std::size_t>(cell)];
    for (int i = first; i < last; ++i) {
      const double share = last - first > 1 ? static_cast<double>(i - first) / (last - first - 1) : 0;
      axis[static_cast<std::size_t>(i)] = static_cast<float>(begin + (end - begin) * share);
    }
    begin = end;
  }
  return axis;
}

/// Smoothed even noise in -1..1, times alpha.
cv::Mat smooth_field(cv::Size size, double alpha, double sigma, NoiseSource& noise) {
  cv::Mat field(size, CV_32FC1);
  for (int row = 0; row < size.height; ++row) {
    auto* values = field.ptr<float>(row);
    for (int col = 0; col < size.width; ++col) values[col] = 2 * noise.uniform() - 1;
  }
  const int half = static_cast<int>(4 * sigma + 0.5);
  cv::GaussianBlur(field, field, {2 * half + 1, 2 * half + 1}, sigma, sigma, cv::BORDER_REFLECT);
  return field * alpha;
}

}  // namespace

void GridDistortion::declare(KeyTable<GridDistortion>& table) {
  table.summary("Stretches and squeezes the cells of a grid")
      .add("steps", &GridDistortion::steps, {1, 32}, "cells a side")
      .add("limit", &GridDistortion::limit, {-0.9, 0.9}, "relative stretch of each row and column of cells");
  add_border_keys(table);
}

GridDistortion::Drawn GridDistortion::draw(Random& random) const {
  Drawn drawn;
  for (auto* factors : {&drawn.cols, &drawn.rows}) {
    for (int i = 0; i <= steps; ++i) factors->push_back(1 + limit.draw(random));
  }
  drawn.border = {border, fill};
  return drawn;
}

void GridDistortion::apply(AugmentSample& sample, const Drawn& drawn) {
  const cv::Size size = sample.image.size();
  const int cells = static_cast<int>(drawn.cols.size()) - 1;
  if (cells < 1 || size.width < cells || size.height < cells) return;
  const std::vector<float> cols = stretched_axis(size.width, drawn.cols);
  const std::vector<float> rows = stretched_axis(size.height, drawn.rows);
  cv::Mat map_cols;
  cv::Mat map_rows;
  cv::repeat(cv::Mat(cols).reshape(1, 1), size.height, 1, map_cols);
  cv::repeat(cv::Mat(rows), 1, size.width, map_rows);
  warp_by_maps(sample, map_cols, map_rows, drawn.border);
}

void Elastic::declare(KeyTable<Elastic>& table) {
  table.summary("Displaces pixels by a smooth random field")
      .add("alpha", &Elastic::alpha, {0, 2000},
           "strength; the usual displacement is 0.16 alpha / sigma pixels")
      .add("sigma", &Elastic::sigma, {1, 50}, "smoothness, in pixels");
  add_border_keys(table);
}

Elastic::Drawn Elastic::draw(Random& random) const {
  Drawn drawn;
  drawn.alpha = alpha.draw(random);
  drawn.sigma = sigma.draw(random);
  drawn.seed = draw_seed(random);
  drawn.border = {border, fill};
  return drawn;
}

void Elastic::apply(AugmentSample& sample, const Drawn& drawn) {
  NoiseSource noise(drawn.seed);
  const cv::Mat cols = smooth_field(sample.image.size(), drawn.alpha, drawn.sigma, noise);
  const cv::Mat rows = smooth_field(sample.image.size(), drawn.alpha, drawn.sigma, noise);
  displace(sample, cols, rows, drawn.border);
}

void displace(AugmentSample& sample, const cv::Mat& cols, const cv::Mat& rows, const Border& border) {
  cv::Mat map_cols = cols.clone();
  cv::Mat map_rows = rows.clone();
  for (int row = 0; row < cols.rows; ++row) {
    auto* to_cols = map_cols.ptr<float>(row);
    auto* to_rows = map_rows.ptr<float>(row);
    for (int col = 0; col < cols.cols; ++col) {
      to_cols[col] += static_cast<float>(col);
      to_rows[col] += static_cast<float>(row);
    }
  }
  warp_by_maps(sample, map_cols, map_rows, border);
}

void OpticalDistortion::declare(KeyTable<OpticalDistortion>& table) {
  table.summary("Barrel and pincushion distortion of a lens")
      .add("limit", &OpticalDistortion::limit, {-1, 1}, "radial coefficient; above 0 shrinks the rim")
      .add("shift", &OpticalDistortion::shift, {-0.5, 0.5},
           "of the lens across and down, in sides of the patch");
  add_border_keys(table);
}

OpticalDistortion::Drawn OpticalDistortion::draw(Random& random) const {
  Drawn drawn;
  drawn.k = limit.draw(random);
  drawn.across = shift.draw(random);
  drawn.down = shift.draw(random);
  drawn.border = {border, fill};
  return drawn;
}

void OpticalDistortion::apply(AugmentSample& sample, const Drawn& drawn) {
  const cv::Size size = sample.image.size();
  const double width = size.width;
  const double height = size.height;
  const double lens_x = width * 0.5 + std::trunc(drawn.across * width);
  const double lens_y = height * 0.5 + std::trunc(drawn.down * height);
  cv::Mat map_cols(size, CV_32FC1);
  cv::Mat map_rows(size, CV_32FC1);
  for (int row = 0; row < size.height; ++row) {
    const double y = (row - (height - 1) * 0.5) / height;
    for (int col = 0; col < size.width; ++col) {
      const double x = (col - (width - 1) * 0.5) / width;
      const double r2 = x * x + y * y;
      const double stretch = 1 + (drawn.k * r2 + drawn.k) * r2;
      map_cols.at<float>(row, col) = static_cast<float>(width * x * stretch + lens_x);
      map_rows.at<float>(row, col) = static_cast<float>(height * y * stretch + lens_y);
    }
  }
  warp_by_maps(sample, map_cols, map_rows, drawn.border);
}

}  // namespace orthocover::augment

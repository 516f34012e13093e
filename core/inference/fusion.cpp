#include "core/inference/fusion.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "core/base/error.h"
#include "core/base/rows.h"
#include "core/inference/score_rows.h"

namespace orthocover {
namespace {

/// z -> log softmax(z / T), or softmax(z / T), along the classes, in place.
void normalise(std::vector<float>& scores, int classes, double temperature, FusionMethod method) {
  const auto area = static_cast<int>(scores.size() / static_cast<std::size_t>(classes));
  cv::Mat all(classes, area, CV_32F, scores.data());
  if (temperature != 1) all *= 1 / temperature;
  cv::Mat largest;
  cv::reduce(all, largest, 0, cv::REDUCE_MAX);
  cv::Mat sum = cv::Mat::zeros(1, area, CV_32F);
  cv::Mat exponential;
  for (int c = 0; c < classes; ++c) {
    cv::Mat row = all.row(c);
    row -= largest;
    cv::exp(row, exponential);
    sum += exponential;
    if (method == FusionMethod::MeanSoftmax) exponential.copyTo(row);
  }
  if (method == FusionMethod::LogLinear) cv::log(sum, sum);
  for (int c = 0; c < classes; ++c) {
    cv::Mat row = all.row(c);
    if (method == FusionMethod::LogLinear)
      row -= sum;
    else
      row /= sum;
  }
}

CellRange columns_of(const LevelScores& level) {
  return {level.cell_px, level.cells.col, level.cells.cols};
}

CellRange rows_of(const LevelScores& level) {
  return {level.cell_px, level.cells.row, level.cells.rows};
}

/// Adds a coarser level to the finest one, on the finest one's cells.
void add_level(LevelScores& fine, const LevelScores& coarse, float weight, int classes) {
  RowInterpolator interpolator(taps_of_cells(rows_of(fine), rows_of(coarse)),
                               taps_of_cells(columns_of(fine), columns_of(coarse)), coarse.cells.cols, 1);
  std::vector<float> room(static_cast<std::size_t>(fine.cells.cols));
  for (int c = 0; c < classes; ++c) {
    interpolator.set_plane(0, coarse.logits.data() + c * coarse.cells.rows * coarse.cells.cols);
    for (std::int64_t row = 0; row < fine.cells.rows; ++row) {
      float* to = fine.logits.data() + (c * fine.cells.rows + row) * fine.cells.cols;
      rows::add(interpolator.row(0, row, room.data()), weight, fine.cells.cols, to);
    }
  }
}

std::uint8_t percent(float share) {
  return static_cast<std::uint8_t>(std::lround(100 * std::clamp(share, 0.0F, 1.0F)));
}

/// Turns the scores of one row of pixels into percentages; 0 where they are no numbers.
void row_percentages(std::vector<float>& scores, int classes, FusionMethod method, BlockDetail detail,
                     std::size_t row, std::size_t pixels, BlockClasses& out) {
  if (method == FusionMethod::LogLinear) normalise(scores, classes, 1, FusionMethod::MeanSoftmax);
  const std::size_t cols = scores.size() / static_cast<std::size_t>(classes);
  for (std::size_t col = 0; col < cols; ++col) {
    const std::size_t pixel = row * cols + col;
    const std::size_t best = out.class_index[pixel];
    if (best == kNoNumbers) continue;
    if (detail.confidence) out.confidence[pixel] = percent(scores[best * cols + col]);
    if (!detail.probabilities) continue;
    for (std::size_t c = 0; c < static_cast<std::size_t>(classes); ++c) {
      out.probabilities[c * pixels + pixel] = percent(scores[c * cols + col]);
    }
  }
}

}  // namespace

FusionMethod parse_fusion(const std::string& name) {
  if (name == "log-linear") return FusionMethod::LogLinear;
  if (name == "mean-softmax") return FusionMethod::MeanSoftmax;
  throw usage_error("fusion: '{}' is not known; use log-linear or mean-softmax", name);
}

BlockClasses classify(const Window& window, std::vector<LevelScores> levels,
                      const std::vector<LevelWeight>& weights, FusionMethod method, int classes,
                      BlockDetail detail) {
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (levels.size() > 1 || method == FusionMethod::MeanSoftmax) {
      normalise(levels[i].logits, classes, weights[i].temperature, method);
    }
  }
  LevelScores& fine = levels.front();
  if (levels.size() > 1) {
    for (float& score : fine.logits) score *= static_cast<float>(weights.front().weight);
  } else if (method == FusionMethod::LogLinear && weights.front().temperature != 1) {
    for (float& score : fine.logits) score /= static_cast<float>(weights.front().temperature);
  }
  for (std::size_t i = 1; i < levels.size(); ++i) {
    add_level(fine, levels[i], static_cast<float>(weights[i].weight), classes);
  }

  BlockClasses out;
  const auto pixels = static_cast<std::size_t>(window.pixels());
  out.class_index.resize(pixels);
  if (detail.confidence) out.confidence.resize(pixels);
  if (detail.probabilities) out.probabilities.resize(pixels * static_cast<std::size_t>(classes));
  RowInterpolator interpolator(taps_of_pixels(window.row, window.rows, rows_of(fine)),
                               taps_of_pixels(window.col, window.cols, columns_of(fine)), fine.cells.cols,
                               classes);
  for (int c = 0; c < classes; ++c)
    interpolator.set_plane(c, fine.logits.data() + c * fine.cells.rows * fine.cells.cols);
  std::vector<float> scores(static_cast<std::size_t>(classes * window.cols));
  RowMaximum maximum(window.cols);
  const bool with_percentages = detail.confidence || detail.probabilities;
  for (std::int64_t row = 0; row < window.rows; ++row) {
    for (int c = 0; c < classes; ++c) {
      float* room = scores.data() + c * window.cols;
      const float* score = interpolator.row(c, row, room);
      maximum.add(c, score);
      if (with_percentages && score != room) std::copy_n(score, window.cols, room);
    }
    maximum.write(out.class_index.data() + row * window.cols);
    if (with_percentages) {
      row_percentages(scores, classes, method, detail, static_cast<std::size_t>(row), pixels, out);
    }
  }
  return out;
}

}  // namespace orthocover

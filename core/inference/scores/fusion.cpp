#include "core/inference/scores/fusion.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <span>

#include "core/base/error.h"
#include "core/base/rows.h"
#include "core/inference/scores/score_rows.h"

namespace orthocover {
namespace {

/// Pixels of a cell, along an axis, from which on it pays to look at the cells around them first.
constexpr double kCellsOfSeveralPixels = 2;

/// z -> softmax(z / T) along the classes, in place.
void soften(std::span<float> scores, int classes, double temperature) {
  const auto area = static_cast<int>(scores.size() / static_cast<std::size_t>(classes));
  cv::Mat all(classes, area, CV_32F, scores.data());
  if (temperature != 1) all *= 1 / temperature;
  cv::Mat largest;
  cv::reduce(all, largest, 0, cv::REDUCE_MAX);
  cv::Mat sum = cv::Mat::zeros(1, area, CV_32F);
  for (int c = 0; c < classes; ++c) {
    cv::Mat row = all.row(c);
    row -= largest;
    cv::exp(row, row);
    sum += row;
  }
  for (int c = 0; c < classes; ++c) {
    cv::Mat row = all.row(c);
    row /= sum;
  }
}

CellRange columns_of(const LevelScores& level) {
  return {level.cell_px.x, level.cells.col, level.cells.cols};
}

CellRange rows_of(const LevelScores& level) {
  return {level.cell_px.y, level.cells.row, level.cells.rows};
}

/// Fuses the levels on the cells of the finest one, in its place, a row at a time.
class CellFusion {
 public:
  /// @param levels scores that need no more than to be summed with the factors
  CellFusion(std::vector<LevelScores>& levels, std::vector<float> factors, int classes)
      : m_fine(levels.front()), m_factors(std::move(factors)), m_classes(classes) {
    m_room.resize(static_cast<std::size_t>(m_fine.cells.cols));
    for (std::size_t i = 1; i < levels.size(); ++i) {
      const LevelScores& coarse = levels[i];
      m_coarse.emplace_back(taps_of_cells(rows_of(m_fine), rows_of(coarse)),
                            taps_of_cells(columns_of(m_fine), columns_of(coarse)), coarse.cells.cols,
                            classes);
      for (int c = 0; c < classes; ++c)
        m_coarse.back().set_plane(c, coarse.logits.data() + c * coarse.cells.rows * coarse.cells.cols);
    }
  }

  /// Fuses what is not yet fused of the rows before `end`.
  void fuse_rows(std::int64_t end) {
    for (; m_fused < end; ++m_fused) {
      for (int c = 0; c < m_classes; ++c) fuse_row(c);
    }
  }

 private:
  void fuse_row(int c) {
    const std::int64_t cols = m_fine.cells.cols;
    float* to = m_fine.logits.data() + (c * m_fine.cells.rows + m_fused) * cols;
    if (m_factors.front() != 1) rows::scale(to, cols, m_factors.front(), 0, to);
    for (std::size_t i = 0; i < m_coarse.size(); ++i)
      rows::add(m_coarse[i].row(c, m_fused, m_room.data()), m_factors[i + 1], cols, to);
  }

  LevelScores& m_fine;
  std::vector<float> m_factors;
  int m_classes;
  std::vector<RowInterpolator> m_coarse;
  std::vector<float> m_room;
  std::int64_t m_fused = 0;
};

std::uint8_t percent(float share) {
  return static_cast<std::uint8_t>(std::lround(100 * std::clamp(share, 0.0F, 1.0F)));
}

/// Turns the scores of one row of pixels into percentages; 0 where they are no numbers.
void row_percentages(std::vector<float>& scores, int classes, FusionMethod method, BlockDetail detail,
                     std::size_t row, std::size_t pixels, BlockClasses& out) {
  if (method == FusionMethod::LogLinear) soften(scores, classes, 1);
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

float fusion_factor(const LevelWeight& level, FusionMethod method) {
  return static_cast<float>(method == FusionMethod::LogLinear ? level.weight / level.temperature
                                                              : level.weight);
}

BlockClasses classify(const Window& window, std::vector<LevelScores> levels,
                      const std::vector<LevelWeight>& weights, FusionMethod method, int classes,
                      BlockDetail detail) {
  std::vector<float> factors;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (method == FusionMethod::MeanSoftmax) soften(levels[i].logits, classes, weights[i].temperature);
    factors.push_back(fusion_factor(weights[i], method));
  }
  const LevelScores& fine = levels.front();
  CellFusion fusion(levels, std::move(factors), classes);
  LinearTaps row_taps = taps_of_pixels(window.row, window.rows, rows_of(fine));
  LinearTaps col_taps = taps_of_pixels(window.col, window.cols, columns_of(fine));

  BlockClasses out;
  const auto pixels = static_cast<std::size_t>(window.pixels());
  out.class_index.resize(pixels);
  if (!detail.confidence && !detail.probabilities &&
      std::min(fine.cell_px.x, fine.cell_px.y) >= kCellsOfSeveralPixels) {
    fusion.fuse_rows(fine.cells.rows);
    CellMaximum(fine.logits.data(), fine.cells.rows, fine.cells.cols, classes)
        .write(row_taps, col_taps, out.class_index.data());
    return out;
  }
  if (detail.confidence) out.confidence.resize(pixels);
  if (detail.probabilities) out.probabilities.resize(pixels * static_cast<std::size_t>(classes));
  const std::vector<std::int32_t> last_row_of = row_taps.high;
  RowInterpolator interpolator(std::move(row_taps), std::move(col_taps), fine.cells.cols, classes);
  for (int c = 0; c < classes; ++c)
    interpolator.set_plane(c, fine.logits.data() + c * fine.cells.rows * fine.cells.cols);
  std::vector<float> scores(static_cast<std::size_t>(classes * window.cols));
  RowMaximum maximum(window.cols);
  const bool with_percentages = detail.confidence || detail.probabilities;
  for (std::int64_t row = 0; row < window.rows; ++row) {
    fusion.fuse_rows(last_row_of[static_cast<std::size_t>(row)] + 1);
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

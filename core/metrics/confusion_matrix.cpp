#include "core/metrics/confusion_matrix.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/base/error.h"
#include "core/base/rows.h"
#include "core/legend/legend.h"

namespace orthocover {
namespace {

std::optional<double> share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(int classes)
    : m_classes(classes),
      m_judged(classes),
      m_counts(static_cast<std::size_t>(classes) * static_cast<std::size_t>(classes)) {}

void ConfusionMatrix::add(std::span<const std::uint8_t> truth, std::span<const std::uint8_t> predicted) {
  if (truth.size() != predicted.size())
    throw internal_error("confusion matrix: truth and prediction differ in size");
  for (std::size_t i = 0, count = 1; i < truth.size(); i += count) {
    const bool is_run = i + rows::kRun <= truth.size() && rows::run_is(&truth[i], truth[i]) &&
                        rows::run_is(&predicted[i], predicted[i]);
    count = is_run ? rows::kRun : 1;
    if (truth[i] == kIgnoreLabel) continue;
    if (truth[i] >= m_classes || predicted[i] >= m_classes) {
      throw internal_error("confusion matrix: class {} or {} of {}", truth[i], predicted[i], m_classes);
    }
    m_counts[static_cast<std::size_t>(truth[i] * m_classes + predicted[i])] += count;
  }
}

void ConfusionMatrix::add(const ConfusionMatrix& other) {
  if (other.m_classes != m_classes) throw internal_error("confusion matrix: numbers of classes differ");
  std::ranges::transform(m_counts, other.m_counts, m_counts.begin(), std::plus());
}

std::uint64_t ConfusionMatrix::count(int truth, int predicted) const {
  return m_counts[static_cast<std::size_t>(truth * m_classes + predicted)];
}

std::uint64_t ConfusionMatrix::total() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t value : m_counts) sum += value;
  return sum;
}

std::uint64_t ConfusionMatrix::truth_total(int index) const {
  std::uint64_t sum = 0;
  for (int other = 0; other < m_classes; ++other) sum += count(index, other);
  return sum;
}

std::uint64_t ConfusionMatrix::predicted_total(int index) const {
  std::uint64_t sum = 0;
  for (int other = 0; other < m_classes; ++other) sum += count(other, index);
  return sum;
}

ConfusionMatrix ConfusionMatrix::scaled(double factor) const {
  ConfusionMatrix matrix(*this);
  for (std::uint64_t& count : matrix.m_counts)
    count = static_cast<std::uint64_t>(std::llround(factor * static_cast<double>(count)));
  return matrix;
}

std::optional<double> ConfusionMatrix::iou(int index) const {
  return share(count(index, index), truth_total(index) + predicted_total(index) - count(index, index));
}

std::optional<double> ConfusionMatrix::precision(int index) const {
  return share(count(index, index), predicted_total(index));
}

std::optional<double> ConfusionMatrix::recall(int index) const {
  return share(count(index, index), truth_total(index));
}

std::optional<double> ConfusionMatrix::f1(int index) const {
  return share(2 * count(index, index), truth_total(index) + predicted_total(index));
}

std::optional<double> ConfusionMatrix::mean_of(std::optional<double> (ConfusionMatrix::*score)(int)
                                                   const) const {
  double sum = 0;
  int occurring = 0;
  for (int index = 0; index < m_judged; ++index) {
    if (truth_total(index) == 0) continue;
    sum += *(this->*score)(index);
    ++occurring;
  }
  if (occurring == 0) return std::nullopt;
  return sum / occurring;
}

std::optional<double> ConfusionMatrix::mean_iou() const {
  return mean_of(&ConfusionMatrix::iou);
}

std::optional<double> ConfusionMatrix::mean_f1() const {
  return mean_of(&ConfusionMatrix::f1);
}

std::optional<double> ConfusionMatrix::frequency_weighted_iou() const {
  if (total() == 0) return std::nullopt;
  double sum = 0;
  double pixels = 0;
  for (int index = 0; index < m_judged; ++index) {
    if (truth_total(index) == 0) continue;
    sum += static_cast<double>(truth_total(index)) * *iou(index);
    pixels += static_cast<double>(truth_total(index));
  }
  return pixels > 0 ? std::optional(sum / pixels) : std::nullopt;
}

std::optional<double> ConfusionMatrix::kappa() const {
  const std::optional<double> observed = accuracy();
  if (!observed) return std::nullopt;
  const auto pixels = static_cast<double>(total());
  double expected = 0;
  for (int index = 0; index < m_classes; ++index) {
    expected += static_cast<double>(truth_total(index)) / pixels *
                (static_cast<double>(predicted_total(index)) / pixels);
  }
  if (expected >= 1) return std::nullopt;
  return (*observed - expected) / (1 - expected);
}

std::optional<double> ConfusionMatrix::accuracy() const {
  std::uint64_t right = 0;
  for (int index = 0; index < m_classes; ++index) right += count(index, index);
  return share(right, total());
}

}  // namespace orthocover

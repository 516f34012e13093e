#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace orthocover {

/// How often each class was called which class, and the scores that follow from it.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(int classes);

  /// Counts pixels; those whose truth is kIgnoreLabel are left out.
  /// @param truth, predicted class indices, equally many
  void add(std::span<const std::uint8_t> truth, std::span<const std::uint8_t> predicted);
  /// @throws Error{Internal} for another number of classes
  void add(const ConfusionMatrix& other);

  /// Counts times a factor, rounded: pixels of one size in units of another's.
  /// @param factor above 0
  ConfusionMatrix scaled(double factor) const;

  /// Means of scores and weighted ones go over the first classes only; what is of the others still counts
  /// against them.
  void judge_first(int classes) { m_judged = classes; }

  int classes() const { return m_classes; }
  std::uint64_t count(int truth, int predicted) const;
  /// Counted pixels.
  std::uint64_t total() const;
  /// Pixels that are of the class.
  std::uint64_t truth_total(int index) const;
  /// Pixels that were called the class.
  std::uint64_t predicted_total(int index) const;

  /// Intersection over union; nothing for a class that neither occurs nor was called.
  std::optional<double> iou(int index) const;
  /// Share of the pixels called the class that are of it; nothing if none was called.
  std::optional<double> precision(int index) const;
  /// Share of the class's pixels that were found; nothing if there are none.
  std::optional<double> recall(int index) const;
  /// Harmonic mean of precision and recall, which is the Dice coefficient; nothing for a class that neither
  /// occurs nor was called.
  std::optional<double> f1(int index) const;
  /// Mean of iou() over the classes that occur in the truth; nothing if there are none.
  std::optional<double> mean_iou() const;
  /// Mean of f1() over the classes that occur in the truth; nothing if there are none.
  std::optional<double> mean_f1() const;
  /// Mean of iou() over those classes, weighted by their pixels.
  std::optional<double> frequency_weighted_iou() const;
  /// Share of all pixels that were called right; nothing if there are none.
  std::optional<double> accuracy() const;
  /// Agreement beyond what chance alone would give; nothing without pixels or with one class only.
  /// @source Cohen 1960
  std::optional<double> kappa() const;

 private:
  /// Mean of a score over the classes that occur in the truth.
  std::optional<double> mean_of(std::optional<double> (ConfusionMatrix::*score)(int) const) const;

  int m_classes;
  int m_judged;                         ///< whose scores are in means
  std::vector<std::uint64_t> m_counts;  ///< @shape [classes (truth), classes (predicted)]
};

}  // namespace orthocover

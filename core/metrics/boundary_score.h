#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/geometry/window.h"
#include "core/ports/class_source.h"

namespace orthocover {

/// How well the borders of classes lie: a border pixel counts as right when the other picture has a border
/// pixel of the same class within a tolerance. A border pixel of a class has a neighbour (of four) of another
/// class; only where both are labelled, so that the rims of sparse labels do not count.
/// @source Csurka et al. 2013, "What is a good evaluation measure for semantic segmentation?"; ours counts
/// over the whole map instead of per image
class BoundaryScore {
 public:
  explicit BoundaryScore(int classes) : m_classes(classes), m_counts(static_cast<std::size_t>(classes)) {
    set_tolerance(0);
  }

  /// For what add() counts from now on, as in another map of other pixels.
  /// @param tolerance in the unit of the pixel's sides; at least 0, at most 100 pixels
  void set_tolerance(double tolerance, const PixelSize& pixel = {});

  /// Pixels around a window that add() must see besides it.
  std::int64_t margin() const { return m_radius + 1; }

  /// Counts the border pixels inside `core`.
  /// @param truth, predicted class indices @shape [rows, cols]; truth kIgnoreLabel where unlabelled
  /// @param core part of the picture, so that blocks of a map count each pixel once
  /// @param weight of a border pixel among those of other maps
  void add(std::span<const std::uint8_t> truth, std::span<const std::uint8_t> predicted, std::int64_t cols,
           std::int64_t rows, const Window& core, double weight = 1);

  /// Share of the map's border pixels that are right; nothing where there are none.
  std::optional<double> precision(int index) const;
  /// Share of the reference's border pixels that the map has.
  std::optional<double> recall(int index) const;
  /// Harmonic mean of both, 0 where the map has no borders of the class; nothing where the reference has
  /// none.
  std::optional<double> f_score(int index) const;
  /// Mean over the classes that have one.
  std::optional<double> mean_f_score() const;

 private:
  struct Counts {
    double predicted = 0;
    double predicted_right = 0;
    double truth = 0;
    double truth_found = 0;
  };

  int m_classes;
  std::int64_t m_radius = 0;
  std::vector<Window> m_disc;  ///< offsets within the tolerance
  std::vector<Counts> m_counts;
};

}  // namespace orthocover

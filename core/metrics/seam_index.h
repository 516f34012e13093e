#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/geometry/level_plan.h"
#include "core/legend/legend.h"

namespace orthocover {

/// Pixels at some distance from the patch borders of a level.
struct SeamBin {
  double from_px = 0;           ///< distance, in pixels of the level
  std::optional<double> to_px;  ///< nothing: no upper limit
  std::uint64_t pixels = 0;     ///< valid pixels of the map
  std::uint64_t changed = 0;    ///< of these, those with another class in the second map
};

/// How change depends on the distance to the nearest patch border inside the scene.
struct SeamProfile {
  int level = 1;
  std::vector<SeamBin> bins;  ///< nearest first, up to the farthest that occurs; empty: there are no borders
};

/// Pixels that are of one class in one map and of the other class in the other map, in whichever order.
struct SeamPair {
  int one = 0;  ///< position in the legend
  int other = 0;
  std::uint64_t pixels = 0;
};

/// Compares two maps of one scene that differ by the place of their patches: what changes is not in the scene
/// but comes from the patches' borders.
class SeamIndex {
 public:
  /// @param region scene pixels of the maps
  /// @param grid the levels of the first map
  SeamIndex(Legend legend, const Window& region, const std::vector<LevelPlan>& grid);

  /// Adds a part of both maps.
  /// @param window pixels of the map
  /// @param first values of the legend, kNoClass where there is none @shape [window.rows, window.cols]
  void add(const Window& window, std::span<const std::uint8_t> first, std::span<const std::uint8_t> second);

  /// Pixels with a class in both maps.
  std::uint64_t valid() const { return m_valid; }
  std::uint64_t changed() const { return m_changed; }
  /// Share of the valid pixels that change class; 0 where nothing is valid.
  double share() const;
  /// Pairs of classes that occur, commonest first.
  std::vector<SeamPair> pairs() const;
  /// One for each level, finest first.
  const std::vector<SeamProfile>& profiles() const { return m_profiles; }
  const Legend& legend() const { return m_legend; }

 private:
  /// Bin of each column and row of the map, by the distance to borders across it.
  struct Distances {
    std::vector<std::uint8_t> cols;
    std::vector<std::uint8_t> rows;
  };

  void add_pair(std::uint8_t first, std::uint8_t second);
  void add_to_profiles(std::int64_t col, std::int64_t row, bool changed);

  Legend m_legend;
  std::array<std::uint8_t, 256> m_class_of_value{};
  std::vector<std::uint64_t> m_pairs;  ///< @shape [classes, classes], the lower position first
  std::vector<SeamProfile> m_profiles;
  std::vector<Distances> m_distances;
  std::uint64_t m_valid = 0;
  std::uint64_t m_changed = 0;
};

}  // namespace orthocover

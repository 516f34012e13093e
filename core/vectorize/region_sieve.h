#pragma once

#include <cstdint>
#include <vector>

#include "core/vectorize/class_rows.h"
#include "core/vectorize/disjoint_sets.h"
#include "core/vectorize/strip_labels.h"

namespace orthocover::vectorize {

/// How small regions give way.
struct SieveSettings {
  std::int64_t min_pixels = 0;  ///< smallest region that stays
  bool eight_connected = false;
  double height = 1;          ///< of a pixel, in its widths
  bool drop_islands = false;  ///< small regions without a neighbour become no class
};

/// Merges regions below a minimum mapping unit into the neighbour with the longest common border, the
/// smallest first, until every region is large enough or has no neighbour: an island.
///
/// Of two equally small regions the first in reading order goes first; of two neighbours with equally long
/// borders the larger one wins, then the first. A region that grows unites with what it then touches of its
/// own class.
/// @cost about 50 bytes of memory for every region before merging, and for each border of a small one
class RegionSieve {
 public:
  explicit RegionSieve(const SieveSettings& settings);

  /// Takes the next strip of the raster.
  /// @param rows context row first
  void add(const ClassRows& rows);
  /// Decides on all regions; once, after the last strip.
  void solve();
  /// How many regions gave way.
  std::int64_t merged() const { return m_merged_count; }
  /// Small regions without a neighbour.
  std::int64_t islands() const { return m_island_count; }

  /// Codes after merging.
  /// @param strip position of the strip among those that were added
  /// @param rows the same rows again
  /// @param context the last row of the strip above as this returned it
  ClassRows recode(std::size_t strip, const ClassRows& rows, const ClassRows& context) const;

 private:
  /// Length of a common border, in whole pixels so that sums do not depend on their order.
  struct Length {
    std::int32_t across = 0;  ///< columns, along horizontal edges
    std::int32_t down = 0;    ///< rows, along vertical edges
    void operator+=(const Length& other) { across += other.across, down += other.down; }
  };
  struct Border {
    std::uint32_t region;
    std::uint32_t neighbour;
    Length length;
  };
  struct Change {
    std::uint32_t component;
    std::uint16_t code;
  };
  struct Neighbour {
    std::uint32_t region;
    Length length;
  };
  using Neighbours = std::vector<Neighbour>;

  void number_regions(const StripLabels& labels, const ClassRows& rows, std::vector<std::uint32_t>& regions);
  void note_borders(const StripLabels& labels, const ClassRows& rows,
                    const std::vector<std::uint32_t>& regions);
  void flush_borders();
  /// In widths of a pixel.
  double length_of(const Length& length) const { return length.across + length.down * m_settings.height; }
  bool is_small(std::uint32_t region) const { return m_pixels[region] < m_settings.min_pixels; }
  std::vector<Neighbours> neighbours_of_small();
  void gather(Neighbours& neighbours, std::uint32_t region);
  std::uint32_t unite(std::uint32_t a, std::uint32_t b, std::uint16_t code, std::vector<Neighbours>& lists);
  void note_changes();
  void merge(std::uint32_t region, std::vector<Neighbours>& lists);

  SieveSettings m_settings;
  DisjointSets m_regions;
  std::vector<std::int64_t> m_pixels;
  std::vector<std::uint16_t> m_codes;
  std::vector<std::uint16_t> m_first_codes;  ///< before merging
  std::vector<Border> m_borders;             ///< each pair once, of whole strips
  std::vector<Border> m_strip_borders;
  std::vector<std::uint32_t> m_bottom;               ///< region of each run of the last row
  std::vector<std::vector<std::uint32_t>> m_strips;  ///< per strip the region of each component
  std::vector<std::vector<Change>> m_changes;        ///< per strip the components that change
  std::int64_t m_merged_count = 0;
  std::int64_t m_island_count = 0;
};

}  // namespace orthocover::vectorize

#pragma once

#include <vector>

#include "core/vectorize/open_chains.h"
#include "core/vectorize/polygon_assembler.h"
#include "core/vectorize/strip.h"

namespace orthocover::vectorize {

/// Joins strips, from the top of the raster to its bottom: components and boundaries that go over strip
/// borders become one, and polygons come out as soon as they are complete. Its memory depends on what is
/// open at the border of two strips, not on the raster's area.
class CoverageMerger {
 public:
  CoverageMerger(SimplifySettings settings, std::int64_t strip_rows, bool eight);

  /// Makes the corners of a strip known; must come before add() of any strip that they reach into.
  void add_corners(std::shared_ptr<const CornerRows> corners);

  /// @return the features that are complete now, in their final order
  std::vector<FinishedFeature> add(const TracedStrip& strip, StripYield yield, bool is_last);

 private:
  /// A boundary in use by open components.
  struct StoredArc {
    SharedArc arc;
    int uses = 0;
  };
  struct ArcUse {
    std::uint32_t arc;
    bool is_reversed;
  };
  struct OpenComponent {
    std::uint32_t parent = 0;   ///< itself unless it was found to be part of another
    std::uint32_t feature = 0;  ///< another of its feature, alive or merged, or itself
    std::uint16_t code = 0;
    bool is_alive = false;
    bool at_bottom = false;
    PixelTally tally;
    std::vector<ArcUse> arcs;
  };

  std::uint32_t new_component(std::uint16_t code);
  std::uint32_t find(std::uint32_t component);
  std::uint32_t find_feature(std::uint32_t component);
  std::uint32_t join(std::uint32_t a, std::uint32_t b);
  void join_features(std::uint32_t a, std::uint32_t b);
  std::uint32_t global(std::uint32_t local) const;

  void take_components(const TracedStrip& strip);
  void take_arc(SharedArc arc);
  void take_chain(OpenChains::Closed chain);
  void close_features(std::vector<FinishedFeature>& features, bool is_last);
  FinishedFeature assemble(const std::vector<std::uint32_t>& parts);
  void release(std::uint32_t component);
  void settle(const TracedStrip& strip);

  const SimplifySettings m_settings;
  bool m_eight;
  CornerIndex m_corners;
  ArcSimplifier m_simplifier;
  PolygonAssembler m_assembler;
  OpenChains m_chains;
  std::vector<OpenComponent> m_components;
  std::vector<std::uint32_t> m_free_components;
  std::vector<std::uint32_t> m_merged;  ///< components that became part of others in this strip
  std::vector<StoredArc> m_arcs;
  std::vector<std::uint32_t> m_free_arcs;
  std::vector<std::uint32_t> m_global;  ///< per component of the strip
  std::vector<std::uint32_t> m_bottom;  ///< component of each run of the last row
};

}  // namespace orthocover::vectorize

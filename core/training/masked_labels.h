#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/geometry/box_index.h"
#include "core/ports/label_source.h"
#include "core/ports/raster_source.h"

namespace orthocover {

/// Ground that was held out, by its names: those of regions or blocks, "" for a scene as a whole.
/// @param ground_size_m of the scene in training
/// @throws Error{Data} for a name that the labels lack
std::vector<LabelledRegion> held_out_regions(const std::vector<std::string>& names, const RasterInfo& scene,
                                             double ground_size_m, const LabelSource& labels);

/// Labels on some ground alone, which become their regions; for judging, so they have no pieces.
std::unique_ptr<LabelSource> labels_on(std::vector<LabelledRegion> ground, const Window& scene,
                                       std::unique_ptr<LabelSource> labels);

/// Labels of which some windows are taken away.
class MaskedLabels final : public LabelSource {
 public:
  /// @param masks scene pixels that count as unlabelled
  /// @param pieces what the masks leave of those of `labels`
  /// @param regions in place of those of `labels`; empty: those
  MaskedLabels(std::unique_ptr<LabelSource> labels, std::vector<Window> masks,
               std::vector<LabelledPiece> pieces, std::vector<LabelledRegion> regions = {});

  void read(const Window& window, std::int64_t cols, std::int64_t rows,
            std::vector<std::uint8_t>& labels) const override;
  const std::vector<LabelledPiece>& pieces() const override { return m_pieces; }
  const std::vector<LabelledRegion>& regions() const override {
    return m_regions.empty() ? m_labels->regions() : m_regions;
  }

 private:
  std::unique_ptr<LabelSource> m_labels;
  std::vector<Window> m_masks;
  BoxIndex m_index;
  std::vector<LabelledPiece> m_pieces;
  std::vector<LabelledRegion> m_regions;
};

}  // namespace orthocover

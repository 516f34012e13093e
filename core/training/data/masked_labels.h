#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/geometry/box_index.h"
#include "core/ports/label_source.h"

namespace orthocover {

/// What regions of two lists have in common, under the first one's names.
std::vector<LabelledRegion> common_ground(const std::vector<LabelledRegion>& a,
                                          const std::vector<LabelledRegion>& b);

/// Labels on some ground alone, which become their regions; for judging, so they have no pieces.
std::unique_ptr<LabelSource> labels_on(std::vector<LabelledRegion> ground,
                                       std::unique_ptr<LabelSource> labels);

/// Labels of which some windows are taken away.
class MaskedLabels final : public LabelSource {
 public:
  /// @param masks scene pixels that count as unlabelled
  /// @param pieces what the masks leave of those of `labels`
  MaskedLabels(std::unique_ptr<LabelSource> labels, std::vector<Window> masks,
               std::vector<LabelledPiece> pieces);

  void read(const Window& window, std::int64_t cols, std::int64_t rows,
            std::vector<std::uint8_t>& labels) const override;
  const std::vector<LabelledPiece>& pieces() const override { return m_pieces; }
  const std::vector<LabelledRegion>& regions() const override { return m_labels->regions(); }

 private:
  std::unique_ptr<LabelSource> m_labels;
  std::vector<Window> m_masks;
  BoxIndex m_index;
  std::vector<LabelledPiece> m_pieces;
};

}  // namespace orthocover

#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "core/legend/legend.h"
#include "core/training/augment/sample.h"

namespace orthocover {

/// One picture of a contact sheet.
struct SheetCell {
  AugmentSample sample;
  std::string caption;
};

/// Patches and what augmentation makes of them.
struct ContactSheet {
  std::string title;
  std::vector<std::vector<SheetCell>> rows;  ///< the original first; all samples of one size
  Legend legend;                             ///< empty: labels are not drawn
};

/// Draws the sheet: every row's original apart from its varied copies, captions below, labels as tinted
/// outlines with a legend of those that occur. Values that are not of bytes are stretched between the 2 and
/// 98 % points of the originals, alike in all pictures.
/// @return the bytes of a PNG
std::vector<std::uint8_t> draw_contact_sheet(const ContactSheet& sheet);

}  // namespace orthocover

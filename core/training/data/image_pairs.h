#pragma once

#include <string>
#include <vector>

namespace orthocover {

/// An image and the mask of its labels.
struct ImagePair {
  std::string name;  ///< what both file names have in common
  std::string image;
  std::string mask;
};

/// Pairs of two folders (or of one), with what has no partner.
struct ImagePairs {
  std::vector<ImagePair> pairs;     ///< by name
  std::vector<std::string> images;  ///< without a mask
  std::vector<std::string> masks;   ///< without an image
};

/// Joins images and masks (GeoTIFF, PNG, JPEG) whose names agree up to their extensions and up to endings
/// such as
/// `_mask`, `_label`, `_gt` of the mask and `_image`, `_sat` of the image. Subfolders are not entered.
/// @throws Error{Data} for a folder that can't be read, without images or without any pair, and for two masks
/// of one image
ImagePairs find_image_pairs(const std::string& image_folder, const std::string& mask_folder);

}  // namespace orthocover

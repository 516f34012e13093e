#include "core/training/data/image_pairs.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "core/base/error.h"
#include "core/base/text.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;

const std::set<std::string> kExtensions = {".tif", ".tiff", ".png", ".jpg", ".jpeg"};
const std::vector<std::string> kMaskEndings = {"_mask",  "_masks", "-mask", "_label", "_labels",
                                               "-label", "_gt",    "_seg",  "_lab",   "_color_mask"};
const std::vector<std::string> kImageEndings = {"_image", "_img", "-image", "_sat", "_rgb"};

std::vector<fs::path> rasters_in(const std::string& folder, const char* what) {
  std::vector<fs::path> files;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(folder, failure)) {
    const fs::path& path = entry.path();
    std::error_code ignored;
    const bool hidden = path.filename().string().starts_with(".");
    if (!hidden && kExtensions.contains(lower_extension(path)) && entry.is_regular_file(ignored))
      files.push_back(path);
  }
  if (failure)
    throw data_error("{}: is not a folder of {} that can be read: {}", folder, what, failure.message());
  if (files.empty()) {
    throw data_error("{}: has no {}; .tif, .tiff, .png, .jpg and .jpeg are looked for", folder, what);
  }
  std::ranges::sort(files);
  return files;
}

/// The stem without the longest of the endings that it has; the stem itself when it has none.
std::string without_ending(const std::string& stem, const std::vector<std::string>& endings) {
  const std::string lower = to_lower(stem);
  std::size_t longest = 0;
  for (const std::string& ending : endings) {
    if (lower.size() > ending.size() && lower.ends_with(ending)) longest = std::max(longest, ending.size());
  }
  return stem.substr(0, stem.size() - longest);
}

bool has_ending(const fs::path& file, const std::vector<std::string>& endings) {
  const std::string stem = file.stem().string();
  return without_ending(stem, endings) != stem;
}

/// Masks by the name that an image would have.
std::map<std::string, std::string> masks_by_name(const std::vector<fs::path>& files) {
  std::map<std::string, std::string> masks;
  for (const fs::path& file : files) {
    const auto [entry, is_new] =
        masks.emplace(without_ending(file.stem().string(), kMaskEndings), file.string());
    if (!is_new)
      throw data_error("{} and {} are masks of the same image; leave one", entry->second, file.string());
  }
  return masks;
}

}  // namespace

ImagePairs find_image_pairs(const std::string& image_folder, const std::string& mask_folder) {
  std::vector<fs::path> images = rasters_in(image_folder, "images");
  std::vector<fs::path> mask_files = rasters_in(mask_folder, "masks");
  std::error_code ignored;
  if (fs::equivalent(image_folder, mask_folder, ignored)) {
    // In one folder the ending tells which is which.
    std::erase_if(images, [](const fs::path& file) { return has_ending(file, kMaskEndings); });
    std::erase_if(mask_files, [](const fs::path& file) { return !has_ending(file, kMaskEndings); });
  }
  std::map<std::string, std::string> masks = masks_by_name(mask_files);
  ImagePairs found;
  for (const fs::path& image : images) {
    const std::string stem = image.stem().string();
    auto mask = masks.find(stem);
    if (mask == masks.end()) mask = masks.find(without_ending(stem, kImageEndings));
    if (mask == masks.end()) {
      found.images.push_back(image.string());
      continue;
    }
    found.pairs.push_back({mask->first, image.string(), mask->second});
    masks.erase(mask);
  }
  for (const auto& [name, mask] : masks) found.masks.push_back(mask);
  if (found.pairs.empty()) {
    throw data_error("{}: no image has a mask in {}; names must agree, as a.jpg and a.png or a_mask.png do",
                     image_folder, mask_folder);
  }
  return found;
}

}  // namespace orthocover

#include "core/training/augment/sample.h"

#include <algorithm>
#include <set>

#include "core/base/error.h"
#include "core/base/text.h"

namespace orthocover {

void check_sample(const AugmentSample& sample) {
  const cv::Mat& image = sample.image;
  if (image.empty() || (image.depth() != CV_8U && image.depth() != CV_32F)) {
    throw internal_error("augmentation wants images of bytes or 32-bit floats, this one is {}",
                         image.empty() ? "empty" : cv::typeToString(image.type()));
  }
  if (sample.labels.type() != CV_8UC1 || sample.labels.size() != image.size()) {
    throw internal_error(
        "augmentation wants labels of bytes of the image's {} x {} pixels, these are {} x {}", image.cols,
        image.rows, sample.labels.cols, sample.labels.rows);
  }
  const std::set<int> distinct(sample.rgb.begin(), sample.rgb.end());
  const bool three = sample.rgb.size() == 3 && distinct.size() == 3;
  if (sample.rgb.empty() || (three && *distinct.begin() >= 0 && *distinct.rbegin() < image.channels()))
    return;
  throw internal_error("augmentation wants red, green and blue as three channels of {}", image.channels());
}

std::vector<int> rgb_channels(std::span<const std::string> band_names) {
  std::vector<int> channels;
  for (const char* colour : {"red", "green", "blue"}) {
    const auto is_it = [&](const std::string& name) { return to_lower(name) == colour; };
    const auto found = std::ranges::find_if(band_names, is_it);
    if (found == band_names.end()) return {};
    channels.push_back(static_cast<int>(found - band_names.begin()));
  }
  return channels;
}

}  // namespace orthocover

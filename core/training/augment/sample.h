#pragma once

#include <opencv2/core.hpp>
#include <span>
#include <string>
#include <vector>

namespace orthocover {

/// A patch with its labels, as augmentation sees it. Copies share their pixels; no transform writes into
/// them.
struct AugmentSample {
  cv::Mat image;         ///< CV_8UC(n), or CV_32FC(n) scaled so that colours lie in 0..255
  cv::Mat labels;        ///< CV_8UC1 of the same size, kIgnoreLabel where nothing is known
  std::vector<int> rgb;  ///< channels of red, green and blue; empty where the image has no such bands
};

/// @throws Error{Internal} when image, labels and rgb do not fit together
void check_sample(const AugmentSample& sample);

/// Channels of the bands named red, green and blue (in any case); empty unless all three are there.
std::vector<int> rgb_channels(std::span<const std::string> band_names);

}  // namespace orthocover

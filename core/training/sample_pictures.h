#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/training/validation.h"

namespace orthocover {

/// A held-out place as a picture: the scene, its labels and what the network makes of it, side by side.
struct SamplePicture {
  std::string name;
  std::vector<std::uint8_t> png;
};

/// Pictures of the middle of held-out regions, at most `most`, from as many scenes as there are. The network
/// is put into evaluation and back.
/// @throws Error{Data} when a scene can't be read
std::vector<SamplePicture> sample_pictures(nn::SegmentationNetwork& network, torch::Device device,
                                           const std::vector<TrainingScene>& scenes,
                                           const ValidationOptions& options, const Legend& legend, int most);

}  // namespace orthocover

#pragma once

#include <compare>
#include <cstddef>
#include <vector>

#include "core/training/data/training_scene.h"

namespace orthocover {

/// A class in a part.
struct PartClass {
  std::size_t part;
  std::size_t class_index;

  friend auto operator<=>(const PartClass&, const PartClass&) = default;
};

/// Other parts on the ground of a part, in scenes that show it too.
struct SameGround {
  std::vector<std::size_t> parts;  ///< all of whose labels lie on it
  std::vector<PartClass> lost;     ///< all of whose labels lie on it, unlike others of their parts
};

/// What one scene has of a part.
struct PartWindow {
  std::size_t part;
  std::size_t scene;
  Window window;
};

/// What holding each part out does to others: their labels on its ground are kept from training.
/// @cost a look at every pair of scenes with windows; at the windows of those alone that show common ground
/// @param windows of all parts
/// @param parts their number
std::vector<SameGround> same_ground_of(const std::vector<TrainingScene>& scenes,
                                       const std::vector<PartWindow>& windows, std::size_t parts);

/// A window of scene pixels and the gap around it, in whole pixels.
Window with_gap(const TrainingScene& scene, const Window& window, double gap_m);

/// Parts held-out windows where they overlap, so that nothing is judged twice, and keeps labels from training
/// where another scene holds the ground out: one of the same file, which may have labels of several kinds, or
/// another flight.
/// @param gap_m ground around what is held out that is kept from training, too
/// @cost as of same_ground_of()
void settle_held_out(std::vector<TrainingScene>& scenes, double gap_m);

}  // namespace orthocover

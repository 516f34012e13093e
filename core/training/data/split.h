#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/training/data/same_ground.h"
#include "core/training/data/training_scene.h"

namespace orthocover {

/// What is kept from training as a whole; never single pixels.
enum class SplitBy {
  Region,  ///< annotated windows, see HoldOut
  Scene,
  Place,  ///< all scenes of a place
  Blocks  ///< squares of ground, with a gap around them
};

/// Which part of the labels validation alone may see.
struct SplitOptions {
  SplitBy by = SplitBy::Region;
  std::vector<std::string> hold_out;  ///< names of regions, scenes or places; empty: drawn by `share`
  double share = 0.2;                 ///< of the labelled ground of each class, 0..0.5; 0: nothing
  double block_m = 100;
  double gap_m = 20;
  std::uint64_t seed = 1;
};

/// Holds labels out of the scenes: fills in TrainingScene::held_out, and for blocks wraps the labels so that
/// those in the gap belong to neither side. Scenes that are for training only are not held out, but their
/// labels on ground that others hold out are kept from training, too. The draw is such that every class with
/// labels in two places or more has some on both sides.
/// @throws Error{Usage} for names that do not exist, a split into blocks of scenes without ground size;
/// Error{Data} when nothing can be held out or nothing is left to train on
void apply_split(const SplitOptions& options, std::vector<TrainingScene>& scenes);

/// Cuts the ground of every scene into squares, holds some of them out and masks the labels in the gap around
/// those. See apply_split().
void split_into_blocks(const SplitOptions& options, std::vector<TrainingScene>& scenes);

/// A part of the labels that is held out as a whole or not at all: labelled ground by class.
using ClassAreas = std::vector<double>;

/// Draws the parts to hold out so that of each class about `share` of the ground is among them, the rarest
/// class first. A class in two parts or more keeps at least one on either side where that can be.
/// @param parts areas by label, all of one length
/// @param same_ground of each part, which are held out or lost with it; empty: none
/// @return for each part whether it is held out
std::vector<bool> draw_held_out(const std::vector<ClassAreas>& parts, double share, std::uint64_t seed,
                                const std::vector<SameGround>& same_ground = {});

/// Holds a scene out as a whole, replacing what is held out of it: its annotated regions when all its labels
/// lie in them, else all of it. Training sees nothing of the scene.
void hold_out_whole(TrainingScene& scene);

/// One part after the other kept from training, each once: cross-validation over places.
class FoldPlan {
 public:
  /// A fold for each place, in the order of their names.
  /// @throws Error{Usage} for fewer than two places
  static FoldPlan by_place(const std::vector<TrainingScene>& scenes);

  std::size_t size() const { return m_folds.size(); }
  /// The place that is held out in a fold.
  const std::string& name(std::size_t fold) const { return m_folds[fold]; }
  /// Holds out the fold's scenes as a whole, and nothing else; what is for training only is left out with its
  /// place. The scenes must be those of the plan, not split into blocks.
  void apply(std::size_t fold, std::vector<TrainingScene>& scenes) const;

  /// Gives everything back to training.
  static void clear(std::vector<TrainingScene>& scenes);

 private:
  std::vector<std::string> m_folds;
};

}  // namespace orthocover

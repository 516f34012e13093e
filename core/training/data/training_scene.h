#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/geometry/box_index.h"
#include "core/geometry/window.h"
#include "core/ports/label_source.h"
#include "core/ports/raster_source.h"

namespace orthocover {

/// A scene with labels, as training uses it.
struct TrainingScene {
  std::string name;  ///< file name without extension
  std::shared_ptr<const RasterSource> source;
  std::unique_ptr<LabelSource> labels;
  double ground_size_m = 0;
  bool has_ground_size = true;  ///< false: the ground size is a stand-in, nobody knows it
  std::string place;            ///< scenes of one place are never on both sides of a split by place
  bool train_only = false;      ///< its labels are never held out
  double weight = 1;            ///< how often the scene is drawn compared with others that have the class
  std::vector<LabelledRegion> held_out;  ///< regions whose labels only validation may see
  std::vector<Window> withheld;          ///< more ground whose labels training does not see
  /// GeoIo::same_ground() of another scene on this one; empty: no other file shows its ground.
  std::function<Window(const RasterInfo& other, const Window& window)> same_ground;

  /// Scene pixels along a length on the ground.
  PixelScale pixels_along(double metres) const {
    return PixelScale::of_square(metres / ground_size_m, source->info().pixel_aspect);
  }
};

/// Whether a region goes by a name, `region` or `scene:region`.
inline bool is_called(const TrainingScene& scene, const LabelledRegion& region, const std::string& name) {
  return name == region.name || name == scene.name + ":" + region.name;
}

/// Scene pixels per pixel of a patch, which enlarges them twice at most.
/// @param ground_size_m wanted of its pixels
PixelScale patch_scale(const TrainingScene& scene, double ground_size_m);

/// Chooses the regions that training never sees.
class HoldOut {
 public:
  /// @param names of regions, or `scene:region`; empty: chosen by `share`
  /// @param share of the labelled ground of each class, 0..0.5: draw_held_out()
  HoldOut(std::vector<std::string> names, double share, std::uint64_t seed)
      : m_names(std::move(names)), m_share(share), m_seed(seed) {}

  /// Fills in TrainingScene::held_out.
  /// @throws Error{Usage} for a name that no scene has, Error{Data} when nothing is left to train on
  void apply(std::vector<TrainingScene>& scenes) const;

 private:
  void by_name(std::vector<TrainingScene>& scenes) const;
  void by_share(std::vector<TrainingScene>& scenes) const;

  std::vector<std::string> m_names;
  double m_share;
  std::uint64_t m_seed;
};

/// Windows of scene pixels whose labels training never sees: held out and withheld.
std::vector<Window> unseen_windows(const TrainingScene& scene);

/// Labelled ground by class, of scenes that are not for training only.
struct LabelledAreas {
  std::vector<double> all_m2;
  std::vector<double> held_out_m2;
};
LabelledAreas labelled_areas(const std::vector<TrainingScene>& scenes, std::size_t classes);

/// What of a piece lies in none of some windows, as unseen_windows(): parts, each with its share of the area.
std::vector<LabelledPiece> parts_beside(const BoxIndex& windows, const LabelledPiece& piece);

/// Whether training may see labels of the scene.
bool is_seen(const TrainingScene& scene);

/// Whole scene pixels of a window of a grid.
Window scene_window(const PixelScale& scale, const Window& window);

/// Labels of the pixels of a patch's grid.
/// @param scale scene pixels per patch pixel
/// @param window of that grid
void read_patch_labels(const LabelSource& source, const PixelScale& scale, const Window& window,
                       std::vector<std::uint8_t>& labels);

}  // namespace orthocover

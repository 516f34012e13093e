#pragma once

#include <memory>
#include <vector>

#include "core/base/byte_budget.h"
#include "core/base/run_context.h"
#include "core/legend/label_coding.h"
#include "core/ports/geo_io.h"
#include "core/training/data/training_config.h"
#include "core/training/data/training_scene.h"

namespace orthocover::operations {

/// Everything that a training config names, opened; nothing is held out yet, see apply_split() and FoldPlan.
struct TrainingSet {
  Legend legend;
  /// Labels `legend.size() + k` mean "one of groups.sets()[k]"; losses know them, scores ignore them.
  ClassGroups groups;
  std::vector<TrainingScene> scenes;
};

/// `a.jpg, b.jpg and 12 more`.
std::string some_of(const std::vector<std::string>& names, std::size_t most);
/// Held-out ground that logs and reports name; the package names all.
inline constexpr std::size_t kMostHeldOutNames = 50;

/// Colours of a scene's bands; empty where it doesn't tell them apart.
std::vector<std::string> colours_of_bands(const RasterInfo& scene);

/// Opens scenes, labels, and pairs of images and masks. Warnings go to `run`.
/// @param need_ground_size refuse scenes whose ground size is unknown; else they get one in
/// settle_ground_size()
/// @throws Error{Data} when scenes differ in bands or data type, or labels can't be used; Error{Usage} when a
/// legend is needed or contradicts a source
/// @param memory what scenes and labels may hold, see HeldRaster and HeldLabels; nothing: they are read from
/// the files as these are
/// @param bands by name: the order in which those of a scene are read that tells theirs, as for maps; empty:
/// red, green, blue, else that of the first
TrainingSet open_training_set(const TrainingConfig& config, bool need_ground_size, GeoIo& geo,
                              RunContext& run, std::shared_ptr<ByteBudget> memory = nullptr,
                              std::vector<std::string> bands = {});

/// The legend that the label files of all sources tell together: classes of one name are one class, values of
/// number fields are kept.
/// @param maps one for each source: what values stand for that a legend can't have, or that have another's
/// name, is added
/// @throws Error{Usage} for masks, which tell no names, and for files that name a value differently
Legend legend_of_labels(const std::vector<TrainingSource>& sources, GeoIo& geo, std::vector<LabelMap>& maps,
                        RunContext& run);

/// Warns of keys of a source's 'map' that none of its polygons has, where these tell their classes.
/// @param what names the source
void warn_of_unmet_keys(const TrainingSource& source, const std::string& what, GeoIo& geo, RunContext& run);

}  // namespace orthocover::operations

#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/legend/label_coding.h"
#include "core/legend/legend.h"
#include "core/training/data/split.h"

namespace orthocover {

/// Scenes or pictures whose labels are of one kind.
struct TrainingSource {
  std::vector<std::string> scenes;  ///< files; empty: `images` is given
  std::vector<std::string> labels;  ///< one file for each scene, or one for all
  std::string images;               ///< folder
  std::string masks;                ///< folder, may be the same one
  std::string class_field;          ///< polygons; empty: found
  std::string where;                ///< polygons: OGR SQL filter
  std::string dense_layer;          ///< polygons: layer of fully labelled windows; empty: `windows`
  std::vector<int> bands;           ///< counted from 1; empty: all
  double weight = 1;                ///< of each of its scenes when they are drawn
  bool train_only = false;          ///< its labels are never held out
  std::string place;                ///< empty: scenes are places of their own, a folder of images is one
  std::optional<Legend> classes;    ///< legend of its labels; nothing: the training's
  LabelMap map;
  std::optional<double> ground_size_m;  ///< overrules what the files say
  std::string background;               ///< class of unlabelled ground where all is labelled; empty: ignore
  std::optional<bool> by_color;         ///< masks; nothing: by colour where there are three bands
  int color_tolerance = 0;
  bool unknown_is_ignored = false;
};

/// What a model is to learn from.
struct TrainingConfig {
  std::optional<Legend> legend;  ///< nothing: made from the label files
  std::vector<TrainingSource> sources;
  SplitOptions split;
  nlohmann::json augmentation;  ///< as it stands in the file; null: not given
};

/// Reads a training config and the legends that it names. Relative paths are relative to its folder.
/// @source schemas/training/v1/training.schema.json
/// @throws Error{Usage} naming file, place and cure for anything that is not as the schema says; Error{Data}
/// for a missing file; Error{Model} for a damaged legend
TrainingConfig read_training_config(const std::filesystem::path& file);

/// @param folder that relative paths begin at
/// @param what names the file in messages
TrainingConfig parse_training_config(std::string_view text, const std::filesystem::path& folder,
                                     const std::string& what);

}  // namespace orthocover

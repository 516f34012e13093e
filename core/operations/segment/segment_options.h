#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/operations/batch/output_extensions.h"
#include "core/operations/batch/scene_files.h"
#include "core/operations/model/mapping_options.h"
#include "core/operations/results/polygon_options.h"

namespace orthocover::operations {

/// What may be made of a scene beside its map: as the user asks for it, or the files.
struct ExtraOutputs {
  std::optional<std::string> confidence;
  std::optional<std::string> probabilities;
  std::optional<std::string> vector;
  std::optional<std::string> picture;
};

/// What is to be known of one of these.
struct ExtraOutput {
  std::optional<std::string> ExtraOutputs::*file;
  const char* option;  ///< its JSON key
  const char* suffix;  ///< between the scene's name and the extension
  const std::vector<std::string>& (*extensions)();
  const char* kind;  ///< in reports, as the role
  const char* role;
};

inline constexpr std::array<ExtraOutput, 4> kExtraOutputs = {{
    {&ExtraOutputs::confidence, "confidence", ".confidence", raster_extensions, "raster", "confidence"},
    {&ExtraOutputs::probabilities, "probabilities", ".probabilities", raster_extensions, "raster",
     "probabilities"},
    {&ExtraOutputs::vector, "vector", "", vector_extensions, "vector", "polygons"},
    {&ExtraOutputs::picture, "picture", "", picture_extensions, "file", "picture"},
}};

/// @param files the map first, then the others in their order
inline ExtraOutputs extras_of(const SceneFiles& files) {
  ExtraOutputs extras;
  for (std::size_t i = 0; i < kExtraOutputs.size(); ++i) extras.*kExtraOutputs[i].file = files.outputs[i + 1];
  return extras;
}

/// Options of `segment`; the initialisers are the defaults, the meaning is in its declaration.
struct SegmentOptions : PolygonOptions, MappingOptions, ExtraOutputs {
  std::vector<std::string> inputs;
  std::string output;
  std::optional<std::string> merge_across;
  std::string on_read_error = "fail";
  std::string format = "GTiff";
  std::vector<std::string> creation_options;
  bool overwrite = false;
  bool resume = false;
  double journal = 5;
  std::optional<std::string> shard;
  std::optional<std::string> summary;
  bool dry_run = false;
  int jobs = 1;
};

}  // namespace orthocover::operations

#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/inference/scene_segmenter.h"
#include "core/inference/segment_setup.h"
#include "core/operation/operation.h"
#include "core/operations/batch/resume_check.h"
#include "core/operations/segment/segment_outputs.h"
#include "core/parts/part_format.h"

namespace orthocover::operations {

/// Sets options of polygons to their defaults where no map has polygons of its own: they say nothing of the
/// map then.
void reset_unused_polygon_options(nlohmann::json& values, const OperationSpec& segment);

/// Where the run record of a scene lies.
std::filesystem::path record_path(const SegmentTargets& targets);

/// What the outputs of a scene depend on: its files (those of a mosaic too, statistics beside them not), the
/// manifest with the weights' digest, and all options but those that say where outputs go and with what
/// machinery they are computed. Options at their defaults do not count, so that an option of a later version
/// changes nothing unless it is given.
/// @param area digest of --area
RunPrint print_of_run(const RasterSource& source, const nn::ModelManifest& manifest,
                      const OperationContext& context, const std::optional<std::string>& area);

/// The same for the layer of --merge-across: what changes when one of its maps does.
RunPrint print_of_maps(const std::vector<std::string>& maps, const OperationContext& context);

/// What the blocks of a map depend on: the same as its outputs, but for options that only say how rasters and
/// polygons are made of blocks. A scene that is no file on a disk counts by its grid and a sample of its
/// pixels.
/// @param print print_of_run() of the same scene
PartKey part_key_of(const RasterSource& source, const RunPrint& print, const OperationContext& context,
                    const std::optional<std::string>& area);

/// What could not be read of a mapped part: windows of scene pixels, joined, and their pixels together, as
/// `{"pixels": N, "windows": [[col, row, cols, rows], ...]}`; null when there is nothing.
nlohmann::json unreadable_facts(const SegmentReport& report, const Window& region);

/// The same as a warning.
std::string unreadable_warning(const std::string& scene, const nlohmann::json& facts);

/// What the run record tells of one scene, beside the options.
struct SegmentRecord {
  const RasterInfo& scene;
  const SegmentTargets& targets;
  const SegmentOutputs& outputs;
  const SegmentSetup& setup;
  const SegmentReport& report;
  const Predictor& predictor;
  const nn::ModelManifest& manifest;
  const RunPrint& print;

  /// @param complete whether all outputs have their names
  nlohmann::json facts(bool complete) const;
};

}  // namespace orthocover::operations

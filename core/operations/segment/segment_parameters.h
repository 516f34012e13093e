#pragma once

#include "core/operations/segment/segment_options.h"

namespace orthocover::operations {

/// Declares the scenes and their maps, the model, tiling and part of the scene: what `segment`, `merge` and
/// `plan` have in common.
template <class Options>
void declare_scenes(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  const auto add = [&](const char* name, auto SegmentOptions::*member, Kind kind, const char* help) {
    return table.add(name, member, kind, help).positional().required();
  };
  add("input", &SegmentOptions::inputs, Kind::RasterIn, "Scene to map: anything that GDAL opens")
      .label("Orthophoto");
  add("output", &SegmentOptions::output, Kind::RasterOut,
      "Land-cover map{many:, or a folder for any number of scenes}")
      .per_scene()
      .label("Land cover");
  declare_model_choice(table);
  declare_tiling(table);
  declare_scene_part(table);
  table
      .add("on-read-error", &SegmentOptions::on_read_error, Kind::Choice,
           "What becomes of pixels that can't be read, after further tries: fail ends the run, nodata leaves "
           "them without data, warns at the end and lists them in the run record")
      .choices({"fail", "nodata"})
      .group("Part of the scene")
      .label("Pixels that can't be read")
      .advanced();
}

/// Declares what is written, and in which form.
template <class Options>
void declare_map_outputs(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  const auto add = [&](const char* group, const char* name, auto member, Kind kind, const char* help) {
    return table.add(name, member, kind, help).group(group);
  };
  const char* output = "Output";
  add(output, "confidence", &SegmentOptions::confidence, Kind::RasterOut,
      "Also write the winning class's share, in percent: {one:a file, }{many:a folder, }or tif: beside the "
      "map")
      .per_scene()
      .label("Confidence");
  add(output, "probabilities", &SegmentOptions::probabilities, Kind::RasterOut,
      "Also write every class's share, in percent, a band each: {one:a file, }{many:a folder, }or tif")
      .per_scene()
      .label("Class probabilities")
      .advanced();
  add(output, "vector", &SegmentOptions::vector, Kind::VectorOut,
      "Also write polygons: {one:a file, whose extension chooses the format, }{many:a folder, }or a format "
      "(gpkg, shp, fgb, geojson): beside the map")
      .per_scene()
      .label("Polygons");
  add("Batch", "merge-across", &SegmentOptions::merge_across, Kind::VectorOut,
      "Also write the polygons of all maps into one file, joined across the borders of the sheets")
      .label("Polygons across all sheets");
  add(output, "picture", &SegmentOptions::picture, Kind::FileOut,
      "Also write a PNG with scene, map and legend, for a quick look: {one:a file, }{many:a folder, }or png")
      .per_scene()
      .label("Picture with legend")
      .advanced();
  add(output, "format", &SegmentOptions::format, Kind::Choice, "Format of the rasters")
      .choices({"GTiff", "COG"})
      .label("Raster format")
      .advanced();
  add(output, "co", &SegmentOptions::creation_options, Kind::Text, "Creation option of the raster driver")
      .metavar("KEY=VALUE")
      .repeat()
      .label("Creation options")
      .advanced();
  add(output, "overwrite", &SegmentOptions::overwrite, Kind::Flag, "Replace existing outputs")
      .label("Overwrite existing files")
      .advanced();
}

/// Declares the table of a batch.
template <class Options>
void declare_batch_summary(OperationTable<Options>& table) {
  table
      .add("summary", &SegmentOptions::summary, ParameterKind::FileOut,
           "Where the table goes as CSV; batch.csv in the output folder if there are several inputs")
      .group("Batch")
      .label("Table of the batch");
}

}  // namespace orthocover::operations

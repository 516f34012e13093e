#include "core/operation/operation.h"
#include "core/operations/segment/segment_parameters.h"

#ifdef ORTHOCOVER_ENGINE
#include "core/operations/segment/segment_call.h"
#include "core/operations/segment/shard_files.h"
#endif

namespace orthocover::operations {
namespace {

using Options = SegmentOptions;

void declare(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  table.name("segment")
      .summary("Make a land-cover map from an orthophoto")
      .title("Map land cover")
      .many_title("Map land cover of many orthophotos")
      .group("Maps")
      .tags({"segmentation", "classification", "classify", "landcover", "land use", "orthophoto",
             "orthomosaic", "drone", "uav", "deep learning", "neural network", "ai", "raster"})
      .description(
          "Reads each scene by windows at several zoom levels (stitch levels), runs the model on overlapping "
          "patches, blends the overlaps, fuses the levels and writes a land-cover raster on the scene's own "
          "grid, with palette, class names, attribute table and a QGIS style. Pixels without data stay "
          "without data.\n\n"
          "{cli:On the command line: one input and an output file, or any number of inputs and an output "
          "folder, in which each map gets its scene's name; @FILE stands for the inputs that a file names, "
          "one a line, @- for those on standard input. A folder that does not exist is made when its name "
          "ends in a slash or several inputs need it. --confidence, --probabilities, --vector and --picture "
          "name a file of one input, a folder, or just a format: `shp` puts each vector file beside its map. "
          "The exit code is 1 if any of several scenes failed.}\n\n"
          "{many:In a batch of several inputs a scene that fails does not stop the others; at the end come a "
          "table with status, time and area per class, and batch.csv in the output folder. --resume skips "
          "scenes that are done and unchanged, and goes on within a scene whose run was stopped, killed or "
          "cut off by a power failure: the map is the same, bit for bit.}")
      .example("orthocover segment ortho.tif landcover.tif", "a map with the shipped model")
      .example("orthocover segment --vector landcover.gpkg --confidence sure.tif ortho.tif landcover.tif",
               "also polygons and a confidence raster")
      .example("orthocover segment --format COG --projwin 500000 4649000 500200 4648800 ortho.tif part.tif",
               "a part of the scene as cloud-optimised GeoTIFF")
      .example("orthocover segment --dry-run huge.tif map.tif", "what would be done, and the memory it takes")
      .example("orthocover segment --vector shp flights/*.tif maps/",
               "a batch, with a Shapefile beside each map")
      .example("orthocover segment --merge-across all.gpkg --min-area 5 sheets/*.tif maps/",
               "neighbouring sheets, their polygons in one layer")
      .example("orthocover segment --shard 2/4 ortho.tif landcover.tif",
               "a quarter of the work, on one of four machines; `orthocover merge` joins the parts")
      .example("orthocover segment --vector shp --resume flights/*.tif maps/",
               "the same again: only what is missing, failed or changed is mapped");

  declare_scenes(table);
  declare_map_outputs(table);
  const char* output_group = "Output";
  const char* batch_group = "Batch";
  table
      .add("resume", &Options::resume, Kind::Flag,
           "Skip scenes whose outputs are there and whose input, model and options are as in their run "
           "record; replace what is out of date; go on where a run was stopped or killed")
      .group(batch_group)
      .label("Skip what is done and unchanged");
  table
      .add("journal", &Options::journal, Kind::Number,
           "How often finished blocks are secured beside the map, in OUTPUT.part, for --resume; 0: never")
      .unit("s")
      .range(0, 3600)
      .group(batch_group)
      .label("Secure finished parts every")
      .advanced();
  table
      .add("shard", &Options::shard, Kind::Text,
           "Make only part I of N, for `orthocover merge`: of one scene a run of blocks, in "
           "OUTPUT.shard-I-of-N, of several scenes some; auto: as Slurm or Kubernetes says, auto/N: of N in "
           "any case")
      .metavar("I/N")
      .group("Cluster")
      .label("Shard")
      .advanced();
  declare_batch_summary(table);
  table
      .add("dry-run", &Options::dry_run, Kind::Flag,
           "Say what would be done and the memory it takes, and stop")
      .group(output_group)
      .label("Only say what would be done")
      .advanced();

  declare_polygon_options(table, "Polygons", true);

  declare_machine_use(table);
  table
      .add("jobs", &Options::jobs, Kind::Number,
           "Scenes mapped beside each other; they share --threads and --memory")
      .range(1, 64)
      .group(batch_group)
      .label("Scenes at once");
}

#ifdef ORTHOCOVER_ENGINE

OperationResult run(const Options& options, OperationContext& context) {
  SegmentSource source;
  if (options.shard) source.shard = parse_shard(*options.shard);
  return run_segment(options, source, context);
}

#endif

}  // namespace
}  // namespace orthocover::operations

ORTHOCOVER_OPERATION(segment, SegmentOptions)

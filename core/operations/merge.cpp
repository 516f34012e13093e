#include "core/operation/operation.h"
#include "core/operations/segment/segment_parameters.h"

#ifdef ORTHOCOVER_ENGINE
#include "core/operations/inner_operation.h"
#include "core/operations/segment/segment_call.h"
#endif

namespace orthocover::operations {
namespace {

struct MergeOptions : SegmentOptions {
  std::vector<std::string> parts;
  bool remove_parts = false;
};

using Options = MergeOptions;

void declare(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  table.name("merge")
      .summary("Join the shards of a map into the map that one machine would make")
      .title("Merge shards of a map")
      .group("Cluster")
      .tags({"shard", "cluster", "slurm", "kubernetes", "parts", "join"})
      .description(
          "Takes the command line of `segment` with `merge` in its place and without --shard: finds the "
          "parts OUTPUT.shard-1-of-N ... that `segment --shard` left beside the output, checks that they are "
          "all there and belong to this scene, model and options, and writes map, confidence, probabilities, "
          "polygons and picture as one run on one machine would have, bit for bit. A part that is missing, "
          "cut off, foreign or there twice is refused by name, with the command that makes it.\n\n"
          "Of several inputs, whole maps that `segment --shard` made are taken as they are; then the table "
          "of the batch and --merge-across are written. What is done and unchanged is skipped, so `merge` "
          "can be repeated.")
      .example("orthocover merge ortho.tif landcover.tif", "after `segment --shard 1/4` to `4/4`")
      .example("orthocover merge --format COG --vector landcover.gpkg ortho.tif landcover.tif",
               "the same as cloud-optimised GeoTIFF, and polygons")
      .example("orthocover merge --merge-across all.gpkg sheets/*.tif maps/",
               "after every shard of a batch: its table, and one layer of polygons");
  declare_scenes(table);
  declare_map_outputs(table);
  declare_batch_summary(table);
  table
      .add("parts", &Options::parts, Kind::FileIn,
           "Parts of the map that do not lie beside it under their own names; all of them")
      .repeat()
      .group("Cluster")
      .label("Parts");
  table
      .add("remove-parts", &Options::remove_parts, Kind::Flag,
           "Delete the parts, or the shards' tables, once the whole is there")
      .group("Cluster")
      .label("Delete the parts afterwards");
  declare_polygon_options(table, "Polygons", true);
  declare_machine_use(table);
}

#ifdef ORTHOCOVER_ENGINE

OperationResult run(const Options& options, OperationContext& context) {
  const OperationSpec segment = spec_of("segment");
  const nlohmann::json values = segment_values(segment, context.options);
  OperationContext inner{context.run, context.geo, context.models, segment, values};
  SegmentSource source;
  source.merge = true;
  source.parts = options.parts;
  source.remove_parts = options.remove_parts;
  return run_segment(options, source, inner);
}

#endif

}  // namespace
}  // namespace orthocover::operations

ORTHOCOVER_OPERATION(merge, MergeOptions)

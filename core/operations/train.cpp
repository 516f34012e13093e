#include "core/operations/training/train_options.h"

#include "core/operation/operation.h"
#include "core/operations/train_declarations.h"

#ifdef ORTHOCOVER_ENGINE
#include "core/operations/training/rank_run.h"
#include "core/operations/training/train_checks.h"
#include "core/operations/training/training_run.h"
#endif

namespace orthocover::operations {
namespace {

using Options = TrainOptions;

void declare_data(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  const char* group = "Labels";
  table
      .add(
          "labels", &Options::labels, Kind::FileIn,
          "Labels of each scene, in their order, or one file for all: polygons, or a raster of legend values")
      .short_name('l')
      .group(group)
      .label("Labels of each orthophoto");
  table
      .add(
          "data", &Options::data, Kind::FileIn,
          "JSON file of sources, class maps and split (schemas/training/v1), in place of scenes and --labels")
      .group(group)
      .label("Data sources (JSON)")
      .advanced();
  table
      .add(
          "legend", &Options::legend, Kind::FileIn,
          "JSON file with value, name and colour of each class; made from the polygons' classes if not given")
      .group(group)
      .label("Legend");
  table
      .add("class-field", &Options::class_field, Kind::Text,
           "Field of the polygons with class name or value; found by its name if not given")
      .group(group)
      .label("Field of the classes");
  table.add("where", &Options::where, Kind::Text, "Filter on the polygons, in OGR's SQL")
      .group(group)
      .label("Filter on the labels")
      .advanced();
  table
      .add("bands", &Options::bands, Kind::Number,
           "Bands of the scenes to use, counted from 1; all if not given")
      .at_least(1)
      .group(group)
      .label("Bands")
      .advanced();
}

void declare_split(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  const char* group = "Held out";
  table
      .add("split", &Options::split, Kind::Choice,
           "What is held out as a whole: annotated regions (layer `windows`), scenes, places, or blocks of "
           "ground; auto: regions where there are two or more, else blocks")
      .choices({"auto", "region", "scene", "place", "blocks"})
      .group(group)
      .label("Kind of hold-out")
      .advanced();
  table
      .add("hold-out", &Options::hold_out, Kind::Text,
           "Regions (by name or as scene:region), scenes or places never trained on; drawn by "
           "--hold-out-share if not given")
      .group(group)
      .label("Regions held out")
      .advanced();
  table
      .add("hold-out-share", &Options::hold_out_share, Kind::Number,
           "Share of the labels that is held out when nothing is named")
      .range(0, 0.5)
      .group(group)
      .label("Share held out")
      .advanced();
  table
      .add("split-seed", &Options::split_seed, Kind::Number,
           "Start of the random numbers that draw what is held out; that of --seed if not given")
      .at_least(0)
      .group(group)
      .label("Random seed of the hold-out")
      .advanced();
  table
      .add("block-size", &Options::block_size, Kind::Number,
           "Side of the blocks; 0: a sixth of the median scene, at most 100 m")
      .unit("m")
      .range(0, 1e5)
      .group(group)
      .label("Block size")
      .advanced();
  table
      .add("gap", &Options::gap, Kind::Number,
           "Ground around held-out blocks that belongs to neither side; 0: a fifth of a block")
      .unit("m")
      .range(0, 1e5)
      .group(group)
      .label("Gap around blocks")
      .advanced();
  table
      .add("cross-validate", &Options::cross_validate, Kind::Choice,
           "Train once for every place first, with the place held out, and score on it; the package is then "
           "trained on everything")
      .choices({"place"})
      .group(group)
      .label("Cross-validation")
      .advanced();
  table.add("folds-only", &Options::folds_only, Kind::Flag, "With --cross-validate: do not train the package")
      .group(group)
      .label("Cross-validation only")
      .advanced();
}

void declare_run(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  const char* group = "Run";
  table
      .add("run-folder", &Options::run_folder, Kind::FolderOut,
           "Folder of checkpoints, metrics.jsonl, TensorBoard events and report.html; PACKAGE.run if not "
           "given")
      .group(group)
      .label("Run folder")
      .advanced();
  table
      .add("resume", &Options::resume, Kind::Flag,
           "Go on from the checkpoint in the run's folder if there is one")
      .group(group)
      .label("Resume from the checkpoint")
      .advanced();
  table.add("checkpoint-every", &Options::checkpoint_every, Kind::Number, "Time between checkpoints")
      .unit("min")
      .range(0.01, 1e4)
      .group(group)
      .label("Time between checkpoints")
      .advanced();
  table
      .add("validate-every", &Options::validate_every, Kind::Number,
           "Steps between scores on what is held out; 0: ten times a run")
      .unit("steps")
      .range(0, 1e8)
      .group(group)
      .label("Interval of scores")
      .advanced();
  table
      .add("patience", &Options::patience, Kind::Number,
           "End after so many scores in a row without a better one; 0: never, as in --cross-validate")
      .range(0, 1000)
      .group(group)
      .label("Patience")
      .advanced();
  table
      .add("keep", &Options::keep, Kind::Choice,
           "Weights of the package: of the best score on what is held out, or of the last step, as of all "
           "folds of --cross-validate")
      .choices({"best", "last"})
      .group(group)
      .label("Weights to keep")
      .advanced();
  table.add("seed", &Options::seed, Kind::Number, "Start of all random numbers")
      .at_least(0)
      .group(group)
      .label("Random seed")
      .advanced();
}

void declare_about(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  const char* group = "About the model";
  table.add("name", &Options::name, Kind::Text, "Name of the model; that of the folder if not given")
      .group(group)
      .label("Name of the model");
  table.add("description", &Options::description, Kind::Text, "A sentence about the model")
      .group(group)
      .label("Description")
      .advanced();
  table
      .add("licence", &Options::licence, Kind::Text,
           "Licence of the weights: an SPDX identifier, proprietary or unknown")
      .group(group)
      .label("Licence")
      .advanced();
  table
      .add("overwrite", &Options::overwrite, Kind::Flag,
           "Replace an existing model package and what an earlier run left in the run's folder")
      .group(group)
      .label("Overwrite an existing package")
      .advanced();
}

void declare_machine(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  const char* group = "Machine";
  table.add("device", &Options::device, Kind::Text, "Where the network runs: auto, cpu, cuda or cuda:N")
      .group(group)
      .label("Device")
      .advanced();
  table
      .add("precision", &Options::precision, Kind::Choice,
           "Of forward passes; auto: bfloat16 on CUDA, float32 on the CPU")
      .choices({"auto", "float32", "bfloat16", "float16"})
      .group(group)
      .label("Precision")
      .advanced();
  table
      .add("memory-format", &Options::memory_format, Kind::Choice,
           "Order of the values in memory; channels-last is the faster one on most machines")
      .choices({"channels-last", "contiguous"})
      .group(group)
      .label("Memory format")
      .advanced();
  table.add("threads", &Options::threads, Kind::Number, "CPU threads of the network; 0: all cores")
      .range(0, 1024)
      .group(group)
      .label("CPU threads")
      .advanced();
  table
      .add("loader-threads", &Options::loader_threads, Kind::Number,
           "Threads that read and vary patches; 0: one, or nearly all cores beside a GPU")
      .range(0, 64)
      .group(group)
      .label("Reader threads")
      .advanced();
  table
      .add("scene-memory", &Options::scene_memory, Kind::Text,
           "Memory for decoded scenes and labels, e.g. 8GiB; auto: a quarter of what is free")
      .group(group)
      .label("Memory for scenes")
      .advanced();
}

void declare(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  table.name("train")
      .summary("Train a model on labelled orthophotos")
      .title("Train a model")
      .group("Models")
      .tags({"training", "learning", "deep learning", "neural network", "ai", "labels", "annotation"})
      .description(
          "Trains a network on random patches of the scenes, drawn over all stitch levels so that the model "
          "knows every zoom that `segment` shows it, and writes a model package. Labels are polygons or "
          "rasters; what is not labelled is not trained on, so that a few outlines suffice. Rare classes "
          "are drawn more often.\n\n"
          "A part of the labels is held out: the network never sees it, and the scores in the package are "
          "measured on it. Whole annotated regions (a layer `windows` in the label file), scenes, places or "
          "blocks of ground are held out, never single pixels.")
      .example("orthocover train --labels polygons.gpkg ortho.tif my-model",
               "one scene with polygons drawn in QGIS")
      .example(
          "orthocover train --labels a.gpkg,b.gpkg --legend legend.json --time-limit 60 a.tif b.tif my-model",
          "two scenes, one hour")
      .example(
          "orthocover train --architecture deeplabv3plus-resnet34 --encoder-weights resnet34.pth "
          "--encoder-rate 0.1 --labels a.gpkg --legend legend.json a.tif my-model",
          "DeepLabV3+ whose encoder knows ImageNet")
      .example("orthocover train --data landcover.json --cross-validate place my-model",
               "many sources, and how the model does in places that it never saw")
      .example("orthocover train --config my-model.run.json --resume", "go on with a run that was stopped");
  table.add("scene", &Options::scenes, Kind::RasterIn, "Scenes to learn from; none with --data")
      .positional()
      .label("Orthophotos");
  table.add("package", &Options::package, Kind::FolderOut, "Folder of the model package, made anew")
      .positional()
      .required()
      .label("Model package");
  declare_data(table);
  declare_split(table);
  declare_network(table);
  declare_patches(table);
  declare_optimisation(table);
  declare_run(table);
  declare_about(table);
  declare_machine(table);
}

#ifdef ORTHOCOVER_ENGINE

OperationResult run(const Options& options, OperationContext& context) {
  return context.ranks.is_alone() ? TrainingRun(options, context).run() : train_as_rank(options, context);
}

#endif

}  // namespace

#ifdef ORTHOCOVER_ENGINE

TrainOptions train_options_of(const nlohmann::json& values) {
  OperationSpec spec;
  OperationTable<Options> table(spec);
  declare(table);
  return table.parse(values);
}

#endif

}  // namespace orthocover::operations

ORTHOCOVER_OPERATION(train, TrainOptions)

#include "core/operations/train_declarations.h"

namespace orthocover::operations {

using Options = TrainOptions;

void declare_network(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  const char* group = "Network";
  table
      .add("architecture", &Options::architecture, Kind::Text,
           "Network to train; a wrong name lists the known ones")
      .short_name('a')
      .group(group)
      .label("Architecture");
  table
      .add("network-option", &Options::network_options, Kind::Text,
           "KEY=VALUE for the architecture, e.g. dropout=0.2; a wrong key lists the known ones")
      .repeat()
      .metavar("KEY=VALUE")
      .group(group)
      .label("Network options")
      .advanced();
  table
      .add("start-from", &Options::start_from, Kind::Model,
           "Model package to begin with: its weights, its network and ground size, unless options say "
           "otherwise, its order of bands, its classes by name")
      .group(group)
      .label("Start from model");
  table
      .add("encoder-weights", &Options::encoder_weights, Kind::FileIn,
           "Weights of an ImageNet classifier (ResNet34, EfficientNet-B5; torchvision's, timm's or "
           "EfficientNet-PyTorch's file) that the encoder begins with")
      .group(group)
      .label("Encoder weights")
      .advanced();
  table
      .add("freeze-encoder", &Options::freeze_encoder, Kind::Number,
           "The encoder stays as it is for so many steps")
      .unit("steps")
      .range(0, 1e8)
      .group(group)
      .label("Frozen encoder")
      .advanced();
  table
      .add("batch-norm", &Options::batch_norm, Kind::Choice,
           "Statistics for normalising: batch, those of each forward pass, for batches of several patches; "
           "frozen, those that the weights came with, for pretrained weights and batches of one")
      .choices({"batch", "frozen"})
      .group(group)
      .label("Batch normalisation")
      .advanced();
}

void declare_patches(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  const char* group = "Patches";
  table
      .add("ground-size", &Options::ground_size, Kind::Number,
           "Ground size of a pixel of level 1; 0: that of --start-from, else the median over labelled ground")
      .unit("m")
      .range(0, 1e4)
      .group(group)
      .label("Ground size of a pixel")
      .advanced();
  table
      .add("scaling", &Options::scaling, Kind::Choice,
           "Pixel values in training and later in maps: none, as they are; percentile, each scene's own from "
           "2 to 98 % stretched to the full range, which helps on scenes of other light and cameras; auto, "
           "as the model of --start-from learned them, else as they are")
      .choices({"auto", "none", "percentile"})
      .group(group)
      .label("Value scaling")
      .advanced();
  table.add("levels", &Options::levels, Kind::Number, "Stitch levels to train for")
      .range(1, 64)
      .group(group)
      .label("Stitch levels");
  table
      .add("level-weights", &Options::level_weights, Kind::Choice,
           "How levels are weighted in maps: fitted with a temperature to what is held out (with "
           "--cross-validate, to the places that each fold has not seen), or equal")
      .choices({"fitted", "equal"})
      .group(group)
      .label("Weights of the levels")
      .advanced();
  table
      .add("ground-sizes", &Options::ground_sizes, Kind::Number,
           "Smallest and largest ground size of the patches' pixels, drawn evenly on the logarithm's scale, "
           "in place of --levels in training")
      .count(2)
      .metavar("LOW HIGH")
      .unit("m")
      .range(1e-4, 1e4)
      .group(group)
      .label("Smallest and largest ground size")
      .advanced();
  table
      .add("patch-size", &Options::patch_size, Kind::Number,
           "Side of the patches, in training and, without --map-patch-size, in maps")
      .unit("px")
      .range(64, 4096)
      .group(group)
      .label("Patch size");
  table
      .add("map-patch-size", &Options::map_patch_size, Kind::Number,
           "Side of the patches that maps are made of, and that judge the model; 0: that of training")
      .unit("px")
      .range(0, 8192)
      .group(group)
      .label("Patch size of maps")
      .advanced();
  table
      .add("map-overlap", &Options::map_overlap, Kind::Number,
           "Least overlap of neighbouring patches in maps, as share of the patch; 0.125 if not given")
      .range(0, 0.5)
      .group(group)
      .label("Overlap in maps")
      .advanced();
  table
      .add("boundary-share", &Options::boundary_share, Kind::Number,
           "Share of the patches that are placed where classes meet")
      .range(0, 1)
      .group(group)
      .label("Share of patches on boundaries")
      .advanced();
  table
      .add("augmentation", &Options::augmentation, Kind::FileIn,
           "JSON file of the variations{cli:, as augment-preview shows them}; those for straight-down images "
           "if not given")
      .group(group)
      .label("Augmentation pipeline")
      .advanced();
  table.add("plain", &Options::plain, Kind::Flag, "No variation of colours, no turning and mirroring")
      .group(group)
      .label("No augmentation")
      .advanced();
  table
      .add("style-share", &Options::style_share, Kind::Number,
           "Share of the patches that take on some of the colours of another scene, beside --augmentation; "
           "0: none")
      .range(0, 1)
      .group(group)
      .label("Share of patches in other scenes' colours")
      .advanced();
}

}  // namespace orthocover::operations

#include "core/operations/train_declarations.h"

namespace orthocover::operations {
namespace {

using Options = TrainOptions;

void declare_length(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  const char* group = "Steps";
  table.add("steps", &Options::steps, Kind::Number, "Steps of the optimiser")
      .range(1, 1e8)
      .group(group)
      .label("Steps");
  table
      .add("epochs", &Options::epochs, Kind::Number,
           "Length as rounds of --samples patches, in place of --steps; 0: not used")
      .range(0, 1e6)
      .group(group)
      .label("Epochs")
      .advanced();
  table.add("samples", &Options::samples, Kind::Number, "Patches of one epoch")
      .range(1, 1e9)
      .group(group)
      .label("Patches per epoch")
      .advanced();
  table
      .add("time-limit", &Options::time_limit, Kind::Number,
           "End a training after this time if its steps are not done before, with --cross-validate each one; "
           "0: no limit")
      .unit("min")
      .range(0, 1e5)
      .group(group)
      .label("Time limit");
  table
      .add("batch-size", &Options::batch_size, Kind::Number,
           "Patches in one forward pass; 0: as many as fit into memory, a power of two")
      .range(0, 1024)
      .group(group)
      .label("Batch size");
  table
      .add("accumulate", &Options::accumulate, Kind::Number,
           "Forward passes whose gradients make one step, for batches that do not fit into memory")
      .range(1, 1024)
      .group(group)
      .label("Passes per step")
      .advanced();
}

void declare_optimiser(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  const char* group = "Optimiser";
  table.add("optimiser", &Options::optimiser, Kind::Choice, "How gradients become changes of the weights")
      .choices({"adamw", "sgd"})
      .group(group)
      .label("Optimiser")
      .advanced();
  table.add("learning-rate", &Options::learning_rate, Kind::Number, "Peak of the learning rate")
      .range(1e-7, 10)
      .group(group)
      .label("Learning rate")
      .advanced();
  table
      .add("encoder-rate", &Options::encoder_rate, Kind::Number,
           "The encoder's learning rate as a share of the others'; a tenth suits ImageNet weights")
      .range(0, 10)
      .group(group)
      .label("Learning rate of the encoder")
      .advanced();
  table.add("schedule", &Options::schedule, Kind::Choice, "How the learning rate moves")
      .choices({"cosine", "one-cycle", "poly", "constant"})
      .group(group)
      .label("Schedule of the learning rate")
      .advanced();
  table
      .add("warmup", &Options::warmup, Kind::Number,
           "Steps over which the learning rate rises, at most a tenth of all; one-cycle has its own rise")
      .unit("steps")
      .range(0, 1e6)
      .group(group)
      .label("Warm-up")
      .advanced();
  table.add("weight-decay", &Options::weight_decay, Kind::Number, "Decay of the convolution kernels")
      .range(0, 1)
      .group(group)
      .label("Weight decay")
      .advanced();
  table.add("momentum", &Options::momentum, Kind::Number, "Momentum of sgd, Nesterov's")
      .range(0, 0.999)
      .group(group)
      .label("Momentum")
      .advanced();
  table.add("clip-norm", &Options::clip_norm, Kind::Number, "Largest norm of a step's gradient")
      .range(1e-3, 1e6)
      .group(group)
      .label("Gradient clipping")
      .advanced();
  table
      .add("average-decay", &Options::average_decay, Kind::Number,
           "Decay of the running average of the weights, which is what is scored and kept; 0: no average")
      .range(0, 0.99999)
      .group(group)
      .label("Decay of the weight average")
      .advanced();
}

void declare_loss(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  const char* group = "Loss";
  table
      .add("loss", &Options::loss, Kind::Text,
           "What is made small: cross-entropy, focal, dice, lovasz or a sum as cross-entropy+0.5*lovasz")
      .group(group)
      .label("Loss")
      .advanced();
  table
      .add("loss-mean", &Options::loss_mean, Kind::Choice,
           "Mean over all labelled pixels of a step, or every patch alike")
      .choices({"pixels", "patches"})
      .group(group)
      .label("Mean of the loss")
      .advanced();
  table
      .add("class-weights", &Options::class_weights, Kind::Number,
           "Weight of each class's pixels, in the legend's order; all alike if not given")
      .range(0, 1e6)
      .group(group)
      .label("Class weights")
      .advanced();
  table
      .add("label-smoothing", &Options::label_smoothing, Kind::Number,
           "Share of the target that is spread over all classes, in cross-entropy")
      .range(0, 0.5)
      .group(group)
      .label("Label smoothing")
      .advanced();
  table.add("focal-gamma", &Options::focal_gamma, Kind::Number, "How little easy pixels count in focal loss")
      .range(0, 10)
      .group(group)
      .label("Gamma of focal loss")
      .advanced();
  table
      .add("hardest-share", &Options::hardest_share, Kind::Number,
           "Share of each patch's labelled pixels that count, those of highest loss")
      .range(0.01, 1)
      .group(group)
      .label("Share of the hardest pixels")
      .advanced();
  table
      .add("boundary-weight", &Options::boundary_weight, Kind::Number,
           "Added to the weight 1 of pixels within 2 px of another class")
      .range(0, 100)
      .group(group)
      .label("Weight of boundaries")
      .advanced();
}

}  // namespace

void declare_optimisation(OperationTable<TrainOptions>& table) {
  declare_length(table);
  declare_optimiser(table);
  declare_loss(table);
}

}  // namespace orthocover::operations

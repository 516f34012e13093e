#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/training/style.h"

namespace orthocover::operations {

/// Everything that a training run is told; the initialisers are the defaults.
struct TrainOptions {
  // What to learn from
  std::vector<std::string> scenes;
  std::string package;
  std::optional<std::string> data;
  std::vector<std::string> labels;
  std::optional<std::string> legend;
  std::optional<std::string> class_field;
  std::string where;
  std::vector<int> bands;
  // Split
  std::string split = "auto";
  std::vector<std::string> hold_out;
  double hold_out_share = 0.2;
  double block_size = 0;
  double gap = 0;
  std::optional<std::string> cross_validate;
  bool folds_only = false;
  // Network
  std::string architecture = "orthonet-small";
  std::vector<std::string> network_options;
  std::optional<std::string> start_from;
  std::optional<std::string> encoder_weights;
  double ground_size = 0;
  std::vector<int> levels = {1, 2, 4};
  std::string scaling = "auto";
  int patch_size = 512;
  int map_patch_size = 0;
  std::optional<double> map_overlap;
  std::string level_weights = "fitted";
  std::string batch_norm = "batch";
  int freeze_encoder = 0;
  // Patches
  std::vector<double> ground_sizes;
  double boundary_share = 0;
  std::optional<std::string> augmentation;
  bool plain = false;
  double style_share = kUsualStyleShare;
  // Length and steps
  int steps = 20000;
  double epochs = 0;
  int samples = 1000;
  double time_limit = 0;
  int batch_size = 8;
  int accumulate = 1;
  std::string optimiser = "adamw";
  double learning_rate = 1e-3;
  double encoder_rate = 1;
  std::string schedule = "cosine";
  int warmup = 200;
  double weight_decay = 0.05;
  double momentum = 0.9;
  double clip_norm = 5;
  double average_decay = 0.999;
  // Loss
  std::string loss = "cross-entropy";
  std::string loss_mean = "pixels";
  std::vector<double> class_weights;
  double label_smoothing = 0.05;
  double focal_gamma = 2;
  double hardest_share = 1;
  double boundary_weight = 0;
  // Run
  std::optional<std::string> run_folder;
  bool resume = false;
  double checkpoint_every = 5;
  int validate_every = 0;
  int patience = 0;
  std::string keep = "best";
  int seed = 1;
  std::optional<int> split_seed;
  // About the model
  std::optional<std::string> name;
  std::string description;
  std::string licence = "unknown";
  bool overwrite = false;
  // Machine
  std::string device = "auto";
  std::string precision = "auto";
  std::string memory_format = "channels-last";
  int threads = 0;
  int loader_threads = 0;
  std::string scene_memory = "auto";
};

}  // namespace orthocover::operations

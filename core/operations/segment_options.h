#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/operations/polygon_options.h"

namespace orthocover::operations {

/// Options of `segment`; the initialisers are the defaults, the meaning is in its declaration.
struct SegmentOptions : PolygonOptions {
  std::vector<std::string> inputs;
  std::string output;
  std::string model = "default";
  std::vector<int> bands;
  std::string scaling = "auto";
  std::string ground_size = "model";
  std::vector<int> levels;
  std::optional<int> patch_size;
  double overlap = 0.25;
  std::string fusion = "model";
  std::optional<std::string> area;
  std::vector<double> projwin;
  std::optional<std::string> confidence;
  std::optional<std::string> probabilities;
  std::optional<std::string> vector;
  std::optional<std::string> merge_across;
  std::optional<std::string> picture;
  std::string format = "GTiff";
  std::vector<std::string> creation_options;
  bool overwrite = false;
  bool resume = false;
  std::optional<std::string> summary;
  bool dry_run = false;
  std::string device = "auto";
  int batch_size = 0;
  int threads = 0;
  std::string memory = "2GiB";
  int jobs = 1;
};

}  // namespace orthocover::operations

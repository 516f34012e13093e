#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/operations/mapping_options.h"
#include "core/operations/polygon_options.h"

namespace orthocover::operations {

/// Options of `segment`; the initialisers are the defaults, the meaning is in its declaration.
struct SegmentOptions : PolygonOptions, MappingOptions {
  std::vector<std::string> inputs;
  std::string output;
  std::optional<std::string> confidence;
  std::optional<std::string> probabilities;
  std::optional<std::string> vector;
  std::optional<std::string> merge_across;
  std::optional<std::string> picture;
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

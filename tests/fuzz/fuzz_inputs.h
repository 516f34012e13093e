#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace orthocover::nn {

/// A reader of foreign bytes under test. Anything but acceptance or an orthocover::Error of a fitting kind is
/// a defect and escapes as a crash or an exception.
struct FuzzReader {
  const char* name;
  void (*read)(std::span<const std::byte> bytes);
  /// Sound inputs from which mutation starts.
  std::vector<std::string> (*seeds)();
};

/// The safetensors reader.
FuzzReader fuzz_safetensors();
/// The reader of PyTorch checkpoints, archives and streams.
FuzzReader fuzz_checkpoint();
/// Journals and shards of maps (core/parts); mutated in core_tests too.
FuzzReader fuzz_part_file();
/// The JSON of the model manifest.
FuzzReader fuzz_manifest();

}  // namespace orthocover::nn

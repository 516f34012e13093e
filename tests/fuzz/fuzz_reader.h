#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace orthocover::fuzz {

/// A reader of foreign bytes under test. Anything but acceptance or an orthocover::Error of a fitting kind is
/// a defect and escapes as a crash or an exception.
struct FuzzReader {
  const char* name;
  void (*read)(std::span<const std::byte> bytes);
  /// Sound inputs from which mutation starts.
  std::vector<std::string> (*seeds)();
};

/// The safetensors reader.
FuzzReader safetensors_reader();
/// The reader of PyTorch checkpoints: zip archives and streams, both with a pickle.
FuzzReader checkpoint_reader();
/// The JSON of the model manifest.
FuzzReader manifest_reader();
/// The JSON of a legend.
FuzzReader legend_reader();
/// The JSON of a training config.
FuzzReader training_config_reader();
/// Styles that QGIS saved: XML, from which classes and colours are taken.
FuzzReader style_reader();
/// Journals and shards of maps (core/parts).
FuzzReader part_file_reader();

/// Runs a reader; a refusal of one of these kinds is what hostile input should end in.
template <class Read>
void expect_refusal_or_success(std::initializer_list<ErrorKind> refusals, Read read) {
  try {
    read();
  } catch (const Error& error) {
    for (const ErrorKind kind : refusals) {
      if (error.kind() == kind) return;
    }
    throw;
  }
}

inline std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace orthocover::fuzz

#include <cstdint>

#include "tests/fuzz/fuzz_inputs.h"

/// Compiled once per reader, with ORTHOCOVER_FUZZ_READER naming the function that gives it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto reader = orthocover::nn::ORTHOCOVER_FUZZ_READER();
  reader.read(std::as_bytes(std::span(data, size)));
  return 0;
}

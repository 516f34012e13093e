#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/fuzz/fuzz_reader.h"

/// Compiled once per reader, with ORTHOCOVER_FUZZ_READER naming the function that gives it.
namespace {

constexpr std::string_view kWriteSeeds = "--write-seeds=";

void write_seeds(const std::filesystem::path& folder) {
  const orthocover::fuzz::FuzzReader reader = orthocover::fuzz::ORTHOCOVER_FUZZ_READER();
  std::filesystem::create_directories(folder);
  int number = 0;
  for (const std::string& seed : reader.seeds())
    std::ofstream(folder / ("seed-" + std::to_string(number++)), std::ios::binary) << seed;
}

}  // namespace

/// `--write-seeds=FOLDER` writes the sound inputs and ends; all else is libFuzzer's.
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  for (int i = 1; i < *argc; ++i) {
    const std::string_view argument((*argv)[i]);
    if (!argument.starts_with(kWriteSeeds)) continue;
    write_seeds(argument.substr(kWriteSeeds.size()));
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto reader = orthocover::fuzz::ORTHOCOVER_FUZZ_READER();
  reader.read(std::as_bytes(std::span(data, size)));
  return 0;
}

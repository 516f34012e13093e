// generate_reference SCHEMA PAGE: rewrites what is generated from the table of transforms and committed.
#include <cstdio>
#include <exception>

#include "core/base/atomic_file.h"
#include "core/training/augment/pipeline_schema.h"

int main(int count, char** words) {
  using namespace orthocover;
  static constexpr std::uintmax_t kLargestPageBytes = 1 << 20;
  try {
    if (count != 3) return std::fputs("usage: generate_reference SCHEMA PAGE\n", stderr), 2;
    write_file_atomically(words[1], augmentation_schema_text());
    write_file_atomically(words[2],
                          with_augmentation_reference(read_small_file(words[2], kLargestPageBytes)));
  } catch (const std::exception& error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
  }
}

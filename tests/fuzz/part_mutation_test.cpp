#include <gtest/gtest.h>

#include "tests/fuzz/mutations.h"

namespace orthocover::fuzz {
namespace {

TEST(Mutation, OfPartFilesIsReadOrRefused) {
  run_mutations(part_file_reader());
}

}  // namespace
}  // namespace orthocover::fuzz

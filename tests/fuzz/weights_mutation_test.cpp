#include <gtest/gtest.h>

#include "tests/fuzz/mutations.h"

namespace orthocover::fuzz {
namespace {

TEST(Mutation, OfSafetensorsIsReadOrRefused) {
  run_mutations(safetensors_reader());
}

TEST(Mutation, OfCheckpointsIsReadOrRefused) {
  run_mutations(checkpoint_reader());
}

TEST(Mutation, OfManifestsIsReadOrRefused) {
  run_mutations(manifest_reader());
}

TEST(Mutation, OfLegendsIsReadOrRefused) {
  run_mutations(legend_reader());
}

}  // namespace
}  // namespace orthocover::fuzz

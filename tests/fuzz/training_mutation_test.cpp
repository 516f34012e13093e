#include <gtest/gtest.h>

#include "tests/fuzz/mutations.h"

namespace orthocover::fuzz {
namespace {

TEST(Mutation, OfTrainingConfigsIsReadOrRefused) {
  run_mutations(training_config_reader());
}

}  // namespace
}  // namespace orthocover::fuzz

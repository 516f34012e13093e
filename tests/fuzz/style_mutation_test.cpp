#include <gtest/gtest.h>

#include "tests/fuzz/mutations.h"

namespace orthocover::fuzz {
namespace {

TEST(Mutation, OfStylesIsReadOrIgnored) {
  run_mutations(style_reader());
}

}  // namespace
}  // namespace orthocover::fuzz

#include "core/operations/machine.h"

#include <gtest/gtest.h>

namespace orthocover {
namespace {

TEST(IdentifyBlas, KnowsTheReferenceImplementation) {
  const BlasLibrary library = identify_blas("/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0");
  EXPECT_EQ(library.name, "reference BLAS");
  EXPECT_TRUE(library.is_slow);
}

TEST(IdentifyBlas, TakesOpenBlasUnderTheNameOfTheReferenceForWhatItIs) {
  const BlasLibrary library = identify_blas("/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3");
  EXPECT_EQ(library.name, "OpenBLAS");
  EXPECT_FALSE(library.is_slow);
}

TEST(IdentifyBlas, DoesNotBlameWhatItDoesNotKnow) {
  EXPECT_FALSE(identify_blas("/opt/vendor/libfast.so").is_slow);
}

TEST(Machine, HasMemoryOfWhichSomeIsFree) {
  const MemoryFacts facts = memory_facts();
  EXPECT_GT(facts.total_bytes, 64ULL << 20);
  EXPECT_GT(facts.available_bytes, 0U);
  EXPECT_LE(facts.available_bytes, facts.total_bytes);
}

TEST(Machine, TriesWhetherAFolderCanBeWritten) {
  EXPECT_TRUE(is_writable_folder(testing::TempDir()));
  EXPECT_FALSE(is_writable_folder("/proc"));
  EXPECT_FALSE(is_writable_folder("/nowhere"));
}

}  // namespace
}  // namespace orthocover

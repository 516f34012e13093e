#include "core/operations/machine.h"

#include <gtest/gtest.h>

namespace orthocover {
namespace {

using Paths = std::vector<std::string>;

TEST(BlasAmong, KnowsTheReferenceImplementation) {
  const auto found = blas_among({"/usr/lib/libc.so.6", "/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0"});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "reference BLAS");
  EXPECT_TRUE(found[0].is_slow);
}

TEST(BlasAmong, TakesOpenBlasUnderTheNameOfTheReferenceForWhatItIs) {
  const auto found = blas_among({"/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3",
                                 "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblasp-r0.3.21.so"});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "OpenBLAS");
  EXPECT_FALSE(found[0].is_slow);
}

TEST(BlasAmong, FindsNothingWhereNothingIs) {
  EXPECT_TRUE(blas_among({"/usr/lib/libc.so.6"}).empty());
}

TEST(Machine, HasMemoryOfWhichSomeIsFree) {
  const MemoryFacts facts = memory_facts();
  EXPECT_GT(facts.total_bytes, 64ULL << 20);
  EXPECT_GT(facts.available_bytes, 0U);
  EXPECT_LE(facts.available_bytes, facts.total_bytes);
}

TEST(Machine, ListsTheLibrariesOfThisProcess) {
  const Paths loaded = loaded_libraries();
  EXPECT_TRUE(std::any_of(loaded.begin(), loaded.end(),
                          [](const auto& path) { return path.find("libstdc++") != std::string::npos; }));
}

TEST(Machine, TriesWhetherAFolderCanBeWritten) {
  EXPECT_TRUE(is_writable_folder(testing::TempDir()));
  EXPECT_FALSE(is_writable_folder("/proc"));
  EXPECT_FALSE(is_writable_folder("/nowhere"));
}

}  // namespace
}  // namespace orthocover

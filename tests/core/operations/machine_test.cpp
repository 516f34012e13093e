#include "core/operations/machine.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/base/process.h"

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

TEST(Machine, HasTheCoresOfItsQuota) {
  EXPECT_GE(usable_cores(), 1);
  const std::filesystem::path groups = std::filesystem::path(testing::TempDir()) / "orthocover-groups";
  std::filesystem::create_directories(groups / "cpu");
  const auto quota = [&](const char* file, const char* text) {
    std::ofstream(groups / file) << text;
    return cores_of_quota(groups);
  };
  EXPECT_EQ(cores_of_quota("/nowhere"), 0);
  EXPECT_EQ(quota("cpu/cpu.cfs_period_us", "100000\n"), 0);
  EXPECT_EQ(quota("cpu/cpu.cfs_quota_us", "-1\n"), 0);
  EXPECT_EQ(quota("cpu/cpu.cfs_quota_us", "300000\n"), 3);
  EXPECT_EQ(quota("cpu.max", "150000 100000\n"), 2);
  EXPECT_EQ(quota("cpu.max", "20000 100000\n"), 1);
  std::filesystem::remove_all(groups);
}

TEST(Machine, TriesWhetherAFolderCanBeWritten) {
  EXPECT_TRUE(is_writable_folder(testing::TempDir()));
  EXPECT_FALSE(is_writable_folder("/proc"));
  EXPECT_FALSE(is_writable_folder("/nowhere"));
}

}  // namespace
}  // namespace orthocover

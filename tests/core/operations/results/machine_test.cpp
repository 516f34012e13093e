#include "core/operations/results/machine.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

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

/// A folder of control groups.
class ControlGroups : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(root / "a" / "b"); }
  void TearDown() override { std::filesystem::remove_all(root); }
  void write(const std::filesystem::path& file, const std::string& text) const {
    std::filesystem::create_directories((root / file).parent_path());
    std::ofstream(root / file) << text;
  }
  std::filesystem::path root = std::filesystem::path(testing::TempDir()) / "orthocover-groups";
};

TEST_F(ControlGroups, LimitTheCores) {
  EXPECT_GE(usable_cores(), 1);
  const auto cores = [&](const std::string& membership) {
    return cores_of_quota(control_groups(root, membership, "cpu"));
  };
  EXPECT_EQ(cores_of_quota({"/nowhere"}), 0);
  write("cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cores(""), 0);
  write("cpu/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(cores(""), 0);
  write("cpu/cpu.cfs_quota_us", "500000\n");
  EXPECT_EQ(cores(""), 5);
  write("cpu/job/cpu.cfs_period_us", "100000\n");
  write("cpu/job/cpu.cfs_quota_us", "300000\n");
  EXPECT_EQ(cores("5:memory:/other\n4:cpuacct,cpu:/job/step\n"), 3);
  EXPECT_EQ(cores("5:cpuset:/job\n"), 5);
  write("a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(cores("0::/a/b\n"), 5);
  write("a/cpu.max", "150000 100000\n");
  EXPECT_EQ(cores("0::/a/b\n"), 2);
  write("a/b/cpu.max", "20000 100000\n");
  EXPECT_EQ(cores("0::/a/b\n"), 1);
  EXPECT_EQ(cores("0::/../../outside\n"), 5);
}

TEST_F(ControlGroups, LimitTheMemory) {
  const auto facts = [&](const std::string& membership) {
    MemoryFacts limited{64000, 60000};
    limit_to_groups(control_groups(root, membership, "memory"), limited);
    return std::pair(limited.total_bytes, limited.available_bytes);
  };
  EXPECT_EQ(facts("0::/a/b\n"), std::pair(64000UL, 60000UL));
  write("a/memory.max", "16000\n");
  write("a/memory.current", "15000\n");
  EXPECT_EQ(facts("0::/a/b\n"), std::pair(16000UL, 1000UL));
  write("a/memory.stat", "anon 3000\nfile 12000\ninactive_file 8000\nactive_file 2000\n");
  EXPECT_EQ(facts("0::/a/b\n"), std::pair(16000UL, 11000UL)) << "files that were read are no use of memory";
  write("a/b/memory.max", "max\n");
  EXPECT_EQ(facts("0::/a/b\n"), std::pair(16000UL, 11000UL));
  EXPECT_EQ(facts("0::/\n"), std::pair(64000UL, 60000UL));
  write("a/b/memory.max", "16000\n");
  write("a/b/memory.current", "1000\n");
  EXPECT_EQ(facts("0::/a/b\n"), std::pair(16000UL, 11000UL)) << "others of the group have the rest";
  write("memory/job/memory.limit_in_bytes", "8000\n");
  write("memory/job/memory.usage_in_bytes", "7000\n");
  EXPECT_EQ(facts("9:memory:/job\n"), std::pair(8000UL, 1000UL));
}

TEST(Machine, TriesWhetherAFolderCanBeWritten) {
  EXPECT_TRUE(is_writable_folder(testing::TempDir()));
  EXPECT_FALSE(is_writable_folder("/proc"));
  EXPECT_FALSE(is_writable_folder("/nowhere"));
}

}  // namespace
}  // namespace orthocover

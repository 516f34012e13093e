#include "core/base/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/base/error.h"
#include "core/base/scratch_file.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class AtomicFileTest : public testing::Test {
 protected:
  void SetUp() override {
    m_folder = fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(m_folder);
    fs::create_directories(m_folder);
  }
  void TearDown() override { fs::remove_all(m_folder); }

  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(m_folder), fs::directory_iterator()));
  }
  static void put(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

  fs::path m_folder;
};

TEST_F(AtomicFileTest, AppearsOnlyWhenCommitted) {
  AtomicFile file(m_folder / "map.tif");
  put(file.temporary(), "pixels");
  EXPECT_FALSE(fs::exists(m_folder / "map.tif"));
  EXPECT_EQ(file.temporary().extension(), ".tif");
  file.commit();
  EXPECT_EQ(read_small_file(m_folder / "map.tif", 100), "pixels");
  EXPECT_EQ(files(), 1U);
}

TEST_F(AtomicFileTest, LeavesNothingWithoutCommit) {
  put(m_folder / "map.tif", "old");
  {
    const AtomicFile file(m_folder / "map.tif");
    put(file.temporary(), "half");
  }
  EXPECT_EQ(read_small_file(m_folder / "map.tif", 100), "old");
  EXPECT_EQ(files(), 1U);
}

TEST_F(AtomicFileTest, FilesAreShownInTheOrderOfTheirSteps) {
  fs::create_directory(m_folder / "new");
  put(m_folder / "new" / "table", "rows");
  put(m_folder / "map", "pixels");
  CommitSteps steps;
  steps.rename(m_folder / "map", m_folder / "stale");
  steps.remove(m_folder / "stale");
  steps.rename(m_folder / "new", m_folder / "dataset");
  EXPECT_EQ(files(), 2U);
  steps.carry_out();
  EXPECT_TRUE(fs::exists(m_folder / "dataset" / "table"));
  EXPECT_EQ(files(), 1U);
}

TEST_F(AtomicFileTest, NothingIsShownWhereOneFileIsMissing) {
  put(m_folder / "map", "pixels");
  CommitSteps steps;
  steps.rename(m_folder / "map", m_folder / "map.tif");
  for (int i = 0; i < 20; ++i) steps.rename(m_folder / "none", m_folder / "none.tif");
  EXPECT_THROW(steps.carry_out(), Error);
  EXPECT_TRUE(fs::exists(m_folder / "map"));
  EXPECT_EQ(files(), 1U);
}

TEST_F(AtomicFileTest, AStepThatFailsIsTheLastOne) {
  for (const char* name : {"first", "second", "third"}) put(m_folder / name, name);
  CommitSteps steps;
  steps.rename(m_folder / "first", m_folder / "first.tif");
  steps.rename(m_folder / "second", m_folder / "nowhere" / "second.tif");
  steps.rename(m_folder / "third", m_folder / "third.tif");
  EXPECT_THROW(steps.carry_out(), Error);
  EXPECT_TRUE(fs::exists(m_folder / "first.tif"));
  EXPECT_TRUE(fs::exists(m_folder / "third"));
}

TEST_F(AtomicFileTest, RefusesAMissingFolder) {
  try {
    const AtomicFile file(m_folder / "nowhere" / "map.tif");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Resource);
    EXPECT_THAT(error.what(), HasSubstr("does not exist; create it first"));
  }
}

TEST_F(AtomicFileTest, RefusesAnExistingFileUnlessOverwriting) {
  put(m_folder / "map.tif", "old");
  EXPECT_THROW(check_output_path(m_folder / "map.tif", false), Error);
  EXPECT_NO_THROW(check_output_path(m_folder / "map.tif", true));
  EXPECT_THROW(check_output_path(m_folder, true), Error);
}

TEST_F(AtomicFileTest, BoundsWhatIsRead) {
  put(m_folder / "big", std::string(101, 'x'));
  EXPECT_THROW(read_small_file(m_folder / "big", 100), Error);
  EXPECT_THROW(read_small_file(m_folder / "none", 100), Error);
}

TEST_F(AtomicFileTest, ScratchFileKeepsBytesAndHasNoName) {
  ScratchFile scratch(m_folder);
  EXPECT_EQ(files(), 0U);
  const std::string text = "scores";
  scratch.write(1000, std::as_bytes(std::span(text)));
  EXPECT_EQ(files(), 0U);
  std::string back(text.size(), ' ');
  scratch.read(1000, std::as_writable_bytes(std::span(back)));
  EXPECT_EQ(back, text);
}

}  // namespace
}  // namespace orthocover

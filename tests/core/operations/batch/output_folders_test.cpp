#include "core/operations/batch/output_folders.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/core/operations/expect_error.h"
#include "tests/core/operations/test_folder.h"

namespace orthocover::operations {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::TestFolder;

TEST(OutputFolders, AreMadeAndStayWhereSomethingCameIntoThem) {
  const TestFolder folder;
  {
    const OutputFolders made({folder / "maps/2026/", folder / "vectors"});
    EXPECT_TRUE(fs::is_directory(folder / "vectors"));
    folder.write("maps/2026/a.tif", "map");
  }
  EXPECT_TRUE(fs::is_regular_file(folder / "maps/2026/a.tif"));
  EXPECT_FALSE(fs::exists(folder / "vectors")) << "nothing came into it";
}

TEST(OutputFolders, LeaveThoseThatWereThereAlone) {
  const TestFolder folder;
  fs::create_directory(folder / "maps");
  { const OutputFolders made({folder / "maps/"}); }
  EXPECT_TRUE(fs::is_directory(folder / "maps"));
}

TEST(OutputFolders, RefuseWhatCanNotBeMadeAndTakeBackWhatWas) {
  const TestFolder folder;
  folder.write("file", "text");
  expect_error(ErrorKind::Resource, folder / "file: is a file; a folder for outputs is wanted there", [&] {
    const OutputFolders made({folder / "other", folder / "file/maps"});
  });
  EXPECT_FALSE(fs::exists(folder / "other"));
}

TEST(OutputFolders, RefuseAFolderThatIsNotWritable) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const TestFolder folder;
  fs::create_directory(folder / "maps");
  fs::permissions(folder / "maps", fs::perms::owner_read | fs::perms::owner_exec);
  expect_error(ErrorKind::Resource,
               folder / "maps/: this folder for outputs is not writable: Permission denied",
               [&] { const OutputFolders made({folder / "maps/"}); });
}

}  // namespace
}  // namespace orthocover::operations

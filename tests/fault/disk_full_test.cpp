#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include <fmt/format.h>

#include "tests/cli/workshop.h"

namespace orthocover::test {
namespace {

constexpr int kResource = 5;

/// Everything that `segment` can write, with sizes that a limit can cut at any stage.
class DiskFull : public testing::Test {
 protected:
  DiskFull() {
    Made made;
    made.cols = made.rows = 512;
    make_raster(shop / "scene.tif", made);
  }

  std::vector<std::string> words(const std::string& folder) const {
    return {"segment",
            "--model",
            shop / "model",
            "--device",
            "cpu",
            "--threads",
            "1",
            "--patch-size",
            "512",
            "--progress",
            "none",
            "--co",
            "COMPRESS=NONE",
            "--confidence",
            folder + "/sure.tif",
            "--probabilities",
            folder + "/shares.tif",
            "--vector",
            folder + "/map.gpkg",
            "--picture",
            folder + "/map.png",
            shop / "scene.tif",
            folder + "/map.tif"};
  }

  /// A run whose files can't grow beyond the limit: writing fails as on a full disk.
  Outcome run_with_limit(int kilobytes) const {
    std::vector<std::string> all = {
        "-c", fmt::format("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", kilobytes), ORTHOCOVER_PROGRAM};
    const std::vector<std::string> rest = words(shop / "out");
    all.insert(all.end(), rest.begin(), rest.end());
    return run_child("/bin/bash", all);
  }

  void expect_refusal(const Outcome& outcome, const std::string& when) const {
    EXPECT_EQ(outcome.exit_code, kResource) << when << ": " << outcome.errors;
    EXPECT_EQ(std::ranges::count(outcome.errors, '\n'), 1) << when << ": " << outcome.errors;
  }

  Workshop shop;
};

TEST_F(DiskFull, AtAnyStageIsOneClearLineAndLeavesNothing) {
  int refusals = 0;
  // The picture is the smallest output, then come polygons, rasters and their overviews.
  for (const int kilobytes : {1, 8, 64, 200, 300, 420}) {
    std::filesystem::create_directory(shop / "out");
    const Outcome outcome = run_with_limit(kilobytes);
    if (outcome.exit_code != 0) {
      ++refusals;
      expect_refusal(outcome, fmt::format("{} KiB", kilobytes));
      EXPECT_TRUE(std::filesystem::is_empty(shop / "out")) << kilobytes << " KiB";
    }
    std::filesystem::remove_all(shop / "out");
  }
  EXPECT_GE(refusals, 6);
}

/// A file system of its own, as full as is wanted.
class SmallDisk {
 public:
  SmallDisk(const std::string& folder, int kilobytes) : m_folder(folder) {
    std::filesystem::create_directory(folder);
    const std::string size = fmt::format("size={}k", kilobytes);
    m_is_mounted = ::mount("tmpfs", folder.c_str(), "tmpfs", MS_NOSUID, size.c_str()) == 0;
  }
  ~SmallDisk() {
    if (m_is_mounted) ::umount(m_folder.c_str());
  }
  bool is_mounted() const { return m_is_mounted; }
  /// Bytes in use, beside those of the empty file system.
  std::uint64_t used_bytes() const {
    struct statvfs facts {};
    ::statvfs(m_folder.c_str(), &facts);
    return (facts.f_blocks - facts.f_bfree) * facts.f_bsize;
  }

 private:
  std::string m_folder;
  bool m_is_mounted = false;
};

TEST_F(DiskFull, OfASmallFileSystemIsOneClearLineAndGivesTheSpaceBack) {
  for (const int kilobytes : {16, 400, 800, 1600}) {
    const SmallDisk disk(shop / "out", kilobytes);
    if (!disk.is_mounted()) GTEST_SKIP() << "a small file system can be mounted by root only";
    const Outcome outcome = run_child(ORTHOCOVER_PROGRAM, words(shop / "out"));
    if (outcome.exit_code == 0) continue;
    expect_refusal(outcome, fmt::format("{} KiB", kilobytes));
    EXPECT_TRUE(std::filesystem::is_empty(shop / "out")) << kilobytes;
    EXPECT_EQ(disk.used_bytes(), 0U) << kilobytes;
  }
}

TEST_F(DiskFull, WhereAModelIsWholeButNotItsReportOrRecordIsToldAndMadeGoodByResume) {
  make_training_scene(shop);
  std::vector<std::string> command =
      training_words(shop, {"--steps", "1", "--levels", "1", "--device", "cpu"}, shop / "new");
  for (const char* name : {"new.run/report.html", "new.run.json"}) {
    std::filesystem::remove_all(shop / "new.run/report.html");
    std::filesystem::create_directories(shop / name + "/in the way");
    const Outcome outcome = run_child(ORTHOCOVER_PROGRAM, command);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.errors;
    EXPECT_THAT(outcome.errors, testing::ContainsRegex(std::string(name) + ": .*; the model package " +
                                                       (shop / "new is whole, --resume writes the rest\n")));
    EXPECT_TRUE(std::filesystem::exists(shop / "new/model.json"));
    command.emplace_back("--resume");
  }
  std::filesystem::remove_all(shop / "new.run.json");
  EXPECT_EQ(run_child(ORTHOCOVER_PROGRAM, command).exit_code, 0);
}

}  // namespace
}  // namespace orthocover::test

#include "core/operations/batch/resume_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "core/base/temporary_name.h"
#include "tests/core/operations/test_folder.h"

namespace orthocover::operations {
namespace {

namespace fs = std::filesystem;
using test::TestFolder;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::size_t kLargeBytes = 5 << 20;

void set_time(const std::string& file, fs::file_time_type time) {
  fs::last_write_time(file, time);
}

TEST(DigestOfFiles, ChangesWithSizeTimeAndContent) {
  const TestFolder folder;
  const std::string file = folder.write("a.tif", std::string(kLargeBytes, 'a'));
  const auto time = fs::last_write_time(file);
  const auto digest = digest_of_files({file});
  ASSERT_TRUE(digest);
  EXPECT_EQ(digest->size(), 64U);
  EXPECT_EQ(digest_of_files({file}), digest);

  set_time(file, time + std::chrono::microseconds(1));
  EXPECT_NE(digest_of_files({file}), digest) << "time";
  folder.write("a.tif", std::string(kLargeBytes, 'b'));
  set_time(file, time);
  EXPECT_NE(digest_of_files({file}), digest) << "content with the old time";
  folder.write("a.tif", std::string(kLargeBytes + 1, 'a'));
  set_time(file, time);
  EXPECT_NE(digest_of_files({file}), digest) << "size";
  folder.write("a.tif", std::string(kLargeBytes, 'a'));
  set_time(file, time);
  EXPECT_EQ(digest_of_files({file}), digest) << "all as before";
}

TEST(DigestOfFiles, SeesTheFirstAndTheLastByteOfFilesOfEverySize) {
  const TestFolder folder;
  for (const std::size_t size : {1UL, 16384UL, 16385UL, 100000UL, kLargeBytes}) {
    std::string content(size, 'a');
    const std::string file = folder.write("a.tif", content);
    const auto time = fs::last_write_time(file);
    const auto digest = digest_of_files({file});
    for (const std::size_t at : {std::size_t{0}, size - 1}) {
      std::string other = content;
      other[at] = 'b';
      folder.write("a.tif", other);
      set_time(file, time);
      EXPECT_NE(digest_of_files({file}), digest) << size << ", byte " << at;
    }
  }
}

TEST(DigestOfFiles, CountsEveryFileAndKnowsNoneThatIsNotOnADisk) {
  const TestFolder folder;
  const std::string a = folder.write("a.tif", "a");
  const std::string b = folder.write("b.tif", "");
  EXPECT_NE(digest_of_files({a, b}), digest_of_files({a}));
  EXPECT_NE(digest_of_files({a, b}), digest_of_files({b, a}));
  EXPECT_EQ(digest_of_files({a, "/vsicurl/http://localhost/b.tif"}), std::nullopt);
  EXPECT_EQ(digest_of_files({folder.path().string()}), std::nullopt) << "a folder";
  EXPECT_EQ(digest_of_files({}), std::nullopt);
}

/// A folder with a map, its side files and a record.
class Resume : public testing::Test {
 protected:
  Resume() {
    m_folder.write("a.tif", "map");
    m_folder.write("a.qml", "style");
    m_folder.write("a.shp", "vector");
    m_folder.write("a.dbf", "table");
    write_record(true);
  }

  std::vector<std::string> outputs() const { return {m_folder / m_map, m_folder / "a.shp"}; }
  std::string record() const { return m_folder / "a.tif.run.json"; }

  void write_record(bool complete) const {
    const nlohmann::json resume = resume_facts(record(), m_print, files_with_sidecars(outputs()), complete);
    m_folder.write("a.tif.run.json",
                   nlohmann::json{{"operation", "segment"}, {"orthocover", {{"resume", resume}}}}.dump());
  }
  EarlierRun earlier() const { return {record(), "segment"}; }
  std::string reason(const RunPrint& print) const { return earlier().reason_to_redo(print, outputs()); }

  TestFolder m_folder;
  std::string m_map = "a.tif";
  RunPrint m_print{"scene", "model", "options"};
};

TEST_F(Resume, SkipsWhatIsDoneAndUnchanged) {
  EXPECT_EQ(reason(m_print), "");
}

TEST_F(Resume, FindsWhatFormatsPutBesideTheirFiles) {
  EXPECT_THAT(files_with_sidecars(outputs()),
              ElementsAre(m_folder / "a.tif", m_folder / "a.qml", m_folder / "a.shp", m_folder / "a.dbf"));
}

TEST_F(Resume, CountsTablesBesideShapefilesOnly) {
  m_folder.write("b.tif", "x");
  m_folder.write("b.dbf", "of somebody else");
  EXPECT_THAT(files_with_sidecars({m_folder / "b.tif"}), ElementsAre(m_folder / "b.tif"));
}

TEST_F(Resume, KnowsTheOutputsThatANewRunDoesNotMake) {
  EXPECT_THAT(earlier().left_by({m_folder / "a.tif"}), ElementsAre("a.shp"));
  EXPECT_THAT(earlier().left_by(outputs()), testing::IsEmpty());
}

TEST_F(Resume, TellsWhatChanged) {
  EXPECT_EQ(reason({"other", "model", "options"}), "the scene changed");
  EXPECT_EQ(reason({"scene", "other", "options"}), "the model changed");
  EXPECT_EQ(reason({"scene", "model", "other"}), "the options changed, or a file that they name");
  EXPECT_EQ(reason({std::nullopt, "model", "options"}),
            "it is no file on a disk, so whether it changed can't be told");
  EXPECT_EQ(earlier().reason_to_redo(m_print, {m_folder / "a.tif", m_folder / "a.png"}),
            m_folder / "a.png is wanted too");
}

TEST_F(Resume, RedoesWhatIsEmptyAndRastersThatWereCutOff) {
  m_folder.write("a.dbf", "");
  EXPECT_EQ(reason(m_print), "a.dbf is not whole");
  m_folder.write("a.dbf", "edited, and shorter");
  m_folder.write("a.tif", std::string(100, 'x'));
  write_record(true);
  EXPECT_EQ(reason(m_print), "");
  m_folder.write("a.tif", std::string(200, 'x'));
  EXPECT_EQ(reason(m_print), "") << "overviews were added";
  m_folder.write("a.tif", std::string(50, 'x'));
  EXPECT_EQ(reason(m_print), "a.tif is not whole");
  m_map = "a.TIFF";
  m_folder.write(m_map, std::string(100, 'x'));
  write_record(true);
  m_folder.write(m_map, std::string(50, 'x'));
  EXPECT_EQ(reason(m_print), "a.TIFF is not whole");
}

TEST_F(Resume, RedoesLayersThatWereCutOffButNotThoseThatWereEdited) {
  std::string shp(100, '\0');
  shp[27] = 50;  // 16-bit words
  m_folder.write("a.shp", shp + "and more");
  write_record(true);
  m_folder.write("a.shp", shp);
  EXPECT_EQ(reason(m_print), "");
  m_folder.write("a.shp", shp.substr(0, 90));
  EXPECT_EQ(reason(m_print), "a.shp is not whole");
  m_map = "a.ndjson";
  m_folder.write("a.shp", shp);
  m_folder.write(m_map, "{}\n{}\n{}\n");
  write_record(true);
  m_folder.write(m_map, "{}\n{}\n");
  EXPECT_EQ(reason(m_print), "");
  m_folder.write(m_map, "{}\n{");
  EXPECT_EQ(reason(m_print), "a.ndjson is not whole");
}

TEST_F(Resume, MissesFilesAndFilesBesideThem) {
  fs::remove(m_folder / "a.dbf");
  EXPECT_EQ(reason(m_print), "a.dbf is missing");
  fs::remove(m_folder / "a.tif");
  EXPECT_EQ(reason(m_print), "a.tif is missing");
}

TEST_F(Resume, DoesInterruptedRunsAgainAndKnowsTheirFiles) {
  write_record(false);
  EXPECT_EQ(reason(m_print), "it was interrupted");
  EXPECT_TRUE(earlier().wrote(m_folder / "a.shp"));
  EXPECT_FALSE(earlier().wrote(m_folder / "b.shp"));
}

TEST_F(Resume, FollowsAFolderThatWasMoved) {
  fs::create_directory(m_folder / "moved");
  for (const char* name : {"a.tif", "a.qml", "a.shp", "a.dbf", "a.tif.run.json"})
    fs::rename(m_folder / name, m_folder / (std::string("moved/") + name));
  const EarlierRun moved(m_folder / "moved/a.tif.run.json", "segment");
  EXPECT_EQ(moved.reason_to_redo(m_print, {m_folder / "moved/a.tif", m_folder / "moved/a.shp"}), "");
}

TEST_F(Resume, DoesNotTrustARecordThatCanNotBeRead) {
  for (const std::string& text : {std::string("{"), std::string("[]"), std::string(R"({"operation": 3})"),
                                  std::string(R"({"operation": "segment", "orthocover": {"resume": {}}})")}) {
    m_folder.write("a.tif.run.json", text);
    EXPECT_EQ(reason(m_print).empty(), false) << text;
    if (text == R"({"operation": 3})") continue;
    EXPECT_EQ(reason(m_print), "its run record can't be read") << text;
    EXPECT_THAT(earlier().fault(), HasSubstr(record() + ": can't be read as a run record: ")) << text;
    EXPECT_FALSE(earlier().wrote(m_folder / "a.tif")) << "it may be somebody else's: " << text;
  }
}

TEST_F(Resume, OwnsNothingWithoutARecordOrWithThatOfAnotherOperation) {
  m_folder.write("a.tif.run.json", R"({"operation": "train", "orthocover": {}})");
  EXPECT_FALSE(earlier().exists());
  EXPECT_FALSE(earlier().wrote(m_folder / "a.tif"));
  fs::remove(record());
  EXPECT_FALSE(earlier().wrote(m_folder / "a.tif"));
  EXPECT_EQ(reason(m_print), "it was not finished before");
  EXPECT_EQ(earlier().fault(), "");
}

TEST_F(Resume, OwnsTheOutputsOfARecordWithoutDigests) {
  m_folder.write(
      "a.tif.run.json",
      nlohmann::json{{"operation", "segment"}, {"orthocover", {{"outputs", {m_folder / "a.tif"}}}}}.dump());
  EXPECT_TRUE(earlier().wrote(m_folder / "a.tif"));
  EXPECT_EQ(reason(m_print), "its run record does not tell what it was made of");
}

/// A process that has ended.
pid_t gone_process() {
  const pid_t process = fork();
  if (process == 0) _exit(0);
  waitpid(process, nullptr, 0);
  return process;
}

/// `MACHINE-` as this machine's temporary names have it.
std::string this_machine() {
  return temporary_beside("a").filename().string().substr(3, 9);
}

TEST(TemporaryNames, CanNotBeGuessedFromEarlierOnes) {
  const auto number = [] {
    const std::string name = temporary_beside("a").string();
    return std::stoull(name.substr(name.rfind('-') + 1));
  };
  const auto first = number();
  EXPECT_NE(number(), first + 1);
}

TEST(Leftovers, OfProcessesThatAreGoneAreRemovedAndNothingElse) {
  const TestFolder folder;
  const std::string gone = this_machine() + std::to_string(gone_process());
  const std::string alive = this_machine() + std::to_string(getpid());
  const std::vector<std::string> removed = {
      ".a.b." + gone + "-0.tif", ".a.b." + gone + "-0.tif.aux.xml", ".a.b.tif.run." + gone + "-2.json",
      "..a.b." + gone + "-0." + gone + "-3.qml", ".a.b." + gone + "-1.gpkg"};
  const std::vector<std::string> kept = {".a.b." + alive + "-0.tif", ".other." + gone + "-0.tif",
                                         ".a.b.notes-0.tif",         ".a.b." + gone + ".tif",
                                         "a.b." + gone + "-0.tif",   ".a.b." + gone.substr(1) + "-0.tif"};
  fs::create_directory(folder / removed.back());
  folder.write(removed.back() + "/a.gpkg", "text");
  for (const auto& names : {removed, kept}) {
    for (const std::string& name : names) {
      if (name != removed.back()) folder.write(name, "text");
    }
  }
  remove_leftovers({folder / "a.b.tif"});
  for (const std::string& name : removed) EXPECT_FALSE(fs::exists(folder / name)) << name;
  for (const std::string& name : kept) EXPECT_TRUE(fs::exists(folder / name)) << name;
}

TEST(Leftovers, OfAnotherMachineAreRemovedWhenNobodyTouchedThemForADay) {
  const TestFolder folder;
  const std::string other = this_machine() == "00c0ffee-" ? "00c0ffef-" : "00c0ffee-";
  const std::string process = std::to_string(gone_process());
  const std::string at_work = ".a." + other + process + "-0.tif";
  const std::string waiting = ".a." + other + process + "-1.gpkg";
  const std::string growing = ".a." + other + process + "0-1.gpkg";
  const std::string abandoned = ".a." + other + process + "1-1.tif";
  fs::create_directory(folder / growing);
  for (const std::string& name : {at_work, waiting, growing + "/a.gpkg", abandoned})
    folder.write(name, "text");
  for (const std::string& name : {waiting, growing, abandoned})
    fs::last_write_time(folder / name, fs::file_time_type::clock::now() - 2 * kAbandonedAfter);
  remove_leftovers({folder / "a.tif"});
  EXPECT_TRUE(fs::exists(folder / at_work));
  EXPECT_TRUE(fs::exists(folder / waiting)) << "its process writes another file";
  EXPECT_TRUE(fs::exists(folder / growing)) << "what is inside is new";
  EXPECT_FALSE(fs::exists(folder / abandoned));
}

TEST(Leftovers, OfAKilledProcessThatNobodyHasWaitedForAreRemoved) {
  const TestFolder folder;
  const pid_t process = fork();
  if (process == 0) _exit(0);
  siginfo_t facts;
  waitid(P_PID, static_cast<id_t>(process), &facts, WEXITED | WNOWAIT);
  const std::string name = ".a." + this_machine() + std::to_string(process) + "-0.tif";
  folder.write(name, "text");
  remove_leftovers({folder / "a.tif"});
  EXPECT_FALSE(fs::exists(folder / name));
  waitpid(process, nullptr, 0);
}

TEST(Leftovers, OfLongNamesAreFound) {
  const TestFolder folder;
  std::string umlauts;
  for (int i = 0; i < 110; ++i) umlauts += "\xc3\xbc";
  for (const std::string& name : {std::string(236, 'm') + ".tif", umlauts + ".tif"}) {
    const std::string temporary = temporary_beside(folder / name).filename().string();
    EXPECT_LT(temporary.size(), 230U) << "leaves room for what lies beside it";
    const std::string own = this_machine() + std::to_string(getpid());
    std::string of_gone = temporary;
    of_gone.replace(of_gone.find(own), own.size(), this_machine() + std::to_string(gone_process()));
    folder.write(of_gone, "text");
    remove_leftovers({folder / name});
    EXPECT_FALSE(fs::exists(folder / of_gone));
  }
}

TEST_F(Resume, KnowsAnotherSceneOfItsNameButNotACopyOrAChangedOne) {
  m_print.path = m_folder / "1/ortho.tif";
  write_record(true);
  EXPECT_EQ(earlier().other_scene(m_print), "");
  RunPrint changed = m_print;
  changed.scene = "edited";
  EXPECT_EQ(earlier().other_scene(changed), "");
  RunPrint copy = m_print;
  copy.path = m_folder / "2/ortho.tif";
  EXPECT_EQ(earlier().other_scene(copy), "") << "the same pixels";
  copy.scene = "another";
  EXPECT_EQ(earlier().other_scene(copy), m_print.path);
}

}  // namespace
}  // namespace orthocover::operations

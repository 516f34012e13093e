#include "core/operations/batch_summary.h"

#include <gtest/gtest.h>

#include "core/operations/batch_table.h"
#include "tests/core/operations/expect_error.h"
#include "tests/core/operations/test_folder.h"

namespace orthocover::operations {
namespace {

using test::expect_error;
using test::TestFolder;

TEST(BatchSummary, ReplacesTheSummaryOfAnEarlierBatch) {
  const TestFolder folder;
  for (const std::string& csv : {batch_csv({}, {"grass"}), batch_csv({}, {"roof"})}) {
    check_batch_summary(folder / "batch.csv", false);
    write_batch_summary(folder / "batch.csv", csv);
    EXPECT_EQ(folder.read("batch.csv"), csv);
  }
}

TEST(BatchSummary, LeavesOtherFilesAlone) {
  const TestFolder folder;
  const std::string file = folder.write("batch.csv", "date,pilot\n");
  expect_error(
      ErrorKind::Usage,
      file +
          ": exists already and is no summary of a batch; choose another place with --summary, or add "
          "--overwrite to replace it",
      [&] { check_batch_summary(file, false); });
  EXPECT_NO_THROW(check_batch_summary(file, true));
}

TEST(BatchSummary, NeedsItsFolder) {
  const TestFolder folder;
  expect_error(ErrorKind::Resource,
               folder / "no/batch.csv: the folder " + (folder / "no") + " does not exist; create it first",
               [&] { check_batch_summary(folder / "no/batch.csv", false); });
}

}  // namespace
}  // namespace orthocover::operations

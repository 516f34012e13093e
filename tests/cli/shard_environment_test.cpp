#include "cli/shard_environment.h"

#include <gtest/gtest.h>

#include <map>

#include "core/base/error.h"

namespace orthocover {
namespace {

using Variables = std::map<std::string, std::string>;

std::string shard(const std::string& text, const Variables& variables) {
  return shard_from(text, [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(ShardEnvironment, LeavesWhatIsGivenAsItIs) {
  EXPECT_EQ(shard("2/4", {{"SLURM_ARRAY_TASK_ID", "7"}}), "2/4");
  EXPECT_EQ(shard("automatic", {}), "automatic");
}

TEST(ShardEnvironment, CountsTasksOfASlurmArray) {
  const Variables third = {{"SLURM_ARRAY_TASK_ID", "14"},
                           {"SLURM_ARRAY_TASK_MIN", "10"},
                           {"SLURM_ARRAY_TASK_COUNT", "4"},
                           {"SLURM_ARRAY_TASK_STEP", "2"}};
  EXPECT_EQ(shard("auto", third), "3/4");
  EXPECT_EQ(
      shard("auto/4",
            {{"SLURM_ARRAY_TASK_ID", "2"}, {"SLURM_ARRAY_TASK_MIN", "2"}, {"SLURM_ARRAY_TASK_COUNT", "1"}}),
      "3/4")
      << "submitted again alone";
}

TEST(ShardEnvironment, TakesTheIndexOfAKubernetesJob) {
  EXPECT_EQ(shard("auto/4", {{"JOB_COMPLETION_INDEX", "0"}}), "1/4");
}

TEST(ShardEnvironment, RefusesWhatTellsNoShard) {
  EXPECT_THROW(shard("auto", {}), Error);
  EXPECT_THROW(shard("auto", {{"JOB_COMPLETION_INDEX", "0"}}), Error);
  EXPECT_THROW(shard("auto", {{"SLURM_ARRAY_TASK_ID", "1"}}), Error);
  EXPECT_THROW(shard("auto/4", {{"JOB_COMPLETION_INDEX", "4"}}), Error);
  EXPECT_THROW(shard("auto/4", {{"JOB_COMPLETION_INDEX", "-1"}}), Error);
  EXPECT_THROW(shard("auto/x", {{"JOB_COMPLETION_INDEX", "1"}}), Error);
}

}  // namespace
}  // namespace orthocover

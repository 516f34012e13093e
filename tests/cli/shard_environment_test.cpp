#include "cli/shard_environment.h"

#include <gtest/gtest.h>

#include <map>

#include "core/base/error.h"

namespace orthocover {
namespace {

using Variables = std::map<std::string, std::string>;

Environment environment(const Variables& variables) {
  return [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

std::string shard(const std::string& text, const Variables& variables) {
  return shard_from(text, environment(variables));
}

std::string device(const std::string& text, const Variables& variables) {
  return device_from(text, environment(variables));
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

TEST(ShardEnvironment, TakesTheTasksOfAStepOfSlurm) {
  const Variables second = {{"SLURM_PROCID", "1"}, {"SLURM_STEP_NUM_TASKS", "2"}};
  EXPECT_EQ(shard("auto", second), "2/2");
  EXPECT_EQ(shard("auto/4", second), "2/4");
  EXPECT_THROW(shard("auto", {{"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "1"}}), Error)
      << "a batch script is no task among others";
}

TEST(DeviceEnvironment, GivesEachProcessOfAMachineAGpuOfItsOwn) {
  EXPECT_EQ(device("cuda:auto", {{"SLURM_LOCALID", "0"}}), "cuda:0");
  EXPECT_EQ(device("cuda:auto", {{"SLURM_LOCALID", "3"}}), "cuda:3");
  EXPECT_EQ(device("cuda:auto", {{"LOCAL_RANK", "1"}, {"CUDA_VISIBLE_DEVICES", "4,5,6"}}), "cuda:1");
  EXPECT_EQ(device("cuda:auto", {{"OMPI_COMM_WORLD_LOCAL_RANK", "2"}}), "cuda:2");
  EXPECT_EQ(device("cuda:auto", {{"MPI_LOCALRANKID", "1"}}), "cuda:1");
}

TEST(DeviceEnvironment, TakesTheOneThatALauncherShows) {
  EXPECT_EQ(device("cuda:auto", {{"SLURM_LOCALID", "3"}, {"CUDA_VISIBLE_DEVICES", "3"}}), "cuda:0");
  EXPECT_EQ(device("cuda:auto", {{"SLURM_LOCALID", "3"}, {"CUDA_VISIBLE_DEVICES", "0,1"}}), "cuda:1");
}

TEST(DeviceEnvironment, LeavesOtherDevicesAloneAndRefusesWhatTellsNoNumber) {
  for (const char* text : {"cuda", "cuda:1", "cpu", "auto"})
    EXPECT_EQ(device(text, {{"SLURM_LOCALID", "3"}}), text);
  EXPECT_THROW(device("cuda:auto", {}), Error);
  EXPECT_THROW(device("cuda:auto", {{"SLURM_LOCALID", "x"}}), Error);
}

}  // namespace
}  // namespace orthocover

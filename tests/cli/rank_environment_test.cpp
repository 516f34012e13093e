#include "cli/rank_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "core/base/error.h"

namespace orthocover {
namespace {

using Variables = std::map<std::string, std::string>;
using testing::HasSubstr;

RankPlace place(const Variables& variables) {
  return rank_place([&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

std::string refusal(const Variables& variables) {
  try {
    place(variables);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Usage);
    return error.what();
  }
  return "";
}

TEST(RankEnvironment, LeavesAProcessAloneThatNoLauncherStarted) {
  EXPECT_TRUE(place({}).is_alone());
  EXPECT_TRUE(place({{"MASTER_ADDR", "127.0.0.1"}, {"LOCAL_RANK", "1"}}).is_alone());
  EXPECT_TRUE(place({{"RANK", "0"}, {"WORLD_SIZE", "1"}}).is_alone());
  EXPECT_TRUE(place({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}}).is_alone())
      << "a batch script, not a task";
}

TEST(RankEnvironment, KnowsTorchrunAndRanksSetByHand) {
  const RankPlace torchrun = place({{"RANK", "5"},
                                    {"WORLD_SIZE", "8"},
                                    {"LOCAL_RANK", "1"},
                                    {"LOCAL_WORLD_SIZE", "4"},
                                    {"MASTER_ADDR", "node1"},
                                    {"MASTER_PORT", "12345"}});
  EXPECT_EQ(torchrun.rank, 5);
  EXPECT_EQ(torchrun.size, 8);
  EXPECT_EQ(torchrun.local_rank, 1);
  EXPECT_EQ(torchrun.local_size, 4);
  EXPECT_EQ(torchrun.address, "node1");
  EXPECT_EQ(torchrun.port, 12345);
  const RankPlace by_hand = place({{"RANK", "1"}, {"WORLD_SIZE", "2"}});
  EXPECT_EQ(by_hand.address, "127.0.0.1");
  EXPECT_EQ(by_hand.port, 29500);
  EXPECT_EQ(by_hand.local_rank, 1);
  EXPECT_EQ(by_hand.local_size, 2);
  EXPECT_EQ(place({{"RANK", "1"}, {"WORLD_SIZE", "2"}, {"TORCHELASTIC_USE_AGENT_STORE", "True"}}).port, 29501)
      << "torchrun's own store has the port";
}

TEST(RankEnvironment, KnowsTheTasksOfSrun) {
  Variables task = {{"SLURM_STEP_ID", "0"}, {"SLURM_PROCID", "3"},
                    {"SLURM_NTASKS", "8"},  {"SLURM_STEP_NUM_TASKS", "4"},
                    {"SLURM_LOCALID", "1"}, {"SLURM_STEP_TASKS_PER_NODE", "2(x2)"}};
  EXPECT_THAT(refusal(task), HasSubstr("MASTER_ADDR")) << "two machines";
  task["MASTER_ADDR"] = "10.0.0.1";
  const RankPlace on_two = place(task);
  EXPECT_EQ(on_two.rank, 3);
  EXPECT_EQ(on_two.size, 4) << "of the step, not of the job";
  EXPECT_EQ(on_two.local_rank, 1);
  EXPECT_EQ(on_two.local_size, 2);
  task.erase("MASTER_ADDR");
  task["SLURM_STEP_TASKS_PER_NODE"] = "4";
  EXPECT_EQ(place(task).address, "127.0.0.1") << "one machine";
}

TEST(RankEnvironment, KnowsOpenMpiAndMpich) {
  const RankPlace open_mpi = place({{"OMPI_COMM_WORLD_RANK", "1"},
                                    {"OMPI_COMM_WORLD_SIZE", "2"},
                                    {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                                    {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}});
  EXPECT_EQ(open_mpi.rank, 1);
  EXPECT_EQ(open_mpi.size, 2);
  const RankPlace mpich =
      place({{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}, {"MPI_LOCALRANKID", "1"}, {"MPI_LOCALNRANKS", "2"}});
  EXPECT_EQ(mpich.rank, 1);
  EXPECT_EQ(mpich.local_rank, 1);
  const RankPlace below_srun = place({{"SLURM_STEP_ID", "0"},
                                      {"SLURM_PROCID", "0"},
                                      {"SLURM_STEP_NUM_TASKS", "1"},
                                      {"PMI_RANK", "1"},
                                      {"PMI_SIZE", "2"},
                                      {"MPI_LOCALNRANKS", "2"}});
  EXPECT_EQ(below_srun.size, 2) << "srun started one helper, MPICH two processes";
}

TEST(RankEnvironment, RefusesPlacesThatThereAreNotByTheirName) {
  EXPECT_EQ(refusal({{"RANK", "2"}, {"WORLD_SIZE", "2"}}), "RANK: 2 is outside 0..1");
  EXPECT_EQ(refusal({{"RANK", "-1"}, {"WORLD_SIZE", "2"}}), "RANK: -1 is outside 0..1");
  EXPECT_EQ(refusal({{"RANK", "one"}, {"WORLD_SIZE", "2"}}), "RANK: 'one' is no whole number");
  EXPECT_EQ(refusal({{"RANK", "0"}, {"WORLD_SIZE", "0"}}), "WORLD_SIZE: 0 is outside 1..4096");
  EXPECT_EQ(refusal({{"RANK", "0"}, {"WORLD_SIZE", "2x"}}), "WORLD_SIZE: '2x' is no whole number");
  EXPECT_THAT(refusal({{"RANK", "0"}}), HasSubstr("WORLD_SIZE: is not set, though RANK is"));
  EXPECT_THAT(refusal({{"WORLD_SIZE", "2"}}), HasSubstr("RANK: is not set, though WORLD_SIZE is"));
  EXPECT_THAT(refusal({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_PORT", "70000"}}),
              HasSubstr("MASTER_PORT: 70000"));
  EXPECT_THAT(refusal({{"PMI_RANK", "0"}, {"PMI_SIZE", "2"}}), HasSubstr("MASTER_ADDR: is not set"));
}

TEST(RankEnvironment, IsForTrainingAlone) {
  EXPECT_TRUE(runs_in_ranks("train"));
  EXPECT_FALSE(runs_in_ranks("segment"));
}

}  // namespace
}  // namespace orthocover

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/nn/ranks/rank_socket.h"
#include "core/nn/weights/safetensors.h"
#include "tests/cli/workshop.h"

namespace orthocover::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// `train` by several processes of this machine, on a scene of two halves.
class TrainInRanks : public testing::Test {
 protected:
  TrainInRanks() { make_training_scene(shop); }

  std::vector<std::string> words(const std::string& package, const std::vector<std::string>& more) const {
    std::vector<std::string> all = {"--accumulate", "2",   "--levels",  "1", "--hold-out",  "2",
                                    "--device",     "cpu", "--threads", "1", "--optimiser", "sgd",
                                    "--progress",   "none"};
    all.insert(all.end(), more.begin(), more.end());
    return training_words(shop, all, shop / package);
  }

  static std::vector<std::pair<std::string, std::string>> place(int rank, int size, int port) {
    return {{"RANK", std::to_string(rank)},
            {"WORLD_SIZE", std::to_string(size)},
            {"LOCAL_RANK", std::to_string(rank)},
            {"MASTER_ADDR", "127.0.0.1"},
            {"MASTER_PORT", std::to_string(port)}};
  }
  static int free_port() { return nn::RankSocket::listen("127.0.0.1", 0).own_port(); }

  /// Two processes at work.
  struct Pair {
    std::unique_ptr<ChildProgram> first;
    std::unique_ptr<ChildProgram> second;
  };
  static Pair start(const std::vector<std::string>& first, const std::vector<std::string>& second) {
    const int port = free_port();
    return {std::make_unique<ChildProgram>(ORTHOCOVER_PROGRAM, first, place(0, 2, port)),
            std::make_unique<ChildProgram>(ORTHOCOVER_PROGRAM, second, place(1, 2, port))};
  }
  static Pair start(const std::vector<std::string>& both) { return start(both, both); }

  nn::TensorMap state_after(const std::string& package) const {
    return nn::read_safetensors(fs::path(shop / (package + ".run/last.safetensors"))).tensors;
  }

  /// The largest difference between what two runs ended with: weights, statistics, averages, momentum.
  double difference(const std::string& a, const std::string& b) const {
    const nn::TensorMap of_a = state_after(a);
    const nn::TensorMap of_b = state_after(b);
    EXPECT_EQ(of_a.size(), of_b.size());
    double largest = 0;
    for (const auto& [name, tensor] : of_a) {
      const auto found = std::ranges::find(of_b, name, &nn::TensorMap::value_type::first);
      if (found == of_b.end()) {
        ADD_FAILURE() << name;
        continue;
      }
      const torch::Tensor apart = tensor.to(torch::kDouble) - found->second.to(torch::kDouble);
      largest = std::max(largest, apart.abs().max().item<double>());
    }
    return largest;
  }

  Workshop shop;
};

TEST_F(TrainInRanks, TwoProcessesEndWithTheWeightsOfOneWithTheSameStep) {
  const std::vector<std::string> more = {"--steps", "8", "--validate-every", "4"};
  ASSERT_EQ(run_child(ORTHOCOVER_PROGRAM, words("one", more)).exit_code, 0);
  Pair pair = start(words("two", more));
  const Outcome first = pair.first->finish();
  const Outcome second = pair.second->finish();
  ASSERT_EQ(first.exit_code, 0) << first.errors << second.errors;
  ASSERT_EQ(second.exit_code, 0) << second.errors;
  EXPECT_LT(difference("one", "two"), 5e-5);
  EXPECT_THAT(first.output, HasSubstr("after 8 steps"));
  EXPECT_EQ(second.output + second.errors, "") << "the first process speaks for both";
  const auto record = nlohmann::json::parse(bytes_of_file(shop / "two.run.json"));
  EXPECT_EQ(record.at("orthocover").at("processes"), 2) << record.dump();
  ASSERT_EQ(run_child(ORTHOCOVER_PROGRAM, words("other", {"--steps", "8", "--seed", "2"})).exit_code, 0);
  EXPECT_GT(difference("one", "other"), 1e-3) << "the comparison can fail";
}

TEST_F(TrainInRanks, AKilledProcessEndsTheOtherWithinSecondsAndTheRunGoesOnAlone) {
  const std::vector<std::string> more = {"--steps", "100000", "--validate-every", "5"};
  Pair pair = start(words("new", more));
  ASSERT_TRUE(pair.first->wait_for_error("step 5:"));
  pair.second->send(SIGKILL);
  const auto killed = std::chrono::steady_clock::now();
  const Outcome first = pair.first->finish();
  EXPECT_LT(std::chrono::steady_clock::now() - killed, std::chrono::seconds(20));
  EXPECT_EQ(first.exit_code, 5) << first.errors;
  EXPECT_THAT(first.errors, HasSubstr("rank 1 of 2 is gone"));
  EXPECT_THAT(first.errors, HasSubstr("go on with --resume"));
  EXPECT_EQ(pair.second->finish().exit_code, 128 + SIGKILL);
  const Outcome alone =
      run_child(ORTHOCOVER_PROGRAM, words("new", {"--steps", "6", "--validate-every", "5", "--resume"}));
  EXPECT_EQ(alone.exit_code, 0) << alone.errors;
  EXPECT_THAT(alone.errors, HasSubstr("goes on after step"));
}

TEST_F(TrainInRanks, ASignalToOneProcessStopsBothAtTheSameStep) {
  Pair pair = start(words("new", {"--steps", "100000", "--validate-every", "5"}));
  ASSERT_TRUE(pair.first->wait_for_error("step 5:"));
  pair.second->send(SIGTERM);
  const Outcome first = pair.first->finish();
  const Outcome second = pair.second->finish();
  EXPECT_EQ(first.exit_code, 130) << first.errors;
  EXPECT_EQ(second.exit_code, 143) << second.errors;
  EXPECT_THAT(first.errors, HasSubstr("go on with --resume"));
}

TEST_F(TrainInRanks, CrossValidationTrainsEveryFoldInBothAndJudgesInTheFirst) {
  const std::vector<std::string> command = place_words(
      shop, {"--steps", "4", "--accumulate", "2", "--threads", "1", "--progress", "none"}, shop / "new");
  Pair pair = start(command);
  const Outcome first = pair.first->finish();
  const Outcome second = pair.second->finish();
  ASSERT_EQ(first.exit_code, 0) << first.errors;
  EXPECT_EQ(second.exit_code, 0) << second.errors;
  EXPECT_EQ(second.output + second.errors, "");
  const auto table = nlohmann::json::parse(bytes_of_file(shop / "new.run/cross_validation.json"));
  EXPECT_EQ(table.at("folds").size(), 2U);
  EXPECT_TRUE(fs::exists(shop / "new/model.json"));
}

TEST_F(TrainInRanks, AnErrorOfOneProcessEndsBothWithItsMessage) {
  std::vector<std::string> broken = words("new", {"--steps", "5"});
  fs::copy_file(shop / "legend.json", shop / "copy.json");
  *std::ranges::find(broken, shop / "legend.json") = shop / "copy.json";
  Pair pair = start(words("new", {"--steps", "5"}), broken);
  const Outcome first = pair.first->finish();
  const Outcome second = pair.second->finish();
  EXPECT_EQ(first.exit_code, 2) << first.errors;
  EXPECT_EQ(second.exit_code, 2) << second.errors;
  EXPECT_THAT(second.errors, HasSubstr("rank 1 was started with other values of legend than rank 0"));
  EXPECT_THAT(first.errors, HasSubstr("rank 1 of 2: ranks: rank 1 was started with other values of legend"));
  EXPECT_FALSE(fs::exists(shop / "new"));
}

TEST_F(TrainInRanks, RefusesPlacesAndPassesThatDoNotFitAtOnce) {
  const auto refused = [&](const std::vector<std::pair<std::string, std::string>>& environment,
                           const std::vector<std::string>& more, const std::string& part) {
    const Outcome outcome = run_child(ORTHOCOVER_PROGRAM, words("new", more), environment);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.errors;
    EXPECT_EQ(std::ranges::count(outcome.errors, '\n'), 1) << outcome.errors;
    EXPECT_THAT(outcome.errors, HasSubstr(part));
  };
  refused(place(2, 2, 29500), {}, "RANK: 2 is outside 0..1");
  refused({{"RANK", "0"}}, {}, "WORLD_SIZE: is not set");
  refused(place(1, 3, 29500), {}, "--accumulate: 2 passes of a step can't be shared evenly by 3");
  refused(place(1, 2, 29500), {"--batch-size", "0"}, "--batch-size: 0");
}

}  // namespace
}  // namespace orthocover::test

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/base/folder_lock.h"
#include "core/base/sha256.h"
#include "core/base/temporary_name.h"
#include "core/nn/model_package.h"
#include "core/nn/network.h"
#include "core/nn/weights/checkpoint.h"
#include "core/nn/weights/safetensors.h"
#include "tests/cli/workshop.h"

namespace orthocover::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A scene whose left half is dark grass and whose right half is bright roof, with polygons in three regions.
class Train : public testing::Test {
 protected:
  Train() { make_training_scene(shop); }

  std::vector<std::string> words(const std::vector<std::string>& more) const {
    std::vector<std::string> all = {"--levels", "1", "--device", "cpu"};
    all.insert(all.end(), more.begin(), more.end());
    return training_words(shop, all, shop / "new");
  }

  /// A table of two levels and their fusion on so many windows, whose numbers fit each other.
  static void expect_fused_scores(const nlohmann::json& table, int windows) {
    EXPECT_EQ(table.at("windows"), windows);
    ASSERT_EQ(table.at("levels").size(), 2U);
    EXPECT_EQ(table.at("levels")[1].at("level"), 2);
    double best = 0;
    for (const auto& level : table.at("levels")) best = std::max(best, level.at("mean_iou").get<double>());
    for (const auto& [fused, gain] : {std::pair("fused", "gain"), std::pair("fused_unseen", "gain_unseen")}) {
      const double mean = table.at(fused).at("mean_iou").get<double>();
      EXPECT_NEAR(table.at(gain).at("mean_iou").get<double>(), mean - best, 1e-9);
      ASSERT_EQ(table.at(gain).contains("mean_iou_95"), windows > 2);
      if (windows > 2) {
        EXPECT_LE(table.at(gain).at("mean_iou_95")[0].get<double>(), mean - best + 1e-9);
        EXPECT_GE(table.at(gain).at("mean_iou_95")[1].get<double>(), mean - best - 1e-9);
      }
      EXPECT_TRUE(table.at(fused).at("classes").contains("roof"));
      EXPECT_EQ(table.at(fused).at("classes").at("grass").at("pixels"),
                table.at("levels")[0].at("classes").at("grass").at("pixels"));
    }
  }

  Workshop shop;
};

TEST_F(Train, MakesAModelThatSegmentUses) {
  const Outcome outcome = shop.run(words({"--steps", "40", "--learning-rate", "0.003", "--hold-out", "2",
                                          "--seed", "3", "--map-patch-size", "96", "--map-overlap", "0.25"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("after 40 steps"));
  const auto manifest = nlohmann::json::parse(bytes_of_file(shop / "new/model.json"));
  const auto& training = manifest.at("orthocover:training");
  EXPECT_EQ(training.at("held_out"), nlohmann::json({"scene:2"}));
  EXPECT_EQ(training.at("data")[0].at("held_out_px").dump(), R"([{"name":"2","window":[0,80,240,40]}])");
  EXPECT_GT(training.at("scores_held_out")[0].at("accuracy").get<double>(), 0.9);
  EXPECT_NEAR(manifest.at("orthocover:ground_size_m").get<double>(), 0.1, 0.001);
  EXPECT_EQ(manifest.at("orthocover:patch_size_px"), 96);
  EXPECT_EQ(manifest.at("orthocover:overlap"), 0.25);

  const Outcome map = shop.run({"segment", "--model", shop / "new", shop / "scene.tif", shop / "map.tif"});
  ASSERT_EQ(map.exit_code, 0) << map.errors;
  const auto record = nlohmann::json::parse(bytes_of_file(shop / "map.tif.run.json"));
  const auto& pixels = record.at("orthocover").at("pixels_per_class");
  EXPECT_NEAR(pixels.at("grass").get<int>(), 120 * 120, 1500);
}

TEST_F(Train, StretchedModelsSeeScenesOfOtherLightAsTheyLearnedThem) {
  const Outcome outcome = shop.run(words({"--steps", "40", "--learning-rate", "0.003", "--scaling",
                                          "percentile", "--plain", "--hold-out", "2", "--seed", "3"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto manifest = nlohmann::json::parse(bytes_of_file(shop / "new/model.json"));
  EXPECT_EQ(manifest.at("orthocover:stretch_percent"), nlohmann::json({2, 98}));
  Made dark;
  dark.cols = 240;
  dark.rows = 120;
  dark.value = [](int band, int col, int row) {
    return (col < 120 ? 10 : 50) + (7 * col + 3 * row + band) % 9 / 4;
  };
  make_raster(shop / "dark.tif", dark);
  const Outcome map = shop.run({"segment", "--model", shop / "new", shop / "dark.tif", shop / "map.tif"});
  ASSERT_EQ(map.exit_code, 0) << map.errors;
  const auto record = nlohmann::json::parse(bytes_of_file(shop / "map.tif.run.json"));
  EXPECT_NEAR(record.at("orthocover").at("pixels_per_class").at("grass").get<int>(), 120 * 120, 1500);
}

TEST_F(Train, TakesOverStretchNetworkAndKnownClassesOfTheModelThatItBeginsWith) {
  nn::ModelPackage start = nn::open_model_package(shop / "model");
  start.manifest.stretch_percent = {1, 99};
  start.manifest.ground_size_m = 0.2;
  start.manifest.legend = Legend({{1, "sea", {}, ""}, {2, "Roof", {}, ""}, {3, "sand", {}, ""}});
  start.manifest.network_options = {{"score_stride", 4}};
  start.manifest.training = {{"data", {{{"scene", "scene"}}, {{"scene", "far"}}}}, {"held_out", {"scene:1"}}};
  const auto network = nn::make_network("orthonet-small", start.manifest.network());
  nn::save_model_package(shop / "start", start.manifest, nn::state_of(*network), true, false);
  const std::vector<std::string> command = {"--steps",      "1",          "--start-from",
                                            shop / "start", "--hold-out", "2"};
  const Outcome outcome = shop.run(words(command));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.errors, HasSubstr("start' does not know begin anew: grass\n"));
  EXPECT_THAT(outcome.errors, HasSubstr("stretched from 1 to 99 % of their own values, as '"));
  const auto taken = nlohmann::json::parse(bytes_of_file(shop / "new/model.json"));
  EXPECT_EQ(taken.at("orthocover:network_options"), start.manifest.network_options);
  EXPECT_EQ(taken.at("orthocover:stretch_percent"), nlohmann::json({1, 99}));
  EXPECT_EQ(taken.at("orthocover:ground_size_m"), 0.2);
  EXPECT_THAT(outcome.errors, HasSubstr("start was trained on scene:2, held out now"));
  EXPECT_EQ(taken.at("orthocover:training").at("data")[1].at("scene"), "far");
  EXPECT_EQ(taken.at("orthocover:training").at("data")[0].at("held_out_px"), nlohmann::json::array());
  EXPECT_EQ(taken.at("orthocover:training").at("held_out_but_seen"), nlohmann::json({"scene:2"}));
  std::vector<std::string> contrary = command;
  contrary.insert(contrary.end(), {"--scaling", "none", "--overwrite", "--network-option", "dropout=0.2"});
  const Outcome warned = shop.run(words(contrary));
  ASSERT_EQ(warned.exit_code, 0) << warned.errors;
  EXPECT_THAT(warned.errors, HasSubstr("--scaling none: scenes are as they are, but '"));
  const auto mixed = nlohmann::json::parse(bytes_of_file(shop / "new/model.json"));
  EXPECT_FALSE(mixed.contains("orthocover:stretch_percent"));
  EXPECT_EQ(mixed.at("orthocover:network_options"), nlohmann::json({{"dropout", 0.2}, {"score_stride", 4}}));

  shop.expect_refusal(
      {"evaluate", "--held-out", "-m", shop / "new", "-l", shop / "labels.gpkg", shop / "scene.tif"}, 3,
      {"new began with a model (--start-from) that learned", "scene.tif"});
  start.manifest.training["data"][0]["held_out_px"] = {{{"name", "1"}, {"window", {0, 0, 1, 999}}}};
  nn::save_model_package(shop / "start", start.manifest, nn::state_of(*network), true, true);
  EXPECT_THAT(shop.run(words(contrary)).errors, HasSubstr("--start-from: held_out_px of its scene"));
  EXPECT_TRUE(fs::exists(shop / "new.run/last.safetensors")) << "refused before anything is done";
}

TEST_F(Train, RefusesToStretchASceneWithoutAValidPixel) {
  Made empty;
  empty.cols = 240;
  empty.rows = 120;
  empty.nodata = 0;
  empty.value = [](int, int, int) { return 0.0; };
  make_raster(shop / "scene.tif", empty);
  shop.expect_refusal(words({"--scaling", "percentile"}), 3, {"scene.tif: has no valid pixel"});
}

TEST_F(Train, BeginsWithTheEncoderOfAFile) {
  constexpr double kValue = 0.125;
  nn::TensorMap classifier;
  for (const auto& [name, tensor] : nn::state_of(*nn::make_network("unet-resnet34", {3, 2}))) {
    if (name.starts_with("encoder."))
      classifier.emplace_back(name.substr(8), torch::full_like(tensor.detach(), kValue));
  }
  nn::write_safetensors(shop / "encoder.safetensors", classifier);
  const Outcome outcome =
      shop.run(words({"--steps", "1", "--learning-rate", "0.0000001", "--architecture", "unet-resnet34",
                      "--encoder-weights", shop / "encoder.safetensors"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.errors, HasSubstr("ResNet"));
  for (const auto& [name, tensor] : nn::read_checkpoint(shop / "new/weights.safetensors")) {
    if (name != "encoder.layer2.0.conv1.weight") continue;
    EXPECT_NEAR(tensor.to(torch::kFloat).mean().item<double>(), kValue, 1e-3);
    return;
  }
  FAIL() << "no such tensor in the package";
}

TEST_F(Train, EndsWithTheSameWeightsWhenItIsKilledInBetweenAndGoesOn) {
  const std::vector<std::string> more = {"--steps",          "60", "--checkpoint-every", "0.01",
                                         "--accumulate",     "2",  "--hold-out",         "2",
                                         "--loader-threads", "2"};
  ASSERT_EQ(shop.run(words(more)).exit_code, 0);
  const std::string whole = bytes_of_file(shop / "new/weights.safetensors");
  fs::rename(shop / "new", shop / "whole");
  fs::remove_all(shop / "new.run");
  {
    ChildProgram program(ORTHOCOVER_PROGRAM, words(more));
    ASSERT_TRUE(program.wait_for_error("step 30:")) << "its score";
    program.send(SIGSTOP);
    EXPECT_THAT(shop.run(words({"--overwrite", "--steps", "1"})).errors,
                HasSubstr("new.run: another run is working in it"));
    program.send(SIGKILL);
    EXPECT_EQ(program.finish().exit_code, 128 + SIGKILL);
  }
  ASSERT_FALSE(fs::exists(shop / "new"));
  ASSERT_TRUE(fs::exists(shop / "new.run/last.safetensors"));
  shop.expect_refusal(words(more), 2, {"--run-folder", "--resume"});
  const std::string half = shop / "new.run/.last.00000000-1-0.safetensors";
  write_bytes(half, "of a run that was killed while it wrote");
  fs::copy(shop / "whole", shop / ".new.00000000-1-0");
  for (const std::string& old : {half, shop / ".new.00000000-1-0/model.json",
                                 shop / ".new.00000000-1-0/weights.safetensors", shop / ".new.00000000-1-0"})
    fs::last_write_time(old, fs::file_time_type::clock::now() - 2 * kAbandonedAfter);
  std::vector<std::string> again = more;
  again.emplace_back("--resume");
  std::vector<std::string> elsewhere = again;
  *std::next(std::ranges::find(elsewhere, "--hold-out")) = "1";
  const Outcome refused = shop.run(words(elsewhere));
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("with other ground or labels held out"));
  const Outcome outcome = shop.run(words(again));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_FALSE(fs::exists(half));
  EXPECT_TRUE(fs::exists(shop / ".new.00000000-1-0")) << "the only package when the run began";
  EXPECT_THAT(outcome.errors, HasSubstr("goes on after step"));
  EXPECT_TRUE(bytes_of_file(shop / "new/weights.safetensors") == whole) << "bit for bit";
}

TEST_F(Train, GoesOnWithoutRecordsWhereTheDiskIsFull) {
  std::vector<std::string> all = {"-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"", ORTHOCOVER_PROGRAM};
  std::ranges::copy(words({"--steps", "12", "--validate-every", "12"}), std::back_inserter(all));
  const Outcome outcome = run_child("/bin/bash", all);
  EXPECT_EQ(outcome.exit_code, 5) << "the package has no room either";
  EXPECT_THAT(outcome.errors, HasSubstr("writing failed: File too large; the run goes on without"));
  EXPECT_THAT(outcome.errors, HasSubstr("step 12: mean IoU"));
  EXPECT_EQ(bytes_of_file(shop / "new.run/metrics.jsonl").back(), '\n') << "no record is torn";
}

TEST_F(Train, TellsThatARunGoesOnWithOtherLabelsOrVariation) {
  const auto vary = [&](const char* transforms) { write_bytes(shop / "vary.json", transforms); };
  std::vector<std::string> command =
      words({"--steps", "1", "--hold-out", "2", "--augmentation", shop / "vary.json"});
  vary(R"({"transforms": []})");
  ASSERT_EQ(shop.run(command).exit_code, 0);
  command.insert(command.end() - 2, "--resume");
  const Outcome same = shop.run(command);
  ASSERT_EQ(same.exit_code, 0) << same.errors;
  EXPECT_THAT(same.errors, testing::Not(HasSubstr("made with other values")));
  vary(R"({"transforms": [{"name": "gamma", "p": 1}]})");
  EXPECT_THAT(shop.run(command).errors, HasSubstr("made with other values of variation; "));
  command.insert(command.end() - 2, {"--where", "fid <> 1"});
  EXPECT_THAT(shop.run(command).errors, HasSubstr("made with other values of training_labels, where; "));
}

TEST_F(Train, LearnsFromLabelsOfSeveralClassesAndHoldsSomeOut) {
  const nlohmann::json source = {
      {"scenes", "scene.tif"}, {"labels", "labels.gpkg"}, {"map", {{"1", {"grass", "roof"}}}}};
  write_bytes(
      shop / "data.json",
      nlohmann::json{{"legend", "legend.json"}, {"sources", {source}}, {"split", {{"hold_out", {"2"}}}}}
          .dump());
  const Outcome outcome =
      shop.run({"train", "--data", shop / "data.json", "--patch-size", "64", "--batch-size", "2", "--levels",
                "1", "--device", "cpu", "--steps", "1", shop / "new"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.errors, HasSubstr("labelled ground held out: grass "));
  EXPECT_THAT(outcome.output, HasSubstr("; without scores: grass\n"));
  EXPECT_THAT(outcome.errors, testing::Not(HasSubstr("''")));
}

TEST_F(Train, TakesScenesOfUnknownGroundSizeForOnesLikeTheOthers) {
  Made frame;
  frame.crs.clear();
  frame.geotransform.reset();
  fs::create_directories(shop / "frames");
  fs::create_directories(shop / "masks");
  make_raster(shop / "frames/a.tif", frame);
  frame.bands = 1;
  frame.value = [](int, int col, int) { return col < 32 ? 1 : 3; };
  make_raster(shop / "masks/a.tif", frame);
  write_bytes(shop / "data.json", R"({"legend": "legend.json", "split": {"share": 0}, "sources": [
      {"images": "frames", "masks": "masks"}, {"scenes": ["scene.tif"], "labels": ["labels.gpkg"]}]})");
  const Outcome outcome =
      shop.run({"train", "--data", shop / "data.json", "--steps", "1", "--batch-size", "1", "--patch-size",
                "64", "--levels", "1", "--device", "cpu", shop / "new"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.errors, HasSubstr("1 of 2 scenes have no known ground size (a): a pixel of theirs"));
  EXPECT_THAT(outcome.errors, HasSubstr("nothing is held out (share 0 in "));
  const auto manifest = nlohmann::json::parse(bytes_of_file(shop / "new/model.json"));
  EXPECT_NEAR(manifest.at("orthocover:ground_size_m").get<double>(), 0.1, 0.001);
}

TEST_F(Train, HoldsOutRegionsWhereEveryOfSeveralScenesHasOne) {
  for (const auto& [scene, x] : {std::pair{"a", 500000.0}, {"b", 500100.0}}) {
    make_training_scene(shop, scene, "two_windows", x);
    std::filesystem::remove(shop / "two_windows.gpkg");
    make_polygons(shop / scene + ".gpkg", "EPSG:32633",
                  {{1, {x + 1, 4999990, x + 3, 4999999}}, {3, {x + 15, 4999990, x + 17, 4999999}}},
                  {{7, {x, 4999988, x + 24, 5000000}}});
  }
  const Outcome outcome =
      shop.run({"train", "--labels", shop / "a.gpkg" + "," + shop / "b.gpkg", "--legend",
                shop / "legend.json", "--steps", "1", "--batch-size", "1", "--patch-size", "64", "--levels",
                "1", "--device", "cpu", shop / "a.tif", shop / "b.tif", shop / "new"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto manifest = nlohmann::json::parse(bytes_of_file(shop / "new/model.json"));
  EXPECT_THAT(manifest.at("orthocover:training").at("held_out").dump(), HasSubstr(":7\""));
}

TEST_F(Train, RefusesMoreStepsByEpochsThanByStepsAndWhatHasNoEffect) {
  std::vector<std::string> command = words({"--epochs", "10000", "--samples", "100000000"});
  shop.expect_refusal(command, 2, {"--epochs", "at most 1e+08"});
  shop.expect_refusal(words({"--hold-out", "scene"}), 3, {"all labels are held out"});
  shop.expect_refusal(words({"--samples", "50"}), 2, {"--samples: has no effect without --epochs"});
  for (const char* option : {"--patience", "--validate-every"})
    shop.expect_refusal(words({option, "3", "--hold-out-share", "0"}), 2,
                        {option, "without a --hold-out-share above 0"});
}

TEST(ImportWeights, OfThePackageThatTheyReplaceAreRecordedAsTheyWere) {
  const Workshop shop;
  const std::string weights = shop / "model/weights.safetensors";
  const std::string before = sha256_of_file(weights);
  const Outcome outcome = shop.run(
      {"import-weights", weights, shop / "model", "--architecture", "orthonet-small", "--overwrite"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto record = nlohmann::json::parse(bytes_of_file(shop / "model.run.json"));
  EXPECT_EQ(record.at("orthocover").at("weights").at("sha256"), before);
}

TEST_F(Train, CrossValidatesOverPlacesFitsTheLevelsToThemAndGoesOnWhereItStopped) {
  const std::vector<std::string> command =
      place_words(shop, {"--steps", "10", "--keep", "last", "--learning-rate", "0.003"}, shop / "new");
  std::vector<std::string> watched = command;
  watched.insert(watched.end(), {"--progress", "json"});
  const Outcome outcome = run_child(ORTHOCOVER_PROGRAM, watched);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_GT(outcome.errors.find("\"fraction\":1.0"), outcome.errors.find("fold 2 of 2"))
      << "of all trainings";
  EXPECT_THAT(outcome.output, HasSubstr("without place of the other: mean IoU on what is held out: 1x 0."));
  EXPECT_THAT(outcome.output, HasSubstr("all places together:"));
  EXPECT_THAT(outcome.errors, HasSubstr("fusion of the levels: weights 1x"));
  const std::string table = bytes_of_file(shop / "new.run/cross_validation.json");
  const auto validation = nlohmann::json::parse(table);
  EXPECT_EQ(validation.at("folds").size(), 2U);
  EXPECT_GE(validation.at("fusion").at("points").get<int>(), 2 * 4 * 300);
  EXPECT_THAT(outcome.output, HasSubstr("all places together: mean IoU of the fused levels 0."));
  for (const auto& fold : validation.at("folds")) {
    expect_fused_scores(fold.at("fused"), 2);
    double weights = 0;
    for (const auto& level : fold.at("fused").at("fused_unseen").at("weights"))
      weights += level.at("weight").get<double>();
    EXPECT_NEAR(weights, 1, 1e-3);
  }
  const auto& together = validation.at("fused_together");
  expect_fused_scores(together, 4);
  EXPECT_NEAR(together.at("levels")[0].at("mean_iou").get<double>(),
              validation.at("together")[0].at("mean_iou").get<double>(), 0.02)
      << "level 1 by itself, with the package's rounded weights";
  const auto manifest = nlohmann::json::parse(bytes_of_file(shop / "new/model.json"));
  EXPECT_EQ(manifest.at("orthocover:training").at("cross_validation"), validation);
  EXPECT_EQ(manifest.at("orthocover:training").at("held_out").size(), 0U) << "the package is of all places";
  double sum = 0;
  for (const auto& level : manifest.at("orthocover:fusion").at("levels"))
    sum += level.at("weight").get<double>();
  EXPECT_NEAR(sum, 1, 1e-3);
  EXPECT_TRUE(fs::exists(shop / "new.run/fold-place of the other/package/model.json"));

  fs::remove(shop / "new.run/last.safetensors");
  fs::rename(shop / "new", shop / "done");
  shop.expect_refusal(command, 2, {"--run-folder", "new.run", "--resume"});
  std::vector<std::string> again = command;
  again.emplace_back("--resume");
  fs::remove_all(shop / "new.run/fold-place of the scene");
  const Outcome resumed = shop.run(again);
  ASSERT_EQ(resumed.exit_code, 0) << resumed.errors;
  EXPECT_EQ(bytes_of_file(shop / "new.run/cross_validation.json"), table);
  again.back() = "--overwrite";
  {
    const FolderClaim other(shop / "new.run");
    EXPECT_THAT(shop.run(again).errors, HasSubstr("another run is working in it"));
    EXPECT_TRUE(fs::exists(shop / "new.run/last.safetensors")) << "of that run";
  }
  fs::remove_all(shop / "new.run/fold-place of the other");
  write_bytes(shop / "new.run/fold-place of the other", "in the way, so that the run ends early");
  ASSERT_EQ(shop.run(again).exit_code, 5);
  EXPECT_FALSE(fs::exists(shop / "new.run/last.safetensors")) << "--resume would go on from an earlier run's";
}

TEST_F(Train, RefusesWhatCanNotBe) {
  shop.expect_refusal(words({"--labels", shop / "labels.gpkg" + "," + shop / "labels.gpkg"}), 2,
                      {"--labels", "3", "1"});
  shop.expect_refusal(words({"--patch-size", "70"}), 2, {"--patch-size", "70"});
  shop.expect_refusal(words({"--map-patch-size", "100"}), 2, {"--map-patch-size", "100", "96"});
  shop.expect_refusal(words({"--loss", "focl"}), 2, {"--loss", "focl", "focal"});
  shop.expect_refusal(words({"--class-weights", "1,2,3"}), 2, {"--class-weights", "3", "2"});
  shop.expect_refusal(words({"--class-weights", "0,0"}), 2, {"--class-weights", "0"});
  shop.expect_refusal(words({"--cross-validate", "place", "--hold-out", "2"}), 2, {"--hold-out"});
  shop.expect_refusal(words({"--cross-validate", "place", "--split-seed", "2"}), 2, {"--split-seed"});
  shop.expect_refusal(words({"--plain", "--style-share", "0.5"}), 2, {"--plain", "--style-share"});
  shop.expect_refusal({"train", "--data", shop / "legend.json", "--where", "1", shop / "new"}, 2,
                      {"--where"});
  shop.expect_refusal(words({"--ground-sizes", "0.4", "0.1"}), 2, {"--ground-sizes", "0.4", "0.1"});
  shop.expect_refusal(words({"--precision", "float16"}), 2, {"--precision", "float16", "float32"});
  shop.expect_refusal(words({"--network-option", "drop=1"}), 4, {"'drop'", "dropout"});
  shop.expect_refusal(words({"--hold-out", "9"}), 2, {"9", "there are "});
  shop.expect_refusal(words({"--momentum", "0.5"}), 2, {"--momentum", "--optimiser sgd"});
  shop.expect_refusal(words({"--class-weights", "1,2", "--loss", "dice"}), 2, {"--class-weights", "--loss"});
  shop.expect_refusal(words({"--gap", "3"}), 2, {"--gap", "--split blocks"});
  shop.expect_refusal(words({"--class-field", "kind"}), 3, {"kind"});
  shop.expect_refusal(words({"--architecture", "unet-resnet35"}), 4, {"unet-resnet35", "unet-resnet34"});
  shop.expect_refusal(words({"--start-from", shop / "model", "--encoder-weights", shop / "legend.json"}), 2,
                      {"--encoder-weights"});
}

}  // namespace
}  // namespace orthocover::test

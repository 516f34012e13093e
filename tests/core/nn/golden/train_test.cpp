#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/nn/device.h"
#include "formula.h"
#include "golden_case.h"

namespace orthocover::golden {
namespace {

constexpr double kNormTolerance = 1e-2;   ///< relative, of gradient norms with batch statistics
constexpr double kTrainTolerance = 2e-3;  ///< of the largest logit: batch statistics amplify rounding
constexpr double kStatsTolerance = 1e-4;  ///< of the largest running statistic
constexpr double kEvalTolerance = 1e-3;   ///< relative, of total norms without batch statistics
constexpr double kLossTolerance = 1e-5;   ///< relative

/// Images and labels of a case.
struct Batch {
  torch::Tensor images;
  torch::Tensor truth;
  int classes = 0;
};

Batch batch_of(const nlohmann::json& input) {
  const auto shape = input.at("shape").get<std::vector<std::int64_t>>();
  const int classes = input.at("classes");
  return {image(input.at("image_seed"), shape),
          labels(input.at("label_seed"), shape.at(0), shape.at(2), shape.at(3), classes), classes};
}

std::shared_ptr<nn::SegmentationNetwork> network_for(const Case& golden, const Batch& batch) {
  return build(golden.json.at("model"), static_cast<int>(batch.images.size(1)), batch.classes);
}

torch::Tensor sum_of_losses(const torch::Tensor& logits, const torch::Tensor& truth) {
  return torch::nn::functional::cross_entropy(
      logits, truth,
      torch::nn::functional::CrossEntropyFuncOptions().ignore_index(255).reduction(torch::kSum));
}

torch::Tensor mean_loss(const torch::Tensor& logits, const torch::Tensor& truth) {
  return sum_of_losses(logits, truth) / (truth != 255).sum();
}

void expect_relative(double value, double reference, double tolerance, const std::string& what) {
  EXPECT_NEAR(value, reference, tolerance * std::abs(reference)) << what;
}

double l2(const torch::Tensor& tensor) {
  return tensor.detach().to(torch::kDouble).norm().item<double>();
}

/// Norm over all parameters of what `pick` makes of them; undefined tensors count as nothing.
template <class Pick>
double total_norm(const torch::nn::Module& module, Pick pick) {
  double sum = 0;
  for (const auto& parameter : module.parameters()) {
    const torch::Tensor picked = pick(parameter);
    if (picked.defined()) sum += std::pow(l2(picked), 2);
  }
  return std::sqrt(sum);
}

double total_gradient(const torch::nn::Module& module) {
  return total_norm(module, [](const torch::Tensor& parameter) { return parameter.grad(); });
}

double total_parameters(const torch::nn::Module& module) {
  return total_norm(module, [](const torch::Tensor& parameter) { return parameter; });
}

void expect_gradients(const nn::SegmentationNetwork& network, const nlohmann::json& reference) {
  const auto parameters = network.named_parameters();
  for (const auto& [key, gradient] : reference.at("gradients").items()) {
    ASSERT_TRUE(parameters.contains(key)) << key;
    ASSERT_TRUE(parameters[key].grad().defined()) << key;
    expect_relative(l2(parameters[key].grad()), gradient.at("l2"), kNormTolerance, key);
  }
  std::set<std::string> without;
  for (const auto& item : parameters)
    if (!item.value().grad().defined()) without.insert(item.key());
  EXPECT_EQ(without, reference.value("parameters_without_gradient", std::set<std::string>()));
}

void expect_running_statistics(const nn::SegmentationNetwork& network, const nlohmann::json& reference) {
  const auto buffers = network.named_buffers();
  for (const auto& [key, statistics] : reference.items()) {
    SCOPED_TRACE(key);
    for (const char* name : {"running_mean", "running_var"})
      if (statistics.contains(name)) {
        ASSERT_TRUE(buffers.contains(key + "." + name));
        expect_summary(buffers[key + "." + name], statistics[name], kStatsTolerance);
      }
    if (statistics.contains("num_batches_tracked")) {
      EXPECT_EQ(buffers[key + ".num_batches_tracked"].item<std::int64_t>(),
                statistics["num_batches_tracked"]);
    }
  }
}

void run_train_mode(const Case& golden) {
  const auto& reference = golden.json.at("train_mode");
  const auto batch = batch_of(reference.at("input"));
  const auto network = network_for(golden, batch);
  network->train();
  const auto logits = network->forward(batch.images);
  const auto loss = mean_loss(logits, batch.truth);
  loss.backward();
  expect_relative(loss.item<double>(), reference.at("loss"), kLossTolerance, "loss");
  if (reference.contains("logits")) expect_summary(logits, reference["logits"], kTrainTolerance);
  expect_relative(total_gradient(*network), reference.at("grad_l2_total"), kNormTolerance, "gradient");
  expect_gradients(*network, reference);
  if (reference.contains("running_stats_after_one_forward"))
    expect_running_statistics(*network, reference["running_stats_after_one_forward"]);
}

/// How the losses of a batch are put together.
enum class Accumulation { Batch, Weighted, Naive };

std::vector<double> backward(nn::SegmentationNetwork& network, const Batch& batch, Accumulation way) {
  const auto images = batch.images.size(0);
  const auto valid = (batch.truth != 255).sum();
  std::vector<double> losses;
  for (std::int64_t i = 0; i < (way == Accumulation::Batch ? 1 : images); ++i) {
    const auto part =
        way == Accumulation::Batch ? torch::indexing::Slice() : torch::indexing::Slice(i, i + 1);
    const auto truth = batch.truth.index({part});
    const auto logits = network.forward(batch.images.index({part}));
    const auto loss = way == Accumulation::Naive ? mean_loss(logits, truth) / static_cast<double>(images)
                                                 : sum_of_losses(logits, truth) / valid;
    loss.backward();
    losses.push_back(loss.item<double>());
  }
  return losses;
}

void step(nn::SegmentationNetwork& network, const nlohmann::json& optimizer) {
  auto options = torch::optim::SGDOptions(optimizer.at("lr").get<double>());
  options.momentum(optimizer.value("momentum", 0.0)).weight_decay(optimizer.value("weight_decay", 0.0));
  torch::optim::SGD(network.parameters(), options).step();
}

void expect_losses(const std::vector<double>& losses, const nlohmann::json& reference) {
  double total = 0;
  for (const double loss : losses) total += loss;
  expect_relative(total, reference.at("loss_total"), kLossTolerance, "total loss");
  if (!reference.contains("losses")) return;
  ASSERT_EQ(losses.size(), reference["losses"].size());
  for (std::size_t i = 0; i < losses.size(); ++i)
    expect_relative(losses[i], reference["losses"][i], kLossTolerance, "loss of part " + std::to_string(i));
}

/// The optional member, or an empty object that outlives the loop over it.
const nlohmann::json& member(const nlohmann::json& object, const std::string& name) {
  static const nlohmann::json kNothing = nlohmann::json::object();
  return object.contains(name) ? object[name] : kNothing;
}

void run_accumulation(const Case& golden, Accumulation way, const nlohmann::json& reference) {
  const auto& accumulation = golden.json.at("accumulation");
  const auto batch = batch_of(accumulation.at("input"));
  const auto network = network_for(golden, batch);
  network->eval();
  std::vector<torch::Tensor> before;
  for (const auto& parameter : network->parameters()) before.push_back(parameter.detach().clone());
  const auto parameters = network->named_parameters();

  expect_losses(backward(*network, batch, way), reference);
  expect_relative(total_gradient(*network), reference.at("grad_l2_total"), kEvalTolerance, "gradient");
  for (const auto& [key, value] : member(reference, "grad_l2").items())
    expect_relative(l2(parameters[key].grad()), value, kNormTolerance, "gradient of " + key);

  step(*network, accumulation.at("optimizer"));
  expect_relative(total_parameters(*network), reference.at("parameters_l2_after"), 1e-6, "parameters");
  for (const auto& [key, value] : member(reference, "parameter_l2_after").items())
    expect_relative(l2(parameters[key]), value, 2e-5, key);
  std::size_t next = 0;
  const double update = total_norm(
      *network, [&](const torch::Tensor& parameter) { return parameter.detach() - before[next++]; });
  expect_relative(update, reference.at("update_l2"), kEvalTolerance, "update");
}

template <class Run>
void for_each_case(const std::string& member, Run run) {
  nn::set_threads(2);
  const auto cases = cases_with(member);
  ASSERT_FALSE(cases.empty()) << "no case with " << member << " in " << cases_folder();
  for (const auto& golden : cases) {
    SCOPED_TRACE(golden.name());
    EXPECT_NO_THROW(run(golden));
  }
}

TEST(Golden, TrainingLossGradientsAndStatisticsEqualTheReference) {
  for_each_case("train_mode", run_train_mode);
}

TEST(Golden, AccumulatedStepEqualsTheReference) {
  const std::pair<const char*, Accumulation> ways[] = {
      {"batch", Accumulation::Batch}, {"weighted", Accumulation::Weighted}, {"naive", Accumulation::Naive}};
  for_each_case("accumulation", [&](const Case& golden) {
    for (const auto& [name, way] : ways) {
      SCOPED_TRACE(name);
      if (golden.json["accumulation"].contains(name))
        run_accumulation(golden, way, golden.json["accumulation"][name]);
    }
  });
}

}  // namespace
}  // namespace orthocover::golden

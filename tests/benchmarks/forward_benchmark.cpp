// What preparing a network for inference saves: for every network, forward passes as loaded, prepared in each
// layout, and compiled into oneDNN's primitives, alternating in one process so that all meet the same
// machine. Prints the medians of each round's ratio to the network as loaded, and the largest difference of a
// score, as a share of the largest score.
//
// usage: forward_benchmark [ROUNDS [SIZE_PX [NETWORK]...]]
//        NETWORK: an architecture, behind it options as JSON if wanted: orthonet-small{"score_stride":4}
//        forward_benchmark --trace NETWORK SIZE_PX FILE  writes it as TorchScript (onnx_runtime.py)
//        forward_benchmark --layers NETWORK [SIZE_PX]    where the time of a prepared network goes
//        forward_benchmark --steps NETWORK [SIZE_PX]     where the time of a compiled network goes

#include <ATen/record_function.h>
#include <fmt/ranges.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/frontend/tracer.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <functional>
#include <map>
#include <string>

#include "core/base/error.h"
#include "core/inference/onednn/compiled_network.h"
#include "core/nn/device.h"
#include "core/nn/network.h"
#include "core/nn/weights/tensor_map.h"

namespace orthocover {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

constexpr int kClasses = 8;

struct Way {
  std::string name;
  std::function<torch::Tensor(const torch::Tensor&)> forward;
  std::vector<double> ratios{};
  std::vector<double> seconds{};
  std::vector<double> cpu_seconds{};
};

/// @param name an architecture, behind it options as JSON if wanted: orthonet-small{"score_stride":4}
std::shared_ptr<nn::SegmentationNetwork> make_named(const std::string& name) {
  const auto options = name.find('{');
  if (options == std::string::npos) return nn::make_network(name, {3, kClasses});
  return nn::make_network(name.substr(0, options),
                          {3, kClasses, nlohmann::json::parse(name.substr(options))});
}

/// A network with statistics and affine parameters that batch norm does not leave alone, always the same.
std::shared_ptr<nn::SegmentationNetwork> make_trained(const std::string& name) {
  torch::manual_seed(1);
  auto network = make_named(name);
  const torch::NoGradGuard no_gradient;
  for (const auto& module : network->modules()) {
    if (auto* norm = module->as<torch::nn::BatchNorm2d>()) {
      norm->running_mean.uniform_(-0.1, 0.1);
      norm->running_var.uniform_(0.8, 1.2);
      norm->weight.uniform_(0.8, 1.2);
      norm->bias.uniform_(-0.1, 0.1);
    }
  }
  network->eval();
  return network;
}

Way way_of(std::string name, const std::shared_ptr<nn::SegmentationNetwork>& network) {
  return {std::move(name),
          [network](const torch::Tensor& image) { return network->forward_scores(image).contiguous(); }};
}

std::vector<Way> make_ways(const std::string& name) {
  const auto loaded = make_trained(name);
  std::vector<Way> ways{way_of("as loaded", loaded)};
  const std::vector<std::pair<std::string, nn::ConvLayout>> layouts{
      {"folded", nn::ConvLayout::Contiguous}, {"channels-last", nn::ConvLayout::ChannelsLast}};
  std::shared_ptr<onednn::CompiledNetwork> compiled;
  for (const auto& [layout, value] : layouts) {
    auto network = make_named(name);
    nn::load_state(*network, nn::state_of(*loaded), name);
    network->eval();
    network->prepare_for_inference(value);
    if (value == nn::ConvLayout::Contiguous) compiled = onednn::CompiledNetwork::make(*network, 3);
    ways.push_back(way_of(layout, network));
  }
  if (compiled != nullptr)
    ways.push_back({"compiled", [compiled](const torch::Tensor& image) { return compiled->forward(image); }});
  return ways;
}

/// Writes the network as TorchScript that holds its weights as constants: forward(image) gives the scores.
void write_traced(const std::string& name, int size_px, const std::string& file) {
  const nn::InferenceScope scope;
  const auto network = make_trained(name);
  for (torch::Tensor parameter : network->parameters()) parameter.set_requires_grad(false);
  const auto forward = [&](torch::jit::Stack inputs) -> torch::jit::Stack {
    return {network->forward_scores(inputs.at(0).toTensor())};
  };
  const auto no_name = [](const torch::Tensor&) { return std::string(); };
  const auto traced =
      torch::jit::tracer::trace({torch::rand({1, 3, size_px, size_px})}, forward, no_name).first;
  torch::jit::Module module("Network");
  traced->graph->insertInput(0, "self")->setType(module._ivalue()->type());
  module.type()->addMethod(module._ivalue()->compilation_unit()->create_function("forward", traced->graph));
  module.save(file);
}

void compare(const std::string& name, int rounds, int size_px) {
  const nn::InferenceScope scope;
  std::vector<Way> ways = make_ways(name);
  const torch::Tensor image = torch::randn({1, 3, size_px, size_px});
  std::vector<double> differences;
  const torch::Tensor reference = ways.front().forward(image);
  for (Way& way : ways) {
    const torch::Tensor scores = way.forward(image);
    differences.push_back(((scores - reference).abs().max() / reference.abs().max()).item<double>());
  }
  for (int round = 0; round < rounds; ++round) {
    for (Way& way : ways) {
      const auto start = Clock::now();
      const std::clock_t cpu_start = std::clock();
      way.forward(image);
      way.cpu_seconds.push_back(static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC);
      way.seconds.push_back(seconds_since(start));
      way.ratios.push_back(way.seconds.back() / ways.front().seconds.back());
    }
  }
  for (std::size_t i = 0; i < ways.size(); ++i) {
    fmt::print("{:<32} {:<14} time {:.3f}  ({:.3f} s, {:.3f} s of all cores)  difference {:.1e}\n", name,
               ways[i].name, median(ways[i].ratios), median(ways[i].seconds), median(ways[i].cpu_seconds),
               differences[i]);
  }
  std::fflush(stdout);
}

// Time of each layer
// -------------------------------------------------------------------------------------------------------

struct Total {
  double seconds = 0;
  int calls = 0;
};

struct Timer final : at::ObserverContext {
  std::string key;
  Clock::time_point start;
};

thread_local std::map<std::string, Total> totals;
thread_local int depth = 0;

std::string key_of(const at::RecordFunction& function) {
  std::string key = function.name();
  for (const c10::IValue& input : function.inputs()) {
    if (input.isTensor() && input.toTensor().defined() && input.toTensor().dim() == 4)
      key += fmt::format(" {}{}", fmt::join(input.toTensor().sizes().vec(), "x"),
                         input.toTensor().is_contiguous() ? "" : "'");
  }
  return key;
}

std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& function) {
  auto timer = std::make_unique<Timer>();
  // Only what the network calls itself.
  if (depth++ == 0) timer->key = key_of(function);
  timer->start = Clock::now();
  return timer;
}

void end(const at::RecordFunction&, at::ObserverContext* context) {
  --depth;
  const auto* timer = dynamic_cast<const Timer*>(context);
  if (timer == nullptr || timer->key.empty()) return;
  Total& total = totals[timer->key];
  total.seconds += seconds_since(timer->start);
  ++total.calls;
}

void show_layers(const std::string& name, int size_px, int rounds) {
  const nn::InferenceScope scope;
  const auto network = make_trained(name);
  network->prepare_for_inference();
  const torch::Tensor image = torch::randn({1, 3, size_px, size_px});
  network->forward_scores(image);
  const auto handle = at::addThreadLocalCallback(
      at::RecordFunctionCallback(&begin, &end).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
  const auto start = Clock::now();
  for (int round = 0; round < rounds; ++round) network->forward_scores(image);
  const double whole = seconds_since(start);
  at::removeCallback(handle);
  std::vector<std::pair<std::string, Total>> sorted(totals.begin(), totals.end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
  if (sorted.size() > 40) sorted.resize(40);
  for (const auto& [key, total] : sorted)
    fmt::print("{:5.1f} %  {:3} x  {}\n", 100 * total.seconds / whole, total.calls / rounds, key);
}

void show_steps(const std::string& name, int size_px, int passes) {
  const nn::InferenceScope scope;
  const auto network = make_trained(name);
  network->prepare_for_inference();
  const auto compiled = onednn::CompiledNetwork::make(*network, 3);
  if (compiled == nullptr) throw resource_error("--steps: this build can't compile {}", name);
  const torch::Tensor image = torch::randn({1, 3, size_px, size_px});
  compiled->measure(image, 1);
  std::map<std::string, onednn::StepTime> totals_of;
  std::map<std::string, int> calls;
  double whole = 0;
  for (const onednn::StepTime& step : compiled->measure(image, passes)) {
    const std::string key = step.name + step.implementation;
    onednn::StepTime& total =
        totals_of.emplace(key, onednn::StepTime{step.name, step.implementation}).first->second;
    total.seconds += step.seconds;
    total.multiply_adds += step.multiply_adds;
    ++calls[key];
    whole += step.seconds;
  }
  std::vector<onednn::StepTime> sorted;
  for (const auto& [key, total] : totals_of) sorted.push_back(total);
  std::ranges::sort(sorted, std::greater{}, &onednn::StepTime::seconds);
  fmt::print("{}: {:.1f} ms\n", name, 1000 * whole / passes);
  for (const onednn::StepTime& step : sorted) {
    fmt::print("{:5.1f} % {:8.2f} ms {:3} x {:6.1f} GFLOP/s  {:<22} {}\n", 100 * step.seconds / whole,
               1000 * step.seconds / passes, calls[step.name + step.implementation],
               2e-9 * step.multiply_adds / step.seconds, step.implementation, step.name);
  }
}

int run(const std::vector<std::string>& arguments) {
  nn::set_threads(0);
  nn::keep_freed_memory();
  const auto number = [&](std::size_t i, int otherwise) {
    return i < arguments.size() ? std::stoi(arguments[i]) : otherwise;
  };
  if (!arguments.empty() && arguments[0] == "--layers") {
    if (arguments.size() < 2) throw usage_error("--layers: name a network");
    show_layers(arguments[1], number(2, 512), 5);
    return 0;
  }
  if (!arguments.empty() && arguments[0] == "--steps") {
    if (arguments.size() < 2) throw usage_error("--steps: name a network");
    show_steps(arguments[1], number(2, 512), 5);
    return 0;
  }
  if (!arguments.empty() && arguments[0] == "--trace") {
    if (arguments.size() != 4) throw usage_error("--trace: give a network, a size in pixels and a file");
    write_traced(arguments[1], number(2, 512), arguments[3]);
    return 0;
  }
  for (const nn::NetworkEntry& entry : nn::networks())
    if (arguments.size() < 3) compare(entry.name, number(0, 15), number(1, 512));
  for (std::size_t i = 2; i < arguments.size(); ++i) compare(arguments[i], number(0, 15), number(1, 512));
  return 0;
}

}  // namespace
}  // namespace orthocover

int main(int argc, char** argv) {
  try {
    return orthocover::run({argv + 1, argv + argc});
  } catch (const orthocover::Error& error) {
    fmt::print(stderr, "forward_benchmark: {}\n", error.what());
    return error.exit_code();
  }
}

#include "formula.h"

#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "core/nn/weights/tensor_map.h"

namespace orthocover::golden {

namespace {

double unit(std::uint64_t seed, std::uint64_t index) {
  return static_cast<double>(splitmix64(seed, index) >> 40) * 0x1p-24;
}

std::pair<double, double> weight_range(const std::string& key, torch::IntArrayRef shape) {
  const auto leaf = key.substr(key.rfind('.') + 1);
  if (leaf == "running_mean" || leaf == "bias") return {-0.1, 0.1};
  if (leaf == "running_var") return {0.9, 1.1};
  if (leaf != "weight") throw std::invalid_argument("no range for '" + key + "'");
  if (shape.size() == 1) return {0.9, 1.1};
  double fan_in = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) fan_in *= static_cast<double>(shape[i]);
  const double gain2 = shape.size() == 2 ? 1.0 : shape[1] == 1 ? 3.5 : 1.25;
  const double bound = std::sqrt(3.0 * gain2 / fan_in);
  return {-bound, bound};
}

std::int64_t blocks(std::int64_t size, std::int64_t block) {
  return (size + block - 1) / block;
}

}  // namespace

std::uint64_t fnv1a64(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return hash;
}

std::uint64_t splitmix64(std::uint64_t seed, std::uint64_t index) {
  std::uint64_t z = seed + 0x9E3779B97F4A7C15 * (index + 1);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

torch::Tensor weight(const std::string& key, torch::IntArrayRef shape) {
  if (key.ends_with("num_batches_tracked")) return torch::zeros(shape, torch::kLong);
  const auto [low, high] = weight_range(key, shape);
  auto tensor = torch::empty(shape, torch::kFloat);
  auto* values = tensor.data_ptr<float>();
  const auto seed = fnv1a64(key);
  for (std::int64_t i = 0; i < tensor.numel(); ++i)
    values[i] = static_cast<float>(low + (high - low) * unit(seed, i));
  return tensor;
}

void fill_weights(torch::nn::Module& module) {
  const torch::NoGradGuard no_gradients;
  for (auto& [key, tensor] : nn::state_of(module)) torch::Tensor(tensor).copy_(weight(key, tensor.sizes()));
}

torch::Tensor image(const std::string& seed, const std::vector<std::int64_t>& shape) {
  constexpr std::array<std::pair<int, double>, 3> kScales{{{32, 1.25}, {8, 0.75}, {1, 0.5}}};
  const auto h = shape.at(2);
  const auto w = shape.at(3);
  std::array<std::uint64_t, 3> keys{};
  for (std::size_t k = 0; k < keys.size(); ++k)
    keys[k] = fnv1a64("input:" + seed + ":" + std::to_string(kScales[k].first));
  auto tensor = torch::empty(shape, torch::kFloat);
  auto* value = tensor.data_ptr<float>();
  for (std::int64_t plane = 0; plane < shape[0] * shape[1]; ++plane) {
    for (std::int64_t y = 0; y < h; ++y) {
      for (std::int64_t x = 0; x < w; ++x) {
        double sum = 0;
        for (std::size_t k = 0; k < keys.size(); ++k) {
          const auto [s, amplitude] = kScales[k];
          const auto index = (plane * blocks(h, s) + y / s) * blocks(w, s) + x / s;
          sum += amplitude * (2.0 * unit(keys[k], index) - 1.0);
        }
        *value++ = static_cast<float>(sum);
      }
    }
  }
  return tensor;
}

torch::Tensor labels(const std::string& seed, std::int64_t n, std::int64_t h, std::int64_t w, int classes) {
  const auto key = fnv1a64("label:" + seed);
  auto tensor = torch::empty({n, h, w}, torch::kLong);
  auto* value = tensor.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t y = 0; y < h; ++y) {
      for (std::int64_t x = 0; x < w; ++x) {
        const auto index = (i * blocks(h, 16) + y / 16) * blocks(w, 16) + x / 16;
        const auto label = static_cast<std::int64_t>((splitmix64(key, index) >> 33) % (classes + 1));
        *value++ = label == classes ? 255 : label;
      }
    }
  }
  return tensor;
}

}  // namespace orthocover::golden

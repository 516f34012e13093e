#include "core/training/precision.h"

#include <fstream>

#include "core/base/error.h"

namespace orthocover {
namespace {

constexpr double kFirstScale = 65536;
constexpr double kLeastScale = 1;
constexpr int kStepsToRise = 2000;

}  // namespace

bool cpu_has_bfloat16() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("flags") && !line.starts_with("Features")) continue;
    return line.find("avx512_bf16") != std::string::npos || line.find("amx_bf16") != std::string::npos ||
           line.find(" bf16") != std::string::npos;
  }
  return false;
}

Precision choose_precision(const std::string& name, torch::Device device) {
  if (name == "float32") return Precision::Float32;
  if (name == "bfloat16") return Precision::BFloat16;
  if (name == "float16") {
    if (device.is_cpu()) {
      throw usage_error("--precision: float16 is not for the CPU; use float32 or bfloat16");
    }
    return Precision::Float16;
  }
  return device.is_cuda() ? Precision::BFloat16 : Precision::Float32;
}

torch::ScalarType scalar_type(Precision precision) {
  switch (precision) {
    case Precision::BFloat16:
      return torch::kBFloat16;
    case Precision::Float16:
      return torch::kHalf;
    case Precision::Float32:
      break;
  }
  return torch::kFloat;
}

GradientScaler::GradientScaler(Precision precision)
    : m_active(precision == Precision::Float16), m_scale(m_active ? kFirstScale : 1) {}

void GradientScaler::restore(double scale, int good_steps) {
  if (!m_active || scale == 1) return;
  m_scale = scale;
  m_good_steps = good_steps;
}

void GradientScaler::unscale(const std::vector<torch::Tensor>& parameters) const {
  if (!m_active) return;
  const torch::NoGradGuard no_gradients;
  for (const torch::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) parameter.grad().mul_(1 / m_scale);
  }
}

bool GradientScaler::update(bool finite) {
  if (finite) {
    if (m_active && ++m_good_steps == kStepsToRise) m_scale *= 2, m_good_steps = 0;
    return true;
  }
  m_good_steps = 0;
  if (!m_active || m_scale <= kLeastScale) return false;
  m_scale /= 2;
  return true;
}

}  // namespace orthocover

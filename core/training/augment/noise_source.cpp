#include "core/training/augment/noise_source.h"

#include <cmath>

namespace orthocover::augment {
namespace {

/// The number below which this share of a standard normal distribution lies, by bisection.
double normal_quantile(double share) {
  double low = -10;
  double high = 10;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (0.5 * std::erfc(-middle / std::sqrt(2.0)) < share ? low : high) = middle;
  }
  return (low + high) / 2;
}

double middle_share(std::size_t i) {
  return (static_cast<double>(i) + 0.5) / static_cast<double>(QuantileTable::kSize);
}

}  // namespace

const QuantileTable& QuantileTable::normal() {
  static const QuantileTable kTable = [] {
    QuantileTable table;
    for (std::size_t i = 0; i < kSize; ++i)
      table.m_values[i] = static_cast<float>(normal_quantile(middle_share(i)));
    return table;
  }();
  return kTable;
}

QuantileTable QuantileTable::poisson(double mean) {
  QuantileTable table;
  double log_probability = -mean;
  double cumulative = std::exp(log_probability);
  double value = 0;
  for (std::size_t i = 0; i < kSize; ++i) {
    while (cumulative < middle_share(i) && mean > 0 && value < 10 * mean + 100) {
      value += 1;
      log_probability += std::log(mean / value);
      cumulative += std::exp(log_probability);
    }
    table.m_values[i] = static_cast<float>(value);
  }
  return table;
}

}  // namespace orthocover::augment

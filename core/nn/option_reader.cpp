#include "core/nn/option_reader.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/text.h"

namespace orthocover::nn {

const nlohmann::json* OptionReader::find(const std::string& key) {
  m_known.push_back(key);
  const auto found = m_options.find(key);
  return found == m_options.end() ? nullptr : &*found;
}

int OptionReader::one_of(const std::string& key, int fallback, std::span<const int> allowed) {
  const auto* value = find(key);
  if (value == nullptr) return fallback;
  for (const int candidate : allowed)
    if (value->is_number_integer() && *value == candidate) return candidate;
  throw model_error("architecture '{}': option '{}' is {}, allowed are {}", m_architecture, key,
                    one_line(value->dump()), fmt::join(allowed, ", "));
}

std::string OptionReader::one_of(const std::string& key, const std::string& fallback,
                                 std::span<const std::string> allowed) {
  const auto* value = find(key);
  if (value == nullptr) return fallback;
  if (value->is_string() && std::ranges::find(allowed, value->get<std::string>()) != allowed.end())
    return value->get<std::string>();
  throw model_error("architecture '{}': option '{}' is {}, allowed are {}", m_architecture, key,
                    one_line(value->dump()), join(allowed));
}

double OptionReader::in_range(const std::string& key, double fallback, double low, double high) {
  const auto* value = find(key);
  if (value == nullptr) return fallback;
  if (value->is_number()) {
    const double number = value->get<double>();
    if (number >= low && number <= high) return number;
  }
  throw model_error("architecture '{}': option '{}' is {}, allowed is {}..{}", m_architecture, key,
                    one_line(value->dump()), low, high);
}

void OptionReader::finish() const {
  for (const auto& item : m_options.items())
    if (std::ranges::find(m_known, item.key()) == m_known.end())
      throw model_error("architecture '{}' has no option '{}'{}; known are {}", m_architecture,
                        one_line(item.key()), did_you_mean(item.key(), m_known), join(m_known));
}

}  // namespace orthocover::nn

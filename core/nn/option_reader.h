#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

namespace orthocover::nn {

/// Reads the options of an architecture from their JSON object, each with its default and its allowed values.
class OptionReader {
 public:
  OptionReader(std::string architecture, const nlohmann::json& options)
      : m_architecture(std::move(architecture)), m_options(options) {}

  /// @throws Error{Model} when the value is not among `allowed`
  int one_of(const std::string& key, int fallback, std::span<const int> allowed);
  /// @throws Error{Model} when the value is not among `allowed`
  std::string one_of(const std::string& key, const std::string& fallback,
                     std::span<const std::string> allowed);
  /// @throws Error{Model} when the value is not a number in [low, high]
  double in_range(const std::string& key, double fallback, double low, double high);

  /// @throws Error{Model} when there are options that were not asked for
  void finish() const;

 private:
  const nlohmann::json* find(const std::string& key);

  std::string m_architecture;
  const nlohmann::json& m_options;
  std::vector<std::string> m_known;
};

}  // namespace orthocover::nn

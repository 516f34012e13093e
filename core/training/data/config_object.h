#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orthocover {

/// An object of a config file that is read to the last key: every complaint names file, place, value and what
/// is allowed; a key that nobody asked for is a mistake. All members throw Error{Usage}.
class ConfigObject {
 public:
  /// @param path of the object in the file, empty for the whole
  ConfigObject(const nlohmann::json& value, std::string file, std::string path = {});

  bool has(const std::string& key);
  /// The value of a key that must be there.
  const nlohmann::json& at(const std::string& key);
  ConfigObject object(const std::string& key);
  /// Objects of a list that must be there.
  std::vector<ConfigObject> objects(const std::string& key, std::size_t max);

  std::string text(const std::string& key, const std::string& fallback = {});
  /// One text or a list of them; none where the key is missing.
  std::vector<std::string> texts(const std::string& key, std::size_t max);
  std::string word(const std::string& key, const std::string& fallback,
                   const std::vector<std::string>& allowed);
  std::int64_t whole(const std::string& key, std::int64_t fallback, std::int64_t min, std::int64_t max);
  std::optional<double> number(const std::string& key, double min, double max);
  bool flag(const std::string& key, bool fallback);
  std::vector<int> whole_numbers(const std::string& key, std::size_t max_count, int min, int max);

  /// @throws Error{Usage} for keys that were not asked for
  void finish() const;

  /// `sources[2]`, or the file for the whole.
  const std::string& path() const { return m_path; }
  std::string place(const std::string& key) const { return m_path.empty() ? key : m_path + "." + key; }
  [[noreturn]] void refuse(const std::string& key, std::string_view allowed) const;

 private:
  const nlohmann::json* find(const std::string& key);

  const nlohmann::json& m_value;
  std::string m_file;
  std::string m_path;
  std::vector<std::string> m_known;
};

}  // namespace orthocover

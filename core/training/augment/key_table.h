#pragma once

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/random.h"

namespace orthocover::augment {

/// An interval that a value is drawn from evenly.
struct Range {
  double low = 0;
  double high = 0;
  double draw(Random& random) const { return random.uniform(low, high); }
};

/// Whole numbers, both ends included.
struct IntRange {
  int low = 0;
  int high = 0;
  int draw(Random& random) const {
    return low + static_cast<int>(random.index(static_cast<std::size_t>(high - low + 1)));
  }
  /// Only odd ones; both ends are odd.
  int draw_odd(Random& random) const { return low + 2 * IntRange{0, (high - low) / 2}.draw(random); }
};

/// A start for random numbers of a transform's own, such as noise.
inline std::uint64_t draw_seed(Random& random) {
  return static_cast<std::uint64_t>(random.uniform() * 0x1p53);
}

enum class KeyType { Number, Integer, Flag, Choice, Range, IntRange };

/// What one key of a transform may be.
struct TransformKey {
  std::string name;
  std::string help;
  KeyType type = KeyType::Number;
  double min = 0;
  double max = 0;
  bool odd = false;                  ///< whole numbers must be odd
  std::vector<std::string> choices;  ///< of a Choice
  nlohmann::ordered_json default_value;
};

/// @param what names transform and key in messages
/// @throws Error{Usage}
void check_key(const TransformKey& key, const nlohmann::json& value, std::string_view what);

/// Least and greatest value of a key.
struct Limits {
  double min = 0;
  double max = 0;
};

nlohmann::ordered_json number_json(double value);

/// Binds the members of a transform to the keys of its JSON form; the struct's initialisers are the defaults.
template <class T>
class KeyTable {
 public:
  KeyTable& summary(std::string text) { return m_summary = std::move(text), *this; }
  KeyTable& add(std::string name, Range T::*member, Limits limits, std::string help) {
    return bind(
        {std::move(name), std::move(help), KeyType::Range, limits.min, limits.max, false, {}, {}},
        [member](const T& t) {
          return nlohmann::ordered_json{number_json((t.*member).low), number_json((t.*member).high)};
        },
        [member](T& t, const nlohmann::json& v) {
          t.*member = {v[0], v[1]};
        });
  }
  KeyTable& add(std::string name, IntRange T::*member, Limits limits, std::string help, bool odd = false) {
    return bind(
        {std::move(name), std::move(help), KeyType::IntRange, limits.min, limits.max, odd, {}, {}},
        [member](const T& t) {
          return nlohmann::ordered_json{(t.*member).low, (t.*member).high};
        },
        [member](T& t, const nlohmann::json& v) {
          t.*member = {v[0], v[1]};
        });
  }
  KeyTable& add(std::string name, double T::*member, Limits limits, std::string help) {
    return bind(
        {std::move(name), std::move(help), KeyType::Number, limits.min, limits.max, false, {}, {}},
        [member](const T& t) { return number_json(t.*member); },
        [member](T& t, const nlohmann::json& v) { t.*member = v; });
  }
  KeyTable& add(std::string name, int T::*member, Limits limits, std::string help) {
    return bind(
        {std::move(name), std::move(help), KeyType::Integer, limits.min, limits.max, false, {}, {}},
        [member](const T& t) { return nlohmann::ordered_json(t.*member); },
        [member](T& t, const nlohmann::json& v) { t.*member = v; });
  }
  KeyTable& add(std::string name, bool T::*member, std::string help) {
    return bind(
        {std::move(name), std::move(help), KeyType::Flag, 0, 0, false, {}, {}},
        [member](const T& t) { return nlohmann::ordered_json(t.*member); },
        [member](T& t, const nlohmann::json& v) { t.*member = v; });
  }
  /// @param words names of the enumerators, in their order from 0
  template <class Enum>
  KeyTable& choice(std::string name, Enum T::*member, std::vector<std::string> words, std::string help) {
    return bind(
        {std::move(name), std::move(help), KeyType::Choice, 0, 0, false, words, {}},
        [member, words](const T& t) {
          return nlohmann::ordered_json(words.at(static_cast<std::size_t>(t.*member)));
        },
        [member, words](T& t, const nlohmann::json& v) {
          t.*member = static_cast<Enum>(std::ranges::find(words, v.get<std::string>()) - words.begin());
        });
  }

  const std::string& text() const { return m_summary; }
  std::vector<TransformKey> keys() const {
    std::vector<TransformKey> keys;
    for (const Entry& entry : m_entries) keys.push_back(entry.key);
    return keys;
  }
  /// @param values of the keys that are given, checked before
  T parse(const nlohmann::json& values) const {
    T parsed;
    for (const Entry& entry : m_entries) {
      if (values.contains(entry.key.name)) entry.set(parsed, values.at(entry.key.name));
    }
    return parsed;
  }
  nlohmann::ordered_json to_json(const T& transform) const {
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    for (const Entry& entry : m_entries) json[entry.key.name] = entry.get(transform);
    return json;
  }

 private:
  using Get = std::function<nlohmann::ordered_json(const T&)>;
  using Set = std::function<void(T&, const nlohmann::json&)>;
  struct Entry {
    TransformKey key;
    Get get;
    Set set;
  };
  KeyTable& bind(TransformKey key, Get get, Set set) {
    key.default_value = get(T{});
    m_entries.push_back({std::move(key), std::move(get), std::move(set)});
    return *this;
  }

  std::string m_summary;
  std::vector<Entry> m_entries;
};

}  // namespace orthocover::augment

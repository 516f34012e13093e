#include "core/training/augment/key_table.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/text.h"

namespace orthocover::augment {
namespace {

void check_number(const TransformKey& key, const nlohmann::json& value, bool whole, std::string_view what) {
  if (!value.is_number()) throw usage_error("{}: {} is not a number", what, shown(value));
  const double number = value.get<double>();
  if (whole && number != std::floor(number)) throw usage_error("{}: {} is not a whole number", what, number);
  if (!(number >= key.min && number <= key.max)) {
    throw usage_error("{}: {} is outside {}..{}", what, shown(value), key.min, key.max);
  }
  if (key.odd && std::fmod(number, 2) == 0) throw usage_error("{}: {} is not odd", what, number);
}

void check_range(const TransformKey& key, const nlohmann::json& value, bool whole, std::string_view what) {
  if (!value.is_array() || value.size() != 2) {
    throw usage_error("{}: {} is not a range; write [low, high]", what, shown(value));
  }
  for (const nlohmann::json& end : value) check_number(key, end, whole, what);
  if (value[0].get<double>() > value[1].get<double>()) {
    throw usage_error("{}: {} has the larger number first; write [low, high]", what, shown(value));
  }
}

void check_choice(const TransformKey& key, const nlohmann::json& value, std::string_view what) {
  const std::string word = value.is_string() ? value.get<std::string>() : "";
  if (std::ranges::count(key.choices, word) > 0) return;
  throw usage_error("{}: {} is not one of {}{}", what, shown(value), join(key.choices),
                    did_you_mean(word, key.choices));
}

}  // namespace

nlohmann::ordered_json number_json(double value) {
  const bool whole = value == std::floor(value) && std::abs(value) < 1e9;
  return whole ? nlohmann::ordered_json(static_cast<std::int64_t>(value)) : nlohmann::ordered_json(value);
}

void check_key(const TransformKey& key, const nlohmann::json& value, std::string_view what) {
  switch (key.type) {
    case KeyType::Number:
    case KeyType::Integer:
      return check_number(key, value, key.type == KeyType::Integer, what);
    case KeyType::Range:
    case KeyType::IntRange:
      return check_range(key, value, key.type == KeyType::IntRange, what);
    case KeyType::Choice:
      return check_choice(key, value, what);
    case KeyType::Flag:
      if (!value.is_boolean()) throw usage_error("{}: {} is not true or false", what, shown(value));
  }
}

}  // namespace orthocover::augment

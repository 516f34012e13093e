#include "core/legend/label_coding.h"

#include <algorithm>
#include <cstdlib>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/legend/class_name.h"

namespace orthocover {
namespace {

bool is_color(std::string_view text) {
  return text.size() == 7 && text.front() == '#' &&
         text.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string_view::npos;
}

std::uint8_t label_of(const std::vector<std::string>& targets, const Legend& legend, ClassGroups& groups,
                      const std::string& what) {
  std::vector<int> members;
  for (const std::string& target : targets) {
    const std::optional<int> index = legend.index_of(std::string_view(target));
    if (!index) {
      throw usage_error("{}: 'map' leads to '{}', which the legend does not have{}; it has {}", what, target,
                        did_you_mean(target, legend.names()), join(legend.names()));
    }
    members.push_back(*index);
  }
  return groups.label_of(std::move(members));
}

/// The map's entry for the first of some keys that it has; those are in lower case.
const std::vector<std::string>* find_entry(const LabelMap& map, std::initializer_list<std::string> wanted,
                                           std::set<std::string>& used) {
  for (const std::string& one : wanted) {
    for (const auto& [key, targets] : map) {
      if (to_lower(key) != one) continue;
      used.insert(key);
      return &targets;
    }
  }
  return nullptr;
}

}  // namespace

std::uint8_t ClassGroups::label_of(std::vector<int> members) {
  std::ranges::sort(members);
  members.erase(std::ranges::unique(members).begin(), members.end());
  if (members.empty()) return kIgnoreLabel;
  if (members.size() == 1) return static_cast<std::uint8_t>(members.front());
  auto found = std::ranges::find(m_sets, members);
  if (found == m_sets.end()) {
    if (labels() >= kIgnoreLabel) {
      throw usage_error("'map': {} classes and {} sets of classes are more than the {} labels that fit",
                        m_classes, m_sets.size() + 1, kIgnoreLabel);
    }
    m_sets.push_back(std::move(members));
    found = m_sets.end() - 1;
  }
  return static_cast<std::uint8_t>(m_classes + (found - m_sets.begin()));
}

LabelCoding::LabelCoding(const Legend& legend) {
  for (int i = 0; i < legend.size(); ++i)
    add(legend.classes()[static_cast<std::size_t>(i)], static_cast<std::uint8_t>(i));
}

LabelCoding::LabelCoding(const Legend& legend, const std::optional<Legend>& own, const LabelMap& map,
                         ClassGroups& groups, const std::string& what)
    : m_is_plain(!own &&
                 std::ranges::none_of(
                     map, [](const auto& entry) { return number_of(entry.first) || is_color(entry.first); })),
      m_takes_names(!own) {
  std::set<std::string> used;
  for (const LegendClass& entry : (own ? *own : legend).classes()) {
    const auto label = [&](std::initializer_list<std::string> keys) {
      if (const auto* targets = find_entry(map, keys, used))
        return orthocover::label_of(*targets, legend, groups, what);
      if (const auto index = legend.index_of(std::string_view(entry.name)))
        return static_cast<std::uint8_t>(*index);
      throw usage_error("{}: class '{}' of 'classes' is not in the legend; give in 'map' what it stands for",
                        what, entry.name);
    };
    const std::string name = to_lower(entry.name);
    const std::string value = std::to_string(entry.value);
    const std::string color = to_hex(entry.color);
    // Without a legend of their own, labels may call something else by the legend's value or colour.
    m_names.emplace(name, own ? label({name, value, color}) : label({name}));
    m_values.emplace(entry.value, own ? label({value, name, color}) : label({value, name}));
    m_colors.emplace_back(entry.color, own ? label({color, name, value}) : label({color, name}));
    m_known.push_back(fmt::format("{} {}", entry.value, entry.name));
  }
  for (const auto& [key, targets] : map) {
    m_keys.insert(to_lower(key));
    if (used.contains(key)) continue;
    if (own && !number_of(key) && !is_color(key)) {
      throw usage_error("{}: 'map' begins at '{}', which 'classes' does not have{}; it has {}", what, key,
                        did_you_mean(key, own->names()), join(own->names()));
    }
    add_key(key, orthocover::label_of(targets, legend, groups, what));
  }
}

void LabelCoding::add(const LegendClass& entry, std::uint8_t label) {
  m_names.emplace(to_lower(entry.name), label);
  m_values.emplace(entry.value, label);
  m_colors.emplace_back(entry.color, label);
  m_known.push_back(fmt::format("{} {}", entry.value, entry.name));
}

void LabelCoding::add_key(const std::string& key, std::uint8_t label) {
  if (const std::optional<std::int64_t> value = number_of(key)) m_values.emplace(*value, label);
  if (is_color(key))
    m_colors.emplace_back(parse_color(key, "map"), label);
  else
    m_names.emplace(to_lower(key), label);
  m_known.push_back(key);
}

std::optional<std::uint8_t> LabelCoding::of_name(std::string_view name) const {
  auto found = m_names.find(to_lower(name));
  if (found == m_names.end()) found = m_names.find(to_lower(clean_class_name(name)));
  if (found != m_names.end()) return found->second;
  // A field of text may hold the numbers.
  const std::optional<std::int64_t> value = number_of(name);
  return value ? of_value(*value) : std::nullopt;
}

std::optional<std::uint8_t> LabelCoding::of_value(std::int64_t value) const {
  const auto found = m_values.find(value);
  return found == m_values.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint8_t> LabelCoding::of_color(Color color, int tolerance) const {
  std::optional<std::uint8_t> best;
  int best_distance = tolerance + 1;
  for (const auto& [known, label] : m_colors) {
    const int distance = std::max({std::abs(known.red - color.red), std::abs(known.green - color.green),
                                   std::abs(known.blue - color.blue)});
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = label;
  }
  return best;
}

std::string LabelCoding::known() const {
  return join(m_known);
}

bool LabelCoding::labels_something() const {
  const auto ground = [](const auto& entry) { return entry.second != kIgnoreLabel; };
  return std::ranges::any_of(m_names, ground) || std::ranges::any_of(m_values, ground) ||
         std::ranges::any_of(m_colors, ground);
}

}  // namespace orthocover

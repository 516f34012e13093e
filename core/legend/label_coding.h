#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/legend/legend.h"

namespace orthocover {

/// Sets of classes that a label may stand for without saying which: label `classes + k` means "one of
/// sets()[k]". A set that comes twice gets one label.
class ClassGroups {
 public:
  /// @param classes of the legend
  explicit ClassGroups(int classes = 0) : m_classes(classes) {}

  /// The label of a set of classes; of one class its index, of none kIgnoreLabel.
  /// @param members positions in the legend, in any order
  /// @throws Error{Usage} when there are more sets than labels
  std::uint8_t label_of(std::vector<int> members);

  /// Members of each group, ascending. Empty when all labels are single classes.
  const std::vector<std::vector<int>>& sets() const { return m_sets; }
  /// Number of labels that stand for ground: classes and groups.
  int labels() const { return m_classes + static_cast<int>(m_sets.size()); }

 private:
  int m_classes;
  std::vector<std::vector<int>> m_sets;
};

/// Class names of other labels -> names in the legend: one, several (any of them is right), none (ignore).
/// Keys are names, values (`3`) or colours (`#rrggbb`) as they stand in the label files.
using LabelMap = std::map<std::string, std::vector<std::string>>;

/// What names, values and colours found in label files stand for: an index of the legend, the label of a
/// group, or kIgnoreLabel.
class LabelCoding {
 public:
  LabelCoding() = default;
  /// Labels that use the legend's own names, values and colours.
  explicit LabelCoding(const Legend& legend);
  /// Labels of another legend, or with some classes mapped.
  /// @param own legend of the label files; nothing: `legend`
  /// @param what names the source in messages
  /// @throws Error{Usage} for a map to or from a class that does not exist, or a class of `own` that is
  /// neither in `legend` nor in the map
  LabelCoding(const Legend& legend, const std::optional<Legend>& own, const LabelMap& map,
              ClassGroups& groups, const std::string& what);

  std::optional<std::uint8_t> of_name(std::string_view name) const;
  std::optional<std::uint8_t> of_value(std::int64_t value) const;
  /// The nearest colour of which no channel differs by more than `tolerance`.
  std::optional<std::uint8_t> of_color(Color color, int tolerance = 0) const;

  /// Whether the map itself has a key: a value (`3`) or a colour (`#rrggbb`).
  bool maps(const std::string& key) const { return m_keys.contains(key); }

  /// What is known, for messages: `1 grass, 3 roof`.
  std::string known() const;
  /// True when some label stands for ground.
  bool labels_something() const;
  /// True where nobody said what values stand for but the legend itself.
  bool is_plain() const { return m_is_plain; }
  /// True where the labels have no legend of their own, so that a file's names of its numbers count, but for
  /// those that the map has.
  bool takes_names() const { return m_takes_names; }

 private:
  void add(const LegendClass& entry, std::uint8_t label);
  void add_key(const std::string& key, std::uint8_t label);

  std::map<std::string, std::uint8_t, std::less<>> m_names;  ///< in lower case
  std::map<std::int64_t, std::uint8_t> m_values;
  std::vector<std::pair<Color, std::uint8_t>> m_colors;
  std::set<std::string> m_keys;  ///< of the map, in lower case
  std::vector<std::string> m_known;
  bool m_is_plain = true;
  bool m_takes_names = true;
};

}  // namespace orthocover

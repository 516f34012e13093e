#include <algorithm>
#include <map>
#include <set>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/legend/class_name.h"
#include "core/operations/training/training_set.h"

namespace orthocover::operations {
namespace {

/// The classes that the source's own map does not lead elsewhere.
std::optional<Legend> unmapped(const Legend& legend, const LabelMap& map) {
  std::vector<LegendClass> classes;
  for (const LegendClass& entry : legend.classes()) {
    const bool mapped = std::ranges::any_of(map, [&](const auto& item) {
      return to_lower(item.first) == to_lower(entry.name) || item.first == std::to_string(entry.value);
    });
    if (!mapped) classes.push_back(entry);
  }
  return classes.empty() ? std::nullopt : std::optional(Legend(std::move(classes)));
}

/// Whether a class has its value in the file, too.
bool has_own_value(const LabelLegend& labels, const std::string& name) {
  return labels.has_own_values && std::ranges::none_of(labels.map, [&](const auto& item) {
           const int value = number_of<int>(item.first).value_or(0);
           return item.second.front() == name && (value < 1 || value > 254);
         });
}

/// Joins classes of several files.
class LegendMerge {
 public:
  /// Classes whose value stands in the file.
  void add_fixed(const LabelLegend& labels, const std::string& path) {
    for (const LegendClass& entry : labels.legend.classes()) {
      if (!has_own_value(labels, entry.name)) continue;
      const auto [known, is_new] = m_by_value.try_emplace(entry.value, Known{entry, path});
      if (!is_new && to_lower(known->second.entry.name) != to_lower(entry.name)) {
        throw usage_error("{} calls the value {} '{}', {} calls it '{}'; give a legend", known->second.path,
                          entry.value, known->second.entry.name, path, entry.name);
      }
    }
  }

  /// Classes that are known by name: they take what values are free.
  void add_named(const LabelLegend& labels, const std::string& path) {
    for (const LegendClass& entry : labels.legend.classes()) {
      if (has_own_value(labels, entry.name)) continue;
      const bool known = std::ranges::any_of(m_by_value, [&](const auto& item) {
        return to_lower(item.second.entry.name) == to_lower(entry.name);
      });
      if (known) continue;
      while (m_by_value.contains(m_next)) ++m_next;
      if (m_next > 254) throw usage_error("{}: the label files have more than 254 classes", path);
      LegendClass added = entry;
      added.value = static_cast<std::uint8_t>(m_next);
      m_by_value.emplace(m_next, Known{added, path});
    }
  }

  Legend legend() const {
    std::vector<LegendClass> classes;
    for (const auto& [value, known] : m_by_value) classes.push_back(known.entry);
    return Legend(std::move(classes));
  }

 private:
  struct Known {
    LegendClass entry;
    std::string path;
  };

  std::map<int, Known> m_by_value;
  int m_next = 1;
};

/// A value that one file leads to another class must not be a class of another file's.
void check_values(const LabelLegend& labels, const std::string& file, const LabelMap& map) {
  if (!labels.has_own_values) return;
  for (const LegendClass& entry : labels.legend.classes()) {
    const auto other = map.find(std::to_string(entry.value));
    if (other == map.end() || other->second.empty() || other->second.front() == entry.name) continue;
    throw usage_error("{}: calls the value {} '{}', others '{}'; give a legend", file, entry.value,
                      entry.name, other->second.front());
  }
}

}  // namespace

Legend legend_of_labels(const std::vector<TrainingSource>& sources, GeoIo& geo, std::vector<LabelMap>& maps,
                        RunContext& run) {
  std::vector<std::pair<LabelLegend, std::string>> found;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    const std::size_t first = found.size();
    if (!sources[s].masks.empty())
      throw usage_error("{}: masks do not tell the names of their classes; give a legend", sources[s].masks);
    const std::set<std::string> files(sources[s].labels.begin(), sources[s].labels.end());
    for (const std::string& file : files) {
      std::optional<LabelLegend> legend =
          geo.read_label_legend(file, sources[s].class_field, sources[s].where);
      if (!legend) throw usage_error("{}: does not tell the names of its classes; give a legend", file);
      legend->check_values(file);
      if (sources[s].class_field.empty() && !legend->class_field.empty())
        run.log(LogLevel::Info, fmt::format("{}: the classes are those of its field '{}', {} of them", file,
                                            legend->class_field, legend->legend.size()));
      const std::optional<Legend> own = unmapped(legend->legend, sources[s].map);
      if (!own) continue;
      legend->legend = *own;
      for (const auto& [value, names] : legend->map) {
        const auto [entry, is_new] = maps[s].emplace(value, names);
        if (!is_new && entry->second != names)
          throw usage_error("{}: calls the value {} '{}', others '{}'; give a legend", file, value,
                            names.front(), entry->second.empty() ? "ignore" : entry->second.front());
      }
      found.emplace_back(std::move(*legend), file);
    }
    for (std::size_t i = first; i < found.size(); ++i) check_values(found[i].first, found[i].second, maps[s]);
  }
  LegendMerge merge;
  for (const auto& [legend, file] : found) merge.add_fixed(legend, file);
  for (const auto& [legend, file] : found) merge.add_named(legend, file);
  if (found.empty()) throw usage_error("'map' leads every class elsewhere; give a legend");
  return merge.legend();
}

void warn_of_unmet_keys(const TrainingSource& source, const std::string& what, GeoIo& geo, RunContext& run) {
  if (source.map.empty() || source.classes || source.labels.empty()) return;
  std::set<std::string> met;
  std::set<std::string> names;
  for (const std::string& file : std::set(source.labels.begin(), source.labels.end())) {
    if (!geo.is_vector(file)) return;
    try {
      const auto labels = geo.read_label_legend(file, source.class_field, source.where);
      for (const LegendClass& entry : labels->legend.classes()) {
        met.insert(to_lower(entry.name));
        if (has_own_value(*labels, entry.name)) met.insert(std::to_string(entry.value));
        names.insert(entry.name);
      }
      for (const auto& [value, targets] : labels->map) met.insert(to_lower(value));
    } catch (const Error&) {
      return;  // what is wrong with it is told when it is read
    }
  }
  const std::vector<std::string> known(names.begin(), names.end());
  for (const auto& [key, targets] : source.map) {
    if (key.starts_with('#') || met.contains(to_lower(key)) || met.contains(to_lower(clean_class_name(key))))
      continue;
    run.log(LogLevel::Warning, fmt::format("{}: 'map' begins at '{}', which no label has{}; they have {}",
                                           what, key, did_you_mean(key, known), join(known)));
  }
}

}  // namespace orthocover::operations

#include "georef/labels/label_legend.h"

#include <ogrsf_frmts.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "core/base/error.h"
#include "core/base/plain_text.h"
#include "core/base/text.h"
#include "core/legend/class_colors.h"
#include "core/legend/class_name.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/gdal_error.h"
#include "georef/labels/class_field.h"
#include "georef/labels/class_names.h"
#include "georef/style/qgis_style.h"
#include "georef/vector/polygon_reader.h"

namespace orthocover {
namespace {

struct Found {
  std::string text;  ///< in the field
  std::string name;
  std::optional<Color> color;
};

/// As a number field would tell it: `01` is a name.
std::optional<std::int64_t> whole_number(const std::string& text) {
  const auto number = number_of<std::int64_t>(text);
  return number && std::to_string(*number) == text ? number : std::nullopt;
}

std::string unnamed(const std::string& text) {
  return fmt::format("class_{}", text);
}

/// Texts of `field` by the class field's value, when each has its own.
/// @param may_be_misspelt by fewer than half of a value's features
std::map<std::string, std::string> companion_names(OGRLayer& layer, int class_field, int field,
                                                   bool may_be_misspelt) {
  std::map<std::string, std::map<std::string, int>> counts;
  for (const auto& feature : layer) {
    const std::string value = field_text(*feature, class_field);
    if (value.empty()) continue;
    std::map<std::string, int>& texts = counts[value];
    const std::string text = raw_text(*feature, field);
    if (!is_utf8(text)) return {};  // nobody asked for this field
    ++texts[text];
    if (!may_be_misspelt && texts.size() > 1) return {};
  }
  std::map<std::string, std::string> names;
  std::set<std::string> distinct;
  for (const auto& [value, texts] : counts) {
    const auto count = [](const auto& entry) { return entry.second; };
    const auto most = std::ranges::max_element(texts, {}, count);
    int all = 0;
    for (const auto& entry : texts) all += entry.second;
    const bool is_told = 2 * most->second > all;
    const bool is_colour = most->first.starts_with('#');
    if (!is_told || is_colour || most->first.empty()) return {};
    if (!distinct.insert(to_lower(most->first)).second) return {};
    names.emplace(value, most->first);
  }
  return names;
}

/// Names from the text field `name` or the like, else from the first one that names every number.
void name_by_companion(OGRLayer& layer, int class_field, std::vector<Found>& classes) {
  struct Search {
    bool (*is_meant)(const std::string& field);
    bool may_be_misspelt;
  };
  static const Search kSearches[] = {
      {is_usual_class_field, false},
      {is_name_field, true},
      {[](const std::string& field) { return !is_usual_class_field(field); }, false}};
  const OGRFeatureDefn& definition = *layer.GetLayerDefn();
  for (const auto& [is_meant, may_be_misspelt] : kSearches) {
    for (int i = 0; i < definition.GetFieldCount(); ++i) {
      // Any field would do for one class.
      if (classes.size() < 2 && i != definition.GetFieldIndex("name")) continue;
      const OGRFieldDefn& field = *definition.GetFieldDefn(i);
      if (i == class_field || field.GetType() != OFTString || !is_meant(field.GetNameRef())) continue;
      const auto names = companion_names(layer, class_field, i, may_be_misspelt);
      if (names.size() < classes.size()) continue;
      for (Found& found : classes) found.name = names.at(found.text);
      return;
    }
  }
}

void apply_style(const CategorizedStyle& style, bool is_number, std::vector<Found>& classes) {
  for (const StyleCategory& category : style.categories) {
    for (Found& found : classes) {
      const bool same = found.text == category.value || (is_number && !category.value.empty() &&
                                                         std::strtod(found.text.c_str(), nullptr) ==
                                                             std::strtod(category.value.c_str(), nullptr));
      if (!same) continue;
      found.color = category.color;
      // A text in the field is the name: labels in a style may be in any words.
      if (is_number && !category.label.empty() && category.label != category.value)
        found.name = category.label;
    }
  }
}

/// Values that a legend can have stay; others get the first free ones.
std::vector<std::uint8_t> legend_values(const std::vector<Found>& classes, bool is_number) {
  std::vector<std::optional<int>> values(classes.size());
  std::set<int> used;
  for (std::size_t i = 0; i < classes.size() && is_number; ++i) {
    const double value = std::strtod(classes[i].text.c_str(), nullptr);
    if (value >= 1 && value <= 254 && value == static_cast<int>(value))
      used.insert(*(values[i] = static_cast<int>(value)));
  }
  int next = 1;
  std::vector<std::uint8_t> result;
  for (const std::optional<int>& value : values) {
    while (!value && used.contains(next)) ++next;
    result.push_back(static_cast<std::uint8_t>(value ? *value : next++));
  }
  return result;
}

std::string class_name(const Found& found) {
  const std::string name = clean_class_name(found.name);
  return name.empty() ? clean_class_name(fmt::format("class {}", found.text)) : name;
}

/// Numbers of one name, as of categories that somebody merged, are one class.
LabelLegend make_legend(const std::vector<Found>& all, bool is_number) {
  LabelLegend result;
  std::vector<Found> classes;
  std::vector<std::string> names;
  std::map<std::string, std::string> first;
  for (const Found& found : all) {
    const std::string name = class_name(found);
    const auto [known, is_new] = first.try_emplace(to_lower(name), name);
    if (!is_new && is_number) {
      result.map[found.text] = {known->second};
      continue;
    }
    names.push_back(is_new ? name : clean_class_name(fmt::format("{} ({})", name, found.text)));
    classes.push_back(found);
  }
  const std::vector<Color> colors = distinct_colors(names);
  const std::vector<std::uint8_t> values = legend_values(classes, is_number);
  std::vector<LegendClass> entries;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    entries.push_back({values[i], names[i], classes[i].color.value_or(colors[i]), ""});
    if (is_number && classes[i].text != std::to_string(values[i])) result.map[classes[i].text] = {names[i]};
  }
  result.legend = Legend(std::move(entries));
  result.has_own_values = is_number;
  return result;
}

/// Case and spaces alone do not make another class.
void drop_same_names(std::vector<Found>& classes) {
  std::set<std::string> seen;
  std::erase_if(classes,
                [&](const Found& found) { return !seen.insert(to_lower(class_name(found))).second; });
}

/// Classes of a field, with their names and colours.
std::vector<Found> classes_of(OGRLayer& layer, const FieldCensus& field,
                              const std::optional<CategorizedStyle>& style) {
  std::vector<Found> classes;
  for (const std::string& text : field.values)
    classes.push_back({text, field.is_number ? unnamed(text) : text, std::nullopt});
  if (field.is_number)
    name_by_companion(layer, field.index, classes);
  else
    drop_same_names(classes);
  if (style && style->field == field.name) apply_style(*style, field.is_number, classes);
  return classes;
}

}  // namespace

NumberNames number_names(OGRLayer& layer, int field, const std::optional<CategorizedStyle>& style,
                         std::size_t most) {
  const char* no_geometry[] = {"OGR_GEOMETRY", nullptr};
  layer.SetIgnoredFields(no_geometry);
  NumberNames names;
  for (const FieldCensus& census : count_values(layer, field, most)) {
    if (census.too_many) continue;
    for (const Found& found : classes_of(layer, census, style))
      if (const auto value = whole_number(found.text)) {
        // Legends have no such values: make_legend() calls them so, too.
        const bool is_beyond = *value < 1 || *value > 254;
        if (is_beyond || found.name != unnamed(found.text)) names.emplace(*value, class_name(found));
      }
  }
  layer.SetIgnoredFields(nullptr);
  return names;
}

LabelLegend read_polygon_legend(const std::string& path, const std::string& class_field,
                                const std::string& where) {
  const DatasetPtr dataset = open_vector_dataset(path);
  const GdalErrors silent;
  OGRLayer& layer = polygon_layer(*dataset, path, "landcover");
  if (layer.GetFeatureCount() == 0) throw data_error("{}: layer {} is empty", path, layer.GetName());
  const std::optional<CategorizedStyle> style = read_categorized_style(*dataset, layer.GetName(), path);
  const int field = find_class_field(layer, class_field, style ? style->field : "", path);
  set_filter(layer, where, path);
  std::vector<FieldCensus> census = count_values(layer, field);
  if (census.empty() || census.front().values.empty()) {
    throw data_error("{}: field '{}' of layer {} holds no class names or values", path,
                     layer.GetLayerDefn()->GetFieldDefn(field)->GetNameRef(), layer.GetName());
  }
  FieldCensus& found = census.front();
  // Values of labels as text, as from a CSV, are the values of the map, too.
  if (!found.is_number &&
      std::ranges::all_of(found.values, [](const auto& text) { return whole_number(text).has_value(); })) {
    found.is_number = true;
    std::ranges::sort(found.values, {}, whole_number);
  }
  if (found.too_many) {
    throw data_error(
        "{}: field '{}' has more than {} different values, too many for classes; name another "
        "with --class-field",
        path, found.name, kLegendClasses);
  }
  LabelLegend result = make_legend(classes_of(layer, found, style), found.is_number);
  result.class_field = found.name;
  return result;
}

std::optional<LabelLegend> read_raster_legend(const std::string& path) {
  const DatasetPtr dataset = open_raster_dataset(path);
  const GdalErrors silent;
  if (dataset->GetRasterCount() != 1) return std::nullopt;
  std::vector<Found> classes;
  for (const ClassEntry& entry : read_class_names(*dataset->GetRasterBand(1)))
    if (entry.value >= 1 && entry.value <= 254 && !entry.name.empty())
      classes.push_back({std::to_string(entry.value), entry.name, entry.color});
  if (classes.empty()) return std::nullopt;
  return make_legend(classes, true);
}

}  // namespace orthocover

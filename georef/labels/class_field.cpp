#include "georef/labels/class_field.h"

#include <cpl_conv.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include "core/base/error.h"
#include "core/base/plain_text.h"
#include "core/base/text.h"
#include "core/legend/class_name.h"
#include "georef/gdal/gdal_error.h"

namespace orthocover {
namespace {

/// A field without a telling name must look like one of classes: few values.
constexpr std::size_t kFewValues = 40;

/// Names that fields of classes have, most telling first, without case and underscores.
const std::vector<std::string> kUsualNames = {
    "class",  "classe", "klasse", "clase",    "classid",   "classname", "landcover", "landuse",  "lulc",
    "lc",     "label",  "labels", "category", "categorie", "kategorie", "categoria", "name",     "nom",
    "nombre", "type",   "typ",    "tipo",     "value",     "val",       "code",      "gridcode", "dn"};

std::string plain(const std::string& name) {
  std::string text = to_lower(name);
  std::erase(text, '_');
  return text;
}

bool counts(const OGRFieldDefn& field) {
  return is_number_field(field) || field.GetType() == OFTString;
}

/// Whether numbers in it need not be those of classes.
bool is_vague_number(const std::string& field) {
  static constexpr std::string_view kNames[] = {"value", "val",  "code", "gridcode",
                                                "dn",    "type", "typ",  "tipo"};
  return is_name_field(field) || std::ranges::count(kNames, plain(field)) > 0;
}

/// What is no number comes last.
bool number_less(const std::string& a, const std::string& b) {
  const double x = CPLAtof(a.c_str());
  const double y = CPLAtof(b.c_str());
  return std::isnan(x) || std::isnan(y) ? !std::isnan(x) && std::isnan(y) : x < y;
}

[[noreturn]] void refuse(OGRLayer& layer, const std::vector<FieldCensus>& fields, const std::string& path) {
  std::vector<std::string> found;
  for (const FieldCensus& field : fields) {
    found.push_back(fmt::format("{} ({}{} different values)", field.name, field.too_many ? "over " : "",
                                field.values.size()));
  }
  throw data_error(
      "{}: layer {} has no field that is plainly the one of classes, name it with --class-field; it has {}",
      path, layer.GetName(), found.empty() ? "no field of text or numbers" : join(found));
}

}  // namespace

bool is_usual_class_field(const std::string& field) {
  return std::ranges::find(kUsualNames, plain(field)) != kUsualNames.end();
}

bool is_name_field(const std::string& field) {
  static constexpr std::string_view kNames[] = {"classname", "label", "name", "nom", "nombre"};
  return std::ranges::find(kNames, plain(field)) != std::end(kNames);
}

bool is_number_field(const OGRFieldDefn& field) {
  const OGRFieldType type = field.GetType();
  return type == OFTInteger || type == OFTInteger64 || type == OFTReal;
}

std::string raw_text(OGRFeature& feature, int field) {
  if (!feature.IsFieldSetAndNotNull(field)) return {};
  const double value =
      feature.GetFieldDefnRef(field)->GetType() == OFTReal ? feature.GetFieldAsDouble(field) : std::nan("");
  if (std::isfinite(value) && std::abs(value) < 1e15 && value == std::round(value))
    return fmt::format("{}", static_cast<std::int64_t>(value));
  const std::string text = feature.GetFieldAsString(field);
  return text.find_first_not_of(" \t\r\n") == std::string::npos ? std::string() : text;
}

std::string field_text(OGRFeature& feature, int field) {
  std::string text = raw_text(feature, field);
  if (is_utf8(text)) return text;
  throw data_error(
      "layer {}: the text of field '{}' is not UTF-8 ('{}', feature {}); save it as UTF-8, or tell the "
      "encoding of a Shapefile: --gdal SHAPE_ENCODING=CP1252",
      feature.GetDefnRef()->GetName(), feature.GetFieldDefnRef(field)->GetNameRef(), clean_class_name(text),
      feature.GetFID());
}

int field_by_name(OGRLayer& layer, const std::string& wanted, const std::string& path) {
  const OGRFeatureDefn& definition = *layer.GetLayerDefn();
  // GDAL takes the first that differs by nothing but case.
  if (const int index = definition.GetFieldIndexCaseSensitive(wanted.c_str()); index >= 0) return index;
  if (const int index = definition.GetFieldIndex(wanted.c_str()); index >= 0) return index;
  const int number = number_of<int>(wanted).value_or(0);
  if (number >= 1 && number <= definition.GetFieldCount()) return number - 1;
  std::vector<std::string> names;
  for (int i = 0; i < definition.GetFieldCount(); ++i)
    names.emplace_back(definition.GetFieldDefn(i)->GetNameRef());
  throw data_error("{}: layer {} has no field '{}'{}; it has {}", path, layer.GetName(), wanted,
                   did_you_mean(wanted, names), names.empty() ? "none" : join(names));
}

std::vector<FieldCensus> count_values(OGRLayer& layer, int only, std::size_t most) {
  std::vector<FieldCensus> fields;
  const OGRFeatureDefn& definition = *layer.GetLayerDefn();
  for (int i = 0; i < definition.GetFieldCount(); ++i) {
    const OGRFieldDefn& field = *definition.GetFieldDefn(i);
    if (counts(field) && (only < 0 || only == i))
      fields.push_back({i, field.GetNameRef(), is_number_field(field), {}, false});
  }
  std::vector<std::set<std::string>> values(fields.size());
  for (const auto& feature : layer) {
    for (std::size_t f = 0; f < fields.size(); ++f) {
      // Fields that nobody asked for may be in any encoding.
      const std::string text = only < 0 ? raw_text(*feature, fields[f].index) : field_text(*feature, only);
      if (text.empty() || values[f].contains(text)) continue;
      if (values[f].size() < most)
        values[f].insert(text);
      else
        fields[f].too_many = true;
    }
  }
  for (std::size_t f = 0; f < fields.size(); ++f) {
    fields[f].values.assign(values[f].begin(), values[f].end());
    if (fields[f].is_number) std::ranges::sort(fields[f].values, number_less);
  }
  return fields;
}

int find_class_field(OGRLayer& layer, const std::string& wanted, const std::string& styled,
                     const std::string& path, bool may_be_many) {
  if (!wanted.empty()) return field_by_name(layer, wanted, path);
  const std::vector<FieldCensus> fields = count_values(layer);
  const auto usable = [](const FieldCensus& field) { return !field.too_many && !field.values.empty(); };
  for (const FieldCensus& field : fields) {
    if (usable(field) && !styled.empty() && field.name == styled) return field.index;
  }
  const auto features = static_cast<std::size_t>(std::max<GIntBig>(0, layer.GetFeatureCount()));
  // Texts that are hardly ever the same name plots, not classes, and so do very many numbers.
  const auto names_plots = [&](const FieldCensus& field) {
    const bool is_vague =
        is_name_field(field.name) || plain(field.name) == "code" || plain(field.name) == "type";
    const bool are_many = field.too_many || field.values.size() > std::max(kFewValues, features / 2);
    return field.is_number ? is_vague_number(field.name) && field.too_many : is_vague && are_many;
  };
  for (const bool many : {false, true}) {
    for (const std::string& name : kUsualNames) {
      for (const FieldCensus& field : fields) {
        const bool may_be = many ? may_be_many && field.too_many : usable(field);
        if (may_be && plain(field.name) == name && !names_plots(field)) return field.index;
      }
    }
  }
  std::vector<int> likely;
  for (const FieldCensus& field : fields) {
    if (usable(field) && field.values.size() <= kFewValues && field.values.size() < features)
      likely.push_back(field.index);
  }
  if (likely.size() != 1) refuse(layer, fields, path);
  return likely.front();
}

void set_filter(OGRLayer& layer, const std::string& where, const std::string& path) {
  if (where.empty()) return;
  const GdalErrors errors;
  const bool is_set = layer.SetAttributeFilter(where.c_str()) == OGRERR_NONE;
  const GIntBig passing = is_set ? layer.GetFeatureCount() : 0;
  // Some drivers notice only now that there is no such field.
  if (!is_set || (passing <= 0 && errors.failed()))
    throw data_error("{}: the filter '{}' can't be used: {}", path, where, errors.message());
  if (passing == 0) throw data_error("{}: no polygon passes the filter '{}'", path, where);
}

NumberCoding::NumberCoding(const NumberNames& names, const LabelCoding& coding) : m_coding(coding) {
  if (!coding.takes_names()) return;
  for (const auto& [value, name] : names) {
    if (coding.maps(std::to_string(value))) continue;
    // Numbers in another field are no names.
    if (name.find_first_not_of("0123456789.+- ") == std::string::npos) continue;
    const std::optional<std::uint8_t> by_name = coding.of_name(name);
    if (!by_name) continue;
    m_by_name.emplace(value, *by_name);
    const std::optional<std::uint8_t> by_value = coding.of_value(value);
    if (by_value && by_value != by_name && m_contradiction.empty())
      m_contradiction = fmt::format(
          "calls class {} '{}', which is another one in the legend ({}): its classes are taken by their "
          "names",
          value, one_line(name), coding.known());
  }
}

std::optional<std::uint8_t> NumberCoding::label_of(std::int64_t value) const {
  const auto named = m_by_name.find(value);
  if (named != m_by_name.end()) return named->second;
  const bool is_sure = m_contradiction.empty() || m_coding.maps(std::to_string(value));
  return is_sure ? m_coding.of_value(value) : std::nullopt;
}

}  // namespace orthocover

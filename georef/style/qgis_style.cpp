#include "georef/style/qgis_style.h"

#include <cpl_minixml.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/gdal_error.h"
#include "georef/style/style_file.h"

namespace orthocover {
namespace {

constexpr std::size_t kMaxCategories = 1000;

std::string attribute(const CPLXMLNode* node, const char* name) {
  return CPLGetXMLValue(node, name, "");
}

bool is_element(const CPLXMLNode* node, const char* name) {
  return node->eType == CXT_Element && EQUAL(node->pszValue, name);
}

/// `r,g,b,a`, with what newer versions add behind.
std::optional<Color> color_of(const std::string& text) {
  const std::vector<std::string> parts = split(text, ',');
  if (parts.size() < 3) return std::nullopt;
  int channels[3] = {};
  for (std::size_t i = 0; i < 3; ++i) {
    if (std::sscanf(parts[i].c_str(), "%d", &channels[i]) != 1 || channels[i] < 0 || channels[i] > 255)
      return std::nullopt;
  }
  return Color{static_cast<std::uint8_t>(channels[0]), static_cast<std::uint8_t>(channels[1]),
               static_cast<std::uint8_t>(channels[2])};
}

/// Colour of a symbol layer: <Option name="color" value=.../> since QGIS 3.26, <prop k="color" v=.../>
/// before.
std::optional<Color> layer_color(const CPLXMLNode* layer) {
  const CPLXMLNode* options = CPLGetXMLNode(const_cast<CPLXMLNode*>(layer), "Option");
  for (const CPLXMLNode* from : {options, layer}) {
    for (const CPLXMLNode* node = from == nullptr ? nullptr : from->psChild; node; node = node->psNext) {
      if (is_element(node, "Option") && attribute(node, "name") == "color")
        return color_of(attribute(node, "value"));
      if (is_element(node, "prop") && attribute(node, "k") == "color") return color_of(attribute(node, "v"));
    }
  }
  return std::nullopt;
}

std::map<std::string, Color> symbol_colors(const CPLXMLNode* symbols) {
  std::map<std::string, Color> colors;
  for (const CPLXMLNode* symbol = symbols ? symbols->psChild : nullptr; symbol; symbol = symbol->psNext) {
    if (!is_element(symbol, "symbol")) continue;
    for (const CPLXMLNode* layer = symbol->psChild; layer != nullptr; layer = layer->psNext) {
      if (!is_element(layer, "layer")) continue;
      if (const std::optional<Color> color = layer_color(layer))
        colors.emplace(attribute(symbol, "name"), *color);
    }
  }
  return colors;
}

/// Values of one category: its own, or those of a list of merged ones.
std::vector<std::string> category_values(const CPLXMLNode* category) {
  std::vector<std::string> values;
  for (const CPLXMLNode* node = category->psChild; node != nullptr; node = node->psNext) {
    if (is_element(node, "val")) values.push_back(attribute(node, "value"));
  }
  if (values.empty()) values.push_back(attribute(category, "value"));
  return values;
}

/// `"class"` as an expression is the field of that name.
std::string unquoted(std::string field) {
  if (field.size() > 2 && field.front() == '"' && field.back() == '"')
    return field.substr(1, field.size() - 2);
  return field;
}

std::string saved_style(GDALDataset& dataset, const std::string& layer) {
  const std::string query = fmt::format(
      "SELECT styleQML FROM layer_styles WHERE f_table_name = {} ORDER BY useAsDefault DESC, id DESC LIMIT 1",
      sql_text(layer));
  OGRLayer* result = dataset.ExecuteSQL(query.c_str(), nullptr, nullptr);
  if (result == nullptr) return {};
  std::string qml;
  if (const OGRFeatureUniquePtr row(result->GetNextFeature()); row && row->GetFieldCount() > 0)
    qml = row->GetFieldAsString(0);
  dataset.ReleaseResultSet(result);
  return qml.size() > kMostStyleBytes ? std::string() : qml;
}

}  // namespace

std::optional<CategorizedStyle> parse_categorized_style(const std::string& qml) {
  const GdalErrors silent;
  const CPLXMLTreeCloser document(CPLParseXMLString(qml.c_str()));
  if (!document) return std::nullopt;
  CPLXMLNode* renderer = CPLGetXMLNode(document.get(), "=qgis.renderer-v2");
  if (renderer == nullptr || attribute(renderer, "type") != "categorizedSymbol") return std::nullopt;
  const std::map<std::string, Color> colors = symbol_colors(CPLGetXMLNode(renderer, "symbols"));
  CategorizedStyle style{unquoted(attribute(renderer, "attr")), {}};
  const CPLXMLNode* categories = CPLGetXMLNode(renderer, "categories");
  for (const CPLXMLNode* node = categories ? categories->psChild : nullptr; node; node = node->psNext) {
    if (!is_element(node, "category") || style.categories.size() >= kMaxCategories) continue;
    const auto color = colors.find(attribute(node, "symbol"));
    for (const std::string& value : category_values(node)) {
      style.categories.push_back({value, attribute(node, "label"),
                                  color == colors.end() ? std::nullopt : std::optional(color->second)});
    }
  }
  return style;
}

std::optional<std::string> with_categories_of(const std::string& newer, std::string style) {
  const std::optional<CategorizedStyle> known = parse_categorized_style(style);
  const CPLXMLTreeCloser tree(CPLParseXMLString(newer.c_str()));
  CPLXMLNode* renderer = tree ? CPLGetXMLNode(tree.get(), "=qgis.renderer-v2") : nullptr;
  if (!known || renderer == nullptr || known->field != unquoted(attribute(renderer, "attr"))) return {};
  std::string categories;
  std::string symbols;
  CPLXMLNode* category = CPLGetXMLNode(renderer, "categories.category");
  CPLXMLNode* symbol = CPLGetXMLNode(renderer, "symbols.symbol");
  for (; category && symbol; category = category->psNext, symbol = symbol->psNext) {
    const std::string value = attribute(category, "value");
    if (std::ranges::count(known->categories, value, &StyleCategory::value) > 0) continue;
    const std::string name = "class " + value;  // QGIS calls its own by numbers
    CPLSetXMLValue(category, "#symbol", name.c_str());
    CPLSetXMLValue(symbol, "#name", name.c_str());
    categories += element_text(*category);
    symbols += element_text(*symbol);
  }
  for (const auto& [end, added] : {std::pair{"</categories>", categories}, {"</symbols>", symbols}}) {
    const std::size_t at = style.find(end);
    if (added.empty() || at == std::string::npos) return {};
    style.insert(at, added);
  }
  return style;
}

std::optional<CategorizedStyle> read_categorized_style(GDALDataset& dataset, const std::string& layer,
                                                       const std::string& path) {
  const GdalErrors silent;
  std::string qml = saved_style(dataset, layer);
  if (qml.empty()) qml = read_small_file_if_any(style_path(layer_path(path).file), kMostStyleBytes);
  return qml.empty() ? std::nullopt : parse_categorized_style(qml);
}

}  // namespace orthocover

#include "qgis_plugin/field_kind.h"

#include <algorithm>
#include <cmath>
#include <QString>
#include <string_view>

namespace orthocover::qgis {
namespace {

/// Files that are map data: rasters or polygons, which dialogs choose among the project's layers.
constexpr std::string_view kMapData[] = {"labels", "map"};
constexpr std::string_view kFieldSuffix = "-field";
constexpr int kCornersOfAnExtent = 4;
constexpr int kMostDecimals = 15;
constexpr int kLeastDecimals = 2;
constexpr int kLeastDecimalsOfMetres = 4;  // pixels have centimetres
constexpr int kLeastDecimalsOfShares = 6;  // rates, decays, shares of what is 1: what QGIS shows itself

bool is_one_raster(const Parameter& parameter, const AlgorithmVariant& variant) {
  return parameter.positional && field_kind(parameter, variant) == FieldKind::Raster;
}

FieldKind number_kind(const Parameter& parameter, const AlgorithmVariant& variant) {
  if (parameter.is_list && parameter.count == kCornersOfAnExtent) return FieldKind::Extent;
  const bool has_parent = parent_of(parameter, variant) != nullptr;
  if (parameter.is_list) return has_parent ? FieldKind::BandList : FieldKind::NumberList;
  return has_parent ? FieldKind::Band : FieldKind::Number;
}

FieldKind text_kind(const Parameter& parameter, const AlgorithmVariant& variant) {
  if (parameter.is_list) return parameter.repeat ? FieldKind::Lines : FieldKind::TextList;
  if (parameter.name == "crs") return FieldKind::Crs;
  return parent_of(parameter, variant) != nullptr ? FieldKind::AttributeField : FieldKind::Text;
}

FieldKind raster_in_kind(const Parameter& parameter, const AlgorithmVariant& variant) {
  if (variant.form == InputForm::Model && parameter.positional) return FieldKind::Model;
  if (!parameter.is_list) return FieldKind::Raster;
  return variant.is_split_input(parameter) && variant.form == InputForm::One ? FieldKind::Raster
                                                                             : FieldKind::RasterList;
}

FieldKind file_in_kind(const Parameter& parameter) {
  const bool map_data = std::ranges::count(kMapData, parameter.name) > 0;
  if (map_data) return parameter.is_list ? FieldKind::MapDataList : FieldKind::MapData;
  return parameter.is_list ? FieldKind::FileList : FieldKind::File;
}

/// Decimals that show a value in full: 3 for 0.001.
int decimals_of(double value) {
  if (value == 0 || !std::isfinite(value)) return 0;
  const QString digits = QString::number(std::abs(value), 'f', kMostDecimals);
  const QString fraction = digits.section('.', 1);
  int last = fraction.size();
  while (last > 0 && fraction[last - 1] == '0') --last;
  return last;
}

}  // namespace

FieldKind field_kind(const Parameter& parameter, const AlgorithmVariant& variant) {
  if (parameter.per_scene && variant.form == InputForm::Many) return FieldKind::FolderOut;
  switch (parameter.kind) {
    case ParameterKind::Flag:
      return FieldKind::Flag;
    case ParameterKind::Number:
      return number_kind(parameter, variant);
    case ParameterKind::Text:
      return text_kind(parameter, variant);
    case ParameterKind::Choice:
      return FieldKind::Choice;
    case ParameterKind::RasterIn:
      return raster_in_kind(parameter, variant);
    case ParameterKind::VectorIn:
      return FieldKind::Polygons;
    case ParameterKind::FileIn:
      return file_in_kind(parameter);
    case ParameterKind::FolderIn:
      return FieldKind::Folder;
    case ParameterKind::Model:
      return parameter.is_list ? FieldKind::ModelList : FieldKind::Model;
    case ParameterKind::RasterOut:
      return FieldKind::RasterOut;
    case ParameterKind::VectorOut:
      return FieldKind::VectorOut;
    case ParameterKind::FileOut:
      return FieldKind::FileOut;
    case ParameterKind::FolderOut:
      return FieldKind::FolderOut;
  }
  return FieldKind::Text;
}

bool is_destination(FieldKind kind) {
  return kind == FieldKind::RasterOut || kind == FieldKind::VectorOut || kind == FieldKind::FileOut ||
         kind == FieldKind::FolderOut;
}

bool is_plain(FieldKind kind) {
  static constexpr FieldKind kPlain[] = {
      FieldKind::Flag,   FieldKind::Number, FieldKind::NumberList, FieldKind::TextList, FieldKind::Lines,
      FieldKind::Choice, FieldKind::Band,   FieldKind::BandList,   FieldKind::Model,    FieldKind::ModelList};
  return std::ranges::find(kPlain, kind) != std::end(kPlain);
}

const Parameter* parent_of(const Parameter& parameter, const AlgorithmVariant& variant) {
  const auto find = [&](auto&& is_parent) -> const Parameter* {
    const auto found = std::ranges::find_if(variant.spec->parameters, is_parent);
    return found == variant.spec->parameters.end() ? nullptr : &*found;
  };
  if (parameter.type == ValueType::Integer && (parameter.name == "bands" || parameter.name == "band"))
    return find([&](const Parameter& p) { return is_one_raster(p, variant); });
  if (!parameter.name.ends_with(kFieldSuffix)) return nullptr;
  const std::string owner = parameter.name.substr(0, parameter.name.size() - kFieldSuffix.size()) + "s";
  return find([&](const Parameter& p) { return p.name == owner && p.kind == ParameterKind::VectorIn; });
}

int decimals_of(const Parameter& parameter) {
  const int least = parameter.unit == "m"    ? kLeastDecimalsOfMetres
                    : parameter.unit.empty() ? kLeastDecimalsOfShares
                                             : kLeastDecimals;
  int decimals = std::max(least, decimals_of(parameter.min.value_or(0)));
  if (parameter.default_value.is_number())
    decimals = std::max(decimals, decimals_of(parameter.default_value.get<double>()));
  return std::min(decimals, kMostDecimals);
}

}  // namespace orthocover::qgis

#include "georef/labels/class_names.h"

#include <cpl_vsi.h>
#include <gdal_rat.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <map>
#include <memory>
#include <string_view>

#include "core/base/text.h"
#include "core/legend/class_name.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/gdal_error.h"
#include "georef/labels/class_field.h"

namespace orthocover {
namespace {

using Entries = std::map<std::int64_t, ClassEntry>;

constexpr std::size_t kMaxTableRows = 65536;  // more are identifiers

std::optional<Color> color_at(const GDALColorTable* table, int value) {
  if (table == nullptr || value >= table->GetColorEntryCount()) return std::nullopt;
  const GDALColorEntry& entry = *table->GetColorEntry(value);
  return Color{static_cast<std::uint8_t>(entry.c1), static_cast<std::uint8_t>(entry.c2),
               static_cast<std::uint8_t>(entry.c3)};
}

void read_names_and_palette(GDALRasterBand& band, Entries& entries) {
  band.GetMetadata();  // GDAL 3.6 knows names of a GeoTIFF only then
  char** names = band.GetCategoryNames();
  const GDALColorTable* palette = band.GetColorTable();
  const int count = std::max(CSLCount(names), palette != nullptr ? palette->GetColorEntryCount() : 0);
  const int name_count = CSLCount(names);
  for (int value = 0; value < count; ++value) {
    ClassEntry entry{value, value < name_count ? clean_class_name(names[value]) : "",
                     color_at(palette, value)};
    if (entry.name.empty() && entry.color.value_or(Color{}) == Color{}) continue;
    entries[value] = std::move(entry);
  }
}

/// Columns of a raster attribute table; -1: there is none.
struct TableColumns {
  int value = -1;
  int last = -1;  ///< of a range that begins at `value`
  int name = -1;
  int red = -1;
  int green = -1;
  int blue = -1;
};

int column_named(const GDALRasterAttributeTable& table, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    for (int column = 0; column < table.GetColumnCount(); ++column) {
      if (to_lower(table.GetNameOfCol(column)) == name) return column;
    }
  }
  return -1;
}

/// The column of text that is plainly the one of names: by what it is called, or since there is no other.
int text_column(const GDALRasterAttributeTable& table) {
  std::vector<int> texts;
  for (int column = 0; column < table.GetColumnCount(); ++column) {
    if (table.GetTypeOfCol(column) != GFT_String) continue;
    if (is_usual_class_field(table.GetNameOfCol(column))) return column;
    texts.push_back(column);
  }
  return texts.size() == 1 ? texts.front() : -1;
}

TableColumns columns_of(const GDALRasterAttributeTable& table) {
  TableColumns columns{table.GetColOfUsage(GFU_MinMax), -1,
                       table.GetColOfUsage(GFU_Name),   table.GetColOfUsage(GFU_Red),
                       table.GetColOfUsage(GFU_Green),  table.GetColOfUsage(GFU_Blue)};
  if (columns.value < 0) columns.value = column_named(table, {"value"});
  if (columns.value < 0) {
    columns.value = table.GetColOfUsage(GFU_Min);
    columns.last = table.GetColOfUsage(GFU_Max);
  }
  if (columns.name < 0) columns.name = column_named(table, {"class_name", "class_names", "class", "name"});
  if (columns.name < 0) columns.name = text_column(table);
  return columns;
}

std::optional<Color> color_of(const GDALRasterAttributeTable& table, const TableColumns& columns, int row) {
  if (columns.red < 0 || columns.green < 0 || columns.blue < 0) return std::nullopt;
  const auto level = [&](int column) {
    return static_cast<std::uint8_t>(std::clamp(table.GetValueAsInt(row, column), 0, 255));
  };
  return Color{level(columns.red), level(columns.green), level(columns.blue)};
}

/// Value of a row: from a column, or the row's number in a table without.
std::optional<std::int64_t> value_of(const GDALRasterAttributeTable& table, int column, int row) {
  if (column < 0) return row;
  if (table.GetTypeOfCol(column) == GFT_Integer) return table.GetValueAsInt(row, column);
  const double value = table.GetValueAsDouble(row, column);
  if (value != std::floor(value) || std::abs(value) > 9e15) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

/// The table that ArcGIS lays beside a raster; null: there is none.
/// @source GDAL reads it since 3.11, of GeoTIFFs
std::unique_ptr<GDALRasterAttributeTable> table_beside(GDALRasterBand& band) {
  const std::string path = fmt::format("{}.vat.dbf", band.GetDataset()->GetDescription());
  VSIStatBufL status;
  if (band.GetBand() != 1 || VSIStatL(path.c_str(), &status) != 0) return nullptr;
  const GdalErrors silent;
  const DatasetPtr file = vector_dataset_if_any(path);
  OGRLayer* const layer = file ? file->GetLayer(0) : nullptr;
  if (layer == nullptr || layer->GetFeatureCount() > static_cast<GIntBig>(kMaxTableRows)) return nullptr;
  auto table = std::make_unique<GDALDefaultRasterAttributeTable>();
  const OGRFeatureDefn& fields = *layer->GetLayerDefn();
  for (int i = 0; i < fields.GetFieldCount(); ++i) {
    const OGRFieldDefn& field = *fields.GetFieldDefn(i);
    const std::string name = to_lower(field.GetNameRef());
    GDALRATFieldUsage usage = GFU_Generic;
    for (const auto& [colour, its_usage] :
         {std::pair("red", GFU_Red), {"green", GFU_Green}, {"blue", GFU_Blue}})
      if (name == colour && (field.GetType() == OFTInteger || field.GetType() == OFTInteger64))
        usage = its_usage;  // others are shares
    table->CreateColumn(name.c_str(), field.GetType() == OFTString ? GFT_String : GFT_Real, usage);
  }
  int row = 0;
  for (const auto& feature : *layer) {
    for (int i = 0; i < fields.GetFieldCount(); ++i) table->SetValue(row, i, feature->GetFieldAsString(i));
    ++row;
  }
  return table;
}

void read_attribute_table(GDALRasterBand& band, Entries& entries) {
  const GDALRasterAttributeTable* table = band.GetDefaultRAT();
  const auto beside = table == nullptr ? table_beside(band) : nullptr;
  if (beside) table = beside.get();
  if (table == nullptr || static_cast<std::size_t>(table->GetRowCount()) > kMaxTableRows) return;
  const TableColumns columns = columns_of(*table);
  for (int row = 0; row < table->GetRowCount(); ++row) {
    const std::optional<std::int64_t> first = value_of(*table, columns.value, row);
    if (!first) continue;
    const std::int64_t last =
        columns.last < 0 ? *first : value_of(*table, columns.last, row).value_or(*first);
    if (last - *first >= static_cast<std::int64_t>(kMaxTableRows)) continue;
    const std::string name =
        columns.name >= 0 ? clean_class_name(table->GetValueAsString(row, columns.name)) : "";
    const std::optional<Color> color = color_of(*table, columns, row);
    if (name.empty() && !color) continue;
    for (std::int64_t value = *first; value <= last; ++value) {
      if (entries.size() >= kMaxTableRows) return;
      ClassEntry& entry = entries[value];
      entry.value = value;
      if (!name.empty()) entry.name = name;
      if (color) entry.color = color;
    }
  }
}

}  // namespace

std::vector<ClassEntry> read_class_names(GDALRasterBand& band) {
  Entries entries;
  read_names_and_palette(band, entries);
  read_attribute_table(band, entries);
  std::vector<ClassEntry> classes;
  for (auto& [value, entry] : entries) classes.push_back(std::move(entry));
  return classes;
}

}  // namespace orthocover

#include "georef/vector/geopackage.h"

#include <fcntl.h>
#include <ogrsf_frmts.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/error.h"
#include "core/base/text.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/gdal_error.h"
#include "georef/style/qgis_style.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kStatementBytes = 1 << 18;

/// Rows that are inserted many at a time.
class RowBatch {
 public:
  RowBatch(GDALDataset& file, const std::string& table)
      : m_file(file), m_head("REPLACE INTO " + table + " VALUES ") {}

  void add(const std::string& row) {
    m_rows += m_rows.empty() ? "" : ",";
    m_rows += row;
    if (m_rows.size() > kStatementBytes) flush();
  }
  void flush() {
    if (!m_rows.empty()) run_sql(m_file, m_head + m_rows);
    m_rows.clear();
  }

 private:
  GDALDataset& m_file;
  std::string m_head;
  std::string m_rows;
};

std::string hex(const std::string& blob) {
  char* digits = CPLBinaryToHex(static_cast<int>(blob.size()), reinterpret_cast<const GByte*>(blob.data()));
  std::string text = digits;
  CPLFree(digits);
  return text;
}

bool is_there(GDALDataset& file, const std::string& table) {
  return !run_sql(file, "SELECT 1 FROM sqlite_master WHERE name = " + sql_text(table)).empty();
}

/// The table as QGIS makes it.
/// @source QGIS 3, table layer_styles of a GeoPackage
void make_style_table(GDALDataset& file) {
  const char* const options[] = {"FID=id", nullptr};
  OGRLayer* styles = file.CreateLayer("layer_styles", nullptr, wkbNone, const_cast<char**>(options));
  if (styles == nullptr) return;
  const auto add = [&](const char* name, OGRFieldType type, int width) {
    OGRFieldDefn field(name, type);
    field.SetWidth(width);
    styles->CreateField(&field);
  };
  for (const char* name : {"f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column"})
    add(name, OFTString, 256);
  add("styleName", OFTString, 30);
  add("styleQML", OFTString, 0);
  add("styleSLD", OFTString, 0);
  OGRFieldDefn is_default("useAsDefault", OFTInteger);
  is_default.SetSubType(OFSTBoolean);
  styles->CreateField(&is_default);
  add("description", OFTString, 0);
  add("owner", OFTString, 30);
  add("ui", OFTString, 30);
  OGRFieldDefn time("update_time", OFTDateTime);
  time.SetDefault("CURRENT_TIMESTAMP");
  styles->CreateField(&time);
  styles->SyncToDisk();
}

/// @return who has it; nothing: it is at rest
std::optional<std::string> geopackage_user(const fs::path& path) {
  std::error_code ignored;
  for (const char* suffix : {"-journal", "-wal"}) {
    const fs::path beside = path.string() + suffix;
    if (fs::exists(beside, ignored)) return fmt::format("{} lies beside it", beside.filename().string());
  }
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = 0x40000000;  // SQLite's lock bytes: pending, reserved, shared
  lock.l_len = 512;
  const bool is_locked = ::fcntl(descriptor, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  ::close(descriptor);
  if (!is_locked) return std::nullopt;
  return lock.l_pid > 0 ? fmt::format("process {} has locked it", lock.l_pid) : "it is locked";
}

}  // namespace

std::vector<std::vector<std::string>> run_sql(GDALDataset& geopackage, const std::string& statement) {
  const GdalErrors errors;
  std::vector<std::vector<std::string>> rows;
  OGRLayer* result = geopackage.ExecuteSQL(statement.c_str(), nullptr, nullptr);
  if (result != nullptr) {
    for (const auto& feature : *result) {
      rows.emplace_back();
      for (int i = 0; i < feature->GetFieldCount(); ++i)
        rows.back().emplace_back(feature->GetFieldAsString(i));
    }
    geopackage.ReleaseResultSet(result);
  }
  if (errors.failed()) throw write_error(geopackage.GetDescription(), errors.message());
  return rows;
}

void write_without_journal(GDALDataset& geopackage) {
  run_sql(geopackage, "PRAGMA synchronous = OFF");
  run_sql(geopackage, "PRAGMA journal_mode = OFF");
  run_sql(geopackage, "PRAGMA locking_mode = EXCLUSIVE");
}

void store_style(GDALDataset& geopackage, const std::string& layer, const std::string& geometry_column,
                 const std::string& qml) {
  if (!is_there(geopackage, "layer_styles")) make_style_table(geopackage);
  const std::string name = sql_text(layer);
  const auto rows =
      run_sql(geopackage, "SELECT rowid + 0, styleQML FROM layer_styles WHERE f_table_name = " + name);
  for (const auto& row : rows) {
    if (const auto style = with_categories_of(qml, row[1]))
      run_sql(geopackage,
              "UPDATE layer_styles SET styleQML = " + sql_text(*style) + " WHERE rowid = " + row[0]);
  }
  if (!rows.empty()) return;
  run_sql(geopackage,
          fmt::format("INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
                      "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner, "
                      "ui) VALUES ('', '', {0}, {1}, {0}, {2}, '', 1, 'land cover', '', '')",
                      name, sql_text(geometry_column), sql_text(qml)));
}

bool is_table_name(const std::string& name) {
  static constexpr std::string_view kSpecial = "`~!@#$%^&*()+-={}|[]\\:\";'<>?,./ ";
  const std::string lower = to_lower(name);
  return !name.empty() && kSpecial.find(name.front()) == std::string_view::npos && lower != "layer_styles" &&
         std::ranges::none_of(std::array{"gpkg", "sqlite_", "rtree_"},
                              [&](const char* prefix) { return lower.starts_with(prefix); });
}

void forget_styles(GDALDataset& geopackage, const std::string& layer) {
  if (is_there(geopackage, "layer_styles"))
    run_sql(geopackage,
            "DELETE FROM layer_styles WHERE lower(f_table_name) = lower(" + sql_text(layer) + ")");
}

SpatialIndex::SpatialIndex(GDALDataset& geopackage, const std::string& layer,
                           const std::string& geometry_column)
    : m_file(geopackage),
      m_layer(layer),
      m_column(geometry_column),
      m_table("rtree_" + layer + "_" + geometry_column) {
  const std::string arguments = fmt::format("({}, {})", sql_text(layer), sql_text(geometry_column));
  run_sql(m_file, "SELECT CreateSpatialIndex" + arguments);
  const std::string pattern = sql_text(m_table);
  for (const auto& row :
       run_sql(m_file, "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = " + pattern))
    m_statements.push_back(row.front());
  for (const auto& row :
       run_sql(m_file, fmt::format("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = {} "
                                   "AND substr(name, 1, {}) = {}",
                                   sql_text(layer), m_table.size() + 1, sql_text(m_table + "_"))))
    m_statements.push_back(row.front());
  for (const auto& row :
       run_sql(m_file,
               fmt::format(
                   "SELECT quote(table_name) || ',' || quote(column_name) || ',' || quote(extension_name) || "
                   "',' || quote(definition) || ',' || quote(scope) FROM gpkg_extensions WHERE "
                   "extension_name = 'gpkg_rtree_index' AND lower(table_name) = lower({})",
                   sql_text(layer))))
    m_extension = row.front();
  run_sql(m_file, "SELECT DisableSpatialIndex" + arguments);
}

void SpatialIndex::build() {
  if (m_statements.empty() || m_extension.empty()) {
    run_sql(m_file, fmt::format("SELECT CreateSpatialIndex({}, {})", sql_text(m_layer), sql_text(m_column)));
    return;
  }
  run_sql(m_file, m_statements.front());
  fill();
  for (std::size_t i = 1; i < m_statements.size(); ++i) run_sql(m_file, m_statements[i]);
  run_sql(
      m_file,
      "INSERT INTO gpkg_extensions (table_name, column_name, extension_name, definition, scope) VALUES (" +
          m_extension + ")");
}

void SpatialIndex::fill() {
  RowBatch nodes(m_file, sql_name(m_table + "_node"));
  RowBatch parents(m_file, sql_name(m_table + "_parent"));
  RowBatch rows(m_file, sql_name(m_table + "_rowid"));
  m_tree.pack(
      [&](const PackedRtree::Node& node) {
        nodes.add(fmt::format("({},X'{}')", node.number, hex(node.blob)));
        if (node.parent > 0) parents.add(fmt::format("({},{})", node.number, node.parent));
      },
      [&](std::int64_t id, std::int64_t leaf) { rows.add(fmt::format("({},{})", id, leaf)); });
  nodes.flush();
  parents.flush();
  rows.flush();
}

void check_at_rest(const fs::path& path) {
  const std::optional<std::string> user = geopackage_user(path);
  if (!user) return;
  throw resource_error(
      "{}: another program has the GeoPackage open and may be changing it ({}); close it there (in QGIS: "
      "remove its layers from the project), then try again",
      path.string(), *user);
}

}  // namespace orthocover

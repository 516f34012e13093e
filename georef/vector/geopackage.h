#pragma once

#include <gdal_priv.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "georef/vector/packed_rtree.h"

namespace orthocover {

/// Runs one statement of SQL; its rows, each with its columns as text.
/// @throws Error{Resource}
std::vector<std::vector<std::string>> run_sql(GDALDataset& geopackage, const std::string& statement);

/// Gives up the safety of SQLite against a crash, for a file that is thrown away then.
void write_without_journal(GDALDataset& geopackage);

/// Keeps a QML style with a layer, as its default, where QGIS finds it. A style of the layer that is there
/// already stays; one by classes gets those that it lacks.
void store_style(GDALDataset& geopackage, const std::string& layer, const std::string& geometry_column,
                 const std::string& qml);

/// Whether a layer may be called so: not as tables that GDAL refuses, or that GeoPackages and SQLite have
/// uses of their own for.
/// @source GDAL 3.6, GeoPackage driver
bool is_table_name(const std::string& name);

/// Forgets the styles of a layer: GDAL leaves them behind when it deletes one.
void forget_styles(GDALDataset& geopackage, const std::string& layer);

/// The spatial index of a new layer, filled at once when all features are there. GDAL (before 3.7) adds them
/// one by one, which takes longer than writing the features.
class SpatialIndex {
 public:
  /// Learns from GDAL how it makes the index of this layer, which must be empty.
  SpatialIndex(GDALDataset& geopackage, const std::string& layer, const std::string& geometry_column);

  void add(std::int64_t id, const RtreeBox& box) { m_tree.add(id, box); }
  /// Makes the index.
  /// @throws Error{Resource}
  void build();

 private:
  void fill();

  GDALDataset& m_file;
  std::string m_layer;
  std::string m_column;
  std::string m_table;                    ///< rtree_LAYER_COLUMN
  std::vector<std::string> m_statements;  ///< the table first, then its triggers
  std::string m_extension;                ///< row of gpkg_extensions
  PackedRtree m_tree;
};

/// A GeoPackage that another program has open for writing, or left a journal of, is neither complete nor may
/// it be replaced. Looking gives up locks that this very process holds on the file (POSIX), so it must not
/// have it open.
/// @throws Error{Resource} naming the other one
void check_at_rest(const std::filesystem::path& path);

}  // namespace orthocover

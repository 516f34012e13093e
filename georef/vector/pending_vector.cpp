#include "georef/vector/pending_vector.h"

#include "core/base/error.h"
#include "core/base/temporary_name.h"
#include "core/base/text.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/gdal_error.h"
#include "georef/vector/geopackage.h"

namespace orthocover {

namespace fs = std::filesystem;

PendingVector::PendingVector(fs::path target, bool may_replace)
    : m_target(std::move(target)), m_folder(temporary_beside(m_target)), m_may_replace(may_replace) {
  check_target();
  std::error_code status;
  fs::create_directory(m_folder, status);
  if (status) throw resource_error("{}: can't be created: {}", m_target.string(), status.message());
}

PendingVector::~PendingVector() {
  std::error_code ignored;
  fs::remove_all(m_folder, ignored);
}

std::vector<fs::path> PendingVector::beside() const {
  std::vector<fs::path> names;
  for (const auto& entry : fs::directory_iterator(m_folder)) {
    if (entry.path().filename() != m_target.filename()) names.push_back(entry.path().filename());
  }
  return names;
}

void PendingVector::check_sole(const std::string& layer) const {
  const GdalErrors silent;
  const char* const drivers[] = {"GPKG", nullptr};
  const DatasetPtr file(GDALDataset::Open(m_target.c_str(), GDAL_OF_VECTOR | GDAL_OF_RASTER, drivers));
  if (!file) return;
  std::vector<std::string> others;
  for (const auto& row :
       run_sql(*file,
               "SELECT table_name FROM gpkg_contents WHERE table_name <> 'layer_styles' AND "
               "lower(table_name) <> lower(" +
                   sql_text(layer) + ") UNION SELECT name FROM sqlite_master WHERE name = 'qgis_projects'"))
    others.push_back(row.front());
  if (others.empty()) return;
  throw usage_error(
      "{}: --overwrite would delete what else it holds: {}; choose another file, or replace layer '{}' "
      "alone: on the command line, orthocover vectorize with both --append and --overwrite",
      m_target.string(), join(others), layer);
}

/// Only a GeoPackage has what this looks for, whatever it is called.
void PendingVector::check_target() const {
  if (fs::is_regular_file(m_target)) check_at_rest(m_target);
}

void PendingVector::add_to(CommitSteps& steps) {
  if (!fs::exists(temporary())) throw internal_error("{}: was written under another name", m_target.string());
  check_target();  // it may have been opened since the run began
  for (const std::string& extension : m_stale) {
    fs::path stale = m_target;
    steps.remove(stale.replace_extension(extension));
  }
  for (const fs::path& name : beside()) steps.rename(m_folder / name, m_target.parent_path() / name);
  steps.rename(temporary(), m_target, m_may_replace);
}

void check_beside_shapefile(const fs::path& target) {
  fs::path index = target;
  if (fs::exists(target) || fs::exists(index.replace_extension(".shx"))) return;
  for (const char* extension : {".dbf", ".prj"}) {
    fs::path other = target;
    if (!fs::exists(other.replace_extension(extension))) continue;
    throw usage_error(
        "{}: the Shapefile would replace {}, which seems to belong to something else; choose another name, "
        "or give --overwrite",
        target.string(), other.filename().string());
  }
}

}  // namespace orthocover

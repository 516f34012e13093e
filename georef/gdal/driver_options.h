#pragma once

#include <cpl_string.h>
#include <cpl_vsi.h>
#include <fmt/format.h>
#include <gdal_priv.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orthocover {

using DriverOptions = std::vector<std::pair<std::string, std::string>>;

/// A folder in memory for the files of one dataset.
class MemoryFolder {
 public:
  MemoryFolder() : m_path(fmt::format("/vsimem/orthocover_{}", static_cast<const void*>(this))) {}
  ~MemoryFolder() { VSIRmdirRecursive(m_path.c_str()); }
  MemoryFolder(const MemoryFolder&) = delete;
  MemoryFolder& operator=(const MemoryFolder&) = delete;
  std::string operator/(std::string_view name) const { return fmt::format("{}/{}", m_path, name); }
  CPLStringList names() const { return CPLStringList(VSIReadDir(m_path.c_str())); }

 private:
  std::string m_path;
};

/// @throws Error{Resource} when this GDAL lacks the driver
GDALDriver& driver_named(const std::string& name);

/// The program's defaults, overridden by the user's options.
/// @param list metadata item of the driver that lists its options: GDAL_DMD_CREATIONOPTIONLIST,
/// GDAL_DS_LAYER_CREATIONOPTIONLIST
/// @param flag of the command line that gives the options, for messages
/// @throws Error{Usage} for an option that the driver does not have
CPLStringList driver_options(GDALDriver& driver, const char* list, const char* flag,
                             const DriverOptions& defaults, const DriverOptions& given);

/// Writes a small raster with creation options, in memory, and reads it back: lossy compression, fewer bits,
/// another grid and side files would spoil a map that took hours.
/// @param given what the user gave of the options, for messages
/// @throws Error{Usage} where the raster does not come back as it was, or is not alone
void check_keeps_raster(GDALDriver& driver, const CPLStringList& options, GDALDataset& raster,
                        const DriverOptions& given);

}  // namespace orthocover

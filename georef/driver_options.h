#pragma once

#include <cpl_string.h>
#include <gdal_priv.h>

#include <string>
#include <utility>
#include <vector>

namespace orthocover {

using DriverOptions = std::vector<std::pair<std::string, std::string>>;

/// @throws Error{Resource} when this GDAL lacks the driver
GDALDriver& driver_named(const std::string& name);

/// The program's defaults, overridden by the user's options.
/// @param list metadata item of the driver that lists its options: GDAL_DMD_CREATIONOPTIONLIST,
/// GDAL_DS_LAYER_CREATIONOPTIONLIST
/// @param flag of the command line that gives the options, for messages
/// @throws Error{Usage} for an option that the driver does not have
CPLStringList driver_options(GDALDriver& driver, const char* list, const char* flag,
                             const DriverOptions& defaults, const DriverOptions& given);

}  // namespace orthocover

#include "georef/gdal/crs.h"

#include <cpl_conv.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>

#include "core/base/error.h"
#include "georef/gdal/gdal_error.h"

namespace orthocover {
namespace {

/// Known to GDAL's driver of GeoPackages by this name.
constexpr const char* kUndefinedCartesian = "Undefined Cartesian SRS";

/// Without a database of its own version PROJ takes every CRS for a plane, and says so in warnings only.
/// @throws Error{Resource}
void check_proj() {
  static std::atomic<bool> is_sound = false;
  if (is_sound) return;
  const GdalErrors errors;
  OGRSpatialReference wgs84;
  if (wgs84.importFromEPSG(4326) != OGRERR_NONE)
    throw resource_error(
        "no CRS can be known: PROJ does not find a database of its own version ({}); unset PROJ_LIB and "
        "PROJ_DATA, or install proj-data",
        errors.message());
  is_sound = true;
}

/// The CRS as its registry has it, since formats leave out more or less of it; empty where it is none, or
/// another.
OGRSpatialReference registered_crs(const OGRSpatialReference& crs) {
  const char* authority = crs.GetAuthorityName(nullptr);
  const char* code = crs.GetAuthorityCode(nullptr);
  OGRSpatialReference registered;
  if (authority == nullptr || code == nullptr || !EQUAL(authority, "EPSG")) return registered;
  const GdalErrors silent;
  const char* const options[] = {"IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES", "CRITERION=EQUIVALENT", nullptr};
  if (registered.importFromEPSG(std::atoi(code)) != OGRERR_NONE || !registered.IsSame(&crs, options))
    registered.Clear();
  return registered;
}

}  // namespace

OGRSpatialReference undefined_cartesian() {
  OGRSpatialReference crs;
  crs.SetLocalCS(kUndefinedCartesian);
  return crs;
}

OGRSpatialReference crs_from_wkt(const std::string& wkt) {
  if (!wkt.empty()) check_proj();
  OGRSpatialReference crs;
  if (!wkt.empty()) crs.importFromWkt(wkt.c_str());
  // WKT has one code only, that of the whole; GeoTIFFs are told the parts'.
  if (crs.IsCompound()) {
    if (const OGRSpatialReference registered = registered_crs(crs); !registered.IsEmpty()) crs = registered;
  }
  crs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  return crs;
}

OGRSpatialReference crs_of_layer(const OGRSpatialReference& crs) {
  if (crs.GetAuthorityCode(nullptr) != nullptr || crs.GetUTMZone() == 0 || crs.GetLinearUnits() == 1)
    return crs;
  OGRSpatialReference taken_for = crs, plain;
  if (taken_for.AutoIdentifyEPSG() != OGRERR_NONE || taken_for.GetAuthorityCode(nullptr) == nullptr)
    return crs;
  char* text = nullptr;
  const bool is_told = crs.exportToProj4(&text) == OGRERR_NONE && plain.importFromProj4(text) == OGRERR_NONE;
  CPLFree(text);
  plain.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  return is_told ? plain : crs;
}

bool is_unknown(const OGRSpatialReference* crs) {
  // Of srs_id -1, 0 and, since GDAL 3.9, 99999.
  constexpr std::array kNames = {kUndefinedCartesian, "Undefined geographic SRS", "Undefined SRS"};
  if (crs == nullptr || crs->IsEmpty()) return true;
  const char* const own = crs->GetName();
  return own != nullptr && std::ranges::any_of(kNames, [&](const char* name) { return EQUAL(own, name); });
}

bool is_same(const OGRSpatialReference& a, const OGRSpatialReference& b) {
  const char* const options[] = {"IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES", nullptr};
  return a.IsSame(&b, options) != FALSE;
}

bool may_be_same(const OGRSpatialReference* crs, const std::string& wkt) {
  const OGRSpatialReference other = crs_from_wkt(wkt);
  return is_unknown(crs) || is_unknown(&other) || crs->IsLocal() || other.IsLocal() || is_same(*crs, other);
}

std::string wkt_of(const OGRSpatialReference* crs) {
  if (crs != nullptr) check_proj();
  if (is_unknown(crs)) return {};
  const OGRSpatialReference registered = registered_crs(*crs);
  const char* const options[] = {"FORMAT=WKT2_2019", nullptr};
  char* text = nullptr;
  std::string wkt;
  const OGRSpatialReference& told = registered.IsEmpty() ? *crs : registered;
  if (told.exportToWkt(&text, options) == OGRERR_NONE && text != nullptr) wkt = text;
  CPLFree(text);
  return wkt;
}

std::string crs_name(const OGRSpatialReference* crs) {
  if (is_unknown(crs)) return {};
  const char* name = crs->GetName();
  const char* authority = crs->GetAuthorityName(nullptr);
  const char* code = crs->GetAuthorityCode(nullptr);
  std::string text = name != nullptr ? name : "unnamed";
  if (authority != nullptr && code != nullptr) text += fmt::format(" ({}:{})", authority, code);
  return text;
}

}  // namespace orthocover

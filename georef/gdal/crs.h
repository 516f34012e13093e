#pragma once

#include <ogr_spatialref.h>

#include <string>

namespace orthocover {

/// CRS with x (easting, longitude) first, whatever its authority says; empty for an empty text.
OGRSpatialReference crs_from_wkt(const std::string& wkt);

/// A CRS as a layer is to be given it: drivers take UTM in feet, without a code, for UTM in metres where they
/// know the datum, but not where they know its PROJ string only.
OGRSpatialReference crs_of_layer(const OGRSpatialReference& crs);

/// A GeoPackage's word for coordinates of which nothing is known; without a CRS its layers count as being in
/// degrees.
OGRSpatialReference undefined_cartesian();

/// Whether there is no CRS, or a GeoPackage's word for none.
bool is_unknown(const OGRSpatialReference* crs);
/// Whatever the order of axes.
bool is_same(const OGRSpatialReference& a, const OGRSpatialReference& b);
/// Whether two CRSs are not known to differ.
bool may_be_same(const OGRSpatialReference* crs, const std::string& wkt);

/// WKT 2 of a CRS; empty when it is unknown.
std::string wkt_of(const OGRSpatialReference* crs);

/// Name and authority code for people: `WGS 84 / UTM zone 15N (EPSG:32615)`.
std::string crs_name(const OGRSpatialReference* crs);

}  // namespace orthocover

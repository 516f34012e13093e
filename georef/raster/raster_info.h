#pragma once

#include <gdal_priv.h>

#include <string>
#include <vector>

#include "core/ports/raster_source.h"

namespace orthocover {

/// How pixels of a dataset are told valid from invalid.
struct ValidityRules {
  int alpha_band = 0;  ///< 0: none
  bool mask = false;   ///< that of the first band, inside the file or beside it
};

/// What raster_source needs to know of an open dataset.
struct OpenedRaster {
  RasterInfo info;
  std::vector<int> band_numbers;  ///< selected bands, counted from 1
  ValidityRules rules;
  std::vector<int> overview_numbers;  ///< GDAL's overview index of each entry of info.overviews
};

/// Describes a dataset and checks that its pixels can be used.
/// @param bands selection counted from 1; empty: all but alpha
/// @throws Error{Data} for a raster without bands, of complex numbers or with a palette, Error{Usage} for a
/// band that is not there
OpenedRaster inspect(GDALDataset& dataset, const std::string& path, const std::vector<int>& bands);

/// @throws Error{Data} for a raster without bands
void check_has_bands(GDALDataset& dataset, const std::string& path);

/// A band as it is stored.
BandInfo describe_band(GDALRasterBand& band);

/// Whether a band has a mask, other than an alpha band: its own (in a VRT) or that of all bands.
bool has_mask(GDALRasterBand& band);

/// How pixels of `band` are told valid from invalid, beside their values.
ValidityRules validity_rules(GDALDataset& dataset, GDALRasterBand& band);

/// Fills what is the same whichever bands are read: path, driver, size, masks, blocks and georeference.
/// @param band one of them
/// @throws Error{Data} for a file that is cut off, or a geotransform without an area
void describe_raster(GDALDataset& dataset, const std::string& path, GDALRasterBand& band,
                     const ValidityRules& rules, RasterInfo& info);

}  // namespace orthocover

#pragma once

#include <string>
#include <vector>

namespace orthocover::operations {

/// Extensions of the vector formats that maps are written in, the usual one first: `.gpkg`.
const std::vector<std::string>& vector_extensions();

/// Extensions of rasters that are written.
const std::vector<std::string>& raster_extensions();

/// Extensions of the pictures for a quick look.
const std::vector<std::string>& picture_extensions();

/// The one of the extensions that a word stands for: `.shp` for `shp`, `.SHP`; empty for any other word.
std::string extension_named(const std::string& word, const std::vector<std::string>& extensions);

/// @param option how the user calls the output
/// @throws Error{Usage} when `path` has none of the extensions
void check_extension(const std::string& option, const std::string& path,
                     const std::vector<std::string>& extensions);

}  // namespace orthocover::operations

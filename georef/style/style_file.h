#pragma once

#include <cpl_minixml.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/ports/raster_sink.h"

namespace orthocover {

/// What a style file is written for.
enum class StyledLayer { Raster, Vector };

/// A text with what means something in XML escaped.
std::string xml_text(const std::string& text);
/// An element with what is in it as XML.
std::string element_text(CPLXMLNode& node);

/// Larger styles are not read.
inline constexpr std::uintmax_t kMostStyleBytes = 16 << 20;

/// The text of a style file, empty where there is none.
/// @throws Error{Data} for one that is there and can't be read, which may be somebody's work
std::string read_style_file(const std::filesystem::path& path);

/// Joins a style with one that is there: QGIS reads NAME.qml for NAME.tif and NAME.shp alike, so the part for
/// the other kind of layer is kept.
/// @param own may have that part already
/// @param beside a damaged one is left out
std::string joined_style(const std::string& own, StyledLayer layer, const std::string& beside);

/// Does so with a style file that is about to replace `target`.
/// @param is_shared by another layer of the kind: classes that only the other has stay
/// @throws Error{Resource}, Error{Data} when that can't be read
void join_style_file(const std::filesystem::path& own, StyledLayer layer, const std::filesystem::path& target,
                     bool is_shared = false);

/// A style and metadata beside a layer that isn't there may be somebody's own work. Styles of this program
/// tell so (QGIS doesn't keep that when it saves them).
/// @param layer a file that is about to be written without leave to overwrite
/// @throws Error{Usage} naming what would be replaced, Error{Data} for a style that can't be read
void check_beside_layer(const std::filesystem::path& layer, StyledLayer kind);

}  // namespace orthocover

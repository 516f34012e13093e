#pragma once

#include <string>
#include <vector>

#include "core/inference/predictor.h"
#include "core/inference/thumbnail.h"
#include "core/legend/legend.h"
#include "core/ports/label_source.h"
#include "core/ports/map_source.h"
#include "core/ports/raster_sink.h"
#include "core/ports/raster_source.h"

namespace orthocover {

/// Longer side of each of the two images in a picture.
inline constexpr std::int64_t kPictureSide = 900;

/// A PNG for people: the scene, the map, and below them the legend with each class's share of the mapped
/// pixels. The first three bands of the scene are shown as red, green and blue (one or two bands: grey).
/// @param region part of the scene that the map covers
/// @param scaling as the network sees the bands; brings other data types to 0..255
/// @return the encoded file
/// @throws Error{Data} when the scene can't be read
std::vector<std::uint8_t> draw_picture(const RasterSource& source, const Window& region,
                                       const std::vector<BandScaling>& scaling, const Thumbnail& map,
                                       const Legend& legend, const ValueCounts& counts);

/// A map, and where it is right (blue) and wrong (orange) against labels, as PNG.
struct JudgedPictures {
  std::vector<std::uint8_t> map;
  std::vector<std::uint8_t> verdicts;
};

/// @return empty ones of a map of a pixel's width
JudgedPictures draw_judged(const MapSource& map, const LabelSource& labels, const Legend& legend);

/// A PNG of where a map changes: the scene in dim grey, what changes in a strong colour, and a line below.
/// @param painted which value of `changes` is painted, and its colour
/// @param caption what the colour means
std::vector<std::uint8_t> draw_changes(const RasterSource& source, const Window& region,
                                       const std::vector<BandScaling>& scaling, const Thumbnail& changes,
                                       const LegendClass& painted, const std::string& caption);

}  // namespace orthocover

#pragma once

#include <string>
#include <vector>

#include "core/operations/evaluation_report.h"
#include "core/ports/label_source.h"
#include "core/ports/map_source.h"

namespace orthocover::operations {

/// The map, and where it is right and wrong; none of a map of a pixel's width.
/// @param name of the map, for the captions
std::vector<ReportPicture> evaluation_pictures(const MapSource& map, const LabelSource& labels,
                                               const Legend& legend, const std::string& name);

}  // namespace orthocover::operations

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/atomic_file.h"
#include "core/legend/legend.h"
#include "core/ports/geo_io.h"

namespace orthocover {

/// GeoIo::read_points().
ReferencePoints read_reference_points(const std::string& path, const RasterInfo& map, const Legend& legend,
                                      const std::string& class_field);

/// GeoIo::write_points().
std::unique_ptr<PendingOutput> write_sample_points(const std::vector<SamplePoint>& points,
                                                   const RasterInfo& map, const PointSpec& spec);

}  // namespace orthocover

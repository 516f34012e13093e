#pragma once

#include <string>

#include "core/geometry/window.h"
#include "core/nn/model_package.h"
#include "core/ports/raster_sink.h"

namespace orthocover::operations {

/// A raster on a part of a scene's grid, with the model that made it in its metadata; bands and values are
/// left to the caller.
RasterSpec map_spec(const std::string& path, const RasterInfo& scene, const Window& region,
                    const nn::ModelManifest& manifest);

}  // namespace orthocover::operations

#include "core/operations/segment/map_spec.h"

#include <filesystem>

#include "core/base/version.h"
#include "core/operation/command_text.h"

namespace orthocover::operations {

RasterSpec map_spec(const std::string& path, const RasterInfo& scene, const Window& region,
                    const nn::ModelManifest& manifest) {
  RasterSpec spec;
  spec.path = path;
  spec.cols = region.cols;
  spec.rows = region.rows;
  spec.georeference = scene.georeference;
  if (spec.georeference.geotransform) {
    auto& g = *spec.georeference.geotransform;
    const auto col = static_cast<double>(region.col);
    const auto row = static_cast<double>(region.row);
    g[0] += col * g[1] + row * g[2];
    g[3] += col * g[4] + row * g[5];
  }
  spec.metadata = {
      {"ORTHOCOVER_VERSION", std::string(version())},
      {"ORTHOCOVER_SCENE", std::filesystem::path(without_secrets(scene.path)).filename().string()},
      {"ORTHOCOVER_MODEL", manifest.name},
      {"ORTHOCOVER_MODEL_VERSION", manifest.version},
      {"ORTHOCOVER_MODEL_SHA256", manifest.weights_sha256}};
  return spec;
}

}  // namespace orthocover::operations

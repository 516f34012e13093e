#pragma once

#include <ogr_geometry.h>

#include <cstdint>
#include <span>
#include <string>

#include "core/ports/feature_sink.h"
#include "georef/vector/layer_fields.h"

namespace orthocover {

/// A feature in the coordinates of its layer; rings and parts as in RasterPolygon.
struct LayerFeature {
  FeatureValues values;
  std::span<const OGRRawPoint> vertices;
  std::span<const std::uint32_t> ring_ends;
  std::span<const std::uint32_t> part_ends;
  bool is_multi = false;  ///< written as one of several parts
};

/// Writes features into a layer of a file that nobody else sees yet.
class LayerWriter {
 public:
  LayerWriter() = default;
  LayerWriter(const LayerWriter&) = delete;
  LayerWriter& operator=(const LayerWriter&) = delete;
  virtual ~LayerWriter() = default;

  /// @throws Error{Resource}
  virtual void write(const LayerFeature& feature) = 0;
  /// Completes and closes the file.
  /// @param style_qml goes into the file where the format has a place for it
  /// @throws Error{Resource}
  virtual void finish(const std::string& style_qml) = 0;
};

}  // namespace orthocover

#pragma once

#include <ogrsf_frmts.h>

#include <string>
#include <vector>

#include "georef/ground/polygon_measure.h"

namespace orthocover {

/// What a class is called and painted in a layer.
struct ClassLook {
  std::string name;
  std::string color;  ///< `#rrggbb`, empty: not known
};

/// Attributes of a feature.
struct FeatureValues {
  std::int64_t value = 0;
  const ClassLook* look = nullptr;
  PolygonMeasure measure;
  std::optional<double> confidence;
};

/// Which fields a layer of land-cover polygons has, and how wide they are.
struct FieldPlan {
  bool has_wide_values = false;  ///< beyond 32 bits
  bool has_ground = false;       ///< sizes in metres
  bool has_confidence = false;
  bool has_widths = false;  ///< the format wants widths, as DBF does
  int name_width_bytes = 80;
  double pixel_map = 1;  ///< side of a pixel in map units; sizes have digits for a thousandth of it
  double pixel_m = 1;    ///< side of a pixel on the ground
};

/// Digits behind the point that tell a thousandth of `unit`.
int size_decimals(double unit);

/// The fields of a layer of land-cover polygons. Names have at most 10 characters, so that Shapefile keeps
/// them.
class LayerFields {
 public:
  /// Adds the fields to a new layer.
  /// @throws Error{Usage} when the format can't hold them
  static LayerFields create(OGRLayer& layer, const FieldPlan& plan, const std::string& format);
  /// Finds the fields in a layer that is there already.
  /// @param what names the layer in messages
  /// @throws Error{Data} when one is missing or of another type
  static LayerFields find(OGRLayer& layer, const FieldPlan& plan, const std::string& what);

  void set(OGRFeature& feature, const FeatureValues& values) const;

 private:
  LayerFields() = default;
  int& index_of(const std::string& name);

  int m_class = -1;
  int m_name = -1;
  int m_color = -1;
  int m_area_m2 = -1;
  int m_perim_m = -1;
  int m_area_map = -1;
  int m_perim_map = -1;
  int m_confidence = -1;
};

}  // namespace orthocover

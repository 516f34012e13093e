#include "georef/vector/layer_fields.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/text.h"
#include "georef/gdal/gdal_error.h"

namespace orthocover {
namespace {

struct PlannedField {
  std::string name;
  OGRFieldType type;
  int width = 0;  ///< 0: as the format likes
  int decimals = 0;
};

/// A size in `unit`s: digits before the point for a large map, and behind it for a thousandth of a pixel.
PlannedField size_field(const std::string& name, double unit) {
  const int decimals = size_decimals(unit);
  const int digits = unit < 1e-3 ? 6 : 14;  // degrees are few
  return {name, OFTReal, digits + 1 + decimals, decimals};
}

std::vector<PlannedField> planned_fields(const FieldPlan& plan) {
  std::vector<PlannedField> fields;
  if (plan.has_wide_values)
    fields.push_back({"class", OFTInteger64, 18});
  else
    fields.push_back({"class", OFTInteger, 9});
  fields.push_back({"name", OFTString, plan.name_width_bytes});
  fields.push_back({"color", OFTString, 7});
  if (plan.has_ground) {
    fields.push_back(size_field("area_m2", plan.pixel_m * plan.pixel_m));
    fields.push_back(size_field("perim_m", plan.pixel_m));
  }
  fields.push_back(size_field("area_map", plan.pixel_map * plan.pixel_map));
  fields.push_back(size_field("perim_map", plan.pixel_map));
  if (plan.has_confidence) fields.push_back({"confidence", OFTReal, 12, 4});
  return fields;
}

void set_size(OGRFeature& feature, int field, double value) {
  if (field >= 0) feature.SetField(field, value);
}

}  // namespace

int size_decimals(double unit) {
  return std::clamp(static_cast<int>(std::ceil(3 - std::log10(unit))), 3, 15);
}

int& LayerFields::index_of(const std::string& name) {
  if (name == "class") return m_class;
  if (name == "name") return m_name;
  if (name == "color") return m_color;
  if (name == "area_m2") return m_area_m2;
  if (name == "perim_m") return m_perim_m;
  if (name == "area_map") return m_area_map;
  if (name == "perim_map") return m_perim_map;
  return m_confidence;
}

LayerFields LayerFields::create(OGRLayer& layer, const FieldPlan& plan, const std::string& format) {
  LayerFields fields;
  for (const PlannedField& planned : planned_fields(plan)) {
    OGRFieldDefn field(planned.name.c_str(), planned.type);
    if (plan.has_widths) {
      field.SetWidth(planned.width);
      field.SetPrecision(planned.decimals);
    }
    const GdalErrors errors;
    const bool is_made = layer.CreateField(&field) == OGRERR_NONE;
    const int index = layer.GetLayerDefn()->GetFieldIndex(planned.name.c_str());
    if (!is_made || index < 0) {
      throw usage_error("{} can't hold the field '{}' of a polygon ({}); use GeoPackage (.gpkg)", format,
                        planned.name, errors.message());
    }
    fields.index_of(planned.name) = index;
  }
  return fields;
}

LayerFields LayerFields::find(OGRLayer& layer, const FieldPlan& plan, const std::string& what) {
  const OGRFeatureDefn& definition = *layer.GetLayerDefn();
  LayerFields fields;
  for (const PlannedField& planned : planned_fields(plan)) {
    const int index = definition.GetFieldIndex(planned.name.c_str());
    if (index < 0) {
      std::vector<std::string> known;
      for (int i = 0; i < definition.GetFieldCount(); ++i)
        known.emplace_back(definition.GetFieldDefn(i)->GetNameRef());
      throw data_error(
          "{} has no field '{}', so nothing can be appended to it (it has {}); choose another layer name",
          what, planned.name, known.empty() ? "none" : join(known));
    }
    const OGRFieldType type = definition.GetFieldDefn(index)->GetType();
    const bool is_wider = planned.type == OFTInteger && type == OFTInteger64;
    if (type != planned.type && !is_wider) {
      throw data_error("{} has the field '{}' as {}, {} is wanted to append to it; choose another layer name",
                       what, planned.name, OGRFieldDefn::GetFieldTypeName(type),
                       OGRFieldDefn::GetFieldTypeName(planned.type));
    }
    fields.index_of(planned.name) = index;
  }
  return fields;
}

void LayerFields::set(OGRFeature& feature, const FeatureValues& values) const {
  feature.SetField(m_class, static_cast<GIntBig>(values.value));
  feature.SetField(m_name, values.look->name.c_str());
  if (values.look->color.empty())
    feature.SetFieldNull(m_color);
  else
    feature.SetField(m_color, values.look->color.c_str());
  set_size(feature, m_area_map, values.measure.area_map);
  set_size(feature, m_perim_map, values.measure.perimeter_map);
  if (m_area_m2 >= 0 && values.measure.ground) {
    feature.SetField(m_area_m2, values.measure.ground->area_m2);
    feature.SetField(m_perim_m, values.measure.ground->perimeter_m);
  } else if (m_area_m2 >= 0) {
    feature.SetFieldNull(m_area_m2);
    feature.SetFieldNull(m_perim_m);
  }
  if (m_confidence < 0) return;
  if (values.confidence)
    feature.SetField(m_confidence, *values.confidence);
  else
    feature.SetFieldNull(m_confidence);
}

}  // namespace orthocover

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/operation/declaration.h"

namespace orthocover::operations {

/// How a map becomes polygons: shared by all operations that write them.
struct PolygonOptions {
  std::optional<double> simplify;
  std::string simplify_method = "douglas-peucker";
  bool smooth = false;
  std::vector<std::string> right_angles;
  double min_area = 0;
  bool drop_islands = false;
  int majority = 0;
  std::string connectedness = "4";
  bool dissolve = false;
  std::optional<std::string> crs;
};

/// Declares the members of PolygonOptions, which `Options` inherits.
/// @param all_advanced whether polygons are a side matter of this operation
template <class Options>
void declare_polygon_options(OperationTable<Options>& table, const char* group, bool all_advanced) {
  using Kind = ParameterKind;
  const auto add = [&](std::string name, auto PolygonOptions::*member, Kind kind, std::string help) {
    auto parameter = table.add(std::move(name), member, kind, std::move(help));
    if (all_advanced) parameter.advanced();
    return parameter.group(group);
  };
  add("simplify", &PolygonOptions::simplify, Kind::Number,
      "Farthest that a simplified boundary may be from the pixels' corners; 0 keeps every pixel edge; one "
      "pixel if not given")
      .unit("m")
      .range(0, 1e6)
      .label("Simplification tolerance");
  add("simplify-method", &PolygonOptions::simplify_method, Kind::Choice,
      "How boundaries lose vertices: all within the tolerance (fewest vertices), or those of triangles "
      "below the squared tolerance (rounder shapes)")
      .choices({"douglas-peucker", "visvalingam"})
      .label("Simplification method")
      .advanced();
  add("smooth", &PolygonOptions::smooth, Kind::Flag, "Round the corners of boundaries")
      .label("Round corners");
  add("right-angles", &PolygonOptions::right_angles, Kind::Text,
      "Classes (value or name) whose outlines get right angles where they fit, such as buildings")
      .metavar("CLASS")
      .label("Classes with right angles");
  add("min-area", &PolygonOptions::min_area, Kind::Number,
      "Minimum mapping unit: smaller areas join the neighbour with the longest common border; islands, which "
      "have none, stay")
      .unit("m2")
      .range(0, 1e12)
      .label("Minimum mapping unit");
  add("drop-islands", &PolygonOptions::drop_islands, Kind::Flag, "Leave out islands below --min-area")
      .label("Leave out small islands");
  add("majority", &PolygonOptions::majority, Kind::Number,
      "First give every pixel the commonest class of a square of this side; 0 or an odd number")
      .unit("px")
      .range(0, 99)
      .label("Majority filter");
  add("connectedness", &PolygonOptions::connectedness, Kind::Choice,
      "Whether pixels belong together across edges only, or across corners too, in features of several "
      "parts")
      .choices({"4", "8"})
      .label("Connectedness")
      .advanced();
  add("dissolve", &PolygonOptions::dissolve, Kind::Flag, "One feature of many parts for each class")
      .label("One feature per class");
  add("crs", &PolygonOptions::crs, Kind::Text, "CRS of the layer, as EPSG:4326; that of the map if not given")
      .label("CRS of the polygons")
      .advanced();
}

}  // namespace orthocover::operations

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/legend/label_coding.h"

namespace orthocover {

/// What is to be read from a label file, and how.
struct LabelRequest {
  std::string path;
  LabelCoding coding;       ///< what its names, values and colours stand for
  std::string class_field;  ///< polygons: field of names or values, or its number from 1; empty: found
  std::string where;        ///< polygons: OGR SQL filter, may be empty
  /// Polygons: layer of the windows that are labelled to the last pixel; empty: those of layer `windows`
  /// whose field `dense` is true.
  std::string dense_layer;
  /// What unlabelled ground stands for in those windows, and 0 in label rasters; nothing: ignore.
  std::optional<std::uint8_t> background;
  /// What values stand for that the coding does not know, with a warning; nothing: they are refused.
  std::optional<std::uint8_t> unknown;
  /// Rasters: colours or values; nothing: colours where there are three bands, for a palette what explains
  /// more pixels.
  std::optional<bool> by_color;
  int color_tolerance = 0;  ///< colour masks: largest difference of a channel, 0..255
  std::function<void(const std::string&)> warn = [](const std::string&) {};
  /// Asked while a raster is looked through; true ends that with Error{Cancelled}. Empty: never.
  std::function<bool()> is_cancelled;

  /// @throws Error{Cancelled}
  void check_cancelled() const {
    if (is_cancelled && is_cancelled()) throw cancelled_error();
  }
};

/// Classes as a label file itself tells them.
struct LabelLegend {
  Legend legend;
  std::string class_field;      ///< the field that was asked for or found; empty for rasters
  LabelMap map;                 ///< values that can't be legend values or have another's name, by their text
  bool has_own_values = false;  ///< values are those of the file, but for the ones in `map`; else made up

  /// Checks that labels can be coded by it.
  /// @throws Error{Data} for numbers with fractions
  void check_values(const std::string& path) const {
    for (const auto& [value, names] : map)
      if (has_own_values && !number_of<std::int64_t>(value))
        throw data_error(
            "{}: field '{}' holds fractional numbers ({}), classes are whole numbers or names; name another "
            "with --class-field",
            path, class_field, value);
  }
};

}  // namespace orthocover

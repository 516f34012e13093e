#pragma once

#include <ogrsf_frmts.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/ports/label_request.h"

namespace orthocover {

/// What stands in one field of a layer that could name classes: text or numbers.
struct FieldCensus {
  int index = 0;
  std::string name;
  bool is_number = false;
  std::vector<std::string> values;  ///< different ones, sorted as numbers or texts; without those not set
  bool too_many = false;            ///< there are more values than are listed
};

/// Text of a field of a feature, in whatever encoding, numbers as whole ones where they are whole; empty
/// where it is not set.
std::string raw_text(OGRFeature& feature, int field);

/// The same of a field that tells classes.
/// @throws Error{Data} for text that is not UTF-8: wrong bytes would make one class of different names
std::string field_text(OGRFeature& feature, int field);

/// Whether fields of classes or their names are often called so.
bool is_usual_class_field(const std::string& field);

/// Whether such a field can only be one of names.
bool is_name_field(const std::string& field);

/// True for fields of whole or real numbers.
bool is_number_field(const OGRFieldDefn& field);

/// A legend has at most this many classes.
inline constexpr std::size_t kLegendClasses = 254;

/// Different values of every text and number field (or of `only` one), in the layer's order of fields.
/// @param most that are listed of a field
std::vector<FieldCensus> count_values(OGRLayer& layer, int only = -1, std::size_t most = kLegendClasses);

/// A field by its name, or by its number from 1.
/// @throws Error{Data} that lists the fields when there is none
int field_by_name(OGRLayer& layer, const std::string& wanted, const std::string& path);

/// Keeps the features that pass an OGR SQL filter; an empty one keeps all.
/// @throws Error{Data} for a filter that can't be used, or that nothing passes
void set_filter(OGRLayer& layer, const std::string& where, const std::string& path);

/// The field of class names or values.
/// @param wanted its name, or its number from 1; empty: `styled` (the field that QGIS colours by) if it is
/// there, else the first of the usual names (class, classe, label, landcover, name, type, value ...), else
/// the only field whose few values come again and again
/// @param may_be_many it may have more values than a legend has classes, where its name tells it
/// @throws Error{Data} that lists the fields when none is meant
int find_class_field(OGRLayer& layer, const std::string& wanted, const std::string& styled,
                     const std::string& path, bool may_be_many = false);

/// Names by number, as a label file tells them.
using NumberNames = std::map<std::int64_t, std::string>;

/// What the numbers in a label file stand for, whose own names of them count for more than the legend's.
class NumberCoding {
 public:
  /// @param coding counts alone for numbers in its map, and for all where it doesn't take names
  NumberCoding(const NumberNames& names, const LabelCoding& coding);

  std::optional<std::uint8_t> label_of(std::int64_t value) const;
  /// Where a class has another value in the file than in the legend; empty: nowhere. No number is taken by
  /// its value then.
  const std::string& contradiction() const { return m_contradiction; }

 private:
  const LabelCoding& m_coding;
  std::map<std::int64_t, std::uint8_t> m_by_name;
  std::string m_contradiction;
};

}  // namespace orthocover

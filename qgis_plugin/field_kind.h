#pragma once

#include "core/operation/declaration.h"
#include "qgis_plugin/algorithm_variant.h"

namespace orthocover::qgis {

/// The field of a dialog that stands for a parameter.
enum class FieldKind {
  Flag,
  Number,
  Text,
  NumberList,  ///< a text with commas
  TextList,    ///< a text with commas
  Lines,       ///< a text of several lines, one item each
  Choice,
  Extent,
  Crs,
  AttributeField,
  Band,
  BandList,
  Raster,
  RasterList,
  Polygons,
  MapData,      ///< a raster or a vector layer
  MapDataList,  ///< the same, several
  File,
  FileList,
  Folder,
  Model,
  ModelList,
  RasterOut,
  VectorOut,
  FileOut,
  FolderOut
};

/// The field for a parameter of an algorithm.
FieldKind field_kind(const Parameter& parameter, const AlgorithmVariant& variant);

/// Whether the field names something that the run makes.
bool is_destination(FieldKind kind);

/// Whether the field holds numbers, words or choices, not files or layers.
bool is_plain(FieldKind kind);

/// The parameter whose layer the field belongs to: the raster of a band, the layer of an attribute; null
/// where there is none.
const Parameter* parent_of(const Parameter& parameter, const AlgorithmVariant& variant);

/// Decimals that a field for a number shows: enough for its default and its least value.
int decimals_of(const Parameter& parameter);

}  // namespace orthocover::qgis

#pragma once

#include <qgsexpressioncontext.h>
#include <qgsfeature.h>
#include <qgsprocessingfeedback.h>
#include <qgsvectorlayerfeatureiterator.h>

#include <memory>
#include <optional>
#include <QString>

#include "qgis_plugin/qgis_compat.h"

class QgsVectorLayer;

namespace orthocover::qgis {

/// The layer of a file of labels that says where they are complete.
inline constexpr const char* kWindows = "windows";

/// The layer of a copy, and names of its columns that are no fields.
inline constexpr const char* kLayer = "layer";
inline constexpr const char* kId = "orthocover_id";
inline constexpr const char* kShape = "orthocover_shape";

/// A layer as it is now, to be written to a GeoPackage later and in any thread.
class LayerCopy {
 public:
  /// @param is_local whether the layer is counted at once; servers take long
  LayerCopy(const QgsVectorLayer& layer, QString file, bool is_local);

  const QString& file() const { return m_file; }
  const QString& layer_id() const { return m_layer_id; }
  const QString& layer_name() const { return m_name; }
  bool has_classes() const { return m_has_classes; }
  void set_has_classes(bool has_classes) { m_has_classes = has_classes; }
  /// What a field of the layer is called in the file.
  QString field_of(const QString& name) const;
  void select(QgsFeatureIds ids) { m_selected = std::move(ids); }
  /// Of a filter and a selection QGIS lets the filter decide what is read.
  /// @param of_run its variables hide those of the project; those of the layer, over which the filter may
  /// sum, come to them
  void set_filter(const QString& expression, const QgsVectorLayer& layer, QgsExpressionContext of_run);
  void set_limit(long long features) { m_limit = features; }
  void skip_invalid_shapes() { m_skips_invalid = true; }
  /// The style, which names the classes, and the layer `windows` of the labels' file come along.
  /// @return why there is no style; empty: it comes
  QString keep_as_labels(const QgsVectorLayer& layer, const QString& labels_file);

  /// Writes the file, once.
  /// @return false when it was cancelled
  /// @throws QgsProcessingException naming the layer and the cure
  bool write(QgsProcessingFeedback& feedback);

 private:
  QString write_features(QgsProcessingFeedback& feedback) const;

  QString m_layer_id;
  QString m_name;  ///< of the layer
  QString m_file;
  std::unique_ptr<QgsVectorLayerFeatureSource> m_source;  ///< null once it is written
  QgsFields m_fields;
  compat::WkbType m_shape;
  QgsCoordinateReferenceSystem m_crs;
  long long m_count;  ///< below 0: unknown
  bool m_is_edited;   ///< QGIS 3.22 calls no iterator of such a layer valid
  bool m_has_new;     ///< features that are not saved; saved meanwhile, they would come twice
  std::optional<QgsFeatureIds> m_known;  ///< of all features of such a layer; none: to be read
  std::optional<QgsFeatureIds> m_selected;
  QString m_filter;
  QgsExpressionContext m_scopes;
  long long m_limit = -1;  ///< below 0: all
  bool m_skips_invalid = false;
  bool m_has_classes = false;  ///< it is a map or labels
  QString m_style;
  QString m_labels_file;
};

/// Why no feature can be chosen of a layer by an expression; empty where that works.
QString fault_of_filter(const QString& expression, const QgsVectorLayer& layer);

}  // namespace orthocover::qgis

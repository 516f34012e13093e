#pragma once

#include <qgsprocessingcontext.h>
#include <qgsprocessingfeedback.h>
#include <qgsprocessingutils.h>

#include <QStringList>
#include <QVariant>
#include <vector>

#include "qgis_plugin/layer_copy.h"

class QgsMapLayer;
class QgsRasterLayer;
class QgsVectorLayer;

namespace orthocover::qgis {

/// Files behind layers, for a program that knows files only. Layers that are no file, or not as they lie in
/// it (edits, filter, selection, CRS, joined fields), are exported to temporary GeoPackages, which go with
/// the object. Everything but the writing of these is for the main thread.
class LayerFiles {
 public:
  /// What a layer is expected to be, so that files are not tried as everything.
  using Hint = QgsProcessingUtils::LayerHint;

  LayerFiles(QgsProcessingContext& context, QgsProcessingFeedback* feedback);
  ~LayerFiles();
  LayerFiles(const LayerFiles&) = delete;
  LayerFiles& operator=(const LayerFiles&) = delete;

  /// File of the layer that a parameter's value names, raster or vector; the text itself when it names no
  /// layer, so that the program says what is wrong with it.
  /// @param is_labels their style, which names the classes, and the layer `windows` beside them come along
  /// @throws QgsProcessingException for a layer of a service, naming the cure
  QString file_of(const QVariant& value, Hint hint = Hint::UnknownType, bool is_labels = false);

  /// The layer that a parameter's value names; null when there is none.
  QgsMapLayer* layer_of(const QVariant& value, Hint hint = Hint::UnknownType);

  /// What a field of the layer that a value names is called in its file_of(), which comes first.
  /// @param value none: of maps and labels, which are of no certain type
  QString field_of(const QVariant& value, const QString& name);

  /// A message of the program with the names of layers in place of their copies.
  QString with_layer_names(QString message) const;

  /// Whether a layer was copied to a file of its own.
  bool has_exports() const { return !m_exports.empty(); }

  /// @throws QgsProcessingException where a file that would be replaced is a layer of the project in edit
  /// mode or one that was copied for the run
  void refuse_replacing(const QString& file, bool appends = false) const;

  /// How much of the progress of a run the copies take, in percent; 0: there are none.
  double export_percent() const { return has_exports() ? 100.0 / kParts : 0; }

  /// Writes the files of layers that are copied, in any thread.
  /// @return false when it was cancelled
  bool write_exports(QgsProcessingFeedback& feedback);

  /// Removes the exported files.
  void remove_exports();

 private:
  static constexpr int kParts = 20;  ///< of a run, of which the copies are one
  struct Reference;

  Reference reference_of(const QVariant& value) const;
  QString file_of_raster(const QgsRasterLayer& layer) const;
  QString file_of_vector(const QgsVectorLayer& layer, const Reference& reference) const;
  QString export_vector(const QgsVectorLayer& layer, const Reference& reference);
  void warn_of_windows(const QString& path) const;
  void warn(const QString& message) const;

  QgsProcessingContext& m_context;
  QgsProcessingFeedback* m_feedback;
  std::vector<LayerCopy> m_exports;
  QStringList m_copied;  ///< files of what is exported
};

/// Why a layer is no file that the program can read, with the cure; empty when it is one, or when there is no
/// layer.
QString refusal_of(const QgsMapLayer* layer);

/// Whether it is the name of a file, not of a layer of the project.
bool is_file(const QVariant& value);

}  // namespace orthocover::qgis

#pragma once

#include <qgsprocessingcontext.h>

#include <QColor>
#include <QDateTime>
#include <QSet>
#include <QString>
#include <QStringList>
#include <vector>

class QgsProject;
class QgsRasterLayer;
class QgsVectorLayer;

namespace orthocover::qgis {

/// A class as results are drawn.
struct ClassStyle {
  int value = 0;
  QString name;
  QColor color;
};

/// How a result is drawn.
enum class LayerLook { Map, Confidence, Polygons, Plain };

/// Names of the layers of a project in edit mode that show one of the files, which was written since. A
/// GeoPackage is written by editing itself, and never replaced meanwhile.
QStringList edited_layers_of(const QStringList& files, const QgsProject& project, const QDateTime& since);

/// Selects nothing in the layers of a project that show one of the files, where it was replaced since: its
/// features have the ids of others.
/// @return their names
QStringList deselect_layers_of(const QStringList& files, const QgsProject& project, const QDateTime& since);

/// Has layers of a project that show one of the files read it again, but for one.
void reload_layers_of(const QStringList& files, const QgsProject& project, const QgsMapLayer* but = nullptr);

/// Has layers of a project that show one of the files read it again, where it was written since. Of inputs
/// with the same name files begin with that of their folder.
/// @param appends whether other features of the files stay as they are, and selected
void reload_written_layers(const QStringList& files, const QgsProject& project, const QDateTime& since,
                           bool appends);

/// Draws a result as soon as QGIS has loaded it: by the style that the user chose for it, by that which the
/// program wrote beside it, else by the classes of the report. A layer that was open before keeps how it is
/// drawn, as far as that fits the classes.
class LayerStyler final : public QgsProcessingLayerPostProcessorInterface {
 public:
  /// @param open_layers ids of those that were open before
  /// @param style file that the user chose; empty: none
  LayerStyler(LayerLook look, std::vector<ClassStyle> classes, QSet<QString> open_layers = {},
              QString style = {});

  void postProcessLayer(QgsMapLayer* layer, QgsProcessingContext& context,
                        QgsProcessingFeedback* feedback) override;

 private:
  bool fits(const QgsMapLayer& layer) const;
  void style_raster(QgsRasterLayer& layer) const;
  void style_polygons(QgsVectorLayer& layer) const;

  LayerLook m_look;
  std::vector<ClassStyle> m_classes;
  QSet<QString> m_open_layers;
  QString m_style;
};

}  // namespace orthocover::qgis

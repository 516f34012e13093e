#pragma once

#include <qgsprocessingcontext.h>

#include <QColor>
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

/// Has layers of a project that show one of the files read it again, but for one.
void reload_layers_of(const QStringList& files, const QgsProject& project, const QgsMapLayer* but = nullptr);

/// Draws a result as soon as QGIS has loaded it: by the style that the program wrote beside it, else by the
/// classes of the report.
class LayerStyler final : public QgsProcessingLayerPostProcessorInterface {
 public:
  LayerStyler(LayerLook look, std::vector<ClassStyle> classes);

  void postProcessLayer(QgsMapLayer* layer, QgsProcessingContext& context,
                        QgsProcessingFeedback* feedback) override;

 private:
  void style_raster(QgsRasterLayer& layer) const;
  void style_polygons(QgsVectorLayer& layer) const;

  LayerLook m_look;
  std::vector<ClassStyle> m_classes;
};

}  // namespace orthocover::qgis

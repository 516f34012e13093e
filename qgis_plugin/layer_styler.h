#pragma once

#include <qgsprocessingcontext.h>

#include <QColor>
#include <QString>
#include <vector>

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

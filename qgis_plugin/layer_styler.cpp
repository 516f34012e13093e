#include "qgis_plugin/layer_styler.h"

#include <qgscategorizedsymbolrenderer.h>
#include <qgscolorramp.h>
#include <qgscolorrampshader.h>
#include <qgsfillsymbol.h>
#include <qgspalettedrasterrenderer.h>
#include <qgsproject.h>
#include <qgsrasterlayer.h>
#include <qgsrastershader.h>
#include <qgssinglebandpseudocolorrenderer.h>
#include <qgsvectorlayer.h>

#include <algorithm>
#include <QDir>
#include <QFileInfo>
#include <set>

#include "qgis_plugin/qgis_compat.h"

namespace orthocover::qgis {
namespace {

constexpr double kFullPercent = 100;
constexpr const char* kClassField = "class";

QString file_of(const QgsMapLayer& layer) {
  return layer.source().section('|', 0, 0);
}

/// What the user says is no data, for each band.
struct NoData {
  QgsRasterRangeList values;
  bool is_of_file = true;
};

std::vector<NoData> no_data_of(const QgsMapLayer& layer) {
  std::vector<NoData> bands;
  const auto* raster = qobject_cast<const QgsRasterLayer*>(&layer);
  const QgsRasterDataProvider* data = raster != nullptr ? raster->dataProvider() : nullptr;
  for (int band = 1; data != nullptr && band <= data->bandCount(); ++band) {
    // Of a file that has none it isn't the user who says so.
    const bool is_of_file = data->useSourceNoDataValue(band) || !data->sourceHasNoDataValue(band);
    bands.push_back({data->userNoDataValues(band), is_of_file});
  }
  return bands;
}

void set_no_data(QgsMapLayer& layer, const std::vector<NoData>& bands) {
  auto* raster = qobject_cast<QgsRasterLayer*>(&layer);
  QgsRasterDataProvider* data = raster != nullptr ? raster->dataProvider() : nullptr;
  if (data == nullptr) return;
  for (int band = 1; band <= std::min(data->bandCount(), static_cast<int>(bands.size())); ++band) {
    const NoData& told = bands[static_cast<std::size_t>(band - 1)];
    data->setUserNoDataValue(band, told.values);
    data->setUseSourceNoDataValue(band, told.is_of_file);
  }
}

/// One that was open already shows the file that was replaced, which may be of another extent and CRS.
void reload(QgsMapLayer& layer) {
  const auto* vector = qobject_cast<const QgsVectorLayer*>(&layer);
  if (vector != nullptr && vector->isEditable()) {
    layer.reload();
  } else {
    const QgsCoordinateReferenceSystem crs = layer.crs();
    const QgsDataProvider* data = layer.dataProvider();
    const bool is_own = data != nullptr && crs != data->crs();
    // Newer QGIS puts what the file says of itself in place of what the user wrote.
    const QgsLayerMetadata metadata = layer.metadata();
    const bool is_described = data == nullptr || metadata != data->layerMetadata();
    const std::vector<NoData> no_data = no_data_of(layer);
    layer.setDataSource(layer.source(), layer.name(), layer.providerType(),
                        QgsDataProvider::ProviderOptions());
    set_no_data(layer, no_data);
    if (is_own) layer.setCrs(crs);
    if (is_described) layer.setMetadata(metadata);
  }
  layer.triggerRepaint();
}

/// The style that the program wrote beside a file.
QString style_beside(const QgsMapLayer& layer) {
  const QFileInfo file(file_of(layer));
  const QString style = file.path() + '/' + file.completeBaseName() + QStringLiteral(".qml");
  return QFileInfo(style).isFile() ? style : QString();
}

bool load_style(QgsMapLayer& layer, const QString& style, QgsMapLayer::StyleCategories what) {
  bool loaded = false;
  if (!style.isEmpty()) layer.loadNamedStyle(style, loaded, what);
  return loaded;
}

/// The style that the user chose; a GeoPackage's own would else come in its place.
bool load_chosen_style(QgsMapLayer& layer, const QString& style) {
  auto* vector = qobject_cast<QgsVectorLayer*>(&layer);
  if (vector == nullptr || style.isEmpty()) return load_style(layer, style, QgsMapLayer::AllStyleCategories);
  bool loaded = false;
  vector->loadNamedStyle(style, loaded, true, QgsMapLayer::AllStyleCategories);
  return loaded;
}

bool load_style_beside(QgsMapLayer& layer) {
  // What else is told of a layer, as labels and actions, the program does not decide.
  return load_style(layer, style_beside(layer), QgsMapLayer::Symbology);
}

/// From red, unsure, over yellow to green.
/// @param full the value of a pixel that is fully sure
QgsColorRampShader* confidence_ramp(double full) {
  auto* ramp = new QgsColorRampShader(0, full);
  ramp->setColorRampType(compat::kLinearRamp);
  ramp->setColorRampItemList({{0, QColor(215, 25, 28), QStringLiteral("0 %")},
                              {0.5 * full, QColor(253, 174, 97), QStringLiteral("50 %")},
                              {0.75 * full, QColor(255, 255, 191), QStringLiteral("75 %")},
                              {full, QColor(26, 150, 65), QStringLiteral("100 %")}});
  return ramp;
}

void draw_confidence(QgsRasterLayer& layer) {
  // The file holds percents; QGIS applies its scale, which makes them shares.
  const double full = kFullPercent * layer.dataProvider()->bandScale(1);
  auto* shader = new QgsRasterShader(0, full);
  shader->setRasterShaderFunction(confidence_ramp(full));
  auto* renderer = new QgsSingleBandPseudoColorRenderer(layer.dataProvider(), 1, shader);
  renderer->setClassificationMin(0);
  renderer->setClassificationMax(full);
  layer.setRenderer(renderer);
}

/// A name as a label in a legend, which evaluates what stands between [% and %]: a space makes it text.
QString label_of(QString name) {
  return name.replace(QStringLiteral("[%"), QStringLiteral("[ %"));
}

QgsPalettedRasterRenderer::ClassData palette_of(const std::vector<ClassStyle>& classes) {
  QgsPalettedRasterRenderer::ClassData entries;
  for (const ClassStyle& one : classes)
    entries << QgsPalettedRasterRenderer::Class(one.value, one.color, label_of(one.name));
  return entries;
}

QgsCategoryList categories_of(const std::vector<ClassStyle>& classes) {
  QgsCategoryList categories;
  for (const ClassStyle& one : classes) {
    QgsSymbol* symbol =
        QgsFillSymbol::createSimple({{QStringLiteral("color"), one.color.name()},
                                     {QStringLiteral("outline_style"), QStringLiteral("no")}});
    categories << QgsRendererCategory(one.value, symbol, label_of(one.name));
  }
  return categories;
}

/// Whether categories draw all classes that a layer has, under their names.
bool draws_all(const QgsCategoryList& categories, const QgsVectorLayer& layer) {
  QSet<QString> values, labels;
  for (const QgsRendererCategory& one : categories) {
    for (const QVariant& merged : one.value().toList()) values << merged.toString();
    values << one.value().toString();
    labels << one.label();
  }
  const auto has_all = [&](const char* field, const QSet<QString>& drawn) {
    const int index = layer.fields().lookupField(QLatin1String(field));
    const auto is_drawn = [&](const QVariant& one) {
      return one.isNull() || drawn.contains(label_of(one.toString()));
    };
    // Of two more one is neither drawn nor empty.
    return index < 0 || std::ranges::all_of(layer.uniqueValues(index, drawn.size() + 2), is_drawn);
  };
  // Merged ones have no label for each name.
  return has_all(kClassField, values) && (values.size() > categories.size() || has_all("name", labels));
}

/// All names under which files may be shown: as they are given, without links, and in a folder without links.
/// Looked up once, not for each layer: batches have thousands.
QSet<QString> names_of(const QStringList& files) {
  QSet<QString> names;
  for (const QString& one : files) {
    const QFileInfo file(one);
    names << one << file.canonicalFilePath() << file.dir().canonicalPath() + '/' + file.fileName();
  }
  names.remove(QString());  // of what is not there
  return names;
}

QList<QgsMapLayer*> layers_of(const QStringList& files, const QgsProject& project) {
  const QSet<QString> names = names_of(files);
  QList<QgsMapLayer*> layers;
  for (QgsMapLayer* layer : project.mapLayers()) {
    const QString file = file_of(*layer);
    if (names.contains(file) || names.contains(QFileInfo(file).canonicalFilePath())) layers << layer;
  }
  return layers;
}

bool was_written(const QgsMapLayer& layer, const QDateTime& since) {
  return QFileInfo(file_of(layer)).lastModified() >= since;
}

}  // namespace

QStringList edited_layers_of(const QStringList& files, const QgsProject& project, const QDateTime& since) {
  QStringList names;
  for (const QgsMapLayer* layer : layers_of(files, project))
    if (layer->isEditable() && was_written(*layer, since) &&
        !file_of(*layer).endsWith(QLatin1String(".gpkg")))
      names << layer->name();
  return names;
}

QStringList deselect_layers_of(const QStringList& files, const QgsProject& project, const QDateTime& since) {
  QStringList names;
  for (QgsMapLayer* layer : layers_of(files, project)) {
    auto* vector = qobject_cast<QgsVectorLayer*>(layer);
    if (vector == nullptr || vector->selectedFeatureCount() == 0 || !was_written(*layer, since)) continue;
    vector->removeSelection();
    names << layer->name();
  }
  return names;
}

void reload_layers_of(const QStringList& files, const QgsProject& project, const QgsMapLayer* but) {
  for (QgsMapLayer* layer : layers_of(files, project))
    if (layer != but) reload(*layer);
}

void reload_written_layers(const QStringList& files, const QgsProject& project, const QDateTime& since,
                           bool appends) {
  const QSet<QString> names = names_of(files);
  QStringList written;
  for (const QgsMapLayer* layer : project.mapLayers()) {
    if (!was_written(*layer, since)) continue;
    const QFileInfo shown(file_of(*layer));
    QString name = shown.fileName();  // confidences and probabilities are called after their map
    for (const char* role : {".confidence.", ".probabilities."})
      name.replace(QLatin1String(role), QStringLiteral("."));
    const QString folder = shown.dir().canonicalPath() + '/';
    bool is_shown = names.contains(shown.canonicalFilePath()) || names.contains(folder + name);
    for (int dash = name.indexOf('-'); dash >= 0 && !is_shown; dash = name.indexOf('-', dash + 1))
      is_shown = names.contains(folder + name.mid(dash + 1));
    if (is_shown) written << shown.filePath();
  }
  if (!appends) deselect_layers_of(written, project, since);
  reload_layers_of(written, project);
}

LayerStyler::LayerStyler(LayerLook look, std::vector<ClassStyle> classes, QSet<QString> open_layers,
                         QString style)
    : m_look(look),
      m_classes(std::move(classes)),
      m_open_layers(std::move(open_layers)),
      m_style(std::move(style)) {}

void LayerStyler::postProcessLayer(QgsMapLayer* layer, QgsProcessingContext& context,
                                   QgsProcessingFeedback*) {
  if (layer == nullptr) return;
  reload(*layer);
  if (context.project() != nullptr) reload_layers_of({file_of(*layer)}, *context.project(), layer);
  if (load_chosen_style(*layer, m_style) || fits(*layer)) return layer->triggerRepaint();
  if (auto* raster = qobject_cast<QgsRasterLayer*>(layer)) style_raster(*raster);
  if (auto* vector = qobject_cast<QgsVectorLayer*>(layer)) style_polygons(*vector);
  layer->triggerRepaint();
}

/// Whether the layer is drawn in all classes under their names or, open before, in a way of its user's own.
bool LayerStyler::fits(const QgsMapLayer& layer) const {
  const bool was_open = m_open_layers.contains(layer.id());
  std::set<std::pair<int, QString>> drawn;
  if (const auto* raster = qobject_cast<const QgsRasterLayer*>(&layer)) {
    const auto* palette = dynamic_cast<const QgsPalettedRasterRenderer*>(raster->renderer());
    if (palette == nullptr || m_look != LayerLook::Map) return was_open;
    for (const auto& one : palette->classes()) drawn.emplace(static_cast<int>(one.value), one.label);
  } else if (const auto* vector = qobject_cast<const QgsVectorLayer*>(&layer)) {
    const auto* categories = dynamic_cast<const QgsCategorizedSymbolRenderer*>(vector->renderer());
    if (categories == nullptr || categories->classAttribute() != QLatin1String(kClassField)) return was_open;
    // Of many maps, each with its own classes, a run tells none.
    if (m_classes.empty() && was_open) return draws_all(categories->categories(), *vector);
    for (const auto& one : categories->categories()) drawn.emplace(one.value().toInt(), one.label());
  }
  const auto is_drawn = [&](const ClassStyle& one) {
    return drawn.contains({one.value, label_of(one.name)});
  };
  // QGIS itself draws all values that a table of colours has.
  const bool is_whole = was_open || drawn.size() == m_classes.size();
  return is_whole && !m_classes.empty() && std::ranges::all_of(m_classes, is_drawn);
}

void LayerStyler::style_raster(QgsRasterLayer& layer) const {
  if (m_look == LayerLook::Confidence) return draw_confidence(layer);
  if (m_look != LayerLook::Map || load_style_beside(layer) || m_classes.empty()) return;
  layer.setRenderer(new QgsPalettedRasterRenderer(layer.dataProvider(), 1, palette_of(m_classes)));
}

void LayerStyler::style_polygons(QgsVectorLayer& layer) const {
  if (m_look != LayerLook::Polygons || load_style_beside(layer)) return;
  bool loaded = false;
  layer.loadDefaultStyle(loaded);  // of the GeoPackage itself
  const bool has_categories = loaded && layer.renderer()->type() == QLatin1String("categorizedSymbol");
  const QString field = QLatin1String(kClassField);
  if (has_categories || m_classes.empty() || layer.fields().lookupField(field) < 0) return;
  layer.setRenderer(new QgsCategorizedSymbolRenderer(field, categories_of(m_classes)));
}

}  // namespace orthocover::qgis

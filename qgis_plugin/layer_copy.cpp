#include "qgis_plugin/layer_copy.h"

#include <qgsexception.h>
#include <qgsexpression.h>
#include <qgsexpressioncontextutils.h>
#include <qgsjsonutils.h>
#include <qgsproviderregistry.h>
#include <qgsprovidersublayerdetails.h>
#include <qgsvectorlayer.h>
#include <qgsvectorlayereditbuffer.h>
#include <qgsvectorlayerexporter.h>

#include <algorithm>

#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

constexpr long long kAtOnce = 10'000;

/// Lists and the like, which few files hold.
bool is_nested(int type) {
  return type == QMetaType::QVariantList || type == QMetaType::QStringList || type == QMetaType::QVariantMap;
}

/// With names that differ by more than case, as in a GeoPackage, and lists as text.
QgsFields told_apart(const QgsFields& fields) {
  QgsFields named;
  QStringList taken{QLatin1String(kId), QLatin1String(kShape)};
  for (QgsField field : fields) {
    const QString own = field.name();
    for (int i = 2; taken.contains(field.name(), Qt::CaseInsensitive); ++i)
      field.setName(QStringLiteral("%1_%2").arg(own).arg(i));
    taken << field.name();
    named.append(is_nested(field.type()) ? QgsField(field.name(), compat::kText) : field);
  }
  return named;
}

QgsFeatureIds ids_of(QgsVectorLayerFeatureSource& source, QgsFeedback& feedback) {
  QgsFeatureRequest request;
  QgsFeatureIterator features = source.getFeatures(request.setFlags(compat::kNoGeometry).setNoAttributes());
  features.setInterruptionChecker(&feedback);
  QgsFeatureIds ids;
  for (QgsFeature feature; features.nextFeature(feature);) ids << feature.id();
  return ids;
}

/// Writes the style of a copy.
QString save_style(const QString& style, const QString& file) {
  QString fault;
  QgsProviderRegistry::instance()->saveStyle(QStringLiteral("ogr"),
                                             file + QStringLiteral("|layername=") + QLatin1String(kLayer),
                                             style, {}, QStringLiteral("classes"), {}, {}, true, fault);
  return fault;
}

/// Copies the layer `windows` of a file into another, where there is one.
QString copy_windows(const QString& from, const QString& file, QgsFeedback& feedback) {
  QgsFeedback stop;  // has a progress of its own
  QObject::connect(&feedback, &QgsFeedback::canceled, &stop, &QgsFeedback::cancel, Qt::DirectConnection);
  for (const QgsProviderSublayerDetails& part : QgsProviderRegistry::instance()->querySublayers(from)) {
    if (part.name() != QLatin1String(kWindows)) continue;
    QgsVectorLayer windows(part.uri(), part.name(), QStringLiteral("ogr"));
    QString fault;
    QgsVectorLayerExporter::exportLayer(&windows, file, QStringLiteral("ogr"), windows.crs(), false, &fault,
                                        {{QStringLiteral("driverName"), QStringLiteral("GPKG")},
                                         {QStringLiteral("layerName"), part.name()},
                                         {QStringLiteral("update"), true}},
                                        &stop);
    return fault;
  }
  return {};
}

}  // namespace

LayerCopy::LayerCopy(const QgsVectorLayer& layer, QString file, bool is_local)
    : m_layer_id(layer.id()),
      m_name(layer.name()),
      m_file(std::move(file)),
      m_source(std::make_unique<QgsVectorLayerFeatureSource>(&layer)),
      m_fields(layer.fields()),
      m_shape(layer.wkbType()),
      m_crs(layer.crs()),
      m_count(is_local ? layer.featureCount() : -1),
      m_is_edited(layer.isEditable()),
      m_has_new(m_is_edited && !layer.editBuffer()->addedFeatures().isEmpty()) {
  if (m_has_new && is_local) m_known = layer.allFeatureIds();
}

QString LayerCopy::field_of(const QString& name) const {
  const int index = m_fields.indexOf(name);
  return index < 0 ? name : told_apart(m_fields).at(index).name();
}

void LayerCopy::set_filter(const QString& expression, const QgsVectorLayer& layer,
                           QgsExpressionContext of_run) {
  m_filter = expression;
  m_scopes = QgsExpressionContext(QgsExpressionContextUtils::globalProjectLayerScopes(&layer));
  QgsExpressionContextScope* of_layer = m_scopes.popScope();
  for (const auto* scope : of_run.scopes()) m_scopes << new QgsExpressionContextScope(*scope);
  m_scopes << of_layer;
}

QString LayerCopy::keep_as_labels(const QgsVectorLayer& layer, const QString& labels_file) {
  m_labels_file = labels_file;
  QDomDocument style;
  QString fault;
  layer.exportNamedStyle(style, fault, {}, QgsMapLayer::Symbology);
  // The class field may have another name there.
  QDomElement drawn = style.documentElement().firstChildElement(QStringLiteral("renderer-v2"));
  const QString key = QStringLiteral("attr");
  const QString attribute = drawn.attribute(key);
  const QgsExpression classes(attribute);
  if (const int index = m_fields.lookupField(attribute); index >= 0)
    drawn.setAttribute(key, field_of(m_fields.at(index).name()));
  else if (classes.isField())
    drawn.setAttribute(key, field_of(*classes.referencedColumns().cbegin()));
  if (fault.isEmpty()) m_style = style.toString();
  return fault;
}

bool LayerCopy::write(QgsProcessingFeedback& feedback) {
  if (m_source == nullptr) return !feedback.isCanceled();
  feedback.setProgressText(translated("Copying layer '%1'").arg(m_name));
  const QString fault_of_copy = write_features(feedback);
  m_source.reset();
  if (feedback.isCanceled()) return false;
  if (!fault_of_copy.isEmpty())
    throw QgsProcessingException(
        translated("Layer '%1' could not be written to a temporary file (%2): save it as a GeoPackage first "
                   "(right click on the layer, Export > Save Features As).")
            .arg(m_name, fault_of_copy));
  const QString fault = m_labels_file.isEmpty() ? QString() : copy_windows(m_labels_file, m_file, feedback);
  if (feedback.isCanceled()) return false;
  if (!fault.isEmpty())
    throw QgsProcessingException(
        translated("The layer 'windows' beside layer '%1' could not be copied: %2").arg(m_name, fault));
  if (const QString lost = m_style.isEmpty() ? QString() : save_style(m_style, m_file); !lost.isEmpty())
    feedback.pushWarning(translated("The style of layer '%1' is not known to the run: %2").arg(m_name, lost));
  return true;
}

/// All that is chosen of the layer, with every attribute.
/// @return what went wrong; empty: nothing
QString LayerCopy::write_features(QgsProcessingFeedback& feedback) const {
  // Names that no field has: many have `fid`, with values that repeat. Zones without a name go by ids.
  const QString id = QLatin1String(kId);
  QgsFields fields;
  fields.append(QgsField(id, compat::kWideInteger));
  fields.extend(told_apart(m_fields));
  const QStringList own_names{QStringLiteral("FID=") + id,
                              QStringLiteral("GEOMETRY_NAME=") + QLatin1String(kShape)};
  QgsVectorLayerExporter exporter(m_file, QStringLiteral("ogr"), fields, m_shape, m_crs, true,
                                  {{QStringLiteral("driverName"), QStringLiteral("GPKG")},
                                   {QStringLiteral("layerName"), QLatin1String(kLayer)},
                                   {QStringLiteral("layerOptions"), own_names}});
  QgsFeatureRequest request;
  if (!m_filter.isEmpty())
    request.setFilterExpression(m_filter).setExpressionContext(m_scopes);
  else if (m_selected)
    request.setFilterFids(*m_selected);
  if (m_skips_invalid) request.setInvalidGeometryCheck(compat::kSkipInvalid);
  // What is not saved has ids below 0, the later the lower.
  const QgsFeatureIds known = !m_has_new ? QgsFeatureIds() : m_known ? *m_known : ids_of(*m_source, feedback);
  const long long largest = known.isEmpty() ? 0 : std::max(0LL, *std::ranges::max_element(known));
  long long all = m_selected ? m_selected->size() : m_count;  // below 1: unknown
  if (m_limit >= 0) all = std::min(all, m_limit);
  QgsFeatureIterator features = m_source->getFeatures(request);
  features.setInterruptionChecker(&feedback);
  const bool is_lost =
      (!m_is_edited && !features.isValid()) || (all > 0 && m_filter.isEmpty() && !m_skips_invalid);
  long long done = 0;
  for (QgsFeature feature;
       done != m_limit && exporter.errorMessage().isEmpty() && features.nextFeature(feature);) {
    if (feedback.isCanceled()) return {};
    if (m_selected && !m_selected->contains(feature.id())) continue;
    if (m_has_new && !known.contains(feature.id())) continue;
    ++done;
    // In whole percents: each is a message to the window.
    if (all > 0) feedback.setProgress(static_cast<double>(std::min(100LL, 100 * done / all)));
    QgsAttributes attributes = feature.attributes();
    for (QVariant& value : attributes) {
      if (is_nested(value.userType())) value = QgsJsonUtils::encodeValue(value);
    }
    attributes.prepend(feature.id() < 0 ? largest - feature.id() : feature.id());
    feature.setAttributes(attributes);
    exporter.addFeature(feature, QgsFeatureSink::FastInsert);
    // QGIS would keep all for the end, which nobody could cancel.
    if (done % kAtOnce == 0) exporter.flushBuffer();
  }
  exporter.flushBuffer();
  if (done == 0 && m_limit != 0 && is_lost && exporter.errorMessage().isEmpty())
    return translated("none of its features could be read");
  return exporter.errorMessage();
}

QString fault_of_filter(const QString& expression, const QgsVectorLayer& layer) {
  if (expression.isEmpty()) return {};
  const QgsExpression filter(expression);
  if (filter.hasParserError()) return filter.parserErrorString();
  if (filter.referencedFunctions().contains(QStringLiteral("aggregate"))) return {};  // of other layers
  for (const QString& name : filter.referencedColumns())
    if (name != QgsFeatureRequest::ALL_ATTRIBUTES && layer.fields().lookupField(name) < 0)
      return translated("it has no field '%1'").arg(name);
  return {};
}

}  // namespace orthocover::qgis

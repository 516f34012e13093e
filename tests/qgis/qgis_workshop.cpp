#include "tests/qgis/qgis_workshop.h"

#include <qgsapplication.h>
#include <qgsexception.h>
#include <qgsprocessingregistry.h>
#include <qgssettings.h>

#include <QDir>
#include <QFile>

namespace orthocover::qgis {

SettingForNow::SettingForNow(const char* key, const QString& value)
    : m_key(QLatin1String(key)), m_before(QgsSettings().value(m_key)) {
  QgsSettings().setValue(m_key, value);
}

SettingForNow::~SettingForNow() {
  QgsSettings().setValue(m_key, m_before);
}

VariableForNow::VariableForNow(const char* name, const QString& value)
    : m_name(name), m_before(qgetenv(name)), m_was_set(qEnvironmentVariableIsSet(name)) {
  qputenv(name, value.toLocal8Bit());
}

VariableForNow::~VariableForNow() {
  if (m_was_set)
    qputenv(m_name, m_before);
  else
    qunsetenv(m_name);
}

ListeningFeedback::ListeningFeedback() : QgsProcessingFeedback(false) {
  connect(this, &QgsFeedback::progressChanged, this, [this](double percent) {
    m_percents.push_back(percent);
    if (percent >= m_cancel_at) cancel();
  });
}

QgisWorkshop::QgisWorkshop() {
  m_context.setProject(&m_project);
  m_context.setFeedback(&m_feedback);
}

QString QgisWorkshop::path(const QString& name) const {
  return m_folder.filePath(name);
}

QString QgisWorkshop::ortho() {
  return QStringLiteral(ORTHOCOVER_SOURCE_DIR "/examples/banepa.tif");
}

QString QgisWorkshop::small_extent() {
  return QStringLiteral("9522070,9522100,3202060,3202090 [EPSG:3857]");
}

QString QgisWorkshop::write(const QString& name, const QByteArray& content) const {
  QFile file(path(name));
  EXPECT_TRUE(file.open(QIODevice::WriteOnly));
  file.write(content);
  return path(name);
}

QString QgisWorkshop::polygon_file(const QString& name) const {
  return write(name, R"({"type": "FeatureCollection", "features": [
    {"type": "Feature", "properties": {"class": "a"}, "geometry":
      {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}},
    {"type": "Feature", "properties": {"class": "b"}, "geometry":
      {"type": "Polygon", "coordinates": [[[2, 0], [3, 0], [3, 1], [2, 1], [2, 0]]]}}]})");
}

QStringList QgisWorkshop::files() const {
  return QDir(m_folder.path()).entryList(QDir::Files | QDir::Hidden, QDir::Name);
}

std::unique_ptr<QgsProcessingAlgorithm> QgisWorkshop::algorithm(const QString& id) {
  return std::unique_ptr<QgsProcessingAlgorithm>(
      QgsApplication::processingRegistry()->createAlgorithmById(QStringLiteral("orthocover:") + id));
}

QVariantMap QgisWorkshop::run(const QString& id, const QVariantMap& parameters) {
  const auto created = algorithm(id);
  EXPECT_NE(created, nullptr) << id.toStdString();
  if (created == nullptr) return {};
  bool ok = false;
  return created->run(parameters, m_context, &m_feedback, &ok, {}, false);
}

QString QgisWorkshop::error_of(const QString& id, const QVariantMap& parameters) {
  try {
    run(id, parameters);
  } catch (const QgsProcessingException& error) {
    return error.what();
  }
  return {};
}

}  // namespace orthocover::qgis

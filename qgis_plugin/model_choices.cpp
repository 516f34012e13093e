#include "qgis_plugin/model_choices.h"

#include <QDir>
#include <QFileInfo>

#include "qgis_plugin/program_location.h"
#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

QString shipped_folder(const PluginSettings& settings) {
  const QString set = qEnvironmentVariable("ORTHOCOVER_MODELS");
  if (!set.isEmpty()) return set;
  const QString program = find_program(settings).path;
  return program.isEmpty() ? QString() : beside_program(program, QStringLiteral("share/orthocover/models"));
}

}  // namespace

ModelChoices::ModelChoices(const PluginSettings& settings, const QString& default_word) {
  const QString shipped = QStringLiteral("default");
  if (!default_word.isEmpty()) m_choices.push_back({default_word, default_word});
  if (default_word != shipped) m_choices.push_back({shipped, shipped});
  add_folder(shipped_folder(settings), true);
  add_folder(settings.models, false);
}

QStringList ModelChoices::names() const {
  QStringList names;
  for (const ModelChoice& choice : m_choices) names << choice.name;
  return names;
}

QString ModelChoices::word_of(const QString& name) const {
  for (const ModelChoice& choice : m_choices) {
    if (choice.name == name) return choice.word;
  }
  return name;
}

void ModelChoices::add_folder(const QString& folder, bool shipped) {
  if (folder.isEmpty()) return;
  const QDir models(folder);
  for (const QFileInfo& entry : models.entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name)) {
    if (!QFileInfo(entry.filePath() + QStringLiteral("/model.json")).isFile()) continue;
    QString name = entry.fileName().replace(',', '_');  // QGIS parts lists of choices there
    if (names().contains(name)) name = translated("%1 (own)").arg(name);
    m_choices.push_back({name, shipped ? entry.fileName() : entry.absoluteFilePath()});
  }
}

}  // namespace orthocover::qgis

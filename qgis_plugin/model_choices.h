#pragma once

#include <QString>
#include <QStringList>
#include <vector>

#include "qgis_plugin/plugin_settings.h"

namespace orthocover::qgis {

/// A model that is installed: what the dialog shows, and what the command line is told.
struct ModelChoice {
  QString name;
  QString word;
};

/// A parameter's default, the shipped default model, the other shipped ones and those of the user's folder.
class ModelChoices {
 public:
  /// @param default_word what the declaration has as default, as `default`; may be empty
  ModelChoices(const PluginSettings& settings, const QString& default_word);

  QStringList names() const;
  /// What the command line is told for a name of the list; the name itself when it is not in the list.
  QString word_of(const QString& name) const;

 private:
  void add_folder(const QString& folder, bool shipped);

  std::vector<ModelChoice> m_choices;
};

}  // namespace orthocover::qgis

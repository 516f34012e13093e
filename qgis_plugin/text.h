#pragma once

#include <QCoreApplication>
#include <QString>
#include <string>

namespace orthocover::qgis {

/// A text of the plugin in the user's language.
inline QString translated(const char* text) {
  return QCoreApplication::translate("orthocover", text);
}

/// A text of a declaration in the user's language.
inline QString translated(const std::string& text) {
  return text.empty() ? QString() : translated(text.c_str());
}

inline QString to_qt(const std::string& text) {
  return QString::fromStdString(text);
}

}  // namespace orthocover::qgis

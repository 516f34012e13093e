#pragma once

#include <QByteArray>
#include <QStringList>

namespace orthocover::qgis {

/// Puts the pieces that a pipe gives together into lines.
class ChildLines {
 public:
  /// @return the lines that the piece completed
  QStringList add(const QByteArray& piece);

  /// The last line when it had no end; empty otherwise.
  QString rest();

 private:
  QByteArray m_pending;
};

}  // namespace orthocover::qgis

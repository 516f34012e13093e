#include "qgis_plugin/child_lines.h"

namespace orthocover::qgis {

QStringList ChildLines::add(const QByteArray& piece) {
  m_pending += piece;
  QStringList lines;
  qsizetype begin = 0;
  for (qsizetype end = 0; (end = m_pending.indexOf('\n', static_cast<int>(begin))) >= 0; begin = end + 1) {
    const QByteArray line = m_pending.mid(static_cast<int>(begin), static_cast<int>(end - begin));
    lines << QString::fromUtf8(line);
  }
  m_pending.remove(0, static_cast<int>(begin));
  return lines;
}

QString ChildLines::rest() {
  const QString line = QString::fromUtf8(m_pending);
  m_pending.clear();
  return line;
}

}  // namespace orthocover::qgis

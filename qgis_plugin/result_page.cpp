#include "qgis_plugin/run_results.h"

#include <QLocale>
#include <QRegularExpression>

#include "qgis_plugin/report_reader.h"
#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

using Json = nlohmann::json;

constexpr double kSquareMetresPerHectare = 10000;
constexpr const char* kStyle =
    "<style>body{font-family:sans-serif} table{border-collapse:collapse} td,th{padding:2px 10px;"
    "text-align:left} td.number{text-align:right}</style>";

/// Whether it is known, as areas of a map that lies somewhere.
bool has_number(const Json& area, const char* key) {
  return area.contains(key) && area.at(key).is_number();
}

QString number_cell(const Json& area, const char* key, double factor, int decimals) {
  const double value = factor * report_number(area, key);
  return QStringLiteral("<td class=\"number\">%1</td>")
      .arg(has_number(area, key) ? QLocale::c().toString(value, 'f', decimals) : QString());
}

/// A colour of the report, or nothing when it is none: it goes into the page as it is.
QString colour_of(const Json& area) {
  static const QRegularExpression kColour(QStringLiteral("^#[0-9a-fA-F]{6}$"));
  const QString colour = report_text(area, "color");
  return kColour.match(colour).hasMatch() ? colour : QString();
}

QString area_row(const Json& area) {
  return QStringLiteral("<tr><td style=\"background:%1\"></td><td>%2</td>%3%4%5</tr>")
      .arg(colour_of(area), report_text(area, "name").toHtmlEscaped(), number_cell(area, "area_m2", 1, 1),
           number_cell(area, "area_m2", 1 / kSquareMetresPerHectare, 3), number_cell(area, "share", 100, 2));
}

Json total_of(const Json& areas) {
  Json total = {{"name", translated("total").toStdString()}};
  for (const Json& area : areas) {
    for (const char* key : {"area_m2", "share"})
      if (has_number(area, key)) total[key] = report_number(total, key) + report_number(area, key);
  }
  return total;
}

QString area_table(const Json& areas) {
  if (areas.empty()) return {};
  QString html = QStringLiteral("<table><tr><th></th><th>%1</th><th>m²</th><th>ha</th><th>%</th></tr>")
                     .arg(translated("Class"));
  for (const Json& area : areas) html += area_row(area);
  return html + area_row(total_of(areas)) + QStringLiteral("</table>");
}

QString scene_table(const Json& report) {
  const Json& scenes = report_list(report, "scenes");
  if (scenes.empty()) return {};
  QString html =
      QStringLiteral("<h2>%1</h2>").arg(translated("Scenes")) +
      QStringLiteral("<table><tr><th>%1</th><th>%2</th><th>%3</th><th>%4</th></tr>")
          .arg(translated("Scene"), translated("Status"), translated("Map"), translated("Message"));
  for (const Json& scene : scenes) {
    html +=
        QStringLiteral("<tr><td>%1</td><td>%2</td><td>%3</td><td>%4</td></tr>")
            .arg(report_text(scene, "input").toHtmlEscaped(), report_text(scene, "status").toHtmlEscaped(),
                 report_text(scene, "map").toHtmlEscaped(), report_text(scene, "message").toHtmlEscaped());
  }
  return html + QStringLiteral("</table>");
}

}  // namespace

QString result_page(const QString& title, const ChildOutcome& outcome, bool is_text_table) {
  const Json& areas = report_list(outcome.report, "areas");
  const QString heading = translated("Area of each class");
  QString body = area_table(areas);
  if (!body.isEmpty() && title != heading) body.prepend(QStringLiteral("<h2>%1</h2>").arg(heading));
  body += scene_table(outcome.report);
  const QString text = outcome.text.trimmed();
  const bool is_told = is_text_table && !areas.empty() && has_number(areas.front(), "area_m2");
  if (!text.isEmpty() && !is_told) body += QStringLiteral("<pre>%1</pre>").arg(text.toHtmlEscaped());
  if (body.isEmpty()) return {};
  return QStringLiteral(
             "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>%1</title>%2</head>"
             "<body><h1>%1</h1>%3</body></html>\n")
      .arg(title.toHtmlEscaped(), QLatin1String(kStyle), body);
}

}  // namespace orthocover::qgis

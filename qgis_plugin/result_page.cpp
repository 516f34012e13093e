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
    "text-align:left} td.number{text-align:right} .box{display:inline-block;width:1em;height:1em;"
    "border:1px solid #888}</style>";

QString heading(const char* text) {
  return QStringLiteral("<h2>%1</h2>").arg(translated(text));
}

QString number_cell(double value, int decimals) {
  return QStringLiteral("<td class=\"number\">%1</td>").arg(QLocale::c().toString(value, 'f', decimals));
}

/// A colour of the report, or nothing when it is none: it goes into the page as it is.
QString colour_of(const Json& area) {
  static const QRegularExpression kColour(QStringLiteral("^#[0-9a-fA-F]{6}$"));
  const QString colour = report_text(area, "color");
  return kColour.match(colour).hasMatch() ? colour : QString();
}

QString area_row(const Json& area) {
  const double area_m2 = report_number(area, "area_m2");
  return QStringLiteral(
             "<tr><td><span class=\"box\" style=\"background:%1\"></span></td><td>%2</td>%3%4%5</tr>")
      .arg(colour_of(area), report_text(area, "name").toHtmlEscaped(), number_cell(area_m2, 1),
           number_cell(area_m2 / kSquareMetresPerHectare, 3),
           number_cell(100 * report_number(area, "share"), 2));
}

QString area_table(const Json& report) {
  const Json& areas = report_list(report, "areas");
  if (areas.empty()) return {};
  QString html = heading("Area of each class") +
                 QStringLiteral("<table><tr><th></th><th>%1</th><th>m²</th><th>ha</th><th>%</th></tr>")
                     .arg(translated("Class"));
  for (const Json& area : areas) html += area_row(area);
  return html + QStringLiteral("</table>");
}

QString scene_table(const Json& report) {
  const Json& scenes = report_list(report, "scenes");
  if (scenes.empty()) return {};
  QString html =
      heading("Scenes") +
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

QString result_page(const QString& title, const ChildOutcome& outcome) {
  QString body = area_table(outcome.report) + scene_table(outcome.report);
  const QString text = outcome.text.trimmed();
  if (!text.isEmpty()) body += QStringLiteral("<pre>%1</pre>").arg(text.toHtmlEscaped());
  if (body.isEmpty()) return {};
  return QStringLiteral(
             "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>%1</title>%2</head>"
             "<body><h1>%1</h1>%3</body></html>\n")
      .arg(title.toHtmlEscaped(), QLatin1String(kStyle), body);
}

}  // namespace orthocover::qgis

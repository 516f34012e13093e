#include "qgis_plugin/run_results.h"

#include <QColor>
#include <QLocale>

#include "qgis_plugin/report_reader.h"
#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

using Json = nlohmann::json;

constexpr const char* kStyle =
    "<style>body{font-family:sans-serif} table{border-collapse:collapse} td,th{padding:2px 10px;"
    "text-align:left} td.number{text-align:right}</style>";

/// Whether it is known: not all maps have areas.
bool has_number(const Json& area, const char* key) {
  return area.contains(key) && area.at(key).is_number();
}

QString number_cell(const Json& area, const char* key, double factor, int decimals) {
  return QStringLiteral("<td class=\"number\">%1</td>")
      .arg(has_number(area, key) ? QLocale::c().toString(factor * report_number(area, key), 'f', decimals)
                                 : QString());
}

/// A colour of the report, or nothing when it is none.
QString colour_of(const Json& area) {
  const QColor colour(report_text(area, "color"));
  return colour.isValid() ? colour.name() : QString();
}

Json total_of(const Json& areas) {
  Json total;
  for (const Json& area : areas)
    for (const char* key : {"area_m2", "share", "pixels"})
      if (has_number(area, key)) total[key] = report_number(total, key) + report_number(area, key);
  return total;
}

QString area_table(const Json& report) {
  const Json& areas = report_list(report, "areas");
  if (areas.empty()) return {};
  const bool has_pixels = has_number(areas.front(), "pixels");
  QString html = QStringLiteral("<table><tr><th></th><th>%1</th><th>m²</th><th>ha</th><th>%</th>%2</tr>")
                     .arg(translated("Class"), has_pixels ? translated("<th>Pixels</th>") : QString());
  const auto add = [&](const Json& area, const QString& name) {
    html += QStringLiteral("<tr><td style=\"background:%1\"></td><td>%2</td>%3%4%5%6</tr>")
                .arg(colour_of(area), name.toHtmlEscaped(), number_cell(area, "area_m2", 1, 1),
                     number_cell(area, "area_m2", 1e-4, 3), number_cell(area, "share", 100, 2),
                     has_pixels ? number_cell(area, "pixels", 1, 0) : QString());
  };
  for (const Json& area : areas) add(area, report_text(area, "name"));
  add(total_of(areas), translated("total"));
  if (report.contains("nodata")) add(report.at("nodata"), translated("no data"));
  return html + QStringLiteral("</table>");
}

QString scene_table(const Json& report) {
  const Json& scenes = report_list(report, "scenes");
  if (scenes.empty()) return {};
  QString html = QStringLiteral("<h2>%1</h2><table><tr><th>%2</th><th>%3</th><th>%4</th><th>%5</th></tr>")
                     .arg(translated("Scenes"), translated("Scene"), translated("Status"), translated("Map"),
                          translated("Message"));
  for (const Json& scene : scenes) {
    html += QStringLiteral("<tr>");
    for (const char* key : {"input", "status", "map", "message"})
      html += QStringLiteral("<td>%1</td>").arg(report_text(scene, key).toHtmlEscaped());
    html += QStringLiteral("</tr>");
  }
  return html + QStringLiteral("</table>");
}

}  // namespace

QString result_page(const QString& title, const ChildOutcome& outcome, bool is_text_table) {
  const Json& areas = report_list(outcome.report, "areas");
  const QString heading = translated("Area of each class");
  QString body = area_table(outcome.report);
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

#include "core/report/html_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace orthocover {
namespace {

constexpr const char* kStyle = R"(
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5c6878;--line:#d9dee5;--paper:#fff;--tint:#f5f7f9;--shade:33,102,172}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa7b8;--line:#39424f;--paper:#151a21;--tint:#1d242d;--shade:96,165,230}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:2.5rem 1.5rem 4rem;background:var(--paper);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
h1{font-size:1.65rem;line-height:1.25;margin:0 0 1rem;font-weight:650}
h2{font-size:1.1rem;margin:2.4rem 0 .7rem;font-weight:650}
p{margin:.4rem 0;color:var(--soft);max-width:48rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.3rem 0}
th,td{padding:.34rem .8rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th{font-weight:600;color:var(--soft);font-size:.86rem}
th:first-child,td:first-child{text-align:left;padding-left:.2rem}
.text td,.text th{text-align:left;white-space:normal;overflow-wrap:anywhere;vertical-align:top}.text td:first-child{white-space:nowrap;color:var(--soft)}
tbody tr:hover{background:var(--tint)}
i{display:inline-block;width:.85em;height:.85em;border-radius:2px;margin-right:.55em;vertical-align:-.05em;border:1px solid rgba(0,0,0,.25)}
figure{margin:.8rem 0}figure img,svg{max-width:100%;height:auto}figure img{border:1px solid var(--line)}
figcaption{color:var(--soft);font-size:.86rem;margin-top:.35rem}
svg text{fill:var(--soft);font:12px system-ui,sans-serif}svg .grid{stroke:var(--line)}svg .axis{stroke:var(--soft)}
@media print{body{max-width:none;padding:0}h2{break-after:avoid}figure,table{break-inside:avoid}}
)";

/// Colours that colour-blind people tell apart (Okabe and Ito 2008), dark enough for both backgrounds.
constexpr std::array kColors = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"};

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string base64(std::span<const std::uint8_t> bytes) {
  constexpr const char* kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < left ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += k <= left ? kDigits[group >> (18 - 6 * k) & 63U] : '=';
  }
  return out;
}

/// A step of 1, 2 or 5 times a power of ten that cuts the range into about five.
double tick_step(double range) {
  const double rough = range / 5;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

struct Range {
  double low = std::numeric_limits<double>::max();
  double high = std::numeric_limits<double>::lowest();

  void include(double value) { low = std::min(low, value), high = std::max(high, value); }
  void widen() {
    if (low > high) low = 0, high = 1;
    if (low == high) low -= 0.5, high += 0.5;
  }
};

/// Draws a chart as SVG.
class Drawing {
 public:
  explicit Drawing(const HtmlChart& chart) : m_chart(chart) {
    for (const HtmlSeries& series : chart.series) {
      for (const auto& [x, y] : series.points) m_x.include(x), m_y.include(y);
    }
    if (chart.y_range) m_y = {chart.y_range->first, chart.y_range->second};
    if (chart.diagonal) m_x = m_y = {0, 1};
    m_x.widen();
    m_y.widen();
    m_width = chart.diagonal ? 420 : 720;
  }

  std::string svg() const {
    std::string out = fmt::format("<svg viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\">",
                                  m_width + 150, kHeight);
    out += axis(m_x, true) + axis(m_y, false);
    out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>", (kLeft + m_width) / 2,
                       kHeight - 4, escaped(m_chart.x_title));
    out += fmt::format("<text x=\"{}\" y=\"12\">{}</text>", kLeft - 40, escaped(m_chart.y_title));
    if (m_chart.diagonal) {
      out += fmt::format(
          "<line class=\"axis\" stroke-dasharray=\"4 4\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>", x(0),
          y(0), x(1), y(1));
    }
    for (std::size_t i = 0; i < m_chart.series.size(); ++i) out += line(i);
    return out + "</svg>";
  }

 private:
  static constexpr int kHeight = 300;
  static constexpr int kLeft = 56;
  static constexpr int kTop = 22;
  static constexpr int kBottom = 260;

  double x(double value) const {
    return kLeft + (value - m_x.low) / (m_x.high - m_x.low) * (m_width - kLeft);
  }
  double y(double value) const {
    return kBottom - (value - m_y.low) / (m_y.high - m_y.low) * (kBottom - kTop);
  }

  std::string axis(const Range& range, bool horizontal) const {
    std::string out;
    const double step = tick_step(range.high - range.low);
    for (double at = std::ceil(range.low / step) * step; at <= range.high + 1e-9 * step; at += step) {
      const double value = std::abs(at) < 1e-9 * step ? 0 : at;
      if (horizontal) {
        out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:g}</text>", x(value),
                           kBottom + 18, value);
      } else {
        out += fmt::format("<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>", kLeft,
                           m_width, y(value), y(value));
        out += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{:g}</text>", kLeft - 8,
                           y(value) + 4, value);
      }
    }
    return out;
  }

  std::string line(std::size_t index) const {
    const HtmlSeries& series = m_chart.series[index];
    const char* color = kColors[index % kColors.size()];
    std::string path;
    std::string marks;
    for (const auto& [px, py] : series.points) {
      if (!std::isfinite(py)) continue;
      const double value = std::clamp(py, m_y.low, m_y.high);
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? 'M' : 'L', x(px), y(value));
      if (m_chart.markers)
        marks += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"{}\"/>", x(px), y(value),
                             color);
    }
    const int row = kTop + 8 + 20 * static_cast<int>(index);
    return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>{}", path, color,
                       marks) +
           fmt::format(
               "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2}\" y2=\"{2}\" stroke=\"{3}\" stroke-width=\"3\"/>"
               "<text x=\"{4}\" y=\"{5}\">{6}</text>",
               m_width + 14, m_width + 30, row, color, m_width + 36, row + 4, escaped(series.name));
  }

  const HtmlChart& m_chart;
  Range m_x;
  Range m_y;
  int m_width;
};

}  // namespace

HtmlPage::HtmlPage(const std::string& title) : m_title(escaped(title)) {}

void HtmlPage::heading(const std::string& text) {
  m_body += "<h2>" + escaped(text) + "</h2>\n";
}

void HtmlPage::paragraph(const std::string& text) {
  m_body += "<p>" + escaped(text) + "</p>\n";
}

void HtmlPage::table(const HtmlTable& table) {
  m_body += fmt::format("<div class=\"scroll\"><table{}>", table.is_text ? " class=\"text\"" : "");
  if (!table.header.empty()) {
    m_body += "<thead><tr>";
    for (const std::string& cell : table.header) m_body += "<th>" + escaped(cell) + "</th>";
    m_body += "</tr></thead>";
  }
  m_body += "<tbody>\n";
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    m_body += "<tr>";
    for (std::size_t c = 0; c < table.rows[r].size(); ++c) {
      m_body += "<td>";
      if (c == 0 && r < table.swatches.size() && !table.swatches[r].empty())
        m_body += "<i style=\"background:" + escaped(table.swatches[r]) + "\"></i>";
      m_body += escaped(table.rows[r][c]) + "</td>";
    }
    m_body += "</tr>\n";
  }
  m_body += "</tbody></table></div>\n";
}

void HtmlPage::matrix(const HtmlMatrix& matrix) {
  m_body += fmt::format("<div class=\"scroll\"><table><thead><tr><th>{} \\ {}</th>",
                        escaped(matrix.row_title), escaped(matrix.column_title));
  for (const std::string& name : matrix.names) m_body += "<th>" + escaped(name) + "</th>";
  m_body += "</tr></thead><tbody>\n";
  for (std::size_t r = 0; r < matrix.values.size(); ++r) {
    double sum = 0;
    for (const double value : matrix.values[r]) sum += value;
    m_body += "<tr><td>" + escaped(matrix.names[r]) + "</td>";
    for (const double value : matrix.values[r]) {
      const double share = sum > 0 ? value / sum : 0;
      m_body +=
          fmt::format("<td style=\"background:rgba(var(--shade),{:.2f})\" title=\"{:.1f} %\">{:.0f}</td>",
                      0.75 * share, 100 * share, value);
    }
    m_body += "</tr>\n";
  }
  m_body += "</tbody></table></div>\n";
}

void HtmlPage::chart(const HtmlChart& chart) {
  m_body += "<figure>" + Drawing(chart).svg() + "</figure>\n";
}

void HtmlPage::picture(std::span<const std::uint8_t> png, const std::string& caption) {
  m_body += "<figure><img alt=\"" + escaped(caption) + "\" src=\"data:image/png;base64," + base64(png) +
            "\"><figcaption>" + escaped(caption) + "</figcaption></figure>\n";
}

std::string HtmlPage::text() const {
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>" +
         m_title + "</title>\n<style>" + kStyle + "</style></head>\n<body><h1>" + m_title + "</h1>\n" +
         m_body + "</body></html>\n";
}

}  // namespace orthocover

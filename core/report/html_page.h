#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace orthocover {

/// A table of numbers, right-aligned after the first column, or of texts, which are wrapped.
struct HtmlTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> swatches;  ///< `#rrggbb` in front of each row, or empty
  bool is_text = false;
};

/// Numbers whose cells are shaded by their share of the row.
struct HtmlMatrix {
  std::string row_title;
  std::string column_title;
  std::vector<std::string> names;
  std::vector<std::vector<double>> values;  ///< @shape [rows][columns]
};

/// One line of a chart.
struct HtmlSeries {
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< x, y
};

/// Lines over a common axis, or a reliability diagram with its diagonal.
struct HtmlChart {
  std::string x_title;
  std::string y_title;
  std::vector<HtmlSeries> series;
  std::optional<std::pair<double, double>> y_range;  ///< from the points if not given
  bool diagonal = false;
  bool markers = false;
};

/// A page for people that needs nothing but itself: no network, no scripts. All texts are escaped.
class HtmlPage {
 public:
  explicit HtmlPage(const std::string& title);

  void heading(const std::string& text);
  void paragraph(const std::string& text);
  void table(const HtmlTable& table);
  void matrix(const HtmlMatrix& matrix);
  void chart(const HtmlChart& chart);
  /// @param png an encoded PNG
  void picture(std::span<const std::uint8_t> png, const std::string& caption);

  /// The whole page.
  std::string text() const;

 private:
  std::string m_title;
  std::string m_body;
};

}  // namespace orthocover

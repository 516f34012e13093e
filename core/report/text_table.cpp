#include "core/report/text_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/plain_text.h"
#include "core/base/text.h"

namespace orthocover {
namespace {

std::string without_controls(std::string text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  std::ranges::replace_if(text, is_control, ' ');
  return text;
}

}  // namespace

std::size_t length_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, starts_character));
}

std::string aligned(const std::vector<std::vector<std::string>>& rows, std::size_t left_columns) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], length_of(row[c]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string pad(widths[c] - length_of(row[c]), ' ');
      if (c > 0) line += "  ";
      const std::string cell = without_controls(row[c]);
      line += c < left_columns ? cell + pad : pad + cell;
    }
    line.resize(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::string csv_cell(std::string_view any) {
  const std::string text = printable(any);  // names of files may be no UTF-8
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return text;
  std::string cell = "\"";
  for (const char c : text) cell += c == '"' ? std::string("\"\"") : std::string(1, c);
  return cell + '"';
}

std::string markdown_cell(std::string_view text) {
  std::string cell;
  for (const char c : one_line(text)) {
    if (std::string_view("\\|<[*`").find(c) != std::string_view::npos) cell += '\\';
    cell += c;
  }
  return cell;
}

}  // namespace orthocover

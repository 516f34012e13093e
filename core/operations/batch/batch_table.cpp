#include "core/operations/batch/batch_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/operation/command_text.h"
#include "core/report/text_table.h"

namespace orthocover::operations {
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kLeastNameColumns = 20;
constexpr std::size_t kMostNameColumns = 48;
/// Of a class's heading; the fewest hold areas up to ten million hectares.
constexpr std::size_t kLeastClassColumns = 7;
constexpr std::size_t kMostClassColumns = 16;
/// Status and time with their gaps.
constexpr std::size_t kStatusColumns = 22;
constexpr std::string_view kGap = "  ";
constexpr double kM2PerHectare = 1e4;
/// How every file that batch_csv() writes begins.
constexpr std::string_view kCsvHead = "scene,map,status,reason,seconds";

using Cells = std::vector<std::string>;

/// The first `count` characters of UTF-8 text.
std::string first_characters(const std::string& text, std::size_t count) {
  std::size_t end = 0;
  while (end < text.size() && (!starts_character(text[end]) || count-- > 0)) ++end;
  return text.substr(0, end);
}

std::string last_characters(const std::string& text, std::size_t count) {
  std::size_t begin = text.size();
  while (begin > 0 && count > 0) {
    if (starts_character(text[--begin])) --count;
  }
  return text.substr(begin);
}

std::string padded(const std::string& text, std::size_t columns, bool right) {
  const std::string blanks(columns - std::min(columns, length_of(text)), ' ');
  return right ? blanks + text : text + blanks;
}

/// The sum over all scenes, and how its numbers are written.
struct Sums {
  std::vector<double> m2;
  bool any = false;
  bool hectares = false;
  int decimals = 0;

  Sums(const std::vector<SceneRow>& rows, std::size_t classes) : m2(classes, 0) {
    for (const SceneRow& row : rows) {
      for (std::size_t i = 0; i < row.area_m2.size(); ++i) m2[i] += row.area_m2[i];
      any = any || !row.area_m2.empty();
    }
    const double largest = m2.empty() ? 0 : std::ranges::max(m2);
    hectares = largest >= kM2PerHectare;
    if (hectares)
      decimals = largest < 1e4 * kM2PerHectare ? 2 : 0;
    else
      decimals = largest < 1000 ? 1 : 0;
  }

  std::string text(double area) const {
    return fmt::format("{:.{}f}", hectares ? area / kM2PerHectare : area, decimals);
  }
};

/// That of the scene; with folders before it where the map has them, since others are called so, too.
std::string file_name(const SceneRow& row) {
  const std::filesystem::path scene(without_query(row.scene));
  const std::string map = std::filesystem::path(row.map).stem().string();
  const bool is_longer = map.ends_with(fmt::format("-{}", scene.stem().string()));
  const std::string name = is_longer ? map + scene.extension().string() : scene.filename().string();
  return one_line(name.empty() ? row.scene : name);
}

Cells area_cells(const SceneRow& row, std::size_t classes, const Sums& sums) {
  Cells cells;
  for (std::size_t i = 0; i < classes; ++i) {
    cells.push_back(row.area_m2.empty() ? "-" : sums.text(row.area_m2[i]));
  }
  return cells;
}

std::string total_seconds(const std::vector<SceneRow>& rows) {
  double seconds = 0;
  for (const SceneRow& row : rows) seconds += row.seconds;
  return format_duration(seconds);
}

/// Columns that a heading may take so that all fit beside a name.
std::size_t heading_columns(std::size_t classes) {
  const std::size_t share =
      (kColumns - kLeastNameColumns - kStatusColumns) / std::max<std::size_t>(1, classes);
  return std::clamp(share - std::min(share, kGap.size()), kLeastClassColumns, kMostClassColumns);
}

/// A class's name without the end that does not fit.
std::string heading(const std::string& name, std::size_t columns) {
  const std::string line = one_line(name);
  return length_of(line) <= columns ? line : first_characters(line, columns - 1) + "…";
}

/// All cells of the table; those of a scene without a map end with the reason.
std::vector<Cells> all_cells(const std::vector<SceneRow>& rows, const Cells& classes, const Sums& sums) {
  std::vector<Cells> table = {{"file", "status", "time"}};
  for (const std::string& name : classes)
    table.front().push_back(heading(name, heading_columns(classes.size())));
  for (const SceneRow& row : rows) {
    Cells cells = {file_name(row), std::string(to_string(row.status)), format_duration(row.seconds)};
    const Cells areas = area_cells(row, classes.size(), sums);
    if (row.has_map())
      cells.insert(cells.end(), areas.begin(), areas.end());
    else
      cells.push_back(row.reason);
    table.push_back(std::move(cells));
  }
  if (!sums.any) return table;
  Cells total = {"total", "", total_seconds(rows)};
  for (const double area : sums.m2) total.push_back(sums.text(area));
  table.push_back(std::move(total));
  return table;
}

bool ends_with_reason(const Cells& cells) {
  return cells[1] == to_string(SceneStatus::Failed) || cells[1] == to_string(SceneStatus::Empty);
}

/// Columns of every cell but reasons, which take what is left of the line.
std::vector<std::size_t> widths_of(const std::vector<Cells>& table) {
  const std::size_t count = table.front().size();
  std::vector<std::size_t> widths(count, 0);
  for (const Cells& cells : table) {
    const std::size_t known = cells.size() == count && !ends_with_reason(cells) ? count : 3;
    for (std::size_t i = 0; i < known; ++i) widths[i] = std::max(widths[i], length_of(cells[i]));
  }
  std::size_t others = 0;
  for (std::size_t i = 1; i < count; ++i) others += kGap.size() + widths[i];
  const std::size_t room = kColumns > others ? kColumns - others : 0;
  widths[0] = std::min({widths[0], kMostNameColumns, std::max(kLeastNameColumns, room)});
  return widths;
}

std::string line_of(const Cells& cells, const std::vector<std::size_t>& widths) {
  std::string line = padded(shorten(cells[0], widths[0]), widths[0], false);
  line += std::string(kGap) + padded(cells[1], widths[1], false);
  line += std::string(kGap) + padded(cells[2], widths[2], true);
  if (ends_with_reason(cells)) {
    const std::size_t used = length_of(line) + kGap.size();
    return line + std::string(kGap) + shorten(one_line(cells[3]), kColumns - std::min(kColumns - 1, used));
  }
  for (std::size_t i = 3; i < cells.size(); ++i)
    line += std::string(kGap) + padded(cells[i], widths[i], true);
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

std::string closing_line(const std::vector<SceneRow>& rows, const Sums& sums, double seconds) {
  const auto count = [&](SceneStatus status) { return std::ranges::count(rows, status, &SceneRow::status); };
  std::string line =
      fmt::format("{} scene{} in {}: {} done, {} skipped, {} failed", rows.size(),
                  rows.size() == 1 ? "" : "s", format_duration(seconds), count(SceneStatus::Done),
                  count(SceneStatus::Skipped), count(SceneStatus::Failed));
  if (count(SceneStatus::Empty) > 0) line += fmt::format(", {} empty", count(SceneStatus::Empty));
  if (sums.any) line += sums.hectares ? "; areas in hectares" : "; areas in square metres";
  return line + "\n";
}

bool is_batch_csv(const std::string& path) {
  std::string head(kCsvHead.size(), '\0');
  std::ifstream(path, std::ios::binary).read(head.data(), static_cast<std::streamsize>(head.size()));
  return head == kCsvHead;
}

/// The next row of a CSV, whose quoted cells may have line breaks.
bool next_row(std::istream& csv, std::string& row) {
  row.clear();
  bool is_quoted = false;
  for (std::string line; std::getline(csv, line); row += '\n') {
    row += line;
    if (std::ranges::count(line, '"') % 2 != 0) is_quoted = !is_quoted;
    if (!is_quoted) return true;
  }
  return false;
}

}  // namespace

std::string_view to_string(SceneStatus status) {
  static constexpr std::array<std::string_view, 4> kWords = {"done", "skipped", "empty", "failed"};
  return kWords[static_cast<std::size_t>(status)];
}

std::string shorten(const std::string& text, std::size_t columns) {
  if (length_of(text) <= columns) return text;
  if (columns < 3) return first_characters(text, columns);
  const std::size_t kept = columns - 1;
  return first_characters(text, (kept + 1) / 2) + "…" + last_characters(text, kept / 2);
}

std::string batch_table(const std::vector<SceneRow>& rows, const std::vector<std::string>& classes,
                        double seconds) {
  const Sums sums(rows, classes.size());
  const std::vector<Cells> table = all_cells(rows, classes, sums);
  const std::vector<std::size_t> widths = widths_of(table);
  std::string text;
  for (const Cells& cells : table) text += line_of(cells, widths) + "\n";
  return text + closing_line(rows, sums, seconds);
}

std::string batch_csv(const std::vector<SceneRow>& rows, const std::vector<std::string>& classes) {
  std::string csv(kCsvHead);
  for (const std::string& name : classes)
    csv += fmt::format(",{},{}", csv_cell("pixels " + name), csv_cell("area_m2 " + name));
  csv += "\n";
  for (const SceneRow& row : rows) {
    csv += fmt::format("{},{},{},{},{:.2f}", csv_cell(without_secrets(row.scene)), csv_cell(row.map),
                       to_string(row.status), csv_cell(without_secrets(row.reason)), row.seconds);
    for (std::size_t i = 0; i < classes.size(); ++i) {
      csv += row.pixels.empty() ? "," : fmt::format(",{}", row.pixels[i]);
      csv += row.area_m2.empty() ? "," : fmt::format(",{:.4f}", row.area_m2[i]);
    }
    csv += "\n";
  }
  return csv;
}

bool is_batch_csv_of(const std::string& path, const std::vector<SceneFiles>& scenes) {
  if (!is_batch_csv(path)) return false;
  std::set<std::string> cells;
  for (const SceneFiles& scene : scenes) cells.insert(csv_cell(without_secrets(scene.input)) + ",");
  std::ifstream file(path);
  std::string row;
  next_row(file, row);  // the headings
  while (next_row(file, row)) {
    const auto next = cells.upper_bound(row);
    if (next == cells.begin() || !row.starts_with(*std::prev(next))) return false;
  }
  return true;
}

namespace {

void tell_of_other_scenes(const std::string& path, const std::vector<SceneFiles>& scenes, RunContext& run) {
  if (is_batch_csv(path) && !is_batch_csv_of(path, scenes))
    run.log(
        LogLevel::Warning,
        fmt::format(
            "{}: replaces the table of a batch of other scenes, too; give each batch a --summary of its own",
            path));
}

}  // namespace

void remove_batch_csv(const std::string& path, const std::vector<SceneFiles>& scenes, RunContext& run) {
  tell_of_other_scenes(path, scenes, run);
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
}

bool write_batch_csv(const std::string& path, const std::string& csv, const std::vector<SceneFiles>& scenes,
                     RunContext& run) {
  try {
    tell_of_other_scenes(path, scenes, run);
    write_file_atomically(path, csv);
    return true;
  } catch (const Error& error) {
    run.log(LogLevel::Warning, fmt::format("the table is not written: {}", error.what()));
    return false;
  }
}

void check_batch_csv(const std::string& path, bool overwrite) {
  check_output_path(path, true);
  std::error_code ignored;
  if (overwrite || !std::filesystem::exists(path, ignored) || is_batch_csv(path)) return;
  throw usage_error(
      "{}: exists already and is no summary of a batch; choose another place with --summary, or "
      "add --overwrite to replace it",
      path);
}

}  // namespace orthocover::operations

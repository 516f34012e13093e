#include "core/operations/evaluation/comparison_table.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/text.h"
#include "core/base/version.h"
#include "core/report/html_page.h"
#include "core/report/text_table.h"

namespace orthocover::operations {

using Json = nlohmann::ordered_json;

namespace {

std::string score_text(std::optional<double> score) {
  return score ? fmt::format("{:.3f}", *score) : "-";
}

std::string range_text(const std::optional<BootstrapInterval>& interval, bool sign) {
  if (!interval) return "-";
  return sign ? fmt::format("{:+.3f} ({:+.3f} .. {:+.3f})", interval->value, interval->low, interval->high)
              : fmt::format("{:.3f} .. {:.3f}", interval->low, interval->high);
}

std::vector<std::string> header_of(const Comparison& comparison) {
  std::vector<std::string> header{"model, levels", "mean IoU", "95 %", "against the first", "accuracy"};
  for (const LegendClass& entry : comparison.legend.classes()) header.push_back("IoU " + entry.name);
  header.insert(header.end(),
                {"parameters", "multiply-adds a patch", "patches", "patches/s", "seconds", "planned memory"});
  return header;
}

std::vector<std::string> cells_of(const ComparisonRow& row, int classes) {
  std::vector<std::string> cells{row.name(), score_text(row.matrix.mean_iou()),
                                 range_text(row.mean_iou, false), range_text(row.difference, true),
                                 score_text(row.matrix.accuracy())};
  for (int c = 0; c < classes; ++c)
    cells.push_back(row.matrix.truth_total(c) > 0 ? score_text(row.matrix.iou(c)) : "-");
  cells.push_back(fmt::format("{:.2f} M", static_cast<double>(row.parameters) / 1e6));
  cells.push_back(fmt::format("{:.2f} G", static_cast<double>(row.multiply_adds) / 1e9));
  cells.push_back(fmt::format("{}", row.patches));
  cells.push_back(row.seconds > 0 ? fmt::format("{:.2f}", static_cast<double>(row.patches) / row.seconds)
                                  : "-");
  cells.push_back(fmt::format("{:.1f}", row.seconds));
  cells.push_back(format_bytes(row.memory_bytes));
  return cells;
}

bool same_regions(const ComparisonRow& a, const ComparisonRow& b) {
  return std::ranges::equal(
      a.regions, b.regions, {}, [](const auto& region) { return region.first; },
      [](const auto& region) { return region.first; });
}

std::vector<ConfusionMatrix> matrices_of(const ComparisonRow& row) {
  std::vector<ConfusionMatrix> matrices;
  for (const auto& [name, matrix] : row.regions) matrices.push_back(matrix);
  return matrices;
}

Json interval_json(const BootstrapInterval& interval) {
  return {{"value", interval.value}, {"low", interval.low}, {"high", interval.high}};
}

}  // namespace

std::string ComparisonRow::name() const {
  return levels.empty() ? model : fmt::format("{} {}", model, fmt::join(levels, ","));
}

void add_intervals(Comparison& comparison, int rounds, std::uint64_t seed) {
  for (ComparisonRow& row : comparison.rows) {
    if (row.regions.size() < kLeastUnits || !row.regions_hold_all) continue;
    row.mean_iou = bootstrap_mean_iou(matrices_of(row), rounds, seed);
    const ComparisonRow& first = comparison.rows.front();
    if (&row != &first && same_regions(first, row))
      row.difference = bootstrap_difference(matrices_of(first), matrices_of(row), rounds, seed);
  }
}

Json comparison_json(const Comparison& comparison) {
  Json rows = Json::array();
  for (const ComparisonRow& row : comparison.rows) {
    Json classes = Json::object();
    for (int c = 0; c < comparison.legend.size(); ++c) {
      if (row.matrix.truth_total(c) > 0)
        classes[comparison.legend.classes()[static_cast<std::size_t>(c)].name] = *row.matrix.iou(c);
    }
    Json entry = {{"model", row.model},
                  {"levels", row.levels},
                  {"mean_iou", row.matrix.mean_iou().value_or(0)},
                  {"accuracy", row.matrix.accuracy().value_or(0)},
                  {"iou", classes},
                  {"parameters", row.parameters},
                  {"multiply_adds_of_patch", row.multiply_adds},
                  {"patches", row.patches},
                  {"seconds", row.seconds},
                  {"planned_memory_bytes", row.memory_bytes}};
    for (std::size_t i = 0; i < row.scenes.size(); ++i) {
      entry["scenes"].push_back({{"scene", comparison.scenes[i]},
                                 {"mean_iou", row.scenes[i].mean_iou().value_or(0)},
                                 {"accuracy", row.scenes[i].accuracy().value_or(0)}});
    }
    if (row.mean_iou) entry["mean_iou_95"] = interval_json(*row.mean_iou);
    if (row.difference) entry["difference_to_first_95"] = interval_json(*row.difference);
    rows.push_back(std::move(entry));
  }
  return {{"orthocover", {{"version", version()}}},
          {"scenes", comparison.scenes},
          {"labels", comparison.labels},
          {"held_out", comparison.held_out_only},
          {"classes", comparison.legend.names()},
          {"rows", rows}};
}

std::string comparison_csv(const Comparison& comparison) {
  std::string text =
      "model,levels,mean_iou,mean_iou_low,mean_iou_high,difference,difference_low,difference_high,accuracy";
  for (const LegendClass& entry : comparison.legend.classes())
    text += fmt::format(",{}", csv_cell(fmt::format("iou_{}", entry.name)));
  text += ",parameters,multiply_adds_of_patch,patches,seconds,planned_memory_bytes,held_out\n";
  const auto number = [](const std::optional<double>& value) {
    return value ? fmt::format(",{}", *value) : ",";
  };
  const auto bounds = [](const std::optional<BootstrapInterval>& interval) {
    return interval ? fmt::format(",{},{}", interval->low, interval->high) : ",,";
  };
  for (const ComparisonRow& row : comparison.rows) {
    text +=
        fmt::format("{},{}", csv_cell(row.model), csv_cell(fmt::format("{}", fmt::join(row.levels, ","))));
    text += number(row.matrix.mean_iou()) + bounds(row.mean_iou);
    text +=
        number(row.difference ? std::optional(row.difference->value) : std::nullopt) + bounds(row.difference);
    text += number(row.matrix.accuracy());
    for (int c = 0; c < comparison.legend.size(); ++c)
      text += row.matrix.truth_total(c) > 0 ? number(row.matrix.iou(c)) : ",";
    text += fmt::format(",{},{},{},{:.3f},{},{}\n", row.parameters, row.multiply_adds, row.patches,
                        row.seconds, row.memory_bytes, comparison.held_out_only);
  }
  return text;
}

std::string comparison_markdown(const Comparison& comparison) {
  const auto line = [](std::vector<std::string> cells) {
    for (std::string& cell : cells) cell = markdown_cell(cell);
    return "| " + join(cells, " | ") + " |\n";
  };
  const std::vector<std::string> header = header_of(comparison);
  std::string text = line(header) + "| --- |";
  for (std::size_t i = 1; i < header.size(); ++i) text += " ---: |";
  text += '\n';
  for (const ComparisonRow& row : comparison.rows) text += line(cells_of(row, comparison.legend.size()));
  if (comparison.held_out_only) text += "\nOnly ground that all models held out is judged.\n";
  return text;
}

std::string comparison_html(const Comparison& comparison) {
  HtmlPage page("Comparison on " + join(comparison.scenes));
  page.paragraph(fmt::format(
      "orthocover {}. Every contender maps the same scenes and is judged on the same "
      "labels, {}{}. 95 %: regions drawn again and again, for differences the same ones for "
      "both.",
      version(), join(comparison.labels), comparison.held_out_only ? ", where it was held out" : ""));
  HtmlTable table{header_of(comparison), {}, {}, false};
  for (const ComparisonRow& row : comparison.rows)
    table.rows.push_back(cells_of(row, comparison.legend.size()));
  page.table(table);
  return page.text();
}

}  // namespace orthocover::operations

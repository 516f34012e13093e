#include "core/operations/results/area_summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/base/version.h"
#include "core/operation/command_text.h"
#include "core/operations/results/report_entries.h"
#include "core/report/text_table.h"

namespace orthocover::operations {
namespace {

using Json = nlohmann::ordered_json;
using Cells = std::vector<std::string>;

constexpr double kSquareMetresOfHectare = 1e4;

std::optional<double> hectares(double area, AreaUnit unit) {
  return unit == AreaUnit::SquareMetres ? std::optional(area / kSquareMetresOfHectare) : std::nullopt;
}

/// Nothing where there is nothing to be a part of.
std::optional<double> percent(double area, double mapped) {
  return mapped > 0 ? std::optional(100 * area / mapped) : std::nullopt;
}

std::string full(std::optional<double> number) {
  return number ? fmt::format("{}", *number) : "";
}

/// Lines of a block's table.
class BlockTable {
 public:
  explicit BlockTable(const AreaSummary& summary) : m_summary(summary) {
    Cells header{"value", "class", "area " + to_string(summary.unit)};
    if (summary.unit == AreaUnit::SquareMetres) header.emplace_back("ha");
    header.emplace_back("%");
    if (summary.has_pixels) header.emplace_back("pixels");
    m_rows.push_back(std::move(header));
  }

  void add(const std::string& value, const std::string& name, const GroundArea& area, double mapped) {
    Cells cells{value, name, fmt::format("{:.2f}", area.ground)};
    if (const auto ha = hectares(area.ground, m_summary.unit)) cells.push_back(fmt::format("{:.4f}", *ha));
    const auto share = percent(area.ground, mapped);
    cells.push_back(share ? fmt::format("{:.2f}", *share) : "");
    if (m_summary.has_pixels) cells.push_back(fmt::format("{:.{}f}", area.pixels, m_summary.zones ? 2 : 0));
    m_rows.push_back(std::move(cells));
  }

  std::string text() const { return aligned(m_rows, 2); }

 private:
  const AreaSummary& m_summary;
  std::vector<Cells> m_rows;
};

std::string block_table(const AreaSummary& summary, const SummaryBlock& block) {
  BlockTable table(summary);
  const GroundArea mapped = block.mapped();
  for (const SummaryRow& row : block.rows)
    table.add(row.value ? fmt::format("{}", *row.value) : "", one_line(row.name), row.area, mapped.ground);
  table.add("", "total", mapped, mapped.ground);
  if (block.nodata.pixels > 0) table.add("", "no data", block.nodata, 0);
  return table.text();
}

Json block_json(const AreaSummary& summary, const SummaryBlock& block) {
  Json json = Json::object();
  if (summary.zones) json["zone"] = {{"id", block.zone_id}, {"name", block.zone}};
  const GroundArea mapped = block.mapped();
  json["mapped_area"] = mapped.ground;
  json["nodata_area"] = block.nodata.ground;
  json["mapped_share"] = block.mapped_share();
  json["classes"] = Json::array();
  for (const SummaryRow& row : block.rows) {
    Json entry = {{"value", or_null(row.value)},
                  {"name", row.name},
                  {"area", row.area.ground},
                  {"area_ha", or_null(hectares(row.area.ground, summary.unit))},
                  {"percent", or_null(percent(row.area.ground, mapped.ground))}};
    if (summary.has_pixels) entry["pixels"] = row.area.pixels;
    json["classes"].push_back(std::move(entry));
  }
  return json;
}

}  // namespace

GroundArea SummaryBlock::mapped() const {
  GroundArea sum;
  for (const SummaryRow& row : rows) sum += row.area;
  return sum;
}

double SummaryBlock::mapped_share() const {
  return whole_pixels > 0 ? std::min(1.0, mapped().pixels / whole_pixels) : 0;
}

std::string to_string(AreaUnit unit) {
  if (unit == AreaUnit::SquareMetres) return "m2";
  return unit == AreaUnit::MapUnits ? "map units2" : "pixels";
}

std::string summary_table(const AreaSummary& summary) {
  if (!summary.zones) return block_table(summary, summary.blocks.front());
  std::string text;
  for (const SummaryBlock& block : summary.blocks) {
    if (!text.empty()) text += '\n';
    const std::string id = fmt::format("{}", block.zone_id);
    text += fmt::format("zone {}{}: {:.1f} % mapped\n", one_line(block.zone),
                        block.zone == id ? "" : " (" + id + ")", 100 * block.mapped_share());
    text += block_table(summary, block);
  }
  return text;
}

std::string summary_csv(const AreaSummary& summary) {
  std::string text =
      "zone_id,zone,value,class,area,unit,area_ha,percent,pixels,mapped_area,nodata_area,mapped_share\r\n";
  for (const SummaryBlock& block : summary.blocks) {
    const GroundArea mapped = block.mapped();
    const std::string zone = summary.zones ? fmt::format("{},{}", block.zone_id, csv_cell(block.zone)) : ",";
    for (const SummaryRow& row : block.rows) {
      const Cells cells = {zone,
                           row.value ? fmt::format("{}", *row.value) : "",
                           csv_cell(row.name),
                           full(row.area.ground),
                           to_string(summary.unit),
                           full(hectares(row.area.ground, summary.unit)),
                           full(percent(row.area.ground, mapped.ground)),
                           summary.has_pixels ? full(row.area.pixels) : "",
                           full(mapped.ground),
                           full(block.nodata.ground),
                           full(block.mapped_share())};
      text += join(cells, ",") + "\r\n";
    }
  }
  return text;
}

nlohmann::json summary_report(const AreaSummary& summary) {
  nlohmann::json report = {{"unit", to_string(summary.unit)}};
  if (summary.zones) {
    for (const SummaryBlock& block : summary.blocks)
      report["zones"].push_back(nlohmann::json(block_json(summary, block)));
    return report;
  }
  const bool in_m2 = summary.unit == AreaUnit::SquareMetres;
  std::vector<ClassShare> classes;
  const SummaryBlock& block = summary.blocks.front();
  for (const auto& [value, name, area, color] : block.rows)
    classes.push_back({value, name, color, in_m2 ? std::optional(area.ground) : std::nullopt,
                       summary.has_pixels ? std::optional(area.pixels) : std::nullopt});
  report["areas"] = class_areas(classes);
  if (summary.has_pixels && block.nodata.pixels > 0)
    report["nodata"] = {{"area_m2", in_m2 ? nlohmann::json(block.nodata.ground) : nlohmann::json()},
                        {"pixels", block.nodata.pixels}};
  return report;
}

Json summary_json(const AreaSummary& summary) {
  Json json = {{"orthocover", {{"version", version()}}},
               {"map", without_secrets(summary.map)},
               {"zones", or_null(summary.zones)},
               {"unit", to_string(summary.unit)},
               {"areas", Json::array()}};
  for (const SummaryBlock& block : summary.blocks) json["areas"].push_back(block_json(summary, block));
  return json;
}

}  // namespace orthocover::operations

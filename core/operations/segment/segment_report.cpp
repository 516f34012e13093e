#include "core/operations/segment/segment_report.h"

#include "core/operations/results/report_entries.h"
#include "core/operations/segment/segment_options.h"

namespace orthocover::operations {
namespace {

using Json = nlohmann::json;

void add_outputs(const SceneFiles& files, Json& outputs) {
  outputs.push_back(output_entry("raster", "map", "output", *files.outputs.front()));
  const ExtraOutputs extras = extras_of(files);
  for (const ExtraOutput& extra : kExtraOutputs)
    if (const auto& file = extras.*extra.file)
      outputs.push_back(output_entry(extra.kind, extra.role, extra.option, *file));
}

/// What a run record says; null where an older or edited one says nothing.
Json fact(const Json& facts, const std::string& key) {
  return facts.is_object() ? facts.value(key, Json()) : Json();
}

double number_in(const Json& facts, const char* key) {
  const Json value = fact(facts, key);
  return value.is_number() ? value.get<double>() : 0;
}

/// Levels, patches and speed; skipped scenes took no time.
void add_work(const SceneRow& row, Json& entry) {
  const Json levels = fact(row.facts, "levels");
  if (!levels.is_array()) return;
  std::int64_t patches = 0;
  entry["levels"] = Json::array();
  for (const Json& level : levels) {
    entry["levels"].push_back(static_cast<int>(number_in(level, "level")));
    patches += static_cast<std::int64_t>(number_in(level, "patches"));
  }
  if (patches > 0) entry["patches"] = patches;
  const double seconds = number_in(fact(row.facts, "seconds"), "wall");
  if (row.status != SceneStatus::Done || seconds <= 0) return;
  const double pixels = number_in(row.facts, "cols") * number_in(row.facts, "rows");
  entry["megapixels_per_second"] = pixels / 1e6 / seconds;
}

Json scene_entry(const SceneRow& row) {
  Json entry = {{"input", row.scene},
                {"status", to_string(row.status)},
                {"seconds", row.seconds},
                {"message", row.reason}};
  if (!row.has_map()) return entry;
  entry["map"] = row.map;
  entry["ground_size_m"] = fact(row.facts, "ground_size_m");
  for (const char* key : {"cols", "rows", "polygons", "unreadable"}) {
    const Json value = fact(row.facts, key);
    if (!value.is_null()) entry[key] = value;
  }
  add_work(row, entry);
  return entry;
}

Json areas_of(const std::vector<SceneRow>& rows, const Legend& legend) {
  std::vector<ClassShare> classes;
  for (const LegendClass& known : legend.classes()) {
    ClassShare entry{known.value, known.name, known.color, std::nullopt, 0};
    const std::size_t index = classes.size();
    for (const SceneRow& row : rows) {
      if (index >= row.pixels.size()) continue;
      entry.pixels = *entry.pixels + static_cast<double>(row.pixels[index]);
      if (!row.area_m2.empty()) entry.area_m2 = entry.area_m2.value_or(0) + row.area_m2[index];
    }
    classes.push_back(std::move(entry));
  }
  return class_areas(classes);
}

}  // namespace

Json segment_report(const std::vector<SceneFiles>& scenes, const std::vector<SceneRow>& rows,
                    const Legend& legend) {
  Json report = {{"outputs", Json::array()}, {"scenes", Json::array()}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].has_map()) add_outputs(scenes[i], report["outputs"]);
    report["scenes"].push_back(scene_entry(rows[i]));
    const Json polygons = fact(rows[i].facts, "polygons");
    if (polygons.is_number())
      report["polygons"] = report.value("polygons", std::int64_t{0}) + polygons.get<std::int64_t>();
  }
  report["areas"] = areas_of(rows, legend);
  return report;
}

}  // namespace orthocover::operations

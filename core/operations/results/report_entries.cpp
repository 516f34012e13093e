#include "core/operations/results/report_entries.h"

#include <algorithm>
#include <filesystem>
#include <list>
#include <map>
#include <set>
#include <utility>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/operation/command_text.h"
#include "core/operations/batch/scene_files.h"

namespace orthocover::operations {
namespace {

using Json = nlohmann::json;

}  // namespace

Json output_entry(const std::string& kind, const std::string& role, const std::string& option,
                  const std::string& path) {
  return {{"kind", kind}, {"role", role}, {"option", option}, {"path", path}};
}

std::vector<std::string> distinct_names(const std::vector<std::string>& files) {
  std::vector<std::string> names;
  std::map<std::string, int> uses;
  for (const std::string& file : files)
    ++uses[names.emplace_back(std::filesystem::path(without_query(file)).stem().string())];
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (uses[names[i]] > 1) names[i] = without_secrets(files[i]);
  }
  return names;
}

void check_judging(const JudgingOptions& options, const std::vector<std::string>& inputs) {
  if (options.labels.size() != 1 && options.labels.size() != inputs.size())
    throw usage_error("--labels: {} files for {} inputs; give one for each, in their order, or one for all",
                      options.labels.size(), inputs.size());
  std::set<std::pair<std::string, std::string>> pairs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!pairs.emplace(real_path(inputs[i]), real_path(options.labels_of(i))).second)
      throw usage_error("{}: is given twice with the same --labels; it would count twice", inputs[i]);
  }
  std::set<std::string> targets;
  for (const auto& target : {options.output, options.csv, options.html}) {
    if (!target) continue;
    check_output_path(*target, options.overwrite);
    if (!targets.insert(real_path(*target)).second)
      throw usage_error("{}: would be written twice; give the reports different names", *target);
  }
}

Json write_reports(const JudgingOptions& options, const nlohmann::ordered_json& report,
                   const std::function<std::string()>& csv, const std::function<std::string()>& html) {
  Json outputs = Json::array();
  std::list<AtomicFile> files;  // of which all come to be, or none
  const auto write = [&](const std::string& path, const std::string& text, const char* kind, const char* role,
                         const char* option) {
    files.emplace_back(path, options.overwrite).write(text);
    outputs.push_back(output_entry(kind, role, option, path));
  };
  if (options.output) write(*options.output, json_document(report), "file", "report", "output");
  if (options.csv) write(*options.csv, csv(), "table", "table", "csv");
  if (options.html) write(*options.html, html(), "html", "report", "html");
  CommitSteps steps;
  for (AtomicFile& file : files) file.add_to(steps);
  steps.carry_out();
  return outputs;
}

std::vector<double> pixel_shares(const std::vector<std::optional<double>>& sizes_m, RunContext& run) {
  if (sizes_m.empty()) return {};
  const double smallest = std::ranges::min(sizes_m).value_or(0);
  if (smallest == 0 && std::ranges::max(sizes_m))
    run.log(LogLevel::Warning,
            "not all inputs have a known ground size: pixels count alike, not square metres");
  std::vector<double> shares;
  for (const std::optional<double>& size_m : sizes_m)
    shares.push_back(smallest > 0 ? *size_m * *size_m / (smallest * smallest) : 1);
  return shares;
}

Json class_areas(const std::vector<ClassShare>& classes) {
  const bool by_area =
      std::ranges::all_of(classes, [](const ClassShare& c) { return c.area_m2.has_value(); });
  const auto size = [&](const ClassShare& c) { return by_area ? *c.area_m2 : c.pixels.value_or(0); };
  double total = 0;
  for (const ClassShare& entry : classes) total += size(entry);
  Json list = Json::array();
  for (const ClassShare& entry : classes) {
    Json item = {{"value", or_null(entry.value)},
                 {"name", entry.name},
                 {"area_m2", or_null(entry.area_m2)},
                 {"share", total > 0 ? Json(size(entry) / total) : Json()}};
    if (entry.color) item["color"] = to_hex(*entry.color);
    if (entry.pixels) item["pixels"] = *entry.pixels;
    list.push_back(std::move(item));
  }
  return list;
}

void warn_of_shared_ground(const RasterInfo& map, std::vector<RasterInfo>& seen, OperationContext& context) {
  constexpr double kOfSheets = 0.01;  // which may overlap at their borders
  for (const RasterInfo& other : seen) {
    const Window shared = context.geo.same_ground(other, other.window(), map);
    const double share = static_cast<double>(shared.pixels()) / static_cast<double>(map.window().pixels());
    if (!shared.empty() && share > kOfSheets)
      context.run.log(
          LogLevel::Warning,
          fmt::format("{} and {} show the same ground ({:.0f} % of the latter), which counts twice; "
                      "intervals come out too narrow",
                      other.path, map.path, 100 * share));
  }
  seen.push_back(map);
}

}  // namespace orthocover::operations

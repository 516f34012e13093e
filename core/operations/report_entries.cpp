#include "core/operations/report_entries.h"

#include <algorithm>

namespace orthocover::operations {
namespace {

using Json = nlohmann::json;

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

}  // namespace

Json output_entry(const std::string& kind, const std::string& role, const std::string& option,
                  const std::string& path) {
  return {{"kind", kind}, {"role", role}, {"option", option}, {"path", path}};
}

Json report_outputs(const std::optional<std::string>& json, const std::optional<std::string>& csv,
                    const std::optional<std::string>& html) {
  Json outputs = Json::array();
  if (json) outputs.push_back(output_entry("file", "report", "output", *json));
  if (csv) outputs.push_back(output_entry("table", "table", "csv", *csv));
  if (html) outputs.push_back(output_entry("html", "report", "html", *html));
  return outputs;
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

}  // namespace orthocover::operations

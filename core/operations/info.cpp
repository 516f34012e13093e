#include "core/operation/operation.h"

#ifdef ORTHOCOVER_ENGINE
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/operations/registry.h"
#include "core/operations/results/scene_facts.h"
#ifndef ORTHOCOVER_MAP_ENGINE
#include "core/operations/model/model_facts.h"
#include "core/operations/model/model_location.h"
#endif
#endif

namespace orthocover::operations {
namespace {

struct InfoOptions {
  std::string input;
  bool json = false;
};

void declare(OperationTable<InfoOptions>& table) {
  table.name("info")
      .summary("Show what is known of a scene, a map or a model")
      .title("Properties of an orthophoto")
      .group("Information")
      .tags({"metadata", "model", "scene"})
      .description(
          "{one:Of a scene: size, bands, validity (alpha, mask, nodata), CRS, ground size, blocks, "
          "overviews, and advice where the file could be faster or safer to map. No pixel is read.}\n\n"
          "{one:Of a land-cover map: size, CRS, ground size and classes.}\n\n"
          "{model:Of a model package: classes with colours, bands, architecture, ground sizes, levels, "
          "training data, licence, and whether the weights are the ones that the manifest promises.}")
      .example("orthocover info ortho.tif", "what segment would make of this scene")
      .example("orthocover info default", "the shipped model and its classes")
      .example("orthocover info --json my-model/", "a model package, for programs");
  table
      .add("input", &InfoOptions::input, ParameterKind::RasterIn,
           "{cli:Scene, map, model package folder, or name of a shipped model}{dialog:Scene or map}")
      .positional()
      .required()
      .label("Input");
  table.add("json", &InfoOptions::json, ParameterKind::Flag, "Write JSON").label("Write JSON").advanced();
}

#ifdef ORTHOCOVER_ENGINE

#ifndef ORTHOCOVER_MAP_ENGINE
OperationResult tell_of_model(const InfoOptions& options, OperationContext& context) {
  const auto package = nn::open_model_package(locate_model(options.input, context.models));
  const nlohmann::ordered_json facts = model_facts(package);
  return {options.json ? json_document(facts) : model_report(package, facts), 0, nlohmann::json(facts)};
}
#endif

/// A land-cover map that names its classes; nothing for any other file.
std::unique_ptr<MapSource> map_of(const std::string& path, GeoIo& geo) {
  try {
    auto map = geo.open_map(path);
    return map->legend() ? std::move(map) : nullptr;
  } catch (const Error&) {
    return nullptr;
  }
}

OperationResult run(const InfoOptions& options, OperationContext& context) {
#ifndef ORTHOCOVER_MAP_ENGINE
  if (names_model(options.input, context.models)) return tell_of_model(options, context);
#endif
  try {
    const auto source = context.geo.open_raster(options.input, {});
    const nlohmann::ordered_json facts = scene_facts(source->info());
    return {options.json ? json_document(facts)
                         : scene_report(source->info(), context.geo.pixel_size(source->info())),
            0, nlohmann::json(facts)};
  } catch (const Error&) {
    const auto map = map_of(options.input, context.geo);
    if (map == nullptr) throw;
    const nlohmann::ordered_json facts = map_facts(map->info(), *map->legend());
    return {options.json ? json_document(facts)
                         : map_report(map->info(), *map->legend(), context.geo.pixel_size(map->info())),
            0, nlohmann::json(facts)};
  }
}

#endif

}  // namespace
}  // namespace orthocover::operations

ORTHOCOVER_OPERATION(info, InfoOptions)

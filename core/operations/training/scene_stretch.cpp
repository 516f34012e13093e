#include "core/operations/training/scene_stretch.h"

#include <fmt/format.h>

#include "core/resampling/scene_percentiles.h"
#include "core/resampling/stretched_source.h"

namespace orthocover::operations {
namespace {

std::string in_words(const Stretch& stretch) {
  return stretch
             ? fmt::format("stretched from {} to {} % of their own values", stretch->first, stretch->second)
             : "as they are";
}

}  // namespace

Stretch choose_stretch(const std::string& scaling, const std::optional<std::string>& start,
                       const Stretch& of_start, RunContext& run) {
  if (scaling == "auto") {
    if (start && of_start)
      run.log(LogLevel::Info, fmt::format("scenes are {}, as '{}' learned them", in_words(of_start), *start));
    return of_start;
  }
  const Stretch wanted = scaling == "percentile" ? Stretch(kUsualPercentiles) : std::nullopt;
  if (start && wanted != of_start) {
    run.log(LogLevel::Warning,
            fmt::format(
                "--scaling {}: scenes are {}, but '{}' learned them {}; leave --scaling out to do the same",
                scaling, in_words(wanted), *start, in_words(of_start)));
  }
  return wanted;
}

void stretch_scenes(const std::pair<double, double>& percent, std::vector<TrainingScene>& scenes,
                    const RunContext& run) {
  for (TrainingScene& scene : scenes) {
    const auto bounds = scene_percentiles(*scene.source, percent.first, percent.second,
                                          "give --scaling none, or leave the scene out", 1, run);
    scene.source = std::make_unique<StretchedSource>(std::move(scene.source), bounds);
  }
}

}  // namespace orthocover::operations

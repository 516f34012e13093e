#include "core/operations/training/run_identity.h"

#include <algorithm>

#include "core/base/sha256.h"
#include "core/base/text.h"
#include "core/geometry/box_index.h"

namespace orthocover::operations {
namespace {

/// What patches are made of: pixels, bands and how their values are scaled.
std::string input_line(const nn::ModelManifest& manifest) {
  std::vector<std::string> bands;
  for (const nn::ModelBand& band : manifest.bands)
    bands.push_back(fmt::format("{} {:.3g} +- {:.3g}", band.name, band.mean, band.std));
  const auto& stretch = manifest.stretch_percent;
  return fmt::format(
      "{:.3g} m a pixel, {} ({}, scale {:.3g}{})", manifest.ground_size_m, join(bands), manifest.data_type,
      manifest.scale,
      stretch ? fmt::format(", stretched from {} to {} %", stretch->first, stretch->second) : "");
}

std::string held_out_digest(const std::vector<TrainingScene>& scenes) {
  std::vector<std::string> ground;
  for (const TrainingScene& scene : scenes) {
    for (const LabelledRegion& region : scene.held_out) {
      const Window& window = region.window;
      ground.push_back(fmt::format("{}:{} {} {} {} {}\n", scene.name, region.name, window.col, window.row,
                                   window.cols, window.rows));
    }
  }
  std::ranges::sort(ground);
  return sha256_of_text(join(ground));
}

/// @param windows_of a scene, whose labels count
template <typename WindowsOf>
std::string digest_of_labels(const std::vector<TrainingScene>& scenes, const WindowsOf& windows_of) {
  std::vector<std::string> labels;
  for (const TrainingScene& scene : scenes) {
    std::vector<Window> bounds;
    for (const LabelledPiece& piece : scene.labels->pieces()) bounds.push_back(piece.bounds);
    const BoxIndex index(std::move(bounds));
    for (const Window& window : windows_of(scene)) {
      for (const std::size_t i : index.meeting(window)) {
        const LabelledPiece& piece = scene.labels->pieces()[i];
        const Window part = intersect(piece.bounds, window);
        labels.push_back(fmt::format("{} {} {} {} {:.6g}\n", scene.name, piece.class_index, part.col,
                                     part.row, piece.area_px));
      }
    }
  }
  std::ranges::sort(labels);
  return sha256_of_text(join(labels));
}

std::string held_out_labels_digest(const std::vector<TrainingScene>& scenes) {
  return digest_of_labels(scenes, [](const TrainingScene& scene) { return windows_of(scene.held_out); });
}

}  // namespace

nlohmann::json resolved_options(nlohmann::json options, const nn::ModelManifest& manifest,
                                const std::vector<TrainingScene>& scenes) {
  // Whoever asked for a stretch, it is one run.
  options["scaling"] = manifest.stretch_percent ? "percentile" : "none";
  for (const TrainingScene& scene : scenes) options["scenes"].push_back(scene.name);
  options["training_labels"] = digest_of_labels(
      scenes, [](const TrainingScene& scene) { return std::vector<Window>{scene.source->info().window()}; });
  return options;
}

nlohmann::json fixed_facts(const nn::ModelManifest& manifest, const std::vector<TrainingScene>& scenes) {
  nlohmann::json classes;
  for (const LegendClass& entry : manifest.legend.classes())
    classes.push_back(fmt::format("{} {}", entry.value, entry.name));
  return {{"classes", classes},
          {"held_out", held_out_digest(scenes)},
          {"held_out_shown", held_out_labels_digest(scenes)},
          {"input", input_line(manifest)}};
}

}  // namespace orthocover::operations

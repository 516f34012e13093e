#include "core/operations/training/labelled_ground.h"

#include <fmt/format.h>
#include <algorithm>

namespace orthocover::operations {
namespace {

/// Shares of a class's labels beyond which what is held out is worth a warning.
constexpr double kMuchHeldOut = 0.6;
constexpr double kLittleHeldOut = 0.03;

}  // namespace

void warn_of_lost_labels(const Legend& legend, const std::vector<TrainingScene>& scenes, RunContext& run) {
  constexpr std::size_t kMostPieces = 400;
  constexpr std::int64_t kSide = 64;
  constexpr double kMuch = 0.2;
  const auto has_gaps = [](const TrainingScene& scene) {
    const RasterInfo& info = scene.source->info();
    return info.has_alpha || info.has_mask ||
           std::ranges::any_of(info.bands, [](const BandInfo& band) { return band.nodata.has_value(); });
  };
  std::size_t pieces = 0;
  for (const TrainingScene& scene : scenes) pieces += has_gaps(scene) ? scene.labels->pieces().size() : 0;
  const std::size_t step = 1 + pieces / kMostPieces;
  std::vector<double> all(static_cast<std::size_t>(legend.size())), lost(all.size());
  std::vector<std::uint8_t> labels, valid;
  std::size_t number = 0;
  for (const TrainingScene& scene : scenes) {
    for (const LabelledPiece& piece : scene.labels->pieces()) {
      const auto index = static_cast<std::size_t>(piece.class_index);
      if (index >= all.size() || number++ % step != 0) continue;
      run.check_cancelled();
      all[index] += piece.area_px;
      if (!has_gaps(scene)) continue;
      const Window at = centre_of(piece.bounds);
      const Window window = intersect({at.col - kSide / 2, at.row - kSide / 2, kSide, kSide}, piece.bounds);
      scene.labels->read(window, window.cols, window.rows, labels);
      scene.source->read_validity(window, valid);
      double of_class = 0, without_data = 0;
      for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] != piece.class_index) continue;
        of_class += 1;
        without_data += valid[i] == 0 ? 1 : 0;
      }
      if (of_class > 0) lost[index] += piece.area_px * without_data / of_class;
    }
  }
  for (std::size_t c = 0; c < all.size(); ++c) {
    if (lost[c] <= kMuch * all[c] || lost[c] == 0) continue;
    run.log(
        LogLevel::Warning,
        fmt::format("class '{}': about {:.0f} % of its labels lie where scenes have no data; --bands takes a "
                    "fourth band that is no alpha as data",
                    legend.classes()[c].name, 100 * lost[c] / all[c]));
  }
}

std::string held_out_ground(const Legend& legend, const std::vector<TrainingScene>& scenes,
                            const std::vector<double>& trained_m2, RunContext& run) {
  const auto [all_m2, held_m2] = labelled_areas(scenes, trained_m2.size());
  std::string text;
  // Beyond the classes are sets of several.
  for (std::size_t i = 0; i < legend.classes().size(); ++i) {
    const std::string& name = legend.classes()[i].name;
    const double share = held_m2[i] / std::max(1e-9, held_m2[i] + trained_m2[i]);
    text += fmt::format("{}{} {:.0f} m2 ({:.0f} %)", i == 0 ? "" : ", ", name, held_m2[i], 100 * share);
    if (share > kMuchHeldOut && trained_m2[i] > 0)
      run.log(LogLevel::Warning,
              fmt::format("class '{}': {:.0f} % of its labels are held out, few are left to train on; choose "
                          "what is with --hold-out, or label more places",
                          name, 100 * share));
    else if (held_m2[i] == 0 && trained_m2[i] > 0)
      run.log(LogLevel::Warning,
              fmt::format("class '{}': none of its labels are held out, so it has no scores", name));
    else if (const double part = held_m2[i] / std::max(1e-9, all_m2[i]);
             part < kLittleHeldOut && trained_m2[i] > 0)
      run.log(LogLevel::Warning, fmt::format("class '{}': only {:.1f} % of its labels are held out, so its "
                                             "scores say little",
                                             name, 100 * part));
  }
  return text;
}

}  // namespace orthocover::operations

#include "core/operations/evaluation/seam_summary.h"

#include <fmt/format.h>

#include "core/base/json_text.h"
#include "core/report/text_table.h"

namespace orthocover::operations {
namespace {

using Json = nlohmann::json;

double share_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

bool moves(const LevelPlan& first, const LevelPlan& second) {
  return first.x.starts != second.x.starts || first.y.starts != second.y.starts;
}

Json bins_json(const SeamProfile& profile) {
  Json bins = Json::array();
  for (const SeamBin& bin : profile.bins) {
    bins.push_back({{"from_px", bin.from_px},
                    {"to_px", or_null(bin.to_px)},
                    {"pixels", bin.pixels},
                    {"changed_pixels", bin.changed},
                    {"share", share_of(bin.changed, bin.pixels)}});
  }
  return bins;
}

Json levels_json(const SeamSummary& summary) {
  Json levels = Json::array();
  for (std::size_t i = 0; i < summary.plans.first.levels.size(); ++i) {
    const LevelPlan& first = summary.plans.first.levels[i];
    const LevelPlan& second = summary.plans.second.levels[i];
    levels.push_back({{"level", first.level},
                      {"scene_px_per_px", first.scale.mean()},
                      {"patch_px", {first.x.patch, first.y.patch}},
                      {"patches", first.patches()},
                      {"patches_when_moved", second.patches()},
                      {"moved", moves(first, second)},
                      {"profile", bins_json(summary.report.index.profiles()[i])}});
  }
  return levels;
}

Json pairs_json(const SeamIndex& index) {
  Json pairs = Json::array();
  for (const SeamPair& pair : index.pairs()) {
    const LegendClass& one = index.legend().classes()[static_cast<std::size_t>(pair.one)];
    const LegendClass& other = index.legend().classes()[static_cast<std::size_t>(pair.other)];
    pairs.push_back({{"values", {one.value, other.value}},
                     {"names", {one.name, other.name}},
                     {"pixels", pair.pixels},
                     {"share", share_of(pair.pixels, index.valid())}});
  }
  return pairs;
}

std::string percent(double share) {
  return fmt::format("{:.3f} %", 100 * share);
}

std::string level_line(const LevelPlan& first, const LevelPlan& second) {
  const std::string count = fmt::format("{} patch{} of {} x {} px", first.patches(),
                                        first.patches() == 1 ? "" : "es", first.x.patch, first.y.patch);
  if (!moves(first, second)) return fmt::format("  level {}: {}, nothing to move\n", first.level, count);
  return fmt::format("  level {}: {}, {} when moved by half a step\n", first.level, count, second.patches());
}

std::string pair_table(const SeamIndex& index) {
  std::vector<std::vector<std::string>> rows = {{"classes", "pixels", "share"}};
  for (const SeamPair& pair : index.pairs()) {
    rows.push_back({fmt::format("{} - {}", index.legend().classes()[static_cast<std::size_t>(pair.one)].name,
                                index.legend().classes()[static_cast<std::size_t>(pair.other)].name),
                    fmt::format("{}", pair.pixels), percent(share_of(pair.pixels, index.valid()))});
  }
  return rows.size() == 1 ? "" : fmt::format("\n{}", aligned(rows));
}

std::string profile_table(const SeamProfile& profile) {
  if (profile.bins.empty()) return "";
  std::vector<std::vector<std::string>> rows = {{"px of the level from a border", "pixels", "change"}};
  for (const SeamBin& bin : profile.bins) {
    const std::string range = bin.to_px ? fmt::format("{} to {}", bin.from_px, *bin.to_px)
                                        : fmt::format("{} and more", bin.from_px);
    rows.push_back({range, fmt::format("{}", bin.pixels), percent(share_of(bin.changed, bin.pixels))});
  }
  return fmt::format("\nlevel {}\n{}", profile.level, aligned(rows));
}

}  // namespace

bool SeamSummary::grid_moved() const {
  for (std::size_t i = 0; i < plans.first.levels.size(); ++i) {
    if (moves(plans.first.levels[i], plans.second.levels[i])) return true;
  }
  return false;
}

Json seam_json(const SeamSummary& summary) {
  const SeamIndex& index = summary.report.index;
  return {{"scene", summary.scene},
          {"model", {{"name", summary.manifest.name}, {"version", summary.manifest.version}}},
          {"index", index.share()},
          {"grid_moved", summary.grid_moved()},
          {"pixels", index.valid()},
          {"changed_pixels", index.changed()},
          {"pairs", pairs_json(index)},
          {"levels", levels_json(summary)},
          {"seconds", summary.report.first.wall_seconds + summary.report.second.wall_seconds}};
}

std::string seam_text(const SeamSummary& summary) {
  const SeamIndex& index = summary.report.index;
  if (!summary.grid_moved()) {
    return fmt::format("{}: no level has patches that half a step would move; nothing to compare\n",
                       summary.scene);
  }
  std::string text = fmt::format("{}: seam index {}, {} of {} pixels change class\n", summary.scene,
                                 percent(index.share()), index.changed(), index.valid());
  for (std::size_t i = 0; i < summary.plans.first.levels.size(); ++i)
    text += level_line(summary.plans.first.levels[i], summary.plans.second.levels[i]);
  text += pair_table(index);
  for (const SeamProfile& profile : index.profiles()) text += profile_table(profile);
  return text;
}

std::string seam_caption(const SeamReport& report) {
  return fmt::format("{} of the pixels change class", percent(report.index.share()));
}

}  // namespace orthocover::operations

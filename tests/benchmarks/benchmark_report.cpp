// Turns the lines that `segment_benchmark --json` appended into one JSON file, a picture of the time of each
// stage (SVG), and, on standard output, a Markdown table for docs/benchmarks.md.
//
// usage: benchmark_report LINES RESULTS_JSON PICTURE_SVG

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace {

using Json = nlohmann::json;

struct Stage {
  const char* key;
  const char* name;
  const char* color;
};

constexpr std::array kStages = {
    Stage{"read_s", "read and prepare", "#4477aa"},
    Stage{"forward_s", "forward", "#228833"},
    Stage{"blend_s", "blend", "#ccbb44"},
    Stage{"write_s", "fuse, mask, write", "#ee6677"},
    Stage{"finish_s", "overviews, close", "#aa3377"},
};

constexpr int kBarPx = 22;
constexpr int kLabelPx = 360;
constexpr int kChartPx = 560;
constexpr int kHeadPx = 30;

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : std::string(1, c);
  return out;
}

std::string levels_of(const Json& run) {
  std::string text;
  for (const Json& level : run.at("levels"))
    text += (text.empty() ? "" : ", ") + std::to_string(level.get<int>());
  return text;
}

std::string name_of(const Json& run) {
  const std::string precision = run.at("precision").get<std::string>();
  const int threads = run.at("threads").get<int>();
  return fmt::format("{}, levels {}, {}{}, {} thread{}", run.at("name").get<std::string>(), levels_of(run),
                     run.at("device").get<std::string>(), precision == "auto" ? "" : " " + precision, threads,
                     threads == 1 ? "" : "s");
}

std::string table(const std::vector<Json>& runs) {
  std::string text =
      "| network | levels | device | threads | scene | Mpx/min | ha/min | forward alone | segment | share | "
      "peak |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
  for (const Json& run : runs) {
    text += fmt::format(
        "| {} | {} | {} {} | {} | {} x {} px | {:.1f} | {:.2f} | {:.2f} s | {:.2f} s | {:.1f} % | {} MiB |\n",
        run.at("name").get<std::string>(), levels_of(run), run.at("device").get<std::string>(),
        run.at("precision").get<std::string>(), run.at("threads").get<int>(), run.at("cols").get<int>(),
        run.at("rows").get<int>(), run.at("mpx_per_minute").get<double>(),
        run.value("hectares_per_minute", 0.0), run.at("bare_s").get<double>(),
        run.at("segment_s").get<double>(), 100 * run.at("share").get<double>(),
        run.at("peak_mib").get<int>());
  }
  bool head = false;
  for (const Json& run : runs) {
    if (!run.contains("of_tiles")) continue;
    if (!head)
      text +=
          "\n| network | levels | segment | forward passes of 512 px as loaded | ratio |\n| --- | --- | --- "
          "| --- | --- |\n";
    head = true;
    text +=
        fmt::format("| {} | {} | {:.2f} s | {} of {:.3f} s | {:.1f} % |\n", run.at("name").get<std::string>(),
                    levels_of(run), run.at("segment_s").get<double>(), run.at("tiles").get<int>(),
                    run.at("tile_s").get<double>(), 100 * run.at("of_tiles").get<double>());
  }
  return text;
}

/// A bar for each run, as long as its stages together are of its wall time: stages run side by side, so that
/// a bar may pass the line at 1.
std::string picture(const std::vector<Json>& runs) {
  double longest = 1;
  for (const Json& run : runs) {
    double sum = 0;
    for (const Stage& stage : kStages) sum += run.at(stage.key).get<double>();
    longest = std::max(longest, sum / run.at("segment_s").get<double>());
  }
  const int height = kHeadPx + static_cast<int>(runs.size() + 1) * kBarPx;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" font-family=\"sans-serif\" "
      "font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      kLabelPx + kChartPx + 20, height);
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    const int x = 10 + static_cast<int>(i) * 150;
    svg += fmt::format(
        "<rect x=\"{}\" y=\"8\" width=\"12\" height=\"12\" fill=\"{}\"/><text x=\"{}\" y=\"18\">{}</text>\n",
        x, kStages[i].color, x + 17, kStages[i].name);
  }
  int y = kHeadPx;
  for (const Json& run : runs) {
    svg += fmt::format("<text x=\"10\" y=\"{}\">{}</text>\n", y + 14, escaped(name_of(run)));
    double x = kLabelPx;
    for (const Stage& stage : kStages) {
      const double width =
          kChartPx * run.at(stage.key).get<double>() / run.at("segment_s").get<double>() / longest;
      svg += fmt::format("<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" fill=\"{}\"/>\n", x, y,
                         width, kBarPx - 6, stage.color);
      x += width;
    }
    y += kBarPx;
  }
  const double wall = kLabelPx + kChartPx / longest;
  svg += fmt::format(
      "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\" stroke=\"black\"/><text x=\"{0:.1f}\" "
      "y=\"{3}\" text-anchor=\"middle\">wall time</text>\n</svg>\n",
      wall, kHeadPx - 4, y, y + 12);
  return svg;
}

int run(const char* lines, const char* results, const char* chart) {
  std::vector<Json> runs;
  std::ifstream in(lines);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) runs.push_back(Json::parse(line));
  }
  std::ofstream(results) << Json(runs).dump(2) << '\n';
  std::ofstream(chart) << picture(runs);
  std::fputs(table(runs).c_str(), stdout);
  return runs.empty() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: benchmark_report LINES RESULTS_JSON PICTURE_SVG\n", stderr);
    return 2;
  }
  try {
    return run(argv[1], argv[2], argv[3]);
  } catch (const std::exception& error) {
    fmt::print(stderr, "benchmark_report: {}\n", error.what());
    return 1;
  }
}

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/operation/declaration.h"

namespace orthocover::operations {

/// What the operations that judge maps share: the references, how networks run, and the reports.
struct JudgingOptions {
  std::vector<std::string> labels;  ///< of each input, or one for all: labels_of()
  std::string where;
  bool held_out = false;
  std::vector<int> bands;
  int patch_size = 0;
  std::optional<double> pixel_size;
  std::string device = "auto";
  int threads = 0;
  std::optional<std::string> output;
  std::optional<std::string> csv;
  std::optional<std::string> html;
  bool overwrite = false;

  const std::string& labels_of(std::size_t input) const { return labels[labels.size() == 1 ? 0 : input]; }
};

/// Help and label of one report.
struct ReportWords {
  const char* help;
  const char* label;
};

/// @param group "" for none
template <class Options>
void declare_network_use(OperationTable<Options>& table, const char* group, const char* patch_help) {
  using Kind = ParameterKind;
  table
      .add("held-out", &JudgingOptions::held_out, Kind::Flag,
           "Judge only ground that the model held out in training, as its package records")
      .group(group)
      .label("Held-out ground only");
  table.add("patch-size", &JudgingOptions::patch_size, Kind::Number, patch_help)
      .unit("px")
      .range(0, 8192)
      .group(group)
      .label("Patch size")
      .advanced();
  table
      .add("pixel-size", &JudgingOptions::pixel_size, Kind::Number,
           "What a pixel of the scenes covers on the ground, where the file doesn't tell")
      .unit("m")
      .range(1e-4, 1e3)
      .group(group)
      .label("Pixel size")
      .advanced();
  table
      .add("bands", &JudgingOptions::bands, Kind::Number,
           "Bands of the scenes to use, in the order of the model's bands; counted from 1")
      .at_least(1)
      .group(group)
      .label("Bands")
      .advanced();
  table
      .add("device", &JudgingOptions::device, Kind::Text, "Where the network runs: auto, cpu, cuda or cuda:N")
      .group(group)
      .label("Device")
      .advanced();
  table.add("threads", &JudgingOptions::threads, Kind::Number, "CPU threads of the network; 0: all cores")
      .range(0, 1024)
      .group(group)
      .label("CPU threads")
      .advanced();
}

template <class Options>
void declare_reports(OperationTable<Options>& table, const ReportWords& json, const ReportWords& csv,
                     const ReportWords& html) {
  using Kind = ParameterKind;
  const char* group = "Output";
  table.add("output", &JudgingOptions::output, Kind::FileOut, json.help)
      .short_name('o')
      .group(group)
      .label(json.label);
  table.add("csv", &JudgingOptions::csv, Kind::FileOut, csv.help).group(group).label(csv.label);
  table.add("html", &JudgingOptions::html, Kind::FileOut, html.help).group(group).label(html.label);
  table.add("overwrite", &JudgingOptions::overwrite, Kind::Flag, "Replace existing outputs")
      .group(group)
      .label("Overwrite existing files")
      .advanced();
}

}  // namespace orthocover::operations

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/operation/declaration.h"

namespace orthocover {

/// An operation with a parameter of every type.
struct SampleOptions {
  std::vector<std::string> inputs;
  std::string output;
  double overlap = 0.25;
  int levels = 3;
  std::int64_t seed = 1;
  std::vector<int> bands;
  std::vector<double> box;
  std::vector<std::string> settings;
  std::string fusion = "log-linear";
  std::optional<double> ground_size;
  bool overwrite = false;
  bool blend = true;
};

inline OperationTable<SampleOptions> sample_table(OperationSpec& spec) {
  OperationTable<SampleOptions> table(spec);
  table.name("sample")
      .summary("Do nothing")
      .description("Nothing at all.")
      .example("orthocover sample a b", "nothing");
  table.add("input", &SampleOptions::inputs, ParameterKind::RasterIn, "Scene").positional().required();
  table.add("output", &SampleOptions::output, ParameterKind::RasterOut, "Map").positional().required();
  table.add("overlap", &SampleOptions::overlap, ParameterKind::Number, "Overlap")
      .range(0, 0.5)
      .short_name('o');
  table.add("levels", &SampleOptions::levels, ParameterKind::Number, "Levels").at_least(1).unit("px");
  table.add("seed", &SampleOptions::seed, ParameterKind::Number, "Seed");
  table.add("bands", &SampleOptions::bands, ParameterKind::Number, "Bands").at_least(1);
  table.add("box", &SampleOptions::box, ParameterKind::Number, "Box").count(4).metavar("ULX ULY LRX LRY");
  table.add("co", &SampleOptions::settings, ParameterKind::Text, "Setting").repeat().metavar("KEY=VALUE");
  table.add("fusion", &SampleOptions::fusion, ParameterKind::Choice, "Fusion")
      .choices({"log-linear", "mean-softmax"})
      .group("Tiling");
  table.add("ground-size", &SampleOptions::ground_size, ParameterKind::Number, "Ground").unit("m");
  table.add("overwrite", &SampleOptions::overwrite, ParameterKind::Flag, "Replace");
  table.add("blend", &SampleOptions::blend, ParameterKind::Flag, "Blend");
  return table;
}

inline OperationSpec sample_spec() {
  OperationSpec spec;
  sample_table(spec);
  return spec;
}

/// `Kind: message` of the Error that `action` throws; `nothing` when it throws none.
template <class Action>
std::string refusal(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(to_string(error.kind())) + ": " + error.what();
  }
  return "nothing";
}

}  // namespace orthocover

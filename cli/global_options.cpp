#include "cli/global_options.h"

#include "core/base/error.h"
#include "core/operation/values.h"

namespace orthocover {

void declare(OperationTable<GlobalOptions>& table) {
  const char* group = "Every operation";
  table
      .add("config", &GlobalOptions::config, ParameterKind::FileIn,
           "Options from a JSON file, for example the record of an earlier run; flags win")
      .group(group);
  table
      .add("quiet", &GlobalOptions::quiet, ParameterKind::Flag,
           "Show no progress and no notes, only warnings, errors and results")
      .short_name('q')
      .group(group);
  table
      .add("progress", &GlobalOptions::progress, ParameterKind::Choice,
           "How progress is shown on standard error; auto: a bar on a terminal; json: an object per line")
      .choices({"auto", "bar", "json", "none"})
      .group(group);
  table
      .add("child", &GlobalOptions::child, ParameterKind::Flag,
           "Run for the program that starts this one: JSON events on standard output; the end of standard "
           "input stops the run")
      .group(group);
  table
      .add("gdal", &GlobalOptions::gdal, ParameterKind::Text,
           "Configuration option of GDAL, as --config of its own programs")
      .metavar("KEY=VALUE")
      .repeat()
      .group(group);
  table.add("help", &GlobalOptions::help, ParameterKind::Flag, "Show this help").short_name('h').group(group);
  table.add("version", &GlobalOptions::version, ParameterKind::Flag, "Show the version").group(group);
}

OperationSpec global_spec() {
  OperationSpec spec;
  OperationTable<GlobalOptions> table(spec);
  declare(table);
  return spec;
}

GlobalOptions global_options(const nlohmann::json& arguments) {
  OperationSpec spec;
  OperationTable<GlobalOptions> table(spec);
  declare(table);
  nlohmann::json values = default_values(spec);
  for (const auto& [key, value] : arguments.items()) {
    if (values.contains(key)) values[key] = value;
  }
  return table.parse(values);
}

std::vector<std::pair<std::string, std::string>> gdal_options(const GlobalOptions& options) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& text : options.gdal) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) throw usage_error("--gdal: '{}' is not KEY=VALUE", text);
    pairs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return pairs;
}

ProgressStyle progress_style(const GlobalOptions& options, bool is_terminal) {
  if (options.progress == "json") return ProgressStyle::Json;
  if (options.quiet || options.progress == "none") return ProgressStyle::None;
  return options.progress == "bar" || is_terminal ? ProgressStyle::Bar : ProgressStyle::None;
}

}  // namespace orthocover

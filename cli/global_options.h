#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/console.h"
#include "core/operation/declaration.h"

namespace orthocover {

/// Options that every operation takes from the command line, and that no run config holds.
struct GlobalOptions {
  std::string config;
  bool quiet = false;
  std::string progress = "auto";
  bool child = false;
  std::vector<std::string> gdal;
  bool help = false;
  bool version = false;
};

/// Declared like an operation, so that help, completion and checks come from the same code.
void declare(OperationTable<GlobalOptions>& table);

/// The declaration of the global options.
OperationSpec global_spec();

/// The global options among parsed arguments.
GlobalOptions global_options(const nlohmann::json& arguments);

/// `KEY=VALUE` texts of --gdal as pairs.
/// @throws Error{Usage}
std::vector<std::pair<std::string, std::string>> gdal_options(const GlobalOptions& options);

/// @param is_terminal whether standard error is one; `auto` shows a bar only there
ProgressStyle progress_style(const GlobalOptions& options, bool is_terminal);

}  // namespace orthocover

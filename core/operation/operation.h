#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/rank_place.h"
#include "core/base/run_context.h"
#include "core/operation/declaration.h"
#include "core/ports/geo_io.h"

namespace orthocover {

/// What a running operation is given besides its options.
struct OperationContext {
  RunContext& run;                ///< progress, log, cancel
  GeoIo& geo;                     ///< every access to geospatial files
  std::filesystem::path models;   ///< folder with the shipped model packages
  const OperationSpec& spec;      ///< the operation's own declaration
  const nlohmann::json& options;  ///< the resolved options, all keys present: goes into run records
  RankPlace ranks = {};           ///< of this process among those of the run
};

/// What an operation hands back to the program.
struct OperationResult {
  std::string text;   ///< printed on standard output as it is (reports); may be empty
  int exit_code = 0;  ///< of the program, for reports that are bad news in themselves
  nlohmann::json report =
      nullptr;  ///< what came out, for programs (docs/automation.md); null when there is nothing to say
};

}  // namespace orthocover

/// Ends the file of every operation. The file is compiled twice: into the declarations library, where the
/// macro defines `OperationSpec declare_NAME()`, and with ORTHOCOVER_ENGINE into the engine, where it defines
/// `OperationResult run_NAME(const nlohmann::json&, OperationContext&)`. It expects in the enclosing
/// namespace `void declare(OperationTable<OPTIONS>&)` and, under `#ifdef ORTHOCOVER_ENGINE`, `OperationResult
/// run(const OPTIONS&, OperationContext&)`.
#ifdef ORTHOCOVER_ENGINE
#define ORTHOCOVER_OPERATION(NAME, OPTIONS)                                             \
  namespace orthocover::operations {                                                    \
  OperationResult run_##NAME(const nlohmann::json& values, OperationContext& context) { \
    OperationSpec spec;                                                                 \
    OperationTable<OPTIONS> table(spec);                                                \
    declare(table);                                                                     \
    return run(table.parse(values), context);                                           \
  }                                                                                     \
  }
#else
#define ORTHOCOVER_OPERATION(NAME, OPTIONS) \
  namespace orthocover::operations {        \
  OperationSpec declare_##NAME() {          \
    OperationSpec spec;                     \
    OperationTable<OPTIONS> table(spec);    \
    declare(table);                         \
    return spec;                            \
  }                                         \
  }
#endif

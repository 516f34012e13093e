#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/base/rank_place.h"
#include "core/base/run_context.h"
#include "core/operation/declaration.h"

/// The one door of the engine library (LibTorch, OpenCV, GDAL), which the program loads when an operation
/// runs. Program and engine are built together and refuse each other when their versions differ; no exception
/// passes.
namespace orthocover {

/// One run, as the program asks for it. Everything outlives the call.
struct EngineRequest {
  const OperationSpec& spec;
  const nlohmann::json& options;  ///< complete and checked
  RunContext& run;
  std::string models;                                             ///< folder with the shipped models
  std::vector<std::pair<std::string, std::string>> gdal_options;  ///< GDAL configuration options
  RankPlace ranks = {};                                           ///< of this process among those of the run
};

/// How it ended.
struct EngineReply {
  int exit_code = 0;
  std::string text;                 ///< for standard output
  std::string error;                ///< one line, empty when the run succeeded
  nlohmann::json report = nullptr;  ///< OperationResult::report
};

using EngineRun = void(const EngineRequest& request, EngineReply& reply);
using EngineVersion = const char*();

inline constexpr const char* kEngineRunSymbol = "orthocover_engine_run";
inline constexpr const char* kEngineVersionSymbol = "orthocover_engine_version";

}  // namespace orthocover

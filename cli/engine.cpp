#include <optional>

#include "cli/connection_cutter.h"
#include "cli/engine_entry.h"
#include "core/base/error.h"
#include "core/base/version.h"
#include "core/operations/batch/input_guard.h"
#include "core/operations/registry.h"
#include "georef/gdal_geo_io.h"

// The composition root: operations meet the GDAL implementation of their ports here and nowhere else.
namespace orthocover {
namespace {

OperationResult run(const EngineRequest& request) {
  const RunOperation operation = find_run(request.spec.name);
  if (operation == nullptr) throw internal_error("the engine has no operation '{}'", request.spec.name);
  const auto geo = make_gdal_geo_io();
  for (const auto& [key, value] : request.gdal_options) geo->set_option(key, value);
  // Ranks talk to each other to the end, that they all stop at the same step.
  std::optional<ConnectionCutter> cutter;
  if (request.ranks.is_alone()) cutter.emplace(request.run);
  operations::guard_inputs(request.spec, request.options, *geo);
  OperationContext context{request.run, *geo, request.models, request.spec, request.options, request.ranks};
  return operation(request.options, context);
}

}  // namespace
}  // namespace orthocover

#define ORTHOCOVER_EXPORT extern "C" __attribute__((visibility("default")))

ORTHOCOVER_EXPORT const char* orthocover_engine_version() {
  return orthocover::version().data();
}

ORTHOCOVER_EXPORT void orthocover_engine_run(const orthocover::EngineRequest& request,
                                             orthocover::EngineReply& reply) {
  using namespace orthocover;
  try {
    const OperationResult result = run(request);
    reply.exit_code = result.exit_code;
    reply.text = result.text;
    reply.report = result.report;
  } catch (...) {
    const Error error = caught_error("; give less with --memory or --batch-size, or close other programs");
    // What can't be read any more after a stop was asked for is part of the stop.
    const bool stopped = request.run.cancelled() && error.kind() == ErrorKind::Data;
    reply.exit_code = stopped ? static_cast<int>(ErrorKind::Cancelled) : error.exit_code();
    reply.error = fmt::format("{}{}", stopped ? "cancelled; reading was broken off: " : "", error.what());
  }
}

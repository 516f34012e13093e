// An engine without LibTorch for tests of the program: its operations say what they were given, or end as the
// input's name asks for.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "cli/engine_entry.h"

#define ORTHOCOVER_EXPORT extern "C" __attribute__((visibility("default")))

namespace orthocover {
namespace {

void echo(const EngineRequest& request, EngineReply& reply) {
  const char* waiting = std::getenv("OMP_WAIT_POLICY");
  reply.text = nlohmann::json{{"operation", request.spec.name},
                              {"options", request.options},
                              {"models", request.models},
                              {"gdal", request.gdal_options},
                              {"waiting", waiting == nullptr ? "" : waiting}}
                   .dump() +
               "\n";
  reply.report = {{"input", request.options.at("input")}};
}

/// As libraries do that do not know who listens.
void chat(RunContext& run, EngineReply& reply) {
  std::puts("a library speaks");
  std::fflush(stdout);
  run.progress(0.5, "half \xff way");
  reply.text = "done \xfe\n";
  reply.report = {{"path", "\xc3("}};
}

void wait_for_cancel(RunContext& run, EngineReply& reply) {
  run.log(LogLevel::Warning, "waiting");
  while (!run.cancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  reply = {130, "", "cancelled; no output was written"};
}

void show_progress(RunContext& run) {
  for (const double fraction : {0.0, 0.5, 0.4, 1.0, 1.0}) {
    run.progress(fraction, "a\nstage");
    std::this_thread::sleep_for(std::chrono::milliseconds(120));
  }
  run.log(LogLevel::Info, "a message");
  run.log(LogLevel::Warning, "a doubt");
}

}  // namespace
}  // namespace orthocover

ORTHOCOVER_EXPORT const char* orthocover_engine_version() {
  return ORTHOCOVER_ECHO_VERSION;
}

ORTHOCOVER_EXPORT void orthocover_engine_run(const orthocover::EngineRequest& request,
                                             orthocover::EngineReply& reply) {
  using namespace orthocover;
  const nlohmann::json& given = request.options.at("input");
  const std::string input = given.is_string() ? given.get<std::string>() : "";
  if (input == "wait")
    wait_for_cancel(request.run, reply);
  else if (input == "hang")
    request.run.log(LogLevel::Warning, "hanging"), std::this_thread::sleep_for(std::chrono::minutes(5));
  else if (input == "progress")
    show_progress(request.run);
  else if (input == "chatty")
    chat(request.run, reply);
  else if (input == "no-model")
    reply = {4, "", "weights are broken"};
  else if (input == "bad-news")
    reply = {5, "a report\n", ""};
  else if (input == "failed-scenes")
    reply = {1, "a table\n", "", {{"scenes", nlohmann::json::array()}}};
  else
    echo(request, reply);
}

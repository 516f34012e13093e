#include "core/operation/run_record.h"

#include <ctime>
#include <string>

#include "core/base/atomic_file.h"
#include "core/base/json_text.h"
#include "core/base/version.h"
#include "core/operation/command_text.h"

namespace orthocover {
namespace {

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[sizeof("2026-01-01T00:00:00Z")];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

void hide_secrets(nlohmann::ordered_json& json) {
  if (json.is_string()) json = without_secrets(json.get<std::string>());
  if (!json.is_structured()) return;
  for (auto& part : json) hide_secrets(part);
}

nlohmann::ordered_json provenance(const OperationContext& context, const nlohmann::json& facts) {
  nlohmann::ordered_json origin;
  origin["version"] = version();
  origin["finished"] = utc_now();
  if (const auto options = context.geo.options(); !options.empty()) origin["gdal"] = options;
  nlohmann::ordered_json libraries = nlohmann::ordered_json::object();
  for (const auto& [name, text] : context.geo.versions()) libraries[name] = text;
  for (const auto& [key, value] : facts.items()) {
    if (key == "libraries" && value.is_object())
      libraries.update(nlohmann::ordered_json(value));
    else
      origin[key] = value;
  }
  origin["libraries"] = std::move(libraries);
  return origin;
}

}  // namespace

nlohmann::ordered_json run_record(const OperationContext& context, const nlohmann::json& facts) {
  nlohmann::ordered_json record;
  record["operation"] = context.spec.name;
  for (const Parameter& parameter : context.spec.parameters) {
    record[parameter.key()] = context.options.at(parameter.key());
  }
  // What was allowed once is not allowed to whoever runs the record again.
  for (const char* once : {"overwrite", "append"})
    if (record.contains(once)) record[once] = false;
  record["orthocover"] = provenance(context, facts);
  hide_secrets(record);
  return record;
}

nlohmann::json options_with(const OperationContext& context, nlohmann::json own) {
  for (const Parameter& parameter : context.spec.parameters)
    if (const std::string key = parameter.key(); !own.contains(key)) own[key] = context.options.at(key);
  return own;
}

std::unique_ptr<PendingOutput> pending_run_record(const std::filesystem::path& path,
                                                  const OperationContext& context,
                                                  const nlohmann::json& facts) {
  auto file = std::make_unique<AtomicFile>(path);
  file->write(json_document(run_record(context, facts)));
  return file;
}

void commit_with_record(CommitSteps& outputs, const std::filesystem::path& main_output,
                        const OperationContext& context, const nlohmann::json& facts) {
  const auto record = pending_run_record(run_record_path(main_output), context, facts);
  record->add_to(outputs);
  outputs.carry_out();
}

void commit_with_record(PendingOutput& output, const std::filesystem::path& path,
                        const OperationContext& context, const nlohmann::json& facts) {
  CommitSteps steps;
  output.add_to(steps);
  commit_with_record(steps, path, context, facts);
}

nlohmann::json commit_recorded(const std::filesystem::path& path, const OperationContext& context,
                               const std::function<void(CommitSteps&)>& add_outputs,
                               const std::function<nlohmann::json(bool)>& facts) {
  CommitSteps steps;
  AtomicFile begun(path);
  const std::string record = json_document(run_record(context, facts(false)));
  begun.write(record);
  begun.add_to(steps);
  // Once the outputs have their names, a full disk must not keep the run from saying so.
  constexpr std::size_t kRoom = 4096;
  AtomicFile ended(path);
  ended.write(record + std::string(kRoom, ' '));
  add_outputs(steps);
  steps.carry_out();
  nlohmann::json complete = facts(true);
  ended.write(json_document(run_record(context, complete)));
  ended.commit();
  return complete;
}

}  // namespace orthocover

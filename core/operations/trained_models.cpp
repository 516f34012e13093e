#include "core/operations/trained_models.h"

#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/operation/run_record.h"
#include "core/operation/values.h"
#include "core/operations/inner_operation.h"
#include "core/operations/training/train_checks.h"
#include "core/operations/training/train_settings.h"

namespace orthocover::operations {

namespace fs = std::filesystem;

namespace {

void warn_of_changes(const PlannedModel& model, RunContext& run) {
  const fs::path record = run_record_path(model.package);
  std::error_code ignored;
  if (!fs::exists(record, ignored)) return;
  nlohmann::json trained;
  try {
    trained = read_config(record.string());
  } catch (const Error&) {
    return;  // nothing is known
  }
  std::vector<std::string> changed;
  const nlohmann::json wanted = without_way_to_run(model.values);
  for (const auto& [key, value] : wanted.items()) {
    if (trained.contains(key) && trained.at(key) != value) changed.push_back(key);
  }
  if (!changed.empty())
    run.log(LogLevel::Warning,
            fmt::format("{}: was trained with other options than it would be now ({}); delete "
                        "it to train it again",
                        model.package, join(changed)));
}

}  // namespace

std::vector<PlannedModel> plan_models(const std::vector<std::string>& configs, const std::string& folder) {
  const OperationSpec spec = spec_of("train");
  std::vector<PlannedModel> models;
  for (const std::string& config : configs) {
    const std::string package = (fs::path(folder) / fs::path(config).stem()).string();
    if (std::ranges::find(models, package, &PlannedModel::package) != models.end()) {
      throw usage_error("--train: two configs are called '{}'; their packages would be the same, rename one",
                        fs::path(config).stem().string());
    }
    nlohmann::json values = default_values(spec);
    apply_config(spec, read_config(config), config, values);
    values["package"] = package;
    values["run_folder"] = package + ".run";
    values["resume"] = true;
    check_complete(spec, values);
    try {
      check_train_values(train_options_of(values));
    } catch (const Error& fault) {
      throw Error(fault.kind(), fmt::format("--train: {}: {}", config, fault.what()));
    }
    models.push_back({package, std::move(values)});
  }
  return models;
}

void train_if_missing(const PlannedModel& model, const OperationContext& context, RunContext& run) {
  if (fs::exists(fs::path(model.package) / "model.json")) {
    run.log(LogLevel::Info, model.package + ": is there and is not trained again");
    warn_of_changes(model, run);
    return;
  }
  std::error_code error;
  fs::create_directories(fs::path(model.package).parent_path(), error);
  if (error) throw resource_error("--train-folder: {}: {}", model.package, error.message());
  run.log(LogLevel::Info, "training " + model.package);
  OperationContext training{run, context.geo, context.models, context.spec, context.options};
  run_inner(spec_of("train"), model.values, training);
}

}  // namespace orthocover::operations

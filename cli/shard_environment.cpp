#include "cli/shard_environment.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/text.h"

namespace orthocover {
namespace {

std::optional<long> number_in(const Environment& environment, const char* name) {
  const std::optional<std::string> text = environment(name);
  if (!text) return std::nullopt;
  const auto number = number_of<long>(*text);
  constexpr long kMost = 1'000'000;
  if (!number || *number < 0 || *number > kMost)
    throw usage_error("{}: '{}' is no number from 0 to {}", name, *text, kMost);
  return number;
}

std::string checked(long index, long count, const char* source) {
  if (index >= 1 && index <= count) return fmt::format("{}/{}", index, count);
  throw usage_error("--shard: {} makes it shard {} of {}; array tasks and completions count from 0", source,
                    index, count);
}

std::string shard_of_array(long task, std::optional<long> given, const Environment& environment) {
  constexpr const char* kTask = "SLURM_ARRAY_TASK_ID";
  if (given) return checked(task + 1, *given, kTask);
  const auto first = number_in(environment, "SLURM_ARRAY_TASK_MIN");
  const auto count = number_in(environment, "SLURM_ARRAY_TASK_COUNT");
  const auto step = number_in(environment, "SLURM_ARRAY_TASK_STEP");
  if (!first || !count)
    throw usage_error("--shard auto: {} is set, but not its MIN and COUNT; give auto/N", kTask);
  return checked((task - *first) / std::max(1L, step.value_or(1)) + 1, *count, kTask);
}

/// Number and count of a task that srun started beside others.
std::optional<std::pair<long, long>> task_of_step(const Environment& environment) {
  const auto task = number_in(environment, "SLURM_PROCID");
  const auto count = number_in(environment, "SLURM_STEP_NUM_TASKS");
  if (!task || !count || *count < 2) return std::nullopt;
  return std::pair(*task, *count);
}

}  // namespace

std::string shard_from(const std::string& text, const Environment& environment) {
  if (text != "auto" && !text.starts_with("auto/")) return text;
  std::optional<long> given;
  if (text != "auto")
    given = number_in([&](const char*) { return std::optional(text.substr(5)); }, "--shard auto/N: N");
  if (const auto task = number_in(environment, "SLURM_ARRAY_TASK_ID"))
    return shard_of_array(*task, given, environment);
  constexpr const char* kIndex = "JOB_COMPLETION_INDEX";
  if (const auto index = number_in(environment, kIndex)) {
    if (given) return checked(*index + 1, *given, kIndex);
    throw usage_error("--shard auto: {} does not tell how many there are; give auto/N", kIndex);
  }
  if (const auto task = task_of_step(environment)) {
    const long count = given.value_or(task->second);
    return checked(task->first + 1, count, "SLURM_PROCID");
  }
  throw usage_error("--shard: '{}' finds neither SLURM_ARRAY_TASK_ID nor {}; give I/N, as 2/4", text, kIndex);
}

std::string device_from(const std::string& text, const Environment& environment) {
  if (text != "cuda:auto") return text;
  for (const char* name : {"SLURM_LOCALID", "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "LOCAL_RANK"}) {
    const auto local = number_in(environment, name);
    if (!local) continue;
    const auto shown = environment("CUDA_VISIBLE_DEVICES");
    const long devices = shown ? 1 + std::ranges::count(*shown, ',') : *local + 1;
    return fmt::format("cuda:{}", *local % devices);
  }
  throw usage_error(
      "--device: cuda:auto finds neither SLURM_LOCALID nor another launcher's number of this process; give "
      "cuda:N");
}

void resolve_places(nlohmann::json& values) {
  const Environment environment = process_environment();
  const auto replace = [&](const char* key, auto from) {
    const auto value = values.find(key);
    if (value != values.end() && value->is_string()) *value = from(value->get<std::string>(), environment);
  };
  replace("shard", shard_from);
  replace("device", device_from);
}

}  // namespace orthocover

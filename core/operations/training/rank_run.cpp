#include "core/operations/training/rank_run.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/process.h"
#include "core/base/sha256.h"
#include "core/base/text.h"
#include "core/nn/device.h"
#include "core/nn/ranks/c10d_exchange.h"
#include "core/nn/ranks/rank_link.h"
#include "core/operations/batch/batch_progress.h"
#include "core/operations/training/training_run.h"
#include "core/training/batch_queue.h"

namespace orthocover::operations {
namespace {

/// The options of rank 0 must be those of all, but for what machines may differ in.
void check_alike(nn::RankLink& link, nlohmann::json own) {
  for (const char* key : {"device", "threads", "loader_threads"}) own.erase(key);
  for (nlohmann::json& value : own) value = sha256_of_text(json_line(value));  // lists of scenes may be long
  if (link.place().is_first()) return link.set("options", json_line(own));
  std::optional<std::string> said;
  while (!(said = link.get("options"))) {
    link.check();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const auto first = nlohmann::json::parse(*said);
  std::vector<std::string> names;
  for (const auto& [key, value] : own.items()) {
    if (first.value(key, nlohmann::json()) != value) names.push_back(key);
  }
  if (names.empty()) return;
  throw usage_error("ranks: rank {} was started with other values of {} than rank 0; start all with the same",
                    link.place().rank, join(names));
}

/// Each process of a machine has a GPU of its own. Where only one is seen, the launcher has dealt them out.
std::string device_of(const std::string& device, const RankPlace& place) {
  if (device != "auto" && device != "cuda") return device;
  const auto count = static_cast<int>(nn::available_devices().size()) - 1;
  if (count <= 1) return device;
  if (place.local_rank >= count) {
    throw usage_error(
        "LOCAL_RANK: {} has no GPU of its own, there are {} on this machine; start one process for each, or "
        "give --device cpu",
        place.local_rank, count);
  }
  return fmt::format("cuda:{}", place.local_rank);
}

/// The cores of this machine are shared, unless the launcher has bound each process to its own.
int threads_of(int threads, const RankPlace& place) {
  if (threads > 0) return threads;
  const bool bound = std::thread::hardware_concurrency() < sysconf(_SC_NPROCESSORS_ONLN);
  return bound ? usable_cores() : std::max(1, usable_cores() / place.local_size);
}

OperationResult train_linked(TrainOptions options, OperationContext& context, nn::RankLink& link) {
  check_alike(link, context.options);
  options.device = device_of(options.device, context.ranks);
  options.threads = threads_of(options.threads, context.ranks);
  const torch::Device device = nn::parse_device(options.device);
  const c10::DeviceGuard guard(device);
  const auto exchange = nn::make_c10d_exchange(link, device);
  const OperationResult result = TrainingRun(options, context, exchange.get()).run();
  link.finish();
  return result;
}

}  // namespace

OperationResult train_as_rank(const TrainOptions& options, OperationContext& context) {
  batch_share(context.ranks.rank, context.ranks.size, options.accumulate);
  if (options.batch_size == 0) {
    throw usage_error(
        "--batch-size: 0 (as many as fit) may differ between {} processes; give the number of patches of a "
        "pass",
        context.ranks.size);
  }
  nn::RankLink link(context.ranks, [&] { return context.run.cancelled(); });
  QuietRun quiet(context.run);
  RunContext& run = context.ranks.is_first() ? context.run : quiet;
  OperationContext own{run, context.geo, context.models, context.spec, context.options, context.ranks};
  try {
    return train_linked(options, own, link);
  } catch (const nn::RankError&) {
    throw;
  } catch (...) {
    const Error error = caught_error();
    link.fail(error.kind(), error.what());
    throw;
  }
}

}  // namespace orthocover::operations

#include "core/training/batch_queue.h"

#include <algorithm>
#include <limits>
#include <opencv2/core/utility.hpp>
#include <system_error>

#include "core/base/error.h"
#include "core/base/stopwatch.h"

namespace orthocover {
namespace {

/// Draws for one place in a batch.
constexpr int kMostDraws = 64;
/// Distance of the streams of spare draws, far beyond the length of any run.
constexpr std::uint64_t kSpareStream = 1ULL << 48;
constexpr std::uint64_t kMostAheadBytes = 4ULL << 30;
/// Batches that are ready for each thread, and one that it makes.
constexpr int kAheadPerThread = 3;
/// That of the patches that are mixed into others.
constexpr std::uint64_t kPartnerStream = 1ULL << 60;

/// Patches are small and prepared side by side: threads of OpenCV's own would only get in each other's way.
/// Once: OpenCV takes its threads apart.
void leave_threads_to_us() {
  static const bool is_done = [] {
    cv::setNumThreads(1);
    return true;
  }();
  static_cast<void>(is_done);
}

}  // namespace

BatchShare batch_share(int rank, int size, int accumulate) {
  if (accumulate % size != 0) {
    throw usage_error(
        "--accumulate: {} passes of a step can't be shared evenly by {} processes; give a multiple of {}, as "
        "in --batch-size 4 --accumulate {} for {} patches a step",
        accumulate, size, size, size, 4 * size);
  }
  const int own = accumulate / size;
  return {rank * own, own, accumulate};
}

BatchQueue::BatchQueue(const PatchSampler& sampler, const PatchLoader& loader, int batch_size,
                       std::uint64_t first, int threads, bool pinned, BatchShare share)
    : m_sampler(sampler),
      m_loader(loader),
      m_batch_size(batch_size),
      m_first(first),
      m_pinned(pinned),
      m_share(share),
      m_most_ahead(static_cast<std::size_t>(kAheadPerThread * threads)) {
  leave_threads_to_us();
  try {
    for (int i = 0; i < threads; ++i) m_threads.emplace_back([this] { run(); });
  } catch (const std::system_error& error) {
    end();
    throw resource_error("--loader-threads: no further thread can be started: {}", error.what());
  }
}

BatchQueue::~BatchQueue() {
  end();
}

void BatchQueue::end() {
  m_batches.fail(std::make_exception_ptr(Error(ErrorKind::Cancelled, "training ended")));
}

void BatchQueue::run() {
  try {
    for (;;) {
      const std::size_t number = m_batches.claim();
      m_batches.wait_for_room(number);
      std::packaged_task<TrainingBatch()> loading([&] { return load(m_share.of_all(number)); });
      loading();
      m_batches.put(number, loading.get_future());
    }
  } catch (...) {
    m_batches.fail(std::current_exception());  // what loading throws comes with its batch
  }
}

TrainingBatch BatchQueue::load(std::uint64_t index) {
  std::vector<torch::Tensor> images;
  std::vector<torch::Tensor> labels;
  std::vector<std::string> names;
  for (int i = 0; i < m_batch_size; ++i) {
    const std::uint64_t patch =
        m_first + index * static_cast<std::uint64_t>(m_batch_size) + static_cast<std::uint64_t>(i);
    TrainingPatch loaded;
    std::string name;
    for (int draw = 0; draw < kMostDraws && loaded.labelled == 0; ++draw) {
      const PatchRequest request = m_sampler.request(patch + static_cast<std::uint64_t>(draw) * kSpareStream);
      loaded = m_loader.mixes() ? m_loader.load(request, m_sampler.request(patch + kPartnerStream))
                                : m_loader.load(request);
      name = m_loader.describe(request);
    }
    if (loaded.labelled == 0)
      throw data_error(
          "training: {} patches in a row have no label that is not held out; label more, hold out "
          "less, or give a finer --ground-size",
          kMostDraws);
    images.push_back(loaded.image);
    labels.push_back(loaded.labels);
    names.push_back(std::move(name));
  }
  const auto joined = [&](const std::vector<torch::Tensor>& tensors) {
    const torch::Tensor batch = torch::stack(tensors);
    return m_pinned ? batch.pin_memory() : batch;
  };
  TrainingBatch batch{joined(images), joined(labels), std::move(names)};
  std::call_once(m_is_measured, [&] {
    const std::size_t fit = kMostAheadBytes / (batch.images.nbytes() + batch.labels.nbytes());
    m_batches.widen(std::clamp<std::size_t>(fit, 1, m_most_ahead));
  });
  return batch;
}

TrainingBatch BatchQueue::next() {
  const StageClock waiting(m_waited_s);
  return m_batches.pop(std::numeric_limits<std::size_t>::max())->get();
}

}  // namespace orthocover

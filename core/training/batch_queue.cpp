#include "core/training/batch_queue.h"

#include <chrono>
#include <opencv2/core/utility.hpp>
#include <system_error>

#include "core/base/error.h"

namespace orthocover {
namespace {

/// Draws for one place in a batch.
constexpr int kMostDraws = 64;
/// Distance of the streams of spare draws, far beyond the length of any run.
constexpr std::uint64_t kSpareStream = 1ULL << 48;
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
      m_share(share) {
  leave_threads_to_us();
  for (int i = 0; i < threads; ++i) m_channels.push_back(std::make_unique<Channel<TrainingBatch>>(2));
  try {
    for (std::size_t i = 0; i < m_channels.size(); ++i) m_threads.emplace_back([this, i] { run(i); });
  } catch (const std::system_error& error) {
    end();
    throw resource_error("--loader-threads: no further thread can be started: {}", error.what());
  }
}

BatchQueue::~BatchQueue() {
  end();
}

void BatchQueue::end() {
  for (auto& channel : m_channels) {
    channel->fail(std::make_exception_ptr(Error(ErrorKind::Cancelled, "training ended")));
  }
}

void BatchQueue::run(std::size_t thread) {
  Channel<TrainingBatch>& channel = *m_channels[thread];
  try {
    for (std::uint64_t batch = thread;; batch += m_channels.size()) channel.push(load(m_share.of_all(batch)));
  } catch (...) {
    channel.fail(std::current_exception());
  }
}

TrainingBatch BatchQueue::load(std::uint64_t index) const {
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
      throw data_error("training: {} patches in a row have no label that is not held out", kMostDraws);
    images.push_back(loaded.image);
    labels.push_back(loaded.labels);
    names.push_back(std::move(name));
  }
  const auto joined = [&](const std::vector<torch::Tensor>& tensors) {
    const torch::Tensor batch = torch::stack(tensors);
    return m_pinned ? batch.pin_memory() : batch;
  };
  return {joined(images), joined(labels), std::move(names)};
}

TrainingBatch BatchQueue::next() {
  const auto start = std::chrono::steady_clock::now();
  Channel<TrainingBatch>& channel = *m_channels[m_next++ % m_channels.size()];
  TrainingBatch batch = *channel.pop();
  m_waited_s += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return batch;
}

}  // namespace orthocover

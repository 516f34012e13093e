#pragma once

#include <cstdint>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/base/ordered_channel.h"
#include "core/nn/torch.h"
#include "core/training/patch_loader.h"

namespace orthocover {

/// Patches that go through the network together.
struct TrainingBatch {
  torch::Tensor images;            ///< @shape [n, bands, rows, cols]
  torch::Tensor labels;            ///< @shape [n, rows, cols], uint8
  std::vector<std::string> names;  ///< of the patches, for messages
};

/// Which batches of every step are this process's: a run of several processes shares the batches that one
/// would read.
struct BatchShare {
  int first = 0;  ///< of a step's batches
  int own = 1;    ///< how many of them
  int all = 1;    ///< of a step

  /// The own batch `index`, counted over all steps, among the batches of all processes.
  std::uint64_t of_all(std::uint64_t index) const {
    const auto each = static_cast<std::uint64_t>(own);
    return index / each * static_cast<std::uint64_t>(all) + static_cast<std::uint64_t>(first) + index % each;
  }
};

/// The share of rank `rank` of `size`.
/// @throws Error{Usage} when they can't share `accumulate` batches evenly
BatchShare batch_share(int rank, int size, int accumulate);

/// Reads batches ahead on threads of its own, a few for each thread, but no more than 4 GiB. The order and
/// the content do not depend on the number of threads.
class BatchQueue {
 public:
  /// @param first index of the first patch, so that a resumed run goes on where it stopped
  /// @param pinned in page-locked memory, from which copies to a CUDA device run beside the computation
  /// @param share of the batches; the others are left out
  BatchQueue(const PatchSampler& sampler, const PatchLoader& loader, int batch_size, std::uint64_t first,
             int threads, bool pinned = false, BatchShare share = {});
  BatchQueue(const BatchQueue&) = delete;
  BatchQueue& operator=(const BatchQueue&) = delete;
  ~BatchQueue();

  /// Waits for the next batch. Patches without any label are replaced by later draws.
  /// @throws Error{Data} when a scene can't be read
  TrainingBatch next();
  /// Time that next() has waited so far.
  double waited_s() const { return m_waited_s; }

 private:
  void run();
  void end();
  TrainingBatch load(std::uint64_t index);

  const PatchSampler& m_sampler;
  const PatchLoader& m_loader;
  int m_batch_size;
  std::uint64_t m_first;
  bool m_pinned;
  BatchShare m_share;
  double m_waited_s = 0;
  std::size_t m_most_ahead;
  std::once_flag m_is_measured;
  OrderedChannel<std::future<TrainingBatch>> m_batches{1};  ///< until the size of a batch is known
  std::vector<std::jthread> m_threads;
};

}  // namespace orthocover

#include "core/inference/onednn/compiled_network.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <new>

#include "core/inference/onednn/plan.h"
#include "core/inference/onednn/recording.h"
#include "core/inference/onednn/vectors.h"

namespace orthocover::onednn {
namespace {

constexpr std::size_t kPlans = 32;  // of patches of several levels and scenes, for several numbers of threads

/// What a plan is made for; oneDNN's primitives are made for a number of threads.
struct Key {
  std::int64_t height;
  std::int64_t width;
  int threads;
  bool operator==(const Key&) const = default;
};

}  // namespace

class CompiledNetwork::Implementation {
 public:
  Implementation(nn::SegmentationNetwork& network, int bands)
      : m_recording(network, bands), m_bands(bands), m_multiple(network.size_multiple()) {}

  /// Null where there can't be one.
  std::shared_ptr<const Plan> plan(const torch::Tensor& images) {
    if (images.dim() != 4 || images.size(1) != m_bands) return nullptr;
    return plan(images.size(2), images.size(3));
  }

  std::shared_ptr<const Plan> plan(std::int64_t height, std::int64_t width) {
    const Key key{height, width, at::get_num_threads()};
    if (key.height < m_multiple || key.width < m_multiple || key.height % m_multiple != 0 ||
        key.width % m_multiple != 0)
      return nullptr;
    const std::scoped_lock lock(m_mutex);
    const auto found = std::ranges::find(m_plans, key, [](const auto& entry) { return entry.first; });
    if (found != m_plans.end()) return found->second;
    if (m_plans.size() == kPlans) m_plans.pop_front();
    auto made = make(key);
    m_plans.emplace_back(key, std::move(made));
    return m_plans.back().second;
  }

  std::uint64_t weight_bytes() {
    const std::scoped_lock lock(m_mutex);
    return m_weights.bytes();
  }

 private:
  std::shared_ptr<const Plan> make(const Key& key) {
    try {
      const bool separable = vectors::are_available(api::channels_in_block());
      return std::make_shared<const Plan>(fuse(m_recording.at(key.height, key.width), separable), m_weights,
                                          m_engine);
    } catch (const Unsupported&) {
      return nullptr;
    } catch (const dnnl::error& error) {
      if (error.status == dnnl_out_of_memory) throw std::bad_alloc();
      return nullptr;
    }
  }

  Recording m_recording;
  int m_bands;
  std::int64_t m_multiple;
  std::mutex m_mutex;
  dnnl::engine m_engine{dnnl::engine::kind::cpu, 0};
  WeightStore m_weights{m_engine};
  std::deque<std::pair<Key, std::shared_ptr<const Plan>>> m_plans;
};

CompiledNetwork::CompiledNetwork(std::unique_ptr<Implementation> implementation)
    : m_implementation(std::move(implementation)) {}
CompiledNetwork::~CompiledNetwork() = default;

std::unique_ptr<CompiledNetwork> CompiledNetwork::make(nn::SegmentationNetwork& network, int bands) {
  if (!network.is_prepared()) return nullptr;
  try {
    return std::unique_ptr<CompiledNetwork>(
        new CompiledNetwork(std::make_unique<Implementation>(network, bands)));
  } catch (const Unsupported&) {
    return nullptr;
  } catch (const dnnl::error&) {
    return nullptr;
  }
}

torch::Tensor CompiledNetwork::forward(const torch::Tensor& images,
                                       std::span<const rows::Stretch> stretches) {
  const auto plan = m_implementation->plan(images);
  if (plan == nullptr) return {};
  try {
    return plan->run(images.contiguous(), stretches);
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) throw std::bad_alloc();
    throw;
  }
}

std::optional<std::uint64_t> CompiledNetwork::tensor_bytes(std::int64_t height, std::int64_t width) {
  const auto plan = m_implementation->plan(height, width);
  if (plan == nullptr) return std::nullopt;
  return plan->tensor_bytes();
}

std::uint64_t CompiledNetwork::weight_bytes() const {
  return m_implementation->weight_bytes();
}

std::vector<StepTime> CompiledNetwork::measure(const torch::Tensor& image, int passes) {
  const auto plan = m_implementation->plan(image);
  if (plan == nullptr) return {};
  std::vector<double> seconds;
  for (int pass = 0; pass < passes; ++pass) plan->measure(image.contiguous(), seconds);
  std::vector<StepTime> times;
  for (std::size_t i = 0; i < plan->steps().size(); ++i) {
    const Step& step = plan->steps()[i];
    times.push_back({step.name, step.implementation, seconds[i], passes * step.multiply_adds});
  }
  return times;
}

}  // namespace orthocover::onednn

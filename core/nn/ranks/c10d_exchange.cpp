#include "core/nn/ranks/c10d_exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "core/nn/ranks/c10d.h"

namespace orthocover::nn {
namespace {

using std::chrono::milliseconds;

/// Liveness is the link's business; a rank may wait long while rank 0 scores.
constexpr std::chrono::hours kNoLimit{24 * 365};
/// Opening scenes takes one rank longer than another.
constexpr std::chrono::hours kStart{24};
/// Looks for the end of an exchange: often at first, as most are short.
constexpr std::chrono::microseconds kFirstPause{20};
constexpr std::chrono::microseconds kLongestPause{2'000};

/// What c10d keeps for all ranks, kept by the link.
class LinkStore final : public c10d::Store {
 public:
  explicit LinkStore(RankLink& link) : c10d::Store(kStart), m_link(link) {}

  using c10d::Store::set;
  void set(const std::string& key, const std::vector<std::uint8_t>& value) override {
    m_link.set(key, {value.begin(), value.end()});
  }
  std::vector<std::uint8_t> get(const std::string& key) override {
    wait({key});
    const std::string value = m_link.get(key).value_or("");
    return {value.begin(), value.end()};
  }
  std::int64_t add(const std::string& key, std::int64_t value) override { return m_link.add(key, value); }
  bool deleteKey(const std::string& key) override { return m_link.erase(key); }
  bool check(const std::vector<std::string>& keys) override {
    return std::ranges::all_of(keys, [&](const std::string& key) { return m_link.get(key).has_value(); });
  }
  std::int64_t getNumKeys() override { return m_link.keys(); }
  void wait(const std::vector<std::string>& keys) override { wait(keys, timeout_); }
  void wait(const std::vector<std::string>& keys, const milliseconds& limit) override {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!check(keys)) {
      m_link.check();
      if (limit > kNoTimeout && std::chrono::steady_clock::now() > end)
        throw resource_error("ranks: '{}' did not come in {} ms", keys.front(), limit.count());
      std::this_thread::sleep_for(milliseconds(5));
    }
  }
  /// Asked for by later versions of c10d.
  c10::intrusive_ptr<c10d::Store> clone() { return c10::make_intrusive<LinkStore>(m_link); }

 private:
  RankLink& m_link;
};

#ifdef ORTHOCOVER_GLOO
c10::intrusive_ptr<CollectiveGroup> gloo_group(RankLink& link) {
  const auto options = c10d::ProcessGroupGloo::Options::create(kNoLimit);
  options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(link.own_address()));
  return c10::make_intrusive<c10d::ProcessGroupGloo>(c10::make_intrusive<LinkStore>(link), link.place().rank,
                                                     link.place().size, options);
}
#endif

#ifdef ORTHOCOVER_NCCL
c10::intrusive_ptr<CollectiveGroup> nccl_group(RankLink& link) {
  const auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = kNoLimit;
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(c10::make_intrusive<LinkStore>(link), link.place().rank,
                                                     link.place().size, options);
}
#endif

/// Calls c10d. What it throws is the effect of something that the link tells of, if a little later.
template <class Call>
void translated(const RankLink& link, const Call& call) {
  try {
    call();
  } catch (const RankError&) {
    throw;
  } catch (const std::exception& error) {
    link.expect_failure();
    const std::string text = error.what();
    throw RankError(ErrorKind::Resource, fmt::format("the exchange with the other ranks failed: {}",
                                                     text.substr(0, text.find('\n'))));
  }
}

class C10dExchange final : public RankExchange {
 public:
  C10dExchange(RankLink& link, torch::Device device, c10::intrusive_ptr<CollectiveGroup> group)
      : m_link(link), m_device(device), m_group(std::move(group)) {}

  /// A broken group may wait for ever for a rank that does not answer: it is left to the end of the process.
  ~C10dExchange() override { m_broken ? static_cast<void>(m_group.release()) : end_group(*m_group); }

  int rank() const override { return m_link.place().rank; }
  int size() const override { return m_link.place().size; }

  void sum(torch::Tensor values) override {
    exchange(values, [&](std::vector<torch::Tensor>& tensors) { return m_group->allreduce(tensors); });
  }
  void share(torch::Tensor values) override {
    exchange(values, [&](std::vector<torch::Tensor>& tensors) { return m_group->broadcast(tensors); });
  }

 private:
  template <class Start>
  void exchange(torch::Tensor& values, const Start& start) {
    const torch::NoGradGuard no_gradients;
    std::vector<torch::Tensor> there{values.to(m_device)};
    m_broken = true;
    translated(m_link, [&] {
      m_link.check();
      finish(*start(there));
    });
    m_broken = false;
    if (!there[0].is_same(values)) values.copy_(there[0]);
  }

  /// Waits, but not for a rank that is gone.
  void finish(c10d::Work& work) {
    for (auto pause = kFirstPause; !work.isCompleted(); pause = std::min(2 * pause, kLongestPause)) {
      std::this_thread::sleep_for(pause);
      m_link.check();
    }
    work.wait();
  }

  RankLink& m_link;
  torch::Device m_device;
  c10::intrusive_ptr<CollectiveGroup> m_group;
  bool m_broken = false;
};

}  // namespace

std::unique_ptr<RankExchange> make_c10d_exchange(RankLink& link, [[maybe_unused]] torch::Device device) {
  c10::intrusive_ptr<CollectiveGroup> group;
#ifdef ORTHOCOVER_NCCL
  if (device.is_cuda()) {
    translated(link, [&] { group = nccl_group(link); });
    return std::make_unique<C10dExchange>(link, device, std::move(group));
  }
#endif
#ifdef ORTHOCOVER_GLOO
  translated(link, [&] { group = gloo_group(link); });
  return std::make_unique<C10dExchange>(link, torch::Device(torch::kCPU), std::move(group));
#else
  throw resource_error(
      "ranks: this build has no gloo for several processes on the CPU; build it where the headers of "
      "LibTorch's gloo are (Debian: libgloo-dev)");
#endif
}

}  // namespace orthocover::nn

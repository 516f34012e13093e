#include "core/operations/segment/memory_gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "core/base/error.h"

namespace orthocover::operations {
namespace {

/// A context that can be told to stop.
class Stoppable final : public RunContext {
 public:
  bool cancelled() const override { return stop; }
  std::atomic<bool> stop{false};
};

TEST(MemoryGate, NeverGrantsMoreThanThereIs) {
  MemoryGate gate;
  const Stoppable context;
  std::atomic<int> held{0};
  std::atomic<int> most{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 50; ++k) {
          const MemoryGate::Grant grant = gate.take(30, 100, context);
          const int now = held += 30;
          for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
          }
          std::this_thread::yield();
          held -= 30;
        }
      });
    }
  }
  EXPECT_LE(most, 90);
  EXPECT_EQ(held, 0);
}

TEST(MemoryGate, GrantsMoreThanAllToTheOnlyOne) {
  MemoryGate gate;
  const Stoppable context;
  { const MemoryGate::Grant grant = gate.take(500, 100, context); }
  const MemoryGate::Grant again = gate.take(500, 100, context);
}

TEST(MemoryGate, StopsWaitingWhenCancelled) {
  MemoryGate gate;
  Stoppable context;
  const MemoryGate::Grant all = gate.take(100, 100, context);
  context.stop = true;
  EXPECT_THROW((void)gate.take(1, 100, context), Error);
}

}  // namespace
}  // namespace orthocover::operations

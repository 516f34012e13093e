#include "core/base/ordered_channel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace orthocover {
namespace {

TEST(OrderedChannel, GivesWhatManyThreadsPutInTheOrderOfTheNumbers) {
  constexpr std::size_t kItems = 500;
  OrderedChannel<std::size_t> channel(3);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (std::size_t number = channel.claim(); number < kItems; number = channel.claim())
        channel.put(number, 10 * number);
    });
  }
  for (std::size_t i = 0; i < kItems; ++i) ASSERT_EQ(channel.pop(kItems), 10 * i);
  EXPECT_EQ(channel.pop(kItems), std::nullopt);
}

TEST(OrderedChannel, LetsTheNextItemInHoweverFullItIs) {
  OrderedChannel<int> channel(0);
  channel.put(0, 7);
  EXPECT_EQ(channel.pop(2), 7);
  channel.put(1, 8);
  EXPECT_EQ(channel.pop(2), 8);
}

TEST(OrderedChannel, HoldsNoMoreThanItIsWidenedTo) {
  OrderedChannel<int> channel(1);
  channel.widen(2);
  std::atomic<std::size_t> made = 0;
  std::jthread maker([&] {
    for (std::size_t number = 0; number < 9; ++number) {
      channel.wait_for_room(number);
      ++made;
      channel.put(number, 1);
    }
  });
  for (std::size_t taken = 0; taken < 9; ++taken) {
    EXPECT_LE(made, taken + 3);
    channel.pop(9);
  }
}

TEST(OrderedChannel, CarriesTheFirstFailureToBothSides) {
  OrderedChannel<int> channel(0);
  std::jthread waiting([&] { EXPECT_THROW(channel.put(5, 1), std::runtime_error); });
  channel.fail(std::make_exception_ptr(std::runtime_error("first")));
  channel.fail(std::make_exception_ptr(std::logic_error("second")));
  EXPECT_THROW(channel.pop(9), std::runtime_error);
}

}  // namespace
}  // namespace orthocover

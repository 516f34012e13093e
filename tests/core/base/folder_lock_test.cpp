#include "core/base/folder_lock.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "core/base/error.h"

namespace orthocover {
namespace {

RunContext quiet;

TEST(FolderLock, IsHeldByOneAtATime) {
  const std::filesystem::path folder = testing::TempDir();
  std::atomic<bool> is_second = false;
  std::thread other;
  {
    const FolderLock lock(folder, quiet);
    ASSERT_TRUE(lock.is_held());
    other = std::thread([&] {
      const FolderLock second(folder, quiet);
      is_second = second.is_held();
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    EXPECT_FALSE(is_second);
  }
  other.join();
  EXPECT_TRUE(is_second);
}

TEST(FolderClaim, IsRefusedToASecondRun) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / fmt::format("claim-{}", ::getpid());
  std::filesystem::create_directory(folder);
  {
    const FolderClaim claim(folder);
    EXPECT_THROW(FolderClaim second(folder), Error);
  }
  EXPECT_NO_THROW(FolderClaim later(folder));
  std::filesystem::remove(folder);
}

TEST(FolderLock, OfAFolderThatIsNotThereIsNotHeldAndDoesNotWait) {
  EXPECT_FALSE(FolderLock("/nowhere/at/all", quiet).is_held());
}

}  // namespace
}  // namespace orthocover

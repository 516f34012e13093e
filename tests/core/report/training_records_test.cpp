#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "core/base/error.h"
#include "core/report/metrics_log.h"
#include "core/report/tensorboard_writer.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;

class Records : public testing::Test {
 protected:
  Records() : folder(fs::temp_directory_path() / fmt::format("orthocover-records-{}", getpid())) {
    fs::create_directories(folder);
  }
  ~Records() override { fs::remove_all(folder); }

  fs::path folder;
};

TEST_F(Records, OfMetricsGoOnWhereTheCheckpointStands) {
  const fs::path path = folder / "metrics.jsonl";
  {
    MetricsLog log(path, 0);
    for (int step = 1; step <= 5; ++step) log.write({{"step", step}, {"loss", 1.0 / step}});
  }
  std::ofstream(path, std::ios::app) << "{\"step\": 6, \"lo";  // torn by a kill
  EXPECT_EQ(read_metrics(path).size(), 5U);
  {
    MetricsLog log(path, 3);
    log.write({{"step", 4}, {"loss", 9}});
  }
  const std::vector<nlohmann::json> records = read_metrics(path);
  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(records[2].at("step"), 3);
  EXPECT_EQ(records[3].at("loss"), 9);
  EXPECT_TRUE(read_metrics(folder / "none").empty());
  EXPECT_THROW(MetricsLog(folder / "no/folder/m.jsonl", 0), Error);
}

TEST(RecordedSteps, AreAllOfAShortRunAndAFewHundredForEachDoublingOfALongOne) {
  std::int64_t count = 0;
  for (std::int64_t step = 1; step < 500; ++step) count += is_recorded_step(step) ? 1 : 0;
  EXPECT_EQ(count, 499);
  for (std::int64_t begin = 500; begin < 1'000'000; begin *= 2) {
    count = 0;
    for (std::int64_t step = begin; step < 2 * begin; ++step) count += is_recorded_step(step) ? 1 : 0;
    EXPECT_EQ(count, 250) << begin;
  }
}

TEST(Crc32c, AgreesWithTheStandard) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU) << "RFC 3720, B.4";
}

/// Reads a number of `size` bytes, least first.
std::uint64_t number_at(const std::string& bytes, std::size_t at, int size) {
  std::uint64_t value = 0;
  for (int i = size; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  return value;
}

TEST_F(Records, OfTensorboardAreFramedEventsWithTheirValues) {
  {
    TensorboardWriter writer(folder, 1700000000.5);
    writer.scalar("loss/train", 300, 0.25, 1700000001);
  }
  const fs::path file = folder / "events.out.tfevents.1700000000.orthocover";
  ASSERT_TRUE(fs::exists(file));
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  std::vector<std::string> events;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::uint64_t length = number_at(bytes, at, 8);
    const std::string data = bytes.substr(at + 12, length);
    const std::uint32_t crc = crc32c(data);
    EXPECT_EQ(number_at(bytes, at + 12 + length, 4),
              static_cast<std::uint32_t>((crc >> 15 | crc << 17) + 0xA282EAD8U));
    events.push_back(data);
    at += 16 + length;
  }
  ASSERT_EQ(events.size(), 2U);
  EXPECT_THAT(events[0], testing::HasSubstr("brain.Event:2"));
  // wall_time, step 300, summary { value { tag, simple_value } }
  std::string expected("\x09", 1);
  const double time = 1700000001;
  expected.append(reinterpret_cast<const char*>(&time), 8);
  expected += std::string("\x10\xac\x02\x2a\x13\x0a\x11\x0a\x0aloss/train\x15", 20);
  const float value = 0.25F;
  expected.append(reinterpret_cast<const char*>(&value), 4);
  EXPECT_EQ(events[1], expected);
}

}  // namespace
}  // namespace orthocover

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/parts/part_bytes.h"
#include "core/parts/part_writer.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kAnHour(3600);

class PartFile : public testing::Test {
 protected:
  PartFile() {
    fs::create_directories(folder);
    header.key = {"1.0", "scene", "model", {{"overlap", 0.3}}};
    header.region = {10, 20, 100, 70};
    header.block_px = 64;
    header.confidence = true;
  }
  ~PartFile() override { fs::remove_all(folder); }

  /// Block number `index` of four, with noise in its confidence.
  PartBlock block(int index) const {
    const std::int64_t col = index % 2 * 64;
    const std::int64_t row = index / 2 * 64;
    PartBlock made{{col, row, std::min<std::int64_t>(64, 100 - col), std::min<std::int64_t>(64, 70 - row)},
                   {}};
    std::mt19937 random(static_cast<unsigned>(index));
    const auto pixels = static_cast<std::size_t>(made.window.pixels());
    made.bands.resize(2);
    for (std::size_t i = 0; i < pixels; ++i) {
      made.bands[0].push_back(static_cast<std::uint8_t>(i / 50 % 3));
      made.bands[1].push_back(static_cast<std::uint8_t>(random()));
    }
    return made;
  }

  std::string record(int index) const { return PartWriter::record_of(block(index).view()); }

  std::string written(int blocks) {
    PartWriter writer(path);
    writer.begin(header, kAnHour);
    for (int i = 0; i < blocks; ++i) writer.add(record(i));
    writer.secure();
    return read_small_file(path, 1 << 20);
  }

  static PartReader reader(const std::string& bytes) {
    return {std::make_unique<std::istringstream>(bytes), "map.tif.part"};
  }

  fs::path folder = fs::temp_directory_path() / ("part_file_" + std::to_string(::getpid()));
  fs::path path = folder / "map.tif.part";
  PartHeader header;
};

TEST_F(PartFile, GivesBackHeaderAndPixels) {
  written(4);
  PartReader read = PartReader::open(path);
  ASSERT_TRUE(read.header());
  EXPECT_EQ(read.header()->key.scene, "scene");
  EXPECT_EQ(read.header()->key.options, header.key.options);
  EXPECT_EQ(read.header()->region, header.region);
  EXPECT_TRUE(read.header()->shard.is_whole());
  ASSERT_EQ(read.blocks().size(), 4U);
  EXPECT_FALSE(read.complete());
  for (int i = 3; i >= 0; --i) {
    const PartBlock found = read.read(static_cast<std::size_t>(i));
    EXPECT_EQ(found.window, block(i).window);
    EXPECT_EQ(found.bands, block(i).bands);
  }
}

TEST_F(PartFile, CutAnywhereHoldsTheWholeRecordsBeforeTheCut) {
  const std::string bytes = written(3);
  std::size_t most = 0;
  for (std::size_t size = 0; size <= bytes.size(); size += size + 40 < bytes.size() ? 37 : 1) {
    PartReader read = reader(bytes.substr(0, size));
    EXPECT_LE(read.sound_bytes(), size);
    EXPECT_GE(read.blocks().size(), most) << size;
    most = read.blocks().size();
    for (std::size_t i = 0; i < most; ++i) EXPECT_EQ(read.read(i).bands, block(static_cast<int>(i)).bands);
  }
  EXPECT_EQ(most, 3U);
}

TEST_F(PartFile, GoesOnBehindTheLastWholeRecord) {
  const std::string bytes = written(3);
  std::ofstream(path, std::ios::binary) << bytes.substr(0, bytes.size() - 5);
  {
    const PartReader torn = PartReader::open(path);
    ASSERT_EQ(torn.blocks().size(), 2U);
    PartWriter writer(path);
    writer.go_on(torn, kAnHour);
    writer.add(record(3));
    writer.add(record(2));
    writer.complete_as(folder / "map.tif.shard-1-of-1");
  }
  EXPECT_FALSE(fs::exists(path));
  PartReader read = PartReader::open(folder / "map.tif.shard-1-of-1");
  EXPECT_TRUE(read.complete());
  ASSERT_EQ(read.blocks().size(), 4U);
  EXPECT_EQ(read.read(2).bands, block(3).bands);
  EXPECT_EQ(read.read(3).bands, block(2).bands);
}

TEST_F(PartFile, EndsBeforeABlockThatComesTwiceOrLiesOffTheGrid) {
  {
    PartWriter writer(path);
    writer.begin(header, kAnHour);
    writer.add(record(1));
    writer.add(record(1));
    writer.add(record(2));
    writer.secure();
  }
  EXPECT_EQ(PartReader::open(path).blocks().size(), 1U);
  PartBlock shifted = block(0);
  shifted.window.col = 1;
  {
    PartWriter writer(path);
    writer.begin(header, kAnHour);
    writer.add(PartWriter::record_of(shifted.view()));
    writer.secure();
  }
  EXPECT_TRUE(PartReader::open(path).blocks().empty());
}

TEST_F(PartFile, IsWrittenByOneRunAtATime) {
  const PartWriter writer(path);
  try {
    PartWriter second(path);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Resource);
    EXPECT_NE(std::string(error.what()).find("another run is writing it"), std::string::npos) << error.what();
  }
}

TEST_F(PartFile, IsSecuredAtItsPaceOnly) {
  PartWriter writer(path);
  writer.begin(header, kAnHour);
  writer.add(record(0));
  EXPECT_EQ(fs::file_size(path), 0U);
  EXPECT_FALSE(writer.is_worth_keeping()) << "of a short run";
  writer.begin(header, std::chrono::seconds(0));
  writer.add(record(0));
  EXPECT_EQ(PartReader::open(path).blocks().size(), 1U);
  EXPECT_TRUE(writer.is_worth_keeping());
}

TEST_F(PartFile, OfAnotherKindIsRefusedByName) {
  for (const std::string& bytes :
       {std::string("II*\0 a TIFF", 11), std::string("orthocover part 2\n......")}) {
    try {
      reader(bytes);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::Data);
      EXPECT_TRUE(std::string(error.what()).starts_with("map.tif.part: is no part of a map")) << error.what();
    }
  }
  std::string huge(kPartMagic);
  put_number(huge, std::uint64_t{1} << 60);
  EXPECT_FALSE(reader(huge).header()) << "a header of an exabyte";
}

/// Replaces what the checksums protect, so that what lies behind them is reached.
std::string with_header(std::string text) {
  std::string bytes(kPartMagic);
  put_number(bytes, text.size());
  return bytes + text + part_checksum(text);
}

TEST_F(PartFile, HeadersWithImpossibleNumbersAreRefused) {
  const std::string sound = encode_part_header(header);
  const std::string text = sound.substr(kPartMagic.size() + kNumberBytes,
                                        sound.size() - kPartMagic.size() - kNumberBytes - kChecksumBytes);
  ASSERT_TRUE(reader(with_header(text)).header());
  const nlohmann::json good = nlohmann::json::parse(text);
  const std::vector<std::pair<std::string, nlohmann::json>> changes = {
      {"region", {0, 0, -1, 5}},
      {"region", {0, 0, 1, std::int64_t{1} << 40}},
      {"region", {0, 0}},
      {"region", "all"},
      {"block_px", 0},
      {"block_px", 1 << 30},
      {"probabilities", 1 << 30},
      {"probabilities", -5},
      {"shard", {3, 2}},
      {"shard", {0, 2}},
      {"options", 1},
      {"scene_digest", nullptr}};
  for (const auto& [key, value] : changes) {
    nlohmann::json bad = good;
    bad[key] = value;
    EXPECT_THROW(reader(with_header(bad.dump())), Error) << key << " " << value;
  }
  EXPECT_THROW(reader(with_header("[")), Error);
}

/// Bytes of a file are changed; half of the time the checksum of the first record is made to fit again, so
/// that what it protects is tried too.
TEST_F(PartFile, MutatedIsReadOrRefused) {
  const std::string seed = written(4);
  const std::size_t head = encode_part_header(header).size();
  const std::size_t payload = number_at(seed, head + 3 * kNumberBytes);
  std::mt19937 random(11);
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = seed;
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
      const std::size_t span = random() % 2 == 0 ? head + 200 : bytes.size();
      const std::size_t at = random() % std::min(span, bytes.size());
      if (random() % 5 == 0)
        bytes.resize(std::max<std::size_t>(at, 1));
      else
        bytes[at] = static_cast<char>(random());
    }
    const std::size_t record = RecordHead::kBytes + payload;
    if (random() % 2 == 0 && bytes.size() >= head + record + kChecksumBytes)
      bytes.replace(head + record, kChecksumBytes,
                    part_checksum(std::string_view(bytes).substr(head, record)));
    try {
      PartReader read = reader(bytes);
      for (std::size_t k = 0; k < read.blocks().size(); ++k) {
        const PartBlock block = read.read(k);
        for (const auto& band : block.bands)
          ASSERT_EQ(static_cast<std::int64_t>(band.size()), block.window.pixels());
      }
    } catch (const Error& error) {
      ASSERT_EQ(error.kind(), ErrorKind::Data) << error.what();
    }
  }
}

TEST_F(PartFile, TellsWhatCouldNotBeReadAndGoesOnBehindIt) {
  const std::vector<Window> lost = {{64, 0, 64, 64}, {0, 128, 1 << 20, 1}};
  {
    PartWriter writer(path);
    writer.begin(header, kAnHour);
    writer.add(record(0));
    for (const Window& window : lost) writer.add_unreadable(window);
    writer.add(record(1));
    writer.secure();
  }
  const PartReader cut = reader(read_small_file(path, 1 << 20) + "BLOCK1, torn");
  EXPECT_EQ(cut.unreadable(), lost);
  EXPECT_EQ(cut.sound_bytes(), fs::file_size(path));
  {
    PartWriter writer(path);
    writer.go_on(PartReader::open(path), kAnHour);
    writer.add(record(2));
    writer.secure();
  }
  PartReader whole = PartReader::open(path);
  EXPECT_EQ(whole.unreadable(), lost);
  ASSERT_EQ(whole.blocks().size(), 3U);
  EXPECT_EQ(whole.read(2).bands, block(2).bands);
}

TEST_F(PartFile, EndsBeforeAnUnreadableWindowOfImpossibleSize) {
  for (const Window& window :
       {Window{0, 0, 0, 64}, Window{0, 0, 64, std::int64_t{1} << 40}, Window{-1, 0, 1, 1}}) {
    PartWriter writer(path);
    writer.begin(header, kAnHour);
    writer.add(record(0));
    writer.add_unreadable(window);
    writer.add(record(1));
    writer.secure();
    const PartReader read = PartReader::open(path);
    EXPECT_TRUE(read.unreadable().empty());
    EXPECT_EQ(read.blocks().size(), 1U);
  }
}

}  // namespace
}  // namespace orthocover

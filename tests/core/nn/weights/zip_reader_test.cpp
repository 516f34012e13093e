#include "core/nn/weights/zip_reader.h"

#include <span>

#include "tests/core/nn/weights/refusal.h"
#include "tests/core/nn/weights/torch_writer.h"

namespace orthocover::nn {
namespace {

using testing::HasSubstr;

std::string refusal_of(const std::string& content) {
  return refusal([&] { ZipArchive(MemoryBytes(std::as_bytes(std::span(content)), "w.pt")); });
}

/// The archive with bytes replaced, counted from the central directory.
std::string with_table_bytes(std::string content, std::size_t offset, const std::string& bytes) {
  return content.replace(content.find("PK\x01\x02") + offset, bytes.size(), bytes);
}

TEST(ZipArchive, FindsEntriesAndTheirBytes) {
  const std::string content = zip_archive({{"a/one", "first"}, {"a/two", ""}, {"a/three", "3"}});
  const MemoryBytes source(std::as_bytes(std::span(content)), "w.pt");
  const ZipArchive archive(source);
  EXPECT_EQ(archive.entries().size(), 3U);
  const ZipEntry* one = archive.find("a/one");
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(source.text(one->offset, one->bytes), "first");
  EXPECT_EQ(archive.find("a/four"), nullptr);
}

TEST(ZipArchive, ReadsSixtyFourBitRecords) {
  std::string content = zip_archive({{"a", "first"}});
  const std::size_t table = content.find("PK\x01\x02");
  const std::size_t end = content.find("PK\x05\x06");
  // Size and place move into an extra field.
  std::string record = content.substr(table, end - table);
  record.replace(20, 8, std::string(8, '\xff'));
  record.replace(42, 4, std::string(4, '\xff'));
  record.replace(30, 2, std::string("\x1c\x00", 2));
  record += std::string("\x01\x00\x18\x00", 4) +
            std::string("\x05\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
  const auto eight = [](std::size_t value) {
    return std::string(1, static_cast<char>(value)) + std::string(7, '\0');
  };
  const std::size_t end64 = table + record.size();
  const std::string tail = std::string("PK\x06\x06") + eight(44) + std::string(12, '\0') + eight(1) +
                           eight(1) + eight(record.size()) + eight(table) + std::string("PK\x06\x07") +
                           std::string(4, '\0') + eight(end64) + std::string("\x01\0\0\0", 4);
  content = content.substr(0, table) + record + tail + std::string("PK\x05\x06") + std::string(4, '\0') +
            std::string(12, '\xff') + std::string(2, '\0');
  const MemoryBytes source(std::as_bytes(std::span(content)), "w.pt");
  const ZipArchive archive(source);
  ASSERT_NE(archive.find("a"), nullptr);
  EXPECT_EQ(source.text(archive.find("a")->offset, archive.find("a")->bytes), "first");
}

TEST(ZipArchive, RefusesUnsafeNames) {
  for (const char* name : {"../a", "a/../../b", "/etc/passwd", "a\\b"}) {
    EXPECT_THAT(refusal_of(zip_archive({{name, ""}})), HasSubstr("unsafe name")) << name;
  }
  EXPECT_THAT(refusal_of(zip_archive({{"", ""}})), HasSubstr("unsafe name"));
  EXPECT_THAT(refusal_of(zip_archive({{"a", ""}, {"a", ""}})), HasSubstr("entry 'a' stands twice"));
}

TEST(ZipArchive, RefusesCompressedAndEncryptedEntries) {
  const std::string content = zip_archive({{"a", "first"}});
  EXPECT_THAT(refusal_of(with_table_bytes(content, 10, "\x08")), HasSubstr("entry 'a' is compressed"));
  EXPECT_THAT(refusal_of(with_table_bytes(content, 8, "\x01")), HasSubstr("entry 'a' is encrypted"));
}

TEST(ZipArchive, RefusesEntriesAndTablesBeyondTheFile) {
  const std::string content = zip_archive({{"a", "first"}});
  const std::string six("\xff\xff\xff\x0f\xff\xff\xff\x0f", 8);
  EXPECT_THAT(refusal_of(with_table_bytes(content, 20, six)),
              HasSubstr("has 268435455 bytes, more than the file holds"));
  EXPECT_THAT(refusal_of(with_table_bytes(content, 42, "\xff\xff")),
              HasSubstr("header lies outside the file"));
  std::string moved = content;
  moved[content.size() - 3] = '\x7f';
  EXPECT_THAT(refusal_of(moved), HasSubstr("its table lies outside the file"));
  std::string counted = content;
  counted[content.size() - 12] = 2;
  EXPECT_THAT(refusal_of(counted), HasSubstr("another length than stated"));
}

}  // namespace
}  // namespace orthocover::nn

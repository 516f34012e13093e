#include "core/nn/weights/safetensors.h"

#include <fmt/format.h>

#include <fstream>
#include <span>

#include "core/base/atomic_file.h"
#include "core/nn/weights/dtype.h"
#include "tests/core/nn/weights/refusal.h"
#include "tests/core/nn/weights/temporary_folder.h"

namespace orthocover::nn {
namespace {

using testing::HasSubstr;

/// A file with this header and so many zero bytes of data.
std::string file_with(const std::string& header, std::size_t data_bytes) {
  std::string content(8, '\0');
  for (int i = 0; i < 8; ++i) content[i] = static_cast<char>(header.size() >> (8 * i));
  return content + header + std::string(data_bytes, '\0');
}

Safetensors parse(const std::string& content) {
  return read_safetensors(MemoryBytes(std::as_bytes(std::span(content)), "w.safetensors"));
}

std::string refusal_of(const std::string& header, std::size_t data_bytes) {
  return refusal([&] { parse(file_with(header, data_bytes)); });
}

torch::Tensor find(const TensorMap& tensors, const std::string& name) {
  for (const auto& [key, tensor] : tensors) {
    if (key == name) return tensor;
  }
  return {};
}

TensorMap one_of_every_type() {
  TensorMap tensors;
  for (const ElementType& type : element_types()) {
    tensors.emplace_back(
        fmt::format("t.{}", type.safetensors),
        torch::arange(0, 6).remainder(type.type == torch::kBool ? 2 : 100).to(type.type).reshape({2, 3}));
  }
  return tensors;
}

TEST(Safetensors, KeepEveryTypeShapeAndBit) {
  const TemporaryFolder folder;
  TensorMap tensors = one_of_every_type();
  tensors.emplace_back("nan", torch::full({2}, std::nan("")));
  tensors.emplace_back("scalar", torch::tensor(7, torch::kInt64));
  tensors.emplace_back("empty", torch::empty({0, 3}));
  write_safetensors(folder / "w.safetensors", tensors, {{"made by", "a test"}});
  const Safetensors content = read_safetensors(folder / "w.safetensors");
  ASSERT_EQ(content.tensors.size(), tensors.size());
  EXPECT_EQ(content.metadata.at("made by"), "a test");
  EXPECT_EQ(content.metadata.at("format"), "pt");
  for (const auto& [name, tensor] : tensors) {
    const torch::Tensor read = find(content.tensors, name);
    ASSERT_TRUE(read.defined()) << name;
    EXPECT_EQ(read.scalar_type(), tensor.scalar_type()) << name;
    EXPECT_EQ(read.sizes(), tensor.sizes()) << name;
    const auto bytes = bytes_of(read);
    const auto expected = bytes_of(tensor);
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), expected.begin(), expected.end())) << name;
  }
}

TEST(Safetensors, WriteTheValuesOfViewsAndOfTransposedTensors) {
  const TemporaryFolder folder;
  const torch::Tensor base = torch::arange(12, torch::kFloat32).reshape({3, 4});
  write_safetensors(folder / "w", {{"turned", base.t()}, {"part", base.slice(1, 1, 3)}});
  const TensorMap tensors = read_safetensors(folder / "w").tensors;
  EXPECT_TRUE(torch::equal(find(tensors, "turned"), base.t()));
  EXPECT_TRUE(torch::equal(find(tensors, "part"), base.slice(1, 1, 3)));
}

TEST(Safetensors, AreEqualBytesForEqualInputAndAligned) {
  const TemporaryFolder folder;
  const TensorMap tensors = one_of_every_type();
  write_safetensors(folder / "a", tensors);
  write_safetensors(folder / "b", tensors);
  const std::string a = read_small_file(folder / "a", 1 << 20);
  EXPECT_EQ(a, read_small_file(folder / "b", 1 << 20));
  const MemoryBytes source(std::as_bytes(std::span(a)), "a");
  EXPECT_EQ(source.number(0, 8) % 8, 0U);
  EXPECT_EQ(read_safetensors(source).tensors.front().first, "t.F64");
}

TEST(Safetensors, ReadAFileWrittenByHand) {
  std::string content = file_with(R"({"a":{"dtype":"I16","shape":[2],"data_offsets":[0,4]}})", 4);
  content[content.size() - 2] = 5;
  const Safetensors read = parse(content);
  EXPECT_TRUE(torch::equal(read.tensors.at(0).second, torch::tensor({0, 5}, torch::kInt16)));
}

TEST(Safetensors, RefuseSizesThatDoNotFit) {
  EXPECT_THAT(refusal_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4),
              HasSubstr("w.safetensors: tensor 'a': shape [2] of F32 does not fit its 4 bytes"));
  EXPECT_THAT(refusal_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 2),
              HasSubstr("tensor 'a' ends at byte 4 of the data, 2 are there"));
  EXPECT_THAT(refusal_of(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0),
              HasSubstr("does not fit its 0 bytes"));
  EXPECT_THAT(
      refusal_of(R"({"a":{"dtype":"U8","shape":[4000000000000],"data_offsets":[0,4000000000000]}})", 8),
      HasSubstr("ends at byte 4000000000000"));
  EXPECT_THAT(refusal_of(R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})", 1),
              HasSubstr("shape is not a list of whole numbers"));
  EXPECT_THAT(refusal_of(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}})", 1),
              HasSubstr("data_offsets are not a begin and an end"));
}

TEST(Safetensors, RefuseOverlapsGapsAndBytesLeftOver) {
  const std::string a = R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)";
  EXPECT_THAT(refusal_of(a + R"("b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})", 6),
              HasSubstr("overlap"));
  EXPECT_THAT(
      refusal_of(a + R"("b":{"dtype":"U8","shape":[4],"data_offsets":[5,9]}})", 9),
      HasSubstr("tensor 'b' begins at byte 5 of the data, 4 was expected: bytes belong to no tensor"));
  EXPECT_THAT(refusal_of(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 5),
              HasSubstr("1 bytes after the last tensor"));
}

TEST(Safetensors, RefuseHeadersThatAreNotSound) {
  EXPECT_THAT(refusal_of("{", 0), HasSubstr("header: is not valid JSON"));
  EXPECT_THAT(refusal_of("[]", 0), HasSubstr("the header is not a JSON object"));
  EXPECT_THAT(refusal_of(R"({"a":{"dtype":"C64","shape":[],"data_offsets":[0,8]}})", 8),
              HasSubstr("tensor 'a' has the data type \"C64\"; known are F64"));
  EXPECT_THAT(refusal_of(R"({"a":{"dtype":"FloatStorage","shape":[],"data_offsets":[0,4]}})", 4),
              HasSubstr("data type \"FloatStorage\""));
  EXPECT_THAT(refusal_of(R"({"a":{"shape":[],"data_offsets":[0,8]}})", 8),
              HasSubstr("tensor 'a' lacks 'dtype'"));
  EXPECT_THAT(refusal_of(R"({"__metadata__":{"a":1}})", 0), HasSubstr("__metadata__: 'a' is not text"));
  const std::string a = R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  EXPECT_THAT(refusal_of("{" + a + "," + a + "}", 1), HasSubstr("the key 'a' stands twice"));
  EXPECT_THAT(refusal_of("{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + "}", 0),
              HasSubstr("nested more than 64 levels deep"));
}

TEST(Safetensors, RefuseAHeaderLengthBeyondTheFileWithoutAllocatingIt) {
  std::string content = file_with("{}", 0);
  content[7] = 0x7f;
  EXPECT_THAT(refusal([&] { parse(content); }), HasSubstr("is not a safetensors file or is truncated"));
  EXPECT_THAT(refusal([&] { parse("abc"); }), HasSubstr("it has only 3 bytes"));
}

TEST(Safetensors, RefuseEveryTruncation) {
  const TemporaryFolder folder;
  write_safetensors(folder / "w", {{"a", torch::ones({2})}, {"b", torch::ones({1}, torch::kInt64)}});
  const std::string content = read_small_file(folder / "w", 1 << 20);
  for (std::size_t size = 0; size < content.size(); ++size) {
    refusal([&] { parse(content.substr(0, size)); });
  }
  EXPECT_EQ(parse(content).tensors.size(), 2U);
}

TEST(Safetensors, RefuseMissingFilesAndFolders) {
  const TemporaryFolder folder;
  EXPECT_THAT(refusal([&] { read_safetensors(folder / "none"); }), HasSubstr("none: can't be opened"));
  EXPECT_THAT(refusal([&] { read_safetensors(folder.path()); }), HasSubstr("is not a regular file"));
}

TEST(Safetensors, AreNotWrittenWithUnusableNamesOrTypes) {
  const TemporaryFolder folder;
  const torch::Tensor one = torch::ones({1});
  const auto write = [&](const TensorMap& tensors) { write_safetensors(folder / "w", tensors); };
  EXPECT_THAT(refusal([&] {
                write({{"a", one}, {"a", one}});
              }),
              HasSubstr("'a' can't be a tensor's name, or stands twice"));
  EXPECT_THAT(refusal([&] { write({{"__metadata__", one}}); }), HasSubstr("can't be a tensor's name"));
  EXPECT_THAT(refusal([&] {
                write({{"c", one.to(torch::kComplexFloat)}});
              }),
              HasSubstr("tensor 'c' has a data type"));
  EXPECT_THAT(refusal([&] { write({{"\xff", one}}); }), HasSubstr("is not UTF-8"));
  EXPECT_EQ(folder.entries(), 0);
}

TEST(Safetensors, TurnOddBytesOfABooleanIntoTrue) {
  std::string content = file_with(R"({"a":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}})", 2);
  content.back() = static_cast<char>(0xff);
  EXPECT_TRUE(torch::equal(parse(content).tensors.at(0).second, torch::tensor({false, true})));
}

}  // namespace
}  // namespace orthocover::nn

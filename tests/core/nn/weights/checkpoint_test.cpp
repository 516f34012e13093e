#include "core/nn/weights/checkpoint.h"

#include <fmt/format.h>

#include <fstream>
#include <span>

#include "core/nn/weights/dtype.h"
#include "core/nn/weights/safetensors.h"
#include "tests/core/nn/weights/refusal.h"
#include "tests/core/nn/weights/temporary_folder.h"
#include "tests/core/nn/weights/torch_writer.h"

namespace orthocover::nn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TensorMap parse(const std::string& content, CheckpointReport* report = nullptr) {
  return read_checkpoint(MemoryBytes(std::as_bytes(std::span(content)), "weights.pth"), report);
}

std::string refusal_of(const std::string& content) {
  return refusal([&] { parse(content); });
}

TensorMap sample(const std::string& prefix = "") {
  TensorMap tensors;
  for (const ElementType& type : element_types()) {
    const torch::Tensor values = torch::arange(0, 6).remainder(type.type == torch::kBool ? 2 : 100);
    tensors.emplace_back(fmt::format("{}t.{}", prefix, type.safetensors),
                         values.to(type.type).reshape({2, 3}));
  }
  tensors.emplace_back(prefix + "scalar", torch::tensor(5, torch::kInt64));
  tensors.emplace_back(prefix + "empty", torch::empty({0, 4}));
  tensors.emplace_back(prefix + "turned", torch::arange(6, torch::kFloat32).reshape({2, 3}).t());
  tensors.emplace_back(prefix + "part", torch::arange(10, torch::kFloat32).slice(0, 3, 9, 2));
  return tensors;
}

void expect_equal(const TensorMap& tensors, const TensorMap& expected) {
  ASSERT_EQ(tensors.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(tensors[i].first, expected[i].first);
    EXPECT_EQ(tensors[i].second.scalar_type(), expected[i].second.scalar_type()) << expected[i].first;
    EXPECT_TRUE(torch::equal(tensors[i].second, expected[i].second)) << expected[i].first;
  }
}

TEST(Checkpoint, ReadsTheZipFormWithEveryTypeAndStride) {
  expect_equal(parse(torch_archive(sample())), sample());
}

TEST(Checkpoint, ReadsTheOlderPlainStream) {
  expect_equal(parse(torch_stream(sample())), sample());
}

TEST(Checkpoint, IsToldApartByContentNotByName) {
  const TemporaryFolder folder;
  CheckpointReport report;
  write_safetensors(folder / "odd.pth", {{"a", torch::ones({2})}});
  EXPECT_EQ(read_checkpoint(folder / "odd.pth", &report).at(0).first, "a");
  EXPECT_EQ(report.summary(), "safetensors");
  std::ofstream(folder / "odd.safetensors", std::ios::binary) << torch_archive(sample());
  read_checkpoint(folder / "odd.safetensors", &report);
  EXPECT_EQ(report.summary(), "PyTorch archive");
  EXPECT_THAT(refusal_of("neither this nor that"), HasSubstr("weights.pth: is no weights file that is read"));
  EXPECT_THAT(refusal_of(""), HasSubstr("is no weights file"));
}

TEST(Checkpoint, IsUnwrappedAndStrippedAndSaysSo) {
  CheckpointReport report;
  expect_equal(parse(torch_archive(sample("model.module."), {"state_dict"}), &report), sample());
  EXPECT_EQ(report.summary(),
            "PyTorch archive; state dict found in 'state_dict'; prefix 'model.module.' removed");
  expect_equal(parse(torch_stream(sample("_orig_mod."), {"model", "state_dict"}), &report), sample());
  EXPECT_THAT(report.unwrapped, ElementsAre("model", "state_dict"));
  EXPECT_THAT(report.stripped, ElementsAre("_orig_mod."));
}

TEST(Checkpoint, KeepsPrefixesThatNotAllNamesHave) {
  TensorMap tensors = sample("model.");
  tensors.emplace_back("loss.weight", torch::ones({2}));
  EXPECT_EQ(parse(torch_archive(tensors)).front().first, "model.t.F64");
}

TEST(Checkpoint, SharesTensorsOfOneStorage) {
  PickleWriter writer;
  writer.raw("}(").text("a").tensor("FloatStorage", "0", 4, 0, {2}, {1}).text("b");
  writer.tensor("FloatStorage", "0", 4, 1, {2}, {2}).raw("u");
  const std::string values("\0\0\0\0\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40", 16);
  const TensorMap tensors = parse(zip_archive({{"x/data.pkl", writer.finish()}, {"x/data/0", values}}));
  EXPECT_TRUE(torch::equal(tensors[0].second, torch::tensor({0.F, 1.F})));
  EXPECT_TRUE(torch::equal(tensors[1].second, torch::tensor({1.F, 3.F})));
}

TEST(Checkpoint, ReadsParametersAndOrderedDictsOfPython2) {
  PickleWriter plain;
  plain.global("collections", "OrderedDict")
      .raw("](](U\x01")
      .raw("a")
      .global("torch._utils", "_rebuild_parameter");
  plain.raw("(").tensor("ByteStorage", "0", 2, 0, {2}, {1}).raw("\x88").ordered_dict().raw("tRee\x85R");
  const TensorMap tensors = parse(zip_archive({{"x/data.pkl", plain.finish()}, {"x/data/0", "\x01\x02"}}));
  EXPECT_TRUE(torch::equal(tensors.at(0).second, torch::tensor({1, 2}, torch::kUInt8)));
}

TEST(Checkpoint, WithoutAStateDictSaysWhatItHolds) {
  PickleWriter writer;
  writer.raw("}(").text("epoch").number(1).text("optimizer").raw("}u");
  EXPECT_THAT(refusal_of(zip_archive({{"x/data.pkl", writer.finish()}})),
              HasSubstr("weights.pth: holds no state dict: its keys are 'epoch', 'optimizer'"));
  EXPECT_THAT(refusal_of(zip_archive({{"x/data.pkl", PickleWriter().raw("]").finish()}})),
              HasSubstr("a single object"));
  PickleWriter mixed;
  mixed.raw("}(").text("epoch").number(1).text("w").tensor("ByteStorage", "0", 1, 0, {1}, {1}).raw("u");
  EXPECT_THAT(refusal_of(zip_archive({{"x/data.pkl", mixed.finish()}, {"x/data/0", "a"}})),
              HasSubstr("'epoch' in the state dict is no tensor"));
}

TEST(Checkpoint, RefusesTorchScriptOtherArchivesAndByteOrders) {
  EXPECT_THAT(refusal_of(zip_archive({{"m/data.pkl", ""}, {"m/constants.pkl", ""}, {"m/code/a.py", ""}})),
              HasSubstr("is a TorchScript program"));
  EXPECT_THAT(refusal_of(zip_archive({{"word/document.xml", ""}})), HasSubstr("no PyTorch checkpoint"));
  EXPECT_THAT(refusal_of(zip_archive({{"m/data.pkl", ""}, {"m/byteorder", "big"}})),
              HasSubstr("byte order 'big'"));
}

TEST(Checkpoint, RefusesStoragesThatDoNotFit) {
  const auto with = [](std::int64_t elements, std::int64_t offset, const std::vector<std::int64_t>& size,
                       const std::vector<std::int64_t>& stride, std::size_t stored) {
    PickleWriter writer;
    writer.raw("}").text("a").tensor("FloatStorage", "0", elements, offset, size, stride).raw("s");
    return refusal_of(
        zip_archive({{"x/data.pkl", writer.finish()}, {"x/data/0", std::string(stored, '\0')}}));
  };
  const std::int64_t huge = std::int64_t{1} << 62;
  EXPECT_THAT(with(2, 0, {2}, {1}, 4), HasSubstr("storage '0' has 4 bytes, 2 elements of F32 were expected"));
  EXPECT_THAT(with(huge, 0, {2}, {1}, 8), HasSubstr("storage '0' has 8 bytes"));
  EXPECT_THAT(with(2, 1, {2}, {1}, 8), HasSubstr("shape [2] reaches beyond its storage of 2 elements"));
  EXPECT_THAT(with(2, 0, {2, 2}, {1, 1}, 8), HasSubstr("reaches beyond"));
  EXPECT_THAT(with(2, 0, {huge}, {0}, 8), HasSubstr("reaches beyond"));
  EXPECT_THAT(with(2, 0, {huge, huge}, {0, 0}, 8), HasSubstr("reaches beyond"));
  EXPECT_THAT(with(2, huge, {1}, {1}, 8), HasSubstr("reaches beyond"));
  EXPECT_THAT(with(4, 0, {2, 2}, {huge, huge}, 16), HasSubstr("reaches beyond"));
  EXPECT_THAT(with(2, 0, {-1}, {1}, 8), HasSubstr("a tensor is not described by"));
  EXPECT_THAT(with(2, 0, {1}, {-1}, 8), HasSubstr("a tensor is not described by"));
  EXPECT_THAT(with(2, 0, {1, 1}, {1}, 8), HasSubstr("a tensor is not described by"));
}

TEST(Checkpoint, RefusesMissingAndHugeStoragesOfStreamsBeforeAllocating) {
  const auto object = [](std::int64_t elements) {
    PickleWriter writer;
    return writer.raw("}")
        .text("a")
        .tensor("FloatStorage", "7", elements, 0, {1}, {1}, true)
        .raw("s")
        .finish();
  };
  EXPECT_THAT(refusal_of(stream_of(object(1))), HasSubstr("storage '7' is missing"));
  EXPECT_THAT(refusal_of(stream_of(object(std::int64_t{1} << 40))), HasSubstr("is larger than the file"));
  EXPECT_THAT(refusal_of(stream_of(object(1), {"8"}, std::string(12, '\0'))),
              HasSubstr("belongs to no tensor"));
  EXPECT_THAT(refusal_of(stream_of(object(1), {"7"}, std::string(12, '\0'))),
              HasSubstr("storage '7' has 0 elements, 1 were expected"));
}

TEST(Checkpoint, RefusesEveryTruncation) {
  const TensorMap tensors{{"a", torch::ones({2})}, {"b", torch::ones({3}, torch::kInt64)}};
  for (const std::string& content :
       {torch_archive(tensors, {"state_dict"}), torch_stream(tensors, {"state_dict"})}) {
    for (std::size_t size = 0; size < content.size(); ++size) refusal_of(content.substr(0, size));
    EXPECT_EQ(parse(content).size(), 2U);
  }
}

}  // namespace
}  // namespace orthocover::nn

#include "core/nn/weights/restricted_pickle.h"

#include <filesystem>
#include <span>

#include "core/nn/weights/checkpoint.h"
#include "tests/core/nn/weights/refusal.h"
#include "tests/core/nn/weights/temporary_folder.h"
#include "tests/core/nn/weights/torch_writer.h"

namespace orthocover::nn {
namespace {

using testing::HasSubstr;

/// The refusal of a pickle, which must be the same inside an archive and in a plain stream.
std::string refusal_of(const std::string& pickle) {
  const auto read = [](const std::string& content) {
    return refusal([&] { read_checkpoint(MemoryBytes(std::as_bytes(std::span(content)), "weights.pth")); });
  };
  const std::string message = read(zip_archive({{"x/data.pkl", pickle}}));
  EXPECT_EQ(read(stream_of(pickle)), message);
  return message;
}

std::string refusal_of(const PickleWriter& writer) {
  return refusal_of(writer.finish());
}

TEST(RestrictedPickle, RefusesToLoadCodeByName) {
  EXPECT_EQ(
      refusal_of(PickleWriter().global("os", "system").text("true").raw("\x85R")),
      "weights.pth: refuses to load 'os.system': only tensors and plain containers are allowed; save the "
      "model's state_dict() alone, or as safetensors");
  EXPECT_THAT(refusal_of(PickleWriter().global("builtins", "eval").text("1").raw("\x85R")),
              HasSubstr("refuses to load 'builtins.eval'"));
  EXPECT_THAT(refusal_of(PickleWriter().text("posix").text("system").raw("\x93").text("true").raw("\x85R")),
              HasSubstr("refuses to load 'posix.system'"));
  EXPECT_THAT(refusal_of(PickleWriter().raw("(").text("true").raw("ios\nsystem\n")),
              HasSubstr("refuses to load 'os.system'"));
  EXPECT_THAT(refusal_of(PickleWriter().raw("(icollections\nOrderedDict\n")), HasSubstr("opcode INST"));
  EXPECT_THAT(refusal_of(PickleWriter().global("argparse", "Namespace")), HasSubstr("'argparse.Namespace'"));
  EXPECT_THAT(refusal_of(PickleWriter().global("torch", "load")), HasSubstr("'torch.load'"));
  EXPECT_THAT(refusal_of(PickleWriter().global("torch", "F32")), HasSubstr("'torch.F32'"));
}

TEST(RestrictedPickle, RunsNothingOfAMaliciousFile) {
  const TemporaryFolder folder;
  const std::string command = "touch " + (folder / "pwned").string();
  refusal_of(PickleWriter().global("os", "system").text(command).raw("\x85R"));
  refusal_of(PickleWriter().text("os").text("system").raw("\x93").text(command).raw("\x85R"));
  refusal_of(PickleWriter().raw("(").text(command).raw("ios\nsystem\n"));
  EXPECT_EQ(folder.entries(), 0);
}

TEST(RestrictedPickle, RefusesOpcodesThatBuildObjects) {
  EXPECT_THAT(refusal_of(PickleWriter().global("collections", "OrderedDict").raw(")\x81")),
              HasSubstr("opcode NEWOBJ:"));
  EXPECT_THAT(refusal_of(PickleWriter().global("collections", "OrderedDict").raw(")}\x92")),
              HasSubstr("opcode NEWOBJ_EX"));
  EXPECT_THAT(refusal_of(PickleWriter().raw("(").global("collections", "OrderedDict").raw("o")),
              HasSubstr("opcode OBJ"));
  EXPECT_THAT(refusal_of(PickleWriter().raw("\x82\x01")), HasSubstr("opcode EXT1"));
  EXPECT_THAT(refusal_of(PickleWriter().raw(std::string("\x83\x01\x00", 3))), HasSubstr("opcode EXT2"));
  EXPECT_THAT(refusal_of(PickleWriter().raw(std::string("\x84\x01\x00\x00\x00", 5))),
              HasSubstr("opcode EXT4"));
  EXPECT_THAT(refusal_of(PickleWriter().raw("Pabc\n")), HasSubstr("opcode PERSID"));
  EXPECT_THAT(refusal_of(PickleWriter().raw("\xfe")), HasSubstr("opcode 0xfe"));
}

TEST(RestrictedPickle, RefusesStatesCallsAndPersistentObjects) {
  PickleWriter state;
  state.raw("]}").text("__setstate__").global("collections", "OrderedDict").raw("sb");
  EXPECT_THAT(refusal_of(state), HasSubstr("refuses the pickle opcode BUILD on what is no dict"));
  EXPECT_THAT(refusal_of(PickleWriter().text("os.system").raw(")R")), HasSubstr("refuses to call something"));
  EXPECT_THAT(refusal_of(PickleWriter().global("torch", "FloatStorage").raw(")R")),
              HasSubstr("refuses to call something"));
  EXPECT_THAT(refusal_of(PickleWriter().text("module").raw("\x85Q")),
              HasSubstr("refuses to load a persistent 'module'"));
  EXPECT_THAT(refusal_of(PickleWriter().number(1).raw("Q")), HasSubstr("a storage is not described"));
}

TEST(RestrictedPickle, RefusesStacksAndMemosThatAreDamaged) {
  for (const char* code : {"", "0", "t", "e", "u", "a", "s", "R", "b", "Q", "(", "\x85", "1", "2", "l"}) {
    EXPECT_THAT(refusal_of(PickleWriter().raw(code)), HasSubstr("its pickle is damaged")) << code;
  }
  EXPECT_THAT(refusal_of(PickleWriter().raw("h\x05")), HasSubstr("refers to something that was not stored"));
  EXPECT_THAT(refusal_of(PickleWriter().raw("]").number(1).number(1).raw("s")), HasSubstr("what is no dict"));
  EXPECT_THAT(refusal_of(PickleWriter().raw("}").number(1).raw("a")), HasSubstr("what is no list"));
  EXPECT_THAT(refusal_of(PickleWriter().raw("}(").number(1).raw("u")), HasSubstr("a key has no value"));
  EXPECT_THAT(refusal_of(PickleWriter().raw("](").number(1).raw("a")), HasSubstr("the stack is empty"));
  EXPECT_THAT(refusal_of(std::string("\x80\x09N.")), HasSubstr("unknown pickle protocol 9"));
}

TEST(RestrictedPickle, SurvivesDeepNestingAndCycles) {
  EXPECT_THAT(refusal_of(PickleWriter().raw(std::string(1'000'000, ']')).raw(std::string(999'999, 'a'))),
              HasSubstr("a single object"));
  EXPECT_THAT(refusal_of(PickleWriter().raw("]q\x01h\x01"
                                            "a")),
              HasSubstr("a single object"));
  EXPECT_THAT(refusal_of(PickleWriter().raw("}q\x01").text("model").raw("h\x01s")),
              HasSubstr("holds no state dict"));
}

TEST(RestrictedPickle, BoundsItsWorkAndMemory) {
  EXPECT_THAT(refusal_of(PickleWriter().raw(std::string(4'100'000, 'N'))),
              HasSubstr("larger than any checkpoint"));
  EXPECT_THAT(refusal_of(PickleWriter().raw("X\xff\xff\xff\xff"
                                            "abc")),
              HasSubstr("a text is too long"));
  EXPECT_THAT(refusal_of(PickleWriter().raw("\x8d\xff\xff\xff\xff\xff\xff\xff\xff")),
              HasSubstr("a text is too long"));
  // A list of 10,000 pairs, copied 10,000 times.
  PickleWriter laughs;
  laughs.raw("](");
  for (int i = 0; i < 10'000; ++i) laughs.raw("NN\x86");
  laughs.raw("e\x85q\x01");
  for (int i = 0; i < 10'000; ++i) laughs.global("collections", "OrderedDict").raw("h\x01R");
  EXPECT_THAT(refusal_of(laughs), HasSubstr("larger than any checkpoint"));
  // The same long text a million times costs a million pointers.
  PickleWriter text;
  text.raw("](").text(std::string(100'000, 'x')).raw("q\x01");
  for (int i = 0; i < 1'000'000; ++i) text.raw("h\x01");
  EXPECT_THAT(refusal_of(text.raw("e")), HasSubstr("a single object"));
}

}  // namespace
}  // namespace orthocover::nn

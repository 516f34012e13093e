#include "core/legend/class_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"

namespace orthocover {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& name) {
  try {
    check_class_name(name);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ClassName, IsAnyTextOfOneLineWithItsMarkup) {
  for (const char* name : {"bare soil",
                           "D\xC3\xA4"
                           "cher",
                           "\xE8\x8D\x89\xE5\x9C\xB0", "\xF0\x9F\x8C\xB3", "<script>alert(1)</script>",
                           "'; DROP TABLE x; --", "a|b", "[% env('HOME') %]"}) {
    EXPECT_EQ(refusal(name), "") << name;
    EXPECT_EQ(clean_class_name(name), name);
  }
}

TEST(ClassName, HasNoControlCharacters) {
  for (const std::string& name : {std::string("a\nb"), std::string("a\x1B[2J"), std::string("a\0b", 3),
                                  std::string("a\x7F"), std::string("a\xC2\x9B")}) {
    EXPECT_THAT(refusal(name), HasSubstr("control characters")) << name;
    EXPECT_EQ(refusal(clean_class_name(name)), "");
  }
  EXPECT_EQ(clean_class_name(" wet\t\r\n meadow \n"), "wet meadow");
  EXPECT_EQ(clean_class_name("a\x1B[2J"), "a [2J");
  EXPECT_EQ(clean_class_name("\n\t"), "");
  EXPECT_THAT(refusal(" "), HasSubstr("a class name is blank"));
}

TEST(ClassName, IsUtf8) {
  // Latin-1, a lone continuation, an overlong slash, half a pair of UTF-16, beyond Unicode, cut off.
  for (const char* name : {"b\xE2ti", "\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE8\x8D"})
    EXPECT_THAT(refusal(name), HasSubstr("not UTF-8")) << name;
  EXPECT_EQ(clean_class_name("b\xE2ti"), "b?ti");
  EXPECT_EQ(clean_class_name("\xC0\xAF"), "??");
}

TEST(ClassName, IsBoundedWithoutCuttingACharacter) {
  EXPECT_EQ(refusal(std::string(kMaxClassNameBytes, 'x')), "");
  EXPECT_THAT(refusal(std::string(1 << 20, 'x')),
              HasSubstr("...' has 1048576 bytes, at most 200 are allowed"));
  EXPECT_EQ(clean_class_name(std::string(1000, 'x')), std::string(kMaxClassNameBytes, 'x'));
  const std::string odd = std::string(kMaxClassNameBytes - 1, 'x') + "\xC3\xA4";
  EXPECT_EQ(clean_class_name(odd), std::string(kMaxClassNameBytes - 1, 'x'));
}

}  // namespace
}  // namespace orthocover

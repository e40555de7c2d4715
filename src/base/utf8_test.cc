// Characters of each length, the borders between them, and what is no character.
#include "base/utf8.h"

#include <gtest/gtest.h>

namespace millstream {
namespace {

std::string bytes_of(uint32_t code_point) {
  std::string out = "<";
  append_code_point(out, code_point);
  return out;
}

TEST(Utf8, CharactersHaveOneToFourBytes) {
  EXPECT_EQ(bytes_of(0x41), "<A");
  EXPECT_EQ(bytes_of(0), std::string("<\0", 2));
  EXPECT_EQ(bytes_of(0x7f), "<\x7f");
  EXPECT_EQ(bytes_of(0x80), "<\xc2\x80");
  EXPECT_EQ(bytes_of(0x7ff), "<\xdf\xbf");
  EXPECT_EQ(bytes_of(0x800), "<\xe0\xa0\x80");
  EXPECT_EQ(bytes_of(0x20ac), "<€");
  EXPECT_EQ(bytes_of(0xffff), "<\xef\xbf\xbf");
  EXPECT_EQ(bytes_of(0x10000), "<\xf0\x90\x80\x80");
  EXPECT_EQ(bytes_of(0x1f600), "<😀");
  EXPECT_EQ(bytes_of(0x10ffff), "<\xf4\x8f\xbf\xbf");
}

TEST(Utf8, WhatIsNoCharacterIsReplaced) {
  for (const uint32_t none : {0xd800u, 0xdfffu, 0x110000u, 0xffffffffu}) EXPECT_EQ(bytes_of(none), "<\xef\xbf\xbd");
  EXPECT_EQ(bytes_of(0xd7ff), "<\xed\x9f\xbf");
  EXPECT_EQ(bytes_of(0xe000), "<\xee\x80\x80");
}

TEST(Utf8, BytesAreCharactersOrNot) {
  for (const std::string_view text : {"", "plain", "Zürich 東京 €😀", "\xed\x9f\xbf"})
    EXPECT_TRUE(is_utf8(text)) << text;
  EXPECT_TRUE(is_utf8(std::string_view("a\0b", 3)));
  for (const std::string_view bytes : {"\xff", "a\x80", "\xc3", "\xc0\x80", "\xe2\x82", "\xe2\x82x", "\xed\xa0\x80",
                                       "\xf0\x9f\x98", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80"}) {
    EXPECT_FALSE(is_utf8(bytes)) << testing::PrintToString(bytes);
  }
}

}  // namespace
}  // namespace millstream

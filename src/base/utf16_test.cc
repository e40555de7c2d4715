// Places in text with characters of one to four bytes.
#include "base/utf16.h"

#include <gtest/gtest.h>

namespace millstream {
namespace {

TEST(Utf16, CountsCodeUnits) {
  EXPECT_EQ(utf16_length(""), 0u);
  EXPECT_EQ(utf16_length("abc"), 3u);
  EXPECT_EQ(utf16_length("äz€"), 3u);
  EXPECT_EQ(utf16_length("😀b"), 3u);
}

TEST(Utf16, FindsTheByteOfAPlace) {
  const std::string_view text = "aä€😀b";
  EXPECT_EQ(offset_of_utf16(text, -1), 0u);
  EXPECT_EQ(offset_of_utf16(text, 0), 0u);
  EXPECT_EQ(offset_of_utf16(text, 1), 1u);
  EXPECT_EQ(offset_of_utf16(text, 2), 3u);
  EXPECT_EQ(offset_of_utf16(text, 3), 6u);
  EXPECT_EQ(offset_of_utf16(text, 4), 6u) << "between the two halves of a character";
  EXPECT_EQ(offset_of_utf16(text, 5), 10u);
  EXPECT_EQ(offset_of_utf16(text, 6), 11u);
  EXPECT_EQ(offset_of_utf16(text, 1'000'000), 11u);
  for (const std::string_view part : {"", "a", "aä", "aä€", "aä€😀"})
    EXPECT_EQ(offset_of_utf16(text, static_cast<int64_t>(utf16_length(part))), part.size());
}

}  // namespace
}  // namespace millstream

// Tables within a width, characters of every width, and exit codes.
#include "cli/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace millstream::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Rows = std::vector<std::vector<std::string>>;

std::vector<std::string> lines(const std::vector<std::string>& header, const Rows& rows, int columns = 0) {
  const std::string text = table_text(header, rows, columns);
  EXPECT_TRUE(text.ends_with('\n'));
  std::vector<std::string> all;
  for (const auto line : split(std::string_view(text).substr(0, text.size() - 1), '\n')) all.emplace_back(line);
  return all;
}

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width(""), 0);
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("Grüße"), 5);
  EXPECT_EQ(display_width("東京"), 4);
  EXPECT_EQ(display_width("🦔"), 2);
  EXPECT_EQ(display_width("e\u0301"), 1) << "a combining accent takes no column";
  EXPECT_EQ(display_width("…"), 1);
}

TEST(DisplayWidth, ABrokenByteIsOneColumnAndHidesNothing) {
  EXPECT_EQ(display_width("\xff"), 1);
  EXPECT_EQ(display_width("\x80\x80"), 2);
  EXPECT_EQ(display_width("\xc3"
                          "ab"),
            3)
      << "what follows is not swallowed";
  EXPECT_EQ(display_width("\xe6\x9d"), 2) << "a character that is cut off";
  EXPECT_EQ(display_width("\xf0\x9f"
                          "abc"),
            5);
}

TEST(Table, NumbersStandToTheRightTextToTheLeft) {
  EXPECT_THAT(lines({"name", "count", "note"}, {{"ann", "1", "x"}, {"bob", "-20.5", ""}, {"cid", "NULL", "yy"}}),
              ElementsAre("name  count  note", "ann       1  x", "bob   -20.5  ", "cid    NULL  yy"));
  // One cell that is no number makes the column text.
  EXPECT_THAT(lines({"n", "x"}, {{"1", "a"}, {"ten", "b"}}), ElementsAre("n    x", "1    a", "ten  b"));
  EXPECT_THAT(lines({"n"}, {}), ElementsAre("n"));
}

TEST(Table, WideCharactersDoNotShiftColumns) {
  EXPECT_THAT(lines({"city", "n"}, {{"東京", "1"}, {"Grüße", "22"}, {"a", "3"}}),
              ElementsAre("city    n", "東京    1", "Grüße  22", "a       3"));
}

TEST(Table, TheWidestColumnsGiveWay) {
  const std::string wide(100, 'x'), wider(110, 'y');
  const auto cut = lines({"id", "a", "b"}, {{"12345678", wide, wider}}, 60);
  for (const auto& line : cut) EXPECT_LE(display_width(line), 60) << line;
  EXPECT_THAT(cut[1], HasSubstr("12345678  xxx"));
  EXPECT_EQ(cut[1], "12345678  " + std::string(23, 'x') + "…  " + std::string(23, 'y') + "…");
  EXPECT_EQ(lines({"a"}, {{wide}}, 0)[1], wide) << "what is no terminal gets everything";
  // A line that fits is left alone, to the column.
  EXPECT_EQ(lines({"a", "b"}, {{"1234567890", "abcdefgh"}}, 20)[1], "1234567890  abcdefgh");
  EXPECT_EQ(lines({"a", "b"}, {{"x234567890", "abcdefgh"}}, 19)[1], "x2345678…  abcdefgh");
}

TEST(Table, NoColumnGetsNarrowerThanEight) {
  const std::string wide(20, 'x');
  const auto cut = lines({"a", "b", "c"}, {{wide, wide, wide}}, 10);
  EXPECT_EQ(cut[1], "xxxxxxx…  xxxxxxx…  xxxxxxx…");
}

TEST(Table, AWideCharacterIsNeverHalved) {
  for (int columns = 9; columns < 20; ++columns) {
    const auto cut = lines({"city"}, {{"東京東京東京東京東京"}}, columns);
    EXPECT_LE(display_width(cut[1]), columns);
    EXPECT_TRUE(cut[1].ends_with("…")) << columns;
    EXPECT_GE(display_width(cut[1]), columns - 1);
  }
}

TEST(Table, ControlCharactersAreShownNotObeyed) {
  EXPECT_THAT(lines({"a", "b"}, {{"x\ny", "\x1b[2Jz\t"}}), ElementsAre("a     b", "x\\ny  \\x1b[2Jz\\t"));
}

TEST(Listing, HasTheSameFieldsForPeopleAndForPrograms) {
  const Listing listing{{"name", "lag"}, {{"x\"y", 7}, {"", Json()}, {"1", int64_t{1} << 40}}};
  EXPECT_EQ(listing.json().to_text(),
            R"([{"name":"x\"y","lag":7},{"name":"","lag":null},{"name":"1","lag":1099511627776}])");
  EXPECT_EQ(listing.text(), table_text({"name", "lag"}, {{"x\"y", "7"}, {"", "-"}, {"1", "1099511627776"}}));
  EXPECT_EQ((Listing{{"a"}, {}}.json().to_text()), "[]");
}

TEST(Colours, AreNotForFiles) {
  // Test runners catch standard output.
  if (stdout_is_terminal()) GTEST_SKIP() << "standard output is a terminal";
  EXPECT_EQ(coloured(Colour::kRed, "x"), "x");
}

TEST(Report, SaysWhatFailedAndTellsMistakesFromFailures) {
  const auto reported = [](const Error& error) {
    ::testing::internal::CaptureStderr();
    const int code = report(error);
    return std::to_string(code) + " " + ::testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(reported({ErrorCode::kUnavailable, "no server", "start one", {}}), "1 error: no server\n  start one\n");
  EXPECT_EQ(reported({ErrorCode::kInvalidArgument, "no such option", "", {}}), "2 error: no such option\n");
  EXPECT_EQ(reported({ErrorCode::kParse, "no SQL", "", {}}), "2 error: no SQL\n");
}

}  // namespace
}  // namespace millstream::cli

// Tests of durations, sizes, numbers and the nearest word.
#include "base/text.h"

#include <gtest/gtest.h>

namespace millstream {
namespace {

TEST(Text, SplitKeepsEmptyPartsAndJoinUndoesIt) {
  const auto parts = split("a,,b,", ',');
  ASSERT_EQ(parts.size(), 4u);
  EXPECT_EQ(join(std::vector<std::string>(parts.begin(), parts.end()), ","), "a,,b,");
  EXPECT_EQ(split("", ',').size(), 1u);
}

TEST(Text, TrimAndCaseAreAscii) {
  EXPECT_EQ(trim(" \t\r\n a b \v\f"), "a b");
  EXPECT_EQ(trim("  "), "");
  EXPECT_EQ(to_upper("stra\xc3\x9f"
                     "e"),
            "STRA\xc3\x9f"
            "E");
  EXPECT_TRUE(equals_ignoring_case("Kafka", "kAFKA"));
  EXPECT_FALSE(equals_ignoring_case("kafka", "kafkas"));
}

TEST(Text, NearestFindsSwapsAndCaseButNotStrangers) {
  const std::vector<std::string> names = {"scan.startup.mode", "topic", "format", "value.format"};
  EXPECT_EQ(nearest("tpoic", names), "topic");
  EXPECT_EQ(nearest("FORMAT", names), "format");
  EXPECT_EQ(nearest("scan.start.mode", names), "scan.startup.mode");
  EXPECT_EQ(nearest("banana", names), std::nullopt);
  EXPECT_EQ(nearest("ab", std::vector<std::string>{"ac"}), std::nullopt);
  EXPECT_EQ(nearest("ID", std::vector<std::string>{"id"}), "id");
}

TEST(Text, DurationsAsFlinkAndKafkaSpellThem) {
  const std::pair<std::string_view, int64_t> good[] = {{"200", 200},
                                                       {"200 ms", 200},
                                                       {"5s", 5000},
                                                       {"1 min", 60'000},
                                                       {"2 M", 120'000},
                                                       {" 3 h ", 10'800'000},
                                                       {"1 d", 86'400'000},
                                                       {"2 days", 172'800'000},
                                                       {"PT0.2S", 200},
                                                       {"P1DT1H1M1.5S", 90'061'500},
                                                       {"pt5m", 300'000},
                                                       {"5000 us", 5},
                                                       {"0", 0},
                                                       {"PT0S", 0}};
  for (const auto& [text, expected] : good) {
    const auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->value, expected) << text;
  }
}

TEST(Text, BadDurationsAreErrorsAndNotZero) {
  for (const std::string_view text :
       {"", " ", "ms", "5 lightyears", "-5 s", "1.5 s", "1 us", "P", "PT", "P1", "PT5", "P5S", "PT1D", "PT1S1M",
        "PT1.5M", "99999999999999999999", "9223372036854775807 d", "PT0.0001S"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument) << text;
  }
}

TEST(Text, Sizes) {
  EXPECT_EQ(parse_size("64 mb")->value, 64 << 20);
  EXPECT_EQ(parse_size("1GB")->value, 1 << 30);
  EXPECT_EQ(parse_size("100")->value, 100);
  EXPECT_EQ(parse_size("512kb")->value, 512 << 10);
  for (const std::string_view text : {"", "mb", "-1", "1.5 mb", "1 xb", "9999999999 tb"})
    EXPECT_FALSE(parse_size(text)) << text;
}

TEST(Text, IntegersAndBooleans) {
  EXPECT_EQ(*parse_integer(" -42 "), -42);
  EXPECT_EQ(*parse_integer("+7"), 7);
  EXPECT_EQ(*parse_integer("-9223372036854775808"), std::numeric_limits<int64_t>::min());
  for (const std::string_view text : {"", "-", "+-5", "1x", "0x10", "9223372036854775808"})
    EXPECT_FALSE(parse_integer(text)) << text;
  EXPECT_TRUE(*parse_boolean("TRUE"));
  EXPECT_FALSE(*parse_boolean("false"));
  EXPECT_FALSE(parse_boolean("yes"));
}

TEST(Text, SizesAndDurationsForPeople) {
  EXPECT_EQ(format_size(Bytes(1023)), "1023 B");
  EXPECT_EQ(format_size(Bytes(1'468'006)), "1.4 MB");
  EXPECT_EQ(format_size(Bytes((1 << 20) - 1)), "1.0 MB");
  EXPECT_EQ(format_duration(Millis(999)), "999 ms");
  EXPECT_EQ(format_duration(Millis(1200)), "1.2 s");
  EXPECT_EQ(format_duration(Millis(5'400'000)), "1.5 h");
}

}  // namespace
}  // namespace millstream

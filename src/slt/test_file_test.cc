// What a .slt file may say, and how a mistake in one is reported: with file, line and what was expected.
#include "slt/test_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millstream::slt {
namespace {

using Kind = Block::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TestFile parsed(std::string_view text) {
  auto file = parse_test_file("a.slt", text);
  EXPECT_TRUE(file.has_value()) << file.error().to_string();
  return file ? *std::move(file) : TestFile{};
}
std::string error_of(std::string_view text) {
  const auto file = parse_test_file("a.slt", text);
  return file ? "no error" : file.error().to_string();
}
Block only(std::string_view text) {
  const TestFile file = parsed(text);
  EXPECT_EQ(file.blocks.size(), 1u) << text;
  return file.blocks.empty() ? Block{} : file.blocks[0];
}

TEST(TestFile, SplitsAtBlankLinesAndKnowsItsLines) {
  const TestFile file = parsed(
      "# about this file\n\nstatement ok\nCREATE TABLE t (\n  n INT)\n\n\n# a comment above a header\n  # and another\n"
      "rows t\n1\n# not a row\n2\n \t\nend\n");
  ASSERT_EQ(file.blocks.size(), 3u);
  EXPECT_EQ(file.blocks[0].kind, Kind::kStatement);
  EXPECT_EQ(file.blocks[0].line, 3);
  EXPECT_EQ(file.blocks[0].sql, "CREATE TABLE t (\n  n INT)");
  EXPECT_EQ(file.blocks[1].kind, Kind::kRows);
  EXPECT_EQ(file.blocks[1].line, 10);
  EXPECT_EQ(file.blocks[1].name, "t");
  EXPECT_THAT(file.blocks[1].rows, ElementsAre("1", "2"));
  EXPECT_EQ(file.blocks[2].kind, Kind::kEnd);
  EXPECT_EQ(file.blocks[2].line, 15);
}

TEST(TestFile, ReadsFilesOfOtherSystemsAndWithoutALastLineBreak) {
  const TestFile file = parsed("statement ok\r\nSELECT 1\r\n\r\nquery\r\nSELECT 1\r\n----\r\n1");
  ASSERT_EQ(file.blocks.size(), 2u);
  EXPECT_EQ(file.blocks[0].sql, "SELECT 1");
  EXPECT_THAT(file.blocks[1].rows, ElementsAre("1"));
  EXPECT_THAT(parsed("").blocks, IsEmpty());
  EXPECT_THAT(parsed("\n\n# nothing").blocks, IsEmpty());
}

TEST(TestFile, TakesTheReasonOfASkippedFileFromItsFirstLineOnly) {
  const TestFile file = parsed("skip ours: Flink has no such type\n\nend");
  EXPECT_EQ(file.skip_reason, "Flink has no such type");
  EXPECT_TRUE(file.only_ours());
  EXPECT_EQ(file.blocks.at(0).line, 3);
  EXPECT_EQ(error_of("skip ours:  \n\nend"), "a.slt:1: 'skip ours:' needs a reason");
  EXPECT_THAT(error_of("end\n\nskip ours: too late"), HasSubstr("a.slt:3: a block cannot begin with 'skip'"));
}

TEST(TestFile, WordsForTimeMakeAFileOurs) {
  EXPECT_FALSE(parsed("end\n\nrestart\n\ncheckpoint\n\ncounter s late_rows 0").only_ours());
  EXPECT_TRUE(parsed("advance 30 s").only_ours());
  EXPECT_TRUE(parsed("idle click 2").only_ours());
}

TEST(TestFile, AQueryHasItsRowsBelowARule) {
  const Block with = only("query rowsort streaming # both\nSELECT n\nFROM t\n---- \nb 2\n# left out\na 1");
  EXPECT_EQ(with.sql, "SELECT n\nFROM t");
  EXPECT_TRUE(with.has_result);
  EXPECT_TRUE(with.unordered);
  EXPECT_TRUE(with.streaming);
  EXPECT_THAT(with.rows, ElementsAre("b 2", "a 1"));
  const Block none = only("query\nSELECT n FROM t WHERE FALSE\n----");
  EXPECT_TRUE(none.has_result);
  EXPECT_THAT(none.rows, IsEmpty());
  EXPECT_FALSE(only("query\nSELECT n FROM t").has_result);
  EXPECT_EQ(error_of("\nquery sorted\nSELECT 1"), "a.slt:2: expected 'query', with 'rowsort' or 'streaming'");
}

TEST(TestFile, PatternsKeepTheirBlanksAndHashes) {
  EXPECT_EQ(only("statement error  no such # of rows \nSELECT 1").error_pattern, "no such # of rows");
  EXPECT_EQ(only("query error error at .*\nSELECT 1").error_pattern, "error at .*");
  EXPECT_EQ(only("statement error\nSELECT 1").error_pattern, "");
  const Block stream = only("emits errors error division  by");
  EXPECT_EQ(stream.name, "errors");
  EXPECT_TRUE(stream.expects_error);
  EXPECT_EQ(stream.error_pattern, "division  by");
}

TEST(TestFile, EmitsComparesInOneOfThreeWays) {
  EXPECT_FALSE(only("emits s\n+I 1").unordered);
  EXPECT_TRUE(only("emits s unordered\n+I 1").unordered);
  EXPECT_TRUE(only("emits s final\n+I 1").final_rows);
  EXPECT_THAT(only("emits s # nothing yet").rows, IsEmpty());
  EXPECT_THAT(error_of("emits s sorted"), HasSubstr("a.slt:1: expected 'emits NAME', with"));
  EXPECT_THAT(error_of("emits s final unordered"), HasSubstr("a.slt:1: expected 'emits NAME', with"));
  EXPECT_THAT(error_of("emits"), HasSubstr("expected 'emits NAME'"));
}

TEST(TestFile, WordsStandAloneWithTheirArguments) {
  const Block counter = only("counter per_window late_rows 3");
  EXPECT_EQ(counter.name, "per_window");
  EXPECT_THAT(counter.words, ElementsAre("late_rows", "3"));
  EXPECT_THAT(only("advance 1 min").words, ElementsAre("1 min"));
  EXPECT_THAT(only("idle click 2").words, ElementsAre("2"));
  EXPECT_THAT(error_of("counter s late_rows"), HasSubstr("a.slt:1: expected 3 words behind 'counter'"));
  EXPECT_THAT(error_of("end now"), HasSubstr("expected 0 words behind 'end'"));
  EXPECT_THAT(error_of("restart\nSELECT 1"), HasSubstr("expected nothing below 'restart'"));
  EXPECT_THAT(error_of("advance"), HasSubstr("expected a duration behind 'advance'"));
  EXPECT_THAT(error_of("idle click soon"), HasSubstr("the number of a split"));
  EXPECT_THAT(error_of("idle click -1"), HasSubstr("the number of a split"));
}

TEST(TestFile, AMistakeIsShownWithItsPlaceAndTheNearestWord) {
  EXPECT_EQ(error_of("end\n\n\nemit s\n+I 1"), "a.slt:4: a block cannot begin with 'emit' (did you mean 'emits'?)");
  EXPECT_THAT(error_of("INSERT INTO t VALUES (1)"), HasSubstr("statement, query"));
  // A blank line inside a statement ends it.
  EXPECT_THAT(error_of("statement ok\nCREATE TABLE t (\n\nn INT)"),
              HasSubstr("a.slt:4: a block cannot begin with 'n'"));
  EXPECT_EQ(error_of("statement ok"), "a.slt:1: expected SQL below the header");
  EXPECT_EQ(error_of("query\n----\n1"), "a.slt:1: expected SQL below the header");
  EXPECT_EQ(error_of("stream s"), "a.slt:1: expected SQL below the header");
  EXPECT_EQ(error_of("statement fine\nSELECT 1"), "a.slt:1: expected 'statement ok' or 'statement error REGEX'");
  EXPECT_EQ(error_of("rows\n1"), "a.slt:1: 'rows' takes one name");
  EXPECT_EQ(error_of("rows a b\n1"), "a.slt:1: 'rows' takes one name");
}

}  // namespace
}  // namespace millstream::slt

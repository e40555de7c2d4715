// Whole test files: what passes in every mode, and that what is wrong is found, with its line.
#include "slt/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millstream::slt {
namespace {

using ::testing::HasSubstr;

// "ok" or "LINE: first line of the difference" of every difference, one a line; the same in all modes or it fails.
std::string outcome_of(std::string_view text, const Mode& mode) {
  const auto file = parse_test_file("a.slt", text);
  if (!file) return file.error().to_string();
  const auto report = run_file(*file, mode);
  if (!report) return report.error().to_string();
  std::string out;
  for (const Difference& difference : report->differences)
    out += std::to_string(difference.line) + ": " + difference.text + "\n";
  return out.empty() ? "ok" : out;
}
std::string outcome_of(std::string_view text) {
  const std::string first = outcome_of(text, all_modes()[0]);
  for (const Mode& mode : all_modes()) EXPECT_EQ(outcome_of(text, mode), first) << mode.name;
  return first;
}

const std::string kTable =
    "statement ok\nCREATE TABLE t (k STRING, n INT) WITH ('connector' = 'script')\n\n"
    "statement ok\nCREATE TABLE c (k STRING, n INT) WITH ('connector' = 'script', 'changelog-mode' = 'all')\n\n";

TEST(Runner, HasFourModesThatGiveOneAnswer) {
  ASSERT_EQ(all_modes().size(), 4u);
  EXPECT_EQ(outcome_of(kTable + "stream sums\nSELECT k, SUM(n) FROM t GROUP BY k\n\nrows t\na 1\na 2\n\n"
                                "emits sums\n+I a 1\n-U a 1\n+U a 3\n\nrows t\na 3\n\n"
                                "emits sums\n-U a 3\n+U a 6\n\nemits sums final\na 6"),
            "ok");
}

TEST(Runner, FindsWhatIsMissingAndWhatIsTooMuch) {
  const std::string outcome = outcome_of(kTable + "stream s\nSELECT n FROM t\n\nrows t\na 1\nb 2\n\nemits s\n1\n3\n");
  EXPECT_THAT(outcome, HasSubstr("14: differs (- expected, + got)\n    … 1 equal\n  - +I 3\n  + +I 2\n"));
  EXPECT_THAT(outcome_of(kTable + "stream s\nSELECT n FROM t\n\nrows t\na 1\n\nemits s\n"), HasSubstr("  + +I 1\n"));
  EXPECT_THAT(outcome_of(kTable + "stream s\nSELECT n FROM t\n\nemits s\n1"), HasSubstr("  - +I 1\n"));
  // What an `emits` has shown is not shown again.
  EXPECT_EQ(outcome_of(kTable + "stream s\nSELECT n FROM t\n\nrows t\na 1\n\nemits s\n1\n\nemits s"), "ok");
}

TEST(Runner, AQueryNeedsItsResult) {
  EXPECT_THAT(outcome_of("query\nSELECT 1"), HasSubstr("1: a query needs its result below ----"));
  EXPECT_EQ(outcome_of("query\nSELECT 1\n----\n1"), "ok");
  EXPECT_THAT(outcome_of("query\nSELECT 1\n----"), HasSubstr("  + 1\n"));
  EXPECT_THAT(outcome_of("query\nSELECT 1\n----\none"), HasSubstr("cell 'one' is not a INT"));
  EXPECT_EQ(outcome_of("query rowsort\nSELECT * FROM (VALUES (2), (1))\n----\n1\n2"), "ok");
}

TEST(Runner, ErrorsAreExpectedByPattern) {
  EXPECT_EQ(outcome_of("statement error parenthes|Encountered\nSELECT ("), "ok");
  EXPECT_EQ(outcome_of("query error not found\nSELECT * FROM nowhere"), "ok");
  EXPECT_THAT(outcome_of("query error division\nSELECT * FROM nowhere"),
              HasSubstr("expected an error like\n  - division\nbut it was\n  + "));
  EXPECT_THAT(outcome_of("statement error\nCREATE VIEW v AS SELECT 1"),
              HasSubstr("succeeded, but an error was expected"));
  EXPECT_THAT(outcome_of("query error\nSELECT 1"), HasSubstr("succeeded, but an error was expected"));
  // What is no regular expression is looked for as it stands.
  EXPECT_EQ(outcome_of("query error Object 'a(' not found\nSELECT * FROM `a(`"), "ok");
  EXPECT_THAT(outcome_of("statement ok\nSELECT * FROM nowhere"), HasSubstr("1: "));
}

TEST(Runner, AQueryIsBatchUnlessItReadsAChangelogItself) {
  const std::string rows = kTable + "rows t\nb 2\na 1\n\nrows c\n+I a 1\n-U a 1\n+U a 5\n\n";
  // The file has a changelog table, but this statement does not read it: sorting is for batch mode.
  EXPECT_EQ(outcome_of(rows + "query\nSELECT k, n FROM t ORDER BY n\n----\na 1\nb 2"), "ok");
  EXPECT_EQ(outcome_of(rows + "query\nSELECT k, n FROM c\n----\na 5"), "ok");
  EXPECT_EQ(outcome_of(rows + "statement ok\nCREATE VIEW v AS SELECT k, n FROM c\n\n"
                              "query\nSELECT k, n FROM v\n----\na 5"),
            "ok");
  EXPECT_EQ(outcome_of(rows + "query error sorted|ORDER BY\nSELECT k, n FROM c ORDER BY n"), "ok");
  EXPECT_EQ(outcome_of(rows + "query error sorted|ORDER BY\nSELECT k, n FROM t ORDER BY n"),
            "16: succeeded, but an error was expected\n");
  EXPECT_THAT(outcome_of(rows + "query streaming\nSELECT k, n FROM t ORDER BY n\n----\na 1\nb 2"), HasSubstr("16: "));
  EXPECT_EQ(outcome_of(rows + "query\nSELECT k, SUM(n) FROM t GROUP BY k ORDER BY k\n----\na 1\nb 2"), "ok");
}

TEST(Runner, NamesThatAreNotThereAreErrors) {
  EXPECT_THAT(outcome_of("rows t\n1"), HasSubstr("1: there is no table t"));
  EXPECT_THAT(outcome_of("emits s\n1"), HasSubstr("1: there is no stream s"));
  EXPECT_THAT(outcome_of("counter s late_rows 1"), HasSubstr("1: there is no stream s"));
  EXPECT_THAT(outcome_of(kTable + "stream s\nSELECT n FROM t\n\ncounter s lat_rows 1"),
              HasSubstr("10: there is no counter lat_rows (late_rows, "));
  EXPECT_THAT(outcome_of(kTable + "rows t\na one"), HasSubstr("7: cell 'one' is not a INT"));
  EXPECT_THAT(outcome_of("advance soon"), HasSubstr("1: "));
}

TEST(Runner, CountersAreSummedOverRestarts) {
  const std::string text =
      "statement ok\nCREATE TABLE t (ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'script')\n\n"
      "stream s\nSELECT window_end, COUNT(*) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)) "
      "GROUP BY window_start, window_end\n\nrows t\n00:00:25\n00:00:01\n\nrestart\n\nrows t\n00:00:02\n\n";
  EXPECT_EQ(outcome_of(text + "counter s late_rows 2"), "ok");
  EXPECT_EQ(outcome_of(text + "counter s late_rows 1"), "16: late_rows is 2, expected 1\n");
}

TEST(Runner, TheEndComesBehindTheLastRowsUnlessTheFileSaysOtherwise) {
  const std::string text =
      "statement ok\nCREATE TABLE t (ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'script')\n\n"
      "stream s\nSELECT window_end, COUNT(*) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)) "
      "GROUP BY window_start, window_end\n\nrows t\n00:00:01\n\n";
  EXPECT_EQ(outcome_of(text + "emits s\n00:00:10 1"), "ok");
  EXPECT_EQ(outcome_of(text + "unbounded\n\nemits s"), "ok");
  EXPECT_EQ(outcome_of(text + "emits s\n\nend\n\nemits s\n00:00:10 1"), "ok");
}

TEST(Runner, AFailedStreamIsShownOnceItIsAskedFor) {
  const std::string text = kTable + "stream s\nSELECT 10 / n FROM t\n\nrows t\na 0\n\n";
  EXPECT_EQ(outcome_of(text + "emits s error zero"), "ok");
  EXPECT_THAT(outcome_of(text + "emits s error overflow"), HasSubstr("expected an error like\n  - overflow\n"));
  EXPECT_THAT(outcome_of(text + "emits s"), HasSubstr("the stream has failed: "));
  EXPECT_THAT(outcome_of(kTable + "stream s\nSELECT n FROM t\n\nemits s error zero"),
              HasSubstr("the stream has not failed"));
}

}  // namespace
}  // namespace millstream::slt

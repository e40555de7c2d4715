// Where statements of a script begin and end, and when a shell may run what was typed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/parser.h"

namespace millstream::sql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The text of each statement; "!" in front of those that are wrong.
std::vector<std::string> statements(std::string_view script) {
  std::vector<std::string> all;
  for (const ScriptItem& item : parse_script(script))
    all.push_back((item.statement ? "" : "!") + std::string(item.span.in(script)));
  return all;
}

TEST(Script, SemicolonsSeparateStatements) {
  EXPECT_THAT(statements("SELECT 1; SELECT 2 ;\n\nSELECT 3"), ElementsAre("SELECT 1", "SELECT 2", "SELECT 3"));
  EXPECT_THAT(statements(""), IsEmpty());
  EXPECT_THAT(statements(" ;; \n; "), IsEmpty());
  EXPECT_THAT(statements("-- nothing\n/* at all; */"), IsEmpty());
  EXPECT_THAT(statements("SELECT 1;;SELECT 2"), ElementsAre("SELECT 1", "SELECT 2"));
}

TEST(Script, SemicolonsInTextsNamesAndCommentsDoNot) {
  EXPECT_THAT(statements("SELECT 'a;b''; c'; SELECT 2"), ElementsAre("SELECT 'a;b''; c'", "SELECT 2"));
  EXPECT_THAT(statements("SELECT `a;b``;` FROM t; SELECT 2"), ElementsAre("SELECT `a;b``;` FROM t", "SELECT 2"));
  EXPECT_THAT(statements("SELECT 1 -- one; two\n; SELECT 2"), ElementsAre("SELECT 1", "SELECT 2"));
  EXPECT_THAT(statements("SELECT /* ; ' */ 1; SELECT 2"), ElementsAre("SELECT /* ; ' */ 1", "SELECT 2"));
  EXPECT_THAT(statements("SELECT '--'; SELECT '/*'; SELECT 3"), ElementsAre("SELECT '--'", "SELECT '/*'", "SELECT 3"));
}

TEST(Script, AStatementSetIsOneStatement) {
  const std::string set = "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END";
  EXPECT_THAT(statements(set + "; SELECT 3"), ElementsAre(set, "SELECT 3"));
  EXPECT_THAT(statements("SELECT CASE WHEN 1 = 1 THEN 2 END; SELECT 3"),
              ElementsAre("SELECT CASE WHEN 1 = 1 THEN 2 END", "SELECT 3"));
}

TEST(Script, AnErrorHidesNothingBehindIt) {
  EXPECT_THAT(statements("SELECT 1; SELEC 2; SELECT 3"), ElementsAre("SELECT 1", "!SELEC 2", "SELECT 3"));
  EXPECT_THAT(statements("SELEC 'a;b'; SELECT 3"), ElementsAre("!SELEC 'a;b'", "SELECT 3"));
  EXPECT_THAT(
      statements("EXECUTE STATEMENT SET BEGIN INSERT INTO a SELEC 1; INSERT INTO b SELECT 2; END; SELECT 3"),
      ElementsAre("!EXECUTE STATEMENT SET BEGIN INSERT INTO a SELEC 1; INSERT INTO b SELECT 2; END", "SELECT 3"));
  const auto unclosed = parse_script("SELECT 1; SELECT 'open");
  ASSERT_EQ(unclosed.size(), 2u);
  EXPECT_TRUE(unclosed[0].statement.has_value());
  EXPECT_FALSE(unclosed[1].statement.has_value());
}

TEST(Script, ErrorsPointIntoTheScript) {
  const std::string_view script = "SELECT 1;\n  SELECT * FRM t";
  const auto items = parse_script(script);
  ASSERT_EQ(items.size(), 2u);
  ASSERT_FALSE(items[1].statement.has_value());
  ASSERT_TRUE(items[1].statement.error().position.has_value());
  EXPECT_EQ(items[1].statement.error().position->line, 2);
  EXPECT_EQ(items[1].span.offset, 12u);
}

TEST(IsComplete, AStatementEndsWithItsSemicolon) {
  EXPECT_TRUE(is_complete(""));
  EXPECT_TRUE(is_complete(" \n"));
  EXPECT_TRUE(is_complete("SELECT 1;"));
  EXPECT_TRUE(is_complete("SELECT 1; -- done"));
  EXPECT_TRUE(is_complete("SELEC;"));
  EXPECT_FALSE(is_complete("SELECT 1"));
  EXPECT_FALSE(is_complete("SELECT 1; SELECT 2"));
  EXPECT_FALSE(is_complete("SELECT 'a;"));
  EXPECT_FALSE(is_complete("SELECT `a;"));
  EXPECT_FALSE(is_complete("SELECT /* a;"));
  EXPECT_FALSE(is_complete("SELECT 1 -- a;"));
}

TEST(IsComplete, AStatementSetEndsWithEnd) {
  EXPECT_FALSE(is_complete("EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1;"));
  EXPECT_FALSE(is_complete("BEGIN STATEMENT SET; INSERT INTO a SELECT 1;"));
  EXPECT_FALSE(is_complete("EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT CASE WHEN TRUE THEN 1 END;"));
  EXPECT_TRUE(is_complete("EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END;"));
  EXPECT_TRUE(is_complete("BEGIN STATEMENT SET; INSERT INTO a SELECT 1; END;"));
}

}  // namespace
}  // namespace millstream::sql

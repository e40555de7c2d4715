// Which words may come next.
#include "sql/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millstream::sql {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

Completion at_end(std::string_view text) { return complete(text, text.size()); }

TEST(Completion, OffersWhatTheParserWouldTake) {
  EXPECT_THAT(at_end("").keywords, Contains("SELECT"));
  EXPECT_THAT(at_end("").keywords, Contains("CREATE"));
  EXPECT_THAT(at_end("").keywords, Not(Contains("WHERE")));
  EXPECT_THAT(at_end("CREATE ").keywords, Contains("TABLE"));
  EXPECT_THAT(at_end("CREATE ").keywords, Not(Contains("SELECT")));
  EXPECT_THAT(at_end("SELECT 1; ").keywords, Contains("INSERT"));
}

TEST(Completion, TakesTheBeginningOfTheWordInAnyCase) {
  for (const char* text : {"SEL", "sel", "SELECT 1; sEl"}) {
    const Completion completion = at_end(text);
    EXPECT_THAT(completion.keywords, ElementsAre("SELECT")) << text;
    EXPECT_EQ(completion.replace_from, std::string_view(text).size() - 3);
  }
  EXPECT_THAT(at_end("xyz").keywords, IsEmpty());
  EXPECT_EQ(at_end("SELECT ").replace_from, 7u);
}

TEST(Completion, TakesKeywordsForWhatIsBeforeTheCursor) {
  const Completion completion = complete("SEL FROM t", 3);
  EXPECT_THAT(completion.keywords, ElementsAre("SELECT"));
  EXPECT_EQ(completion.replace_from, 0u);
}

TEST(Completion, KnowsWhereTablesStand) {
  for (const char* text :
       {"SELECT * FROM ", "SELECT * FROM ord", "SELECT * FROM a, ", "SELECT * FROM a AS x JOIN ", "INSERT INTO ",
        "INSERT INTO t SELECT * FROM ", "SELECT * FROM (SELECT a FROM ", "DESCRIBE ", "DROP TABLE ",
        "DROP TABLE IF EXISTS ", "DROP VIEW ", "ALTER TABLE ", "SHOW CREATE TABLE ", "CREATE TABLE a LIKE ",
        "CREATE VIEW v AS SELECT * FROM ", "SELECT * FROM TABLE(TUMBLE(TABLE ",
        "CREATE VIEW v AS SELECT * FROM TABLE(TUMBLE(TABLE ", "SELECT 1; SELECT * FROM "}) {
    EXPECT_EQ(at_end(text).expected_name, ExpectedName::kTable) << text;
    EXPECT_THAT(at_end(text).qualifier, IsEmpty()) << text;
  }
  EXPECT_EQ(at_end("SELECT * FROM c.`d b`.").expected_name, ExpectedName::kTable);
  EXPECT_THAT(at_end("SELECT * FROM c.`d b`.ord").qualifier, ElementsAre("c", "d b"));
}

TEST(Completion, KnowsWhereColumnsStand) {
  for (const char* text :
       {"INSERT INTO t (", "INSERT INTO t (a, ", "SELECT o.", "SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR("}) {
    EXPECT_EQ(at_end(text).expected_name, ExpectedName::kColumn) << text;
  }
  EXPECT_THAT(at_end("SELECT o.pr").qualifier, ElementsAre("o"));
}

TEST(Completion, KnowsWhereExpressionsBegin) {
  for (const char* text :
       {"SELECT ", "SELECT a, ", "SELECT u", "SELECT a FROM t WHERE ", "SELECT a FROM t GROUP BY ",
        "SELECT a FROM t WHERE a = ", "SELECT TRIM(BOTH 'x' FROM ", "SELECT COUNT(", "SELECT a FROM t WHERE a LIKE ",
        "SELECT * FROM a JOIN b ON ", "WITH c AS (SELECT 1) SELECT "}) {
    EXPECT_EQ(at_end(text).expected_name, ExpectedName::kExpression) << text;
  }
}

TEST(Completion, KnowsWhichFunctionsAreCalledByName) {
  for (const char* name : {"UPPER", "count", "REGEXP_REPLACE", "EXTRACT", "SUBSTRING", "CURRENT_DATE", "IF"})
    EXPECT_TRUE(can_be_called(name)) << name;
  for (const char* name : {"LIKE", "AND", "not", "IN", "BETWEEN"}) EXPECT_FALSE(can_be_called(name)) << name;
}

TEST(Completion, OffersNoNamesForNewOnes) {
  for (const char* text : {"CREATE ", "CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ", "CREATE VIEW ", "SELECT a AS ",
                           "SELECT * FROM a ", "SELECT a ", "SELECT * FROM '", ""}) {
    EXPECT_EQ(at_end(text).expected_name, ExpectedName::kNone) << text;
  }
}

TableInScope named(std::vector<std::string> name, std::string alias = "") {
  return {std::move(name), std::move(alias)};
}

Completion at_mark(std::string text) {
  const size_t cursor = text.find('|');
  return complete(text.erase(cursor, 1), cursor);
}

TEST(Completion, NamesTheTablesOfTheStatementAroundTheCursor) {
  const auto tables = [](const std::string& text) { return at_mark(text).tables; };
  EXPECT_THAT(tables("SELECT | FROM orders"), ElementsAre(named({"orders"})));
  EXPECT_THAT(tables("SELECT 1 FROM x; SELECT | FROM c.d.`o r` AS o, b z JOIN p ON TRUE WHERE 1 = 1; SELECT 1 FROM y"),
              ElementsAre(named({"c", "d", "o r"}, "o"), named({"b"}, "z"), named({"p"})));
  EXPECT_THAT(tables("INSERT INTO t (|"), ElementsAre(named({"t"})));
  EXPECT_THAT(tables("SELECT | FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' DAY))"),
              ElementsAre(named({"t"})));
  EXPECT_THAT(tables("BEGIN STATEMENT SET; INSERT INTO a SELECT x FROM b; INSERT INTO c SELECT | FROM d; END"),
              ElementsAre(named({"c"}), named({"d"})));
  EXPECT_THAT(tables("SELECT |"), IsEmpty());
  EXPECT_THAT(tables("SELECT * FROM |orders"), IsEmpty()) << "a table is expected, no column";
}

TEST(Completion, NamesWhatWithDefinedBeforeTheCursor) {
  const Completion outside =
      at_mark("WITH a AS (SELECT x FROM t), `b c` (y, z) AS (SELECT (1), 2 FROM a) SELECT | FROM a JOIN `b c` ON TRUE");
  EXPECT_THAT(outside.common_tables, ElementsAre(CommonTableText{"a", "a AS (SELECT x FROM t)"},
                                                 CommonTableText{"b c", "`b c` (y, z) AS (SELECT (1), 2 FROM a)"}));
  EXPECT_THAT(outside.tables, ElementsAre(named({"a"}), named({"b c"}))) << "t is not to be seen here";

  const Completion inside = at_mark("WITH a AS (SELECT x FROM t), b AS (SELECT | FROM a, u), c AS (VALUES 1) SELECT 1");
  EXPECT_THAT(inside.common_tables, ElementsAre(CommonTableText{"a", "a AS (SELECT x FROM t)"}));
  EXPECT_THAT(inside.tables, ElementsAre(named({"a"}), named({"u"})));

  EXPECT_THAT(at_mark("CREATE VIEW v AS WITH a AS (VALUES 1) SELECT * FROM |").common_tables,
              ElementsAre(CommonTableText{"a", "a AS (VALUES 1)"}));
  EXPECT_THAT(at_mark("WITH a AS (WITH b AS (VALUES 1) SELECT | FROM b) SELECT * FROM a").common_tables,
              ElementsAre(CommonTableText{"b", "b AS (VALUES 1)"}));
  EXPECT_THAT(at_mark("WITH a AS (VALUES 1) SELECT * FROM a; SELECT | FROM b").common_tables, IsEmpty());
  EXPECT_THAT(at_mark("WITH a AS (SELECT |").common_tables, IsEmpty());
  EXPECT_THAT(at_mark("CREATE TABLE t WITH ('a' = 'b') LIKE |").common_tables, IsEmpty());
}

TEST(Completion, LooksAtTheTokensBeforeTheCursorOnly) {
  EXPECT_THAT(at_mark("SEL|ECTED").keywords, ElementsAre("SELECT"));
  EXPECT_EQ(at_mark("SELECT * FROM ord|ers WHERE").expected_name, ExpectedName::kTable);
  EXPECT_EQ(at_mark("SELECT 1|2").expected_name, ExpectedName::kNone);
  for (const char* text :
       {"SELECT 'a| b'", "SELECT `a| b` FROM t", "SELECT /* a| b */ 1", "SELECT 1 -- a| b\n FROM t"}) {
    EXPECT_EQ(at_mark(text).expected_name, ExpectedName::kNone) << text;
    EXPECT_THAT(at_mark(text).keywords, IsEmpty()) << text;
  }
  EXPECT_EQ(at_mark("SELECT | 'not closed").expected_name, ExpectedName::kExpression);
}

TEST(Completion, IsQuietInsideTextsAndComments) {
  EXPECT_THAT(at_end("SELECT 'SEL").keywords, IsEmpty());
  EXPECT_THAT(at_end("-- SEL").keywords, IsEmpty());
  EXPECT_THAT(at_end("SELECT 1; -- done; SEL").keywords, IsEmpty());
  EXPECT_THAT(at_end("SELECT 1 /* one */ // SEL").keywords, IsEmpty());
  EXPECT_THAT(at_end("/* SEL").keywords, IsEmpty());
  EXPECT_THAT(at_end("-- a comment\nSEL").keywords, ElementsAre("SELECT"));
  EXPECT_THAT(at_end("/* -- */ SEL").keywords, ElementsAre("SELECT"));
}

}  // namespace
}  // namespace millstream::sql

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
  for (const char* text : {"SELECT ", "SELECT a, ", "SELECT a FROM t WHERE ", "SELECT a FROM t GROUP BY ",
                           "SELECT a FROM t WHERE a = ", "SELECT TRIM(BOTH 'x' FROM ", "SELECT COUNT(",
                           "SELECT a FROM t WHERE a LIKE ", "INSERT INTO t (", "INSERT INTO t (a, ", "SELECT o.",
                           "SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(", "SELECT * FROM a JOIN b ON "}) {
    EXPECT_EQ(at_end(text).expected_name, ExpectedName::kColumn) << text;
  }
  EXPECT_THAT(at_end("SELECT o.pr").qualifier, ElementsAre("o"));
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

TEST(Completion, NamesTheTablesOfTheStatementAroundTheCursor) {
  const auto tables = [](std::string text) {
    const size_t cursor = text.find('|');
    return complete(text.erase(cursor, 1), cursor).tables;
  };
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

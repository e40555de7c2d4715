// What the planner says of wrong statements, and where: Flink 2.3's words with the place in the text.
#include <gtest/gtest.h>

#include "plan/internal/test_session.h"

namespace millstream::plan {
namespace {

struct Case {
  const char* statement;
  const char* message;  // a part of it
  int column = 0;       // on line 1; 0: not checked
};

class ErrorTexts : public ::testing::Test {
 protected:
  void SetUp() override {
    session.run(R"(
      CREATE TABLE t (who STRING, n INT, ts TIMESTAMP(3), m INT NOT NULL, ro ROW<a INT, b STRING>, WATERMARK FOR ts AS ts) WITH ('connector' = 'script');
      CREATE TABLE ap (who STRING, n INT) WITH ('connector' = 'script', 'sink.changelog-mode' = 'I');
      CREATE TABLE k (who STRING, n INT, PRIMARY KEY (who) NOT ENFORCED) WITH ('connector' = 'script');
      CREATE TABLE q (who STRING, n INT) WITH ('connector' = 'queue', 'topic' = 'x', 'format' = 'json', 'properties.a' = 'b', 'fields.who.min' = '1');
      CREATE TABLE o (n INT) WITH ('connector' = 'out');
      CREATE VIEW v AS SELECT who FROM t)");
  }
  void expect(const std::vector<Case>& cases) {
    for (const Case& c : cases) {
      const Error error = session.error_of(c.statement);
      EXPECT_NE(error.message.find(c.message), std::string::npos) << c.statement << "\n  gave: " << error.to_string();
      if (c.column == 0) continue;
      ASSERT_TRUE(error.position) << c.statement;
      EXPECT_EQ(error.position->column, c.column) << c.statement;
      EXPECT_EQ(error.position->line, 1) << c.statement;
    }
  }
  TestSession session;
};

TEST_F(ErrorTexts, Names) {
  expect({{"SELECT nope FROM t", "Column 'nope' not found in any table", 8},
          {"SELECT t.nope FROM t", "Column 'nope' not found in table 't'", 10},
          {"SELECT x.who FROM t", "Table 'x' not found", 8},
          {"SELECT ro.nope FROM t", "Column 'ro.nope' not found in table 't'", 8},
          {"SELECT who.x FROM t", "Table 'who' not found", 8},
          {"SELECT t.ro.nope FROM t", "Column 'ro.nope' not found in table 't'", 10},
          {"SELECT * FROM nothing", "Object 'nothing' not found", 15},
          {"SELECT * FROM db.nothing", "Object 'db' not found", 15},
          {"SELECT * FROM a.b.c", "Object 'a' not found", 15},
          {"SELECT x.* FROM t", "Unknown identifier 'x'", 8},
          {"SELECT who FROM (SELECT who, who FROM t)", "Column 'who' is ambiguous", 8},
          {"WITH c AS (SELECT who FROM t) SELECT n FROM c", "Column 'n' not found in any table", 38},
          {"SELECT nofunc(who) FROM t", "No match found for function signature nofunc(<CHARACTER>)", 8},
          {"SELECT who AS z FROM t WHERE z = 'x'", "Column 'z' not found in any table", 30}});
  EXPECT_EQ(session.error_of("SELECT whoo FROM t").hint, "did you mean 'who'?");
  EXPECT_EQ(session.error_of("SELECT uper(who) FROM t").hint, "did you mean UPPER?");
}

TEST_F(ErrorTexts, Types) {
  expect({{"SELECT SUM(who) FROM t", "Cannot apply 'SUM' to arguments of type 'SUM(<VARCHAR(2147483647)>)'", 8},
          {"SELECT n + who FROM t", "Cannot apply '+' to arguments of type '<INTEGER> + <VARCHAR(2147483647)>'", 8},
          {"SELECT n AND TRUE FROM t", "Cannot apply 'AND' to arguments of type", 8},
          {"SELECT NOT n FROM t", "Cannot apply 'NOT' to arguments of type", 8},
          {"SELECT UPPER() FROM t", "Invalid number of arguments to function 'UPPER'. Was expecting 1 arguments", 8},
          {"SELECT CAST(ts AS INT) FROM t", "The cast from TIMESTAMP type to NUMERIC type is not allowed.", 8},
          {"SELECT CAST(n AS DATE) FROM t", "Cast function cannot convert value of type", 8},
          {"SELECT n = TRUE FROM t", "Cannot apply '=' to arguments of type '<INTEGER> = <BOOLEAN>'", 8},
          {"SELECT CASE WHEN n = 1 THEN 'x' ELSE 1 END FROM t", "Illegal mixing of types in CASE or COALESCE statement",
           8},
          {"SELECT COALESCE(n, TRUE) FROM t", "No common type of INT and BOOLEAN", 0},
          {"SELECT who FROM t WHERE n", "WHERE clause must be a condition", 25},
          {"SELECT COUNT(*) FILTER (WHERE n) FROM t", "FILTER clause must be a condition", 31},
          {"SELECT NULL", "Illegal use of 'NULL'", 8},
          {"SELECT NULL FROM t", "Illegal use of 'NULL'", 8},
          {"VALUES (1), (1, 2)", "Values passed to VALUES operator must have compatible types", 1},
          {"SELECT 123456789012345678901", "Numeric literal '123456789012345678901' out of range", 8},
          {"SELECT DATE '2024-13-01'", "Illegal DATE literal '2024-13-01': not in format 'yyyy-MM-dd'", 8},
          {"SELECT INTERVAL 'x' DAY", "Illegal interval literal format 'x' for INTERVAL DAY", 8},
          {"SELECT INTERVAL '100' SECOND", "Interval field value 100 exceeds precision of SECOND(2) field", 8},
          {"SELECT who FROM t UNION ALL SELECT who, n FROM t", "Column count mismatch in UNION ALL", 29},
          {"SELECT who FROM t UNION ALL SELECT ro FROM t", "Type mismatch in column 1 of UNION ALL", 1}});
}

TEST_F(ErrorTexts, Grouping) {
  expect({{"SELECT who, COUNT(*) FROM t GROUP BY n", "Expression 'who' is not being grouped", 8},
          {"SELECT who, COUNT(*) FROM t", "Expression 'who' is not being grouped", 8},
          {"SELECT who AS z, COUNT(*) FROM t GROUP BY z", "Column 'z' not found in any table", 43},
          {"SELECT who, COUNT(*) FROM t GROUP BY 1", "Expression 'who' is not being grouped", 8},
          {"SELECT who, COUNT(*) AS c FROM t GROUP BY who HAVING c > 1", "Column 'c' not found in any table", 54},
          {"SELECT who FROM t WHERE SUM(n) > 1", "Aggregate expression is illegal in WHERE clause", 25},
          {"SELECT who FROM t GROUP BY SUM(n)", "Aggregate expression is illegal in GROUP BY clause", 28},
          {"SELECT SUM(SUM(n)) FROM t", "Aggregate expressions cannot be nested", 12},
          {"SELECT who FROM t HAVING n > 1", "is not being grouped", 0},
          {"SELECT UPPER(DISTINCT who) FROM t", "DISTINCT/ALL not allowed with UPPER function", 8},
          {"SELECT UPPER(who) FILTER (WHERE n > 1) FROM t", "FILTER must be applied to aggregate function", 8},
          {"SELECT LAG(n) FROM t", "OVER clause is necessary for window functions", 8}});
}

TEST_F(ErrorTexts, Order) {
  expect({{"SELECT * FROM t ORDER BY who", "Sort on a non-time-attribute field is not supported.", 26},
          {"SELECT DISTINCT who FROM t ORDER BY n", "Expression 'n' is not in the select clause", 37},
          {"SELECT ts, ts FROM t", "The query contains more than one rowtime attribute column [ts, ts0]", 1}});
}

TEST_F(ErrorTexts, Inserts) {
  expect({{"INSERT INTO ap SELECT who FROM t",
           "Column types of query result and sink for 'default_catalog.default_database.ap' do not match. Cause: "
           "Different "
           "number of columns. Query schema: [who: STRING] Sink schema: [who: STRING, n: INT]",
           13},
          {"INSERT INTO ap SELECT n, who FROM t", "Incompatible types for sink column 'who' at position 1.", 13},
          {"INSERT INTO ap SELECT who, ts FROM t", "Query schema: [who: STRING, ts: TIMESTAMP(3) *ROWTIME*]", 13},
          {"INSERT INTO ap (who) SELECT who, n FROM t", "Number of columns must match number of query columns", 22},
          {"INSERT INTO ap (nope) SELECT who FROM t", "Unknown target column 'nope'", 17},
          {"INSERT INTO ap (who, who) SELECT who, who FROM t", "Target column 'who' is assigned more than once", 22},
          {"INSERT INTO ap SELECT who, SUM(n) FROM t GROUP BY who",
           "Table sink 'default_catalog.default_database.ap' doesn't support consuming update changes which is "
           "produced by "
           "node GroupAggregate(groupBy=[who], select=[who, SUM(n) AS EXPR$",
           0},
          {"INSERT INTO nothing SELECT who, n FROM t",
           "Cannot find table '`default_catalog`.`default_database`.`nothing`' in any of the catalogs "
           "[default_catalog], nor "
           "as a temporary table.",
           13},
          {"INSERT INTO k VALUES ('a', 1), (NULL, 2)", "Illegal use of 'NULL'", 33},
          {"INSERT INTO ap SELECT who, n FROM t ON CONFLICT DO NOTHING",
           "ON CONFLICT clause is only allowed for upsert sinks.", 0}});
  session.run("SET 'table.exec.sink.require-on-conflict' = 'true'");
  expect({{"INSERT INTO k SELECT who, n FROM t",
           "The query has an upsert key that differs from the primary key of the sink table "
           "'default_catalog.default_database.k'. Primary key: [who], upsert key: ",
           0}});
  EXPECT_TRUE(session.plan("INSERT INTO k SELECT who, n FROM t ON CONFLICT DO DEDUPLICATE"));
}

TEST_F(ErrorTexts, Options) {
  expect({{"SELECT * FROM t /*+ OPTIONS('colour' = 'red') */",
           "Unsupported options found for 'script'. Unsupported options: colour", 0},
          {"SELECT * FROM t /*+ OPTIONS('connector' = 'scriptt') */",
           "Could not find any factory for identifier 'scriptt' that implements", 0},
          {"SELECT * FROM q /*+ OPTIONS('json.ignore-parse-error' = 'true') */",
           "Unsupported options: json.ignore-parse-error", 0},
          {"SELECT * FROM q /*+ OPTIONS('format' = 'jsn') */", "Could not find any factory for identifier 'jsn'", 0},
          {"SELECT * FROM q /*+ OPTIONS('scan.startup.mode' = 'latest') */",
           "Invalid value for option 'scan.startup.mode': 'latest' is not one of", 0},
          {"SELECT * FROM q /*+ OPTIONS('scan.wait' = 'soon') */", "is not a duration", 0},
          {"SELECT * FROM o", "Connector 'out' can only be used as a sink. It cannot be used as a source.", 15},
          {"INSERT INTO q /*+ OPTIONS('format' = 'bytes') */ SELECT who, n FROM t", "Format 'bytes' cannot write rows.",
           0}});
  EXPECT_EQ(session.error_of("SELECT * FROM q /*+ OPTIONS('format' = 'jsn') */").hint.substr(0, 20),
            "did you mean 'json'?");
  session.run(
      "CREATE TABLE no_topic (a INT) WITH ('connector' = 'queue', 'format' = 'json'); CREATE TABLE bare (a INT)");
  expect(
      {{"SELECT * FROM no_topic", "One or more required options are missing. Missing required options are: topic", 15},
       {"SELECT * FROM bare", "Table options do not contain an option key 'connector' for discovering a connector.",
        15}});
}

TEST_F(ErrorTexts, Definitions) {
  expect(
      {{"CREATE TABLE x (a INT, WATERMARK FOR a AS a)", "but the time field type is INT", 38},
       {"CREATE TABLE x (a INT, WATERMARK FOR b AS b)",
        "The rowtime attribute field 'b' is not defined in the table schema", 38},
       {"CREATE TABLE x (a TIMESTAMP(6), WATERMARK FOR a AS a)", "but the time field type is TIMESTAMP(6)", 0},
       {"CREATE TABLE x (a TIMESTAMP(3), WATERMARK FOR a AS 1)", "but the watermark expression type is INT NOT NULL",
        0},
       {"CREATE TABLE x (a TIMESTAMP(3), a INT)", "A regular Column named 'a' already exists in the table.", 33},
       {"CREATE TABLE x (a INT, PRIMARY KEY (b) NOT ENFORCED)", "Primary key column 'b' is not defined in the schema",
        0},
       {"CREATE TABLE x (a INT, b AS a + c)", "Unknown identifier 'c'", 33},
       {"CREATE TABLE x (a INT, b AS a + 1, c AS b + 1)", "Unknown identifier 'b'", 0},
       {"CREATE TABLE x (a INT, b AS a + 1, PRIMARY KEY (b) NOT ENFORCED)",
        "A PRIMARY KEY constraint must be declared on physical columns.", 0},
       {"CREATE TABLE x (a INT, PRIMARY KEY (a, a) NOT ENFORCED)",
        "A primary key must not contain duplicate columns. Found: [a]", 0},
       {"CREATE TABLE x (a DECIMAL(2, 5))", "Decimal scale must be between 0 and the precision 2 (both inclusive).", 0},
       {"CREATE VIEW x (a, b) AS SELECT who FROM t",
        "VIEW definition and input fields not match: Def fields: [a, b]. Input fields: [who].", 0},
       {"CREATE VIEW x AS SELECT who, who FROM t", "A column with the same name `who` has been defined", 0},
       {"CREATE TABLE t (a INT)", "Table (or view) default_database.t already exists in Catalog default_catalog.", 14},
       {"DROP TABLE nothing", "does not exist.", 12},
       {"DROP VIEW t", "View with identifier", 11},
       {"DROP TEMPORARY TABLE t", "Temporary table", 0},
       {"USE nothing", "A database with name [nothing] does not exist in the catalog: [default_catalog].", 5},
       {"USE CATALOG nothing", "A catalog with name [nothing] does not exist.", 0},
       {"DROP DATABASE default_database", "Cannot drop a database which is currently in use.", 0},
       {"DESCRIBE nothing",
        "Tables or views with the identifier 'default_catalog.default_database.nothing' doesn't exist.", 10},
       {"SHOW CREATE TABLE v", "Please use SHOW CREATE VIEW instead.", 0}});
}

TEST_F(ErrorTexts, Windows) {
  expect({{"SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(who), INTERVAL '10' SECOND))",
           "requires the timecol to be TIMESTAMP or TIMESTAMP_LTZ, but is STRING", 48},
          {"SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(nope), INTERVAL '10' SECOND))", "Unknown identifier 'nope'",
           48},
          {"SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), 10)) GROUP BY window_start, window_end",
           "Cannot apply 'TUMBLE'", 0},
          {"SELECT COUNT(*) FROM TABLE(HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '3' SECOND, INTERVAL '10' SECOND)) GROUP "
           "BY window_start, window_end",
           "HOP table function based aggregate requires size must be an integral multiple of slide, but got size 10000 "
           "ms and slide 3000 ms",
           0},
          {"SELECT COUNT(*) FROM TABLE(CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '3' SECOND, INTERVAL '10' SECOND)) "
           "GROUP BY window_start, window_end",
           "requires maxSize must be an integral multiple of step, but got maxSize 10000 ms and step 3000 ms.", 0},
          {"SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MONTH)) GROUP BY window_start, "
           "window_end",
           "Window aggregate only support SECOND, MINUTE, HOUR, DAY as the time unit.", 0},
          {"SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '-10' SECOND)) GROUP BY window_start, "
           "window_end",
           "requires size to be positive, but got -10000 ms.", 0},
          {"SELECT COUNT(*) FROM TABLE(TUMBLE((SELECT CAST(ts AS TIMESTAMP(3)) AS ts FROM t), DESCRIPTOR(ts), INTERVAL "
           "'9' SECOND)) GROUP BY window_start, window_end",
           "to be a time attribute type", 0}});
}

TEST_F(ErrorTexts, NotSupportedYetSaysWhatAndWhere) {
  for (const char* statement : {
           "SELECT a.who FROM t AS a JOIN t AS b ON a.who = b.who",
           "SELECT who, ROW_NUMBER() OVER (PARTITION BY who ORDER BY ts) FROM t",
           "SELECT who FROM t WHERE n IN (SELECT n FROM t)",
           "SELECT who FROM t INTERSECT SELECT who FROM t",
           "SELECT who, COUNT(*) FROM t GROUP BY ROLLUP(who)",
           "SELECT COUNT(*) FROM t GROUP BY TUMBLE(ts, INTERVAL '1' HOUR)",
           "SELECT who, window_end FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR))",
           "SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY "
           "window_start",
           "SELECT (SELECT MAX(n) FROM t)",
           "SELECT who FROM t WHERE EXISTS (SELECT 1)",
           "INSERT INTO k SELECT who, n FROM t ON CONFLICT DO NOTHING",
           "CREATE FUNCTION f AS 'a.B'",
       }) {
    const Error error = session.error_of(statement);
    EXPECT_EQ(error.code, ErrorCode::kUnsupported) << statement << "\n  gave: " << error.to_string();
    EXPECT_NE(error.message.find("not supported yet"), std::string::npos) << error.to_string();
    EXPECT_TRUE(error.position) << statement;
  }
}

TEST_F(ErrorTexts, AnErrorInsideAViewIsPlacedWhereTheViewIsRead) {
  session.run("CREATE VIEW broken AS SELECT who FROM t; ALTER TABLE t RENAME TO gone");
  const Error error = session.error_of("SELECT * FROM broken");
  EXPECT_EQ(error.message, "Object 't' not found (in view broken)");
  EXPECT_EQ(error.position->column, 15);
}

}  // namespace
}  // namespace millstream::plan

// Every statement of the grammar: parses, prints, parses to an equal tree, and prints the same again.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sql/error_text.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace millstream::sql {
namespace {

void expect_round_trip(const std::string& text) {
  SCOPED_TRACE(text);
  const auto first = parse_statement(text);
  ASSERT_TRUE(first) << render_error(text, first.error());
  const std::string printed = print(*first);
  const auto second = parse_statement(printed);
  ASSERT_TRUE(second) << render_error(printed, second.error());
  EXPECT_TRUE(*first == *second) << printed;
  EXPECT_EQ(print(*second), printed);
  const std::string pretty = print_pretty(*first);
  const auto third = parse_statement(pretty);
  ASSERT_TRUE(third) << render_error(pretty, third.error());
  EXPECT_TRUE(*first == *third) << pretty;
}

TEST(RoundTrip, Definitions) {
  for (const char* text : {
           "CREATE TABLE x",
           "CREATE TABLE x WITH ('a' = 'b')",
           "CREATE TEMPORARY TABLE IF NOT EXISTS c.d.x (a INT NOT NULL PRIMARY KEY NOT ENFORCED COMMENT 'it''s', b "
           "STRING)",
           "CREATE TABLE x (a INT CONSTRAINT p PRIMARY KEY NOT ENFORCED, b AS a + 1 COMMENT 'c') WITH ('a' = 'b')",
           "CREATE TABLE x (a INT, ts TIMESTAMP(3) METADATA FROM 'timestamp' VIRTUAL COMMENT 'c', h MAP<STRING, BYTES> "
           "METADATA,"
           " WATERMARK FOR ts AS ts - INTERVAL '5' SECOND, CONSTRAINT pk PRIMARY KEY (a, b) NOT ENFORCED)"
           " COMMENT 't' DISTRIBUTED BY HASH(a) INTO 4 BUCKETS PARTITIONED BY (a) WITH ('connector' = 'script', 'x' = "
           "'')",
           "CREATE TABLE x (a.b INT, WATERMARK FOR a.b AS a) DISTRIBUTED INTO 3 BUCKETS",
           "CREATE TABLE x (a INT) DISTRIBUTED BY RANGE (a) WITH ()",
           "CREATE TABLE x LIKE t (INCLUDING ALL EXCLUDING OPTIONS OVERWRITING WATERMARKS)",
           "CREATE TABLE x (b, a) WITH ('a' = 'b') AS SELECT 1 AS a, 2 AS b",
           "CREATE OR REPLACE TABLE x WITH ('a' = 'b') AS WITH y AS (SELECT 1) SELECT * FROM y",
           "CREATE OR REPLACE TEMPORARY VIEW x (a, b) COMMENT 'c' AS SELECT 1, 2 UNION ALL VALUES (1, 2)",
           "CREATE VIEW IF NOT EXISTS x AS (SELECT 1)",
           "CREATE DATABASE IF NOT EXISTS d COMMENT 'c' WITH ('a' = 'b')",
           "CREATE CATALOG IF NOT EXISTS c COMMENT 'x' WITH ('type' = 'generic_in_memory')",
           "CREATE TEMPORARY SYSTEM FUNCTION IF NOT EXISTS f AS 'a.b.C' LANGUAGE JAVA USING JAR '/a', JAR '/b' WITH "
           "('a' = 'b')",
           "DROP TEMPORARY TABLE IF EXISTS a.b.c",
           "DROP VIEW v",
           "DROP TEMPORARY SYSTEM FUNCTION IF EXISTS f",
           "DROP DATABASE IF EXISTS d CASCADE",
           "DROP DATABASE d RESTRICT",
           "DROP CATALOG IF EXISTS c",
       }) {
    expect_round_trip(text);
  }
}

TEST(RoundTrip, Alterations) {
  for (const char* text : {
           "ALTER TABLE IF EXISTS t RENAME TO u",
           "ALTER TABLE t RENAME a.b TO c",
           "ALTER TABLE t ADD a INT FIRST",
           "ALTER TABLE t ADD a INT COMMENT 'x' AFTER b",
           "ALTER TABLE t ADD (a INT, b AS a + 1 FIRST, PRIMARY KEY (a) NOT ENFORCED, WATERMARK FOR a AS a)",
           "ALTER TABLE t ADD CONSTRAINT c PRIMARY KEY (a) NOT ENFORCED",
           "ALTER TABLE t ADD DISTRIBUTION BY HASH(a) INTO 3 BUCKETS",
           "ALTER TABLE t MODIFY (a BIGINT, b INT NOT NULL)",
           "ALTER TABLE t MODIFY DISTRIBUTION INTO 3 BUCKETS",
           "ALTER TABLE t DROP a",
           "ALTER TABLE t DROP (a, b.c)",
           "ALTER TABLE t DROP PRIMARY KEY",
           "ALTER TABLE t DROP CONSTRAINT c",
           "ALTER TABLE t DROP WATERMARK",
           "ALTER TABLE t DROP DISTRIBUTION",
           "ALTER TABLE t SET ('a' = 'b')",
           "ALTER TABLE t SET ()",
           "ALTER TABLE t RESET ('a', 'b')",
           "ALTER VIEW x RENAME TO y",
           "ALTER VIEW x AS SELECT 1",
           "ALTER DATABASE d SET ('a' = 'b')",
           "ALTER CATALOG c SET ('a' = 'b')",
           "ALTER CATALOG c RESET ('a')",
           "ALTER CATALOG c COMMENT 'x'",
       }) {
    expect_round_trip(text);
  }
}

TEST(RoundTrip, SettingsAndRunning) {
  for (const char* text : {
           "USE d",
           "USE c.d",
           "USE CATALOG c",
           "USE `CATALOG`",
           "SHOW TABLES",
           "SHOW TABLES IN c.d NOT LIKE 'x%'",
           "SHOW VIEWS FROM d LIKE 'a'",
           "SHOW DATABASES ILIKE 'a'",
           "SHOW CATALOGS",
           "SHOW USER FUNCTIONS FROM d ILIKE 'a'",
           "SHOW FUNCTIONS",
           "SHOW JOBS",
           "SHOW COLUMNS FROM t LIKE 'a'",
           "SHOW CREATE TABLE t",
           "SHOW CREATE VIEW c.d.v",
           "SHOW CREATE CATALOG c",
           "SHOW CURRENT CATALOG",
           "SHOW CURRENT DATABASE",
           "DESCRIBE t",
           "DESC EXTENDED a.t",
           "DESCRIBE CATALOG c",
           "DESCRIBE FUNCTION EXTENDED f",
           "DESCRIBE JOB 'x'",
           "EXPLAIN SELECT 1",
           "EXPLAIN PLAN FOR SELECT 1",
           "EXPLAIN CHANGELOG_MODE, ESTIMATED_COST SELECT 1",
           "EXPLAIN PLAN_ADVICE INSERT INTO t SELECT 1",
           "EXPLAIN STATEMENT SET BEGIN INSERT INTO t SELECT 1; END",
           "EXPLAIN CREATE TABLE x AS SELECT 1",
           "SET",
           "SET 'a.b' = 'c'",
           "SET table.exec.mini-batch.size = 5 min",
           "RESET",
           "RESET 'a'",
           "RESET a.b-c",
           "INSERT INTO t SELECT 1",
           "INSERT OVERWRITE c.t PARTITION (a = '1', b = 2) (x, y.z) VALUES (1, 2), (3, 4)",
           "INSERT INTO t /*+ OPTIONS('a' = 'b') */ (SELECT 1)",
           "INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x",
           "INSERT INTO t SELECT 1 ON CONFLICT DO DEDUPLICATE",
           "INSERT INTO t SELECT a FROM b ON CONFLICT DO NOTHING",
           "INSERT INTO t TABLE u ON CONFLICT DO ERROR",
           "EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT CASE WHEN a THEN 1 END FROM x; INSERT INTO u SELECT 2; "
           "END",
           "BEGIN STATEMENT SET; INSERT INTO t SELECT 1; END",
           "EXECUTE INSERT INTO t SELECT 1",
           "EXECUTE SELECT 1",
           "STOP JOB 'x' WITH SAVEPOINT WITH DRAIN",
       }) {
    expect_round_trip(text);
  }
}

TEST(RoundTrip, Queries) {
  for (const char* text : {
           "SELECT DISTINCT a.*, b AS `select`, c d FROM a",
           "SELECT ALL * FROM `a b`.`c``d`",
           "SELECT /*+ STATE_TTL('t' = '1d'), BROADCAST(t, u) */ a FROM t /*+ OPTIONS('a' = 'b', c = 'd') */ AS x (y, "
           "z)",
           "SELECT a FROM (SELECT 1 AS a) AS x, LATERAL (SELECT 2) AS y, LATERAL TABLE(f(a)) AS g (b)",
           "SELECT a FROM t, u JOIN v ON TRUE, w",
           "SELECT a FROM t JOIN (u LEFT JOIN v ON a = b) ON c = d",
           "SELECT a FROM (t JOIN u USING (a, b)) NATURAL FULL JOIN v",
           "SELECT a FROM ((SELECT 1 AS a) AS x CROSS JOIN t)",
           "SELECT a FROM ((SELECT 1) UNION SELECT 2) AS x",
           "SELECT a FROM t CROSS JOIN UNNEST(ARRAY[1], m) WITH ORDINALITY AS u (x, y)",
           "SELECT a FROM TABLE(TUMBLE(DATA => TABLE t, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '1' DAY)) GROUP BY "
           "window_start",
           "SELECT a FROM SESSION(TABLE t PARTITION BY (a, b) ORDER BY c DESC, DESCRIPTOR(ts), INTERVAL '1' MINUTE)",
           "SELECT a FROM TABLE(HOP((SELECT * FROM t) PARTITION BY a, DESCRIPTOR(ts), INTERVAL '1' DAY))",
           "SELECT a FROM o LEFT JOIN c FOR SYSTEM_TIME AS OF o.p AS d ON o.i = d.i AND d.x > 1",
           "SELECT a FROM t WHERE b GROUP BY a, (b, c), (), ROLLUP (a, (b, c)), CUBE (a), GROUPING SETS ((a), ROLLUP "
           "(b))"
           " HAVING c WINDOW w AS (PARTITION BY a ORDER BY b), v AS (w ROWS 1 PRECEDING) QUALIFY ROW_NUMBER() OVER w = "
           "1",
           "SELECT a FROM t ORDER BY a DESC NULLS LAST, b ASC NULLS FIRST, c LIMIT 3 OFFSET 4",
           "SELECT a FROM t OFFSET 2 ROWS FETCH NEXT 1 ROWS ONLY",
           "SELECT 1 LIMIT ALL",
           "VALUES 1, (2), ROW(3)",
           "VALUES ROW(ROW(1, 2))",
           "TABLE a.b",
           "(SELECT 1)",
           "((SELECT 1)) UNION ALL (SELECT 2 LIMIT 1) ORDER BY 1",
           "SELECT 1 UNION SELECT 2 INTERSECT ALL SELECT 3 EXCEPT SELECT 4",
           "SELECT 1 UNION (SELECT 2 UNION ALL SELECT 3)",
           "(SELECT 1 UNION SELECT 2) INTERSECT SELECT 3",
           "(SELECT 1 LIMIT 1) LIMIT 2",
           "(WITH a AS (SELECT 1) TABLE a) UNION TABLE b",
           "WITH a AS (SELECT 1), b (x, y) AS (VALUES (1, 2)) SELECT * FROM a, b",
           "WITH a AS (SELECT 1) (WITH b AS (SELECT 2) SELECT 3)",
           "SELECT * FROM (WITH x AS (SELECT 1 AS a) SELECT * FROM x ORDER BY a)",
       }) {
    expect_round_trip(text);
  }
}

TEST(RoundTrip, Expressions) {
  for (const char* text : {
           "1 + 2 * 3 - -4 % 5 || 'a'",
           "(1 + 2) * 3",
           "1 - (2 - 3)",
           "- - 1",
           "-(-1)",
           "+a[1].b.c[2]",
           "(a.b).c",
           "(1).a",
           "f(x).a",
           "NOT a = b AND NOT (c OR d)",
           "NOT NOT a",
           "(NOT a) = b",
           "a = (NOT b)",
           "(a AND b) AND c",
           "a AND b AND c OR d AND e",
           "a = b IS TRUE",
           "(a IS TRUE) = b",
           "a IS NULL IS NOT NULL",
           "a IS NOT DISTINCT FROM b",
           "a IS DISTINCT FROM (b = c)",
           "a IS JSON",
           "a IS NOT JSON OBJECT",
           "a IS UNKNOWN",
           "a NOT BETWEEN SYMMETRIC 1 AND 2 AND c",
           "a BETWEEN b + 1 AND (c AND d)",
           "a IN (1)",
           "a NOT IN (1, 2)",
           "(a, b) IN ((1, 2), ROW(3, 4))",
           "a IN (SELECT 1)",
           "a IN ((SELECT 1) UNION SELECT 2)",
           "a IN ((SELECT 1), 2)",
           "a IN ((SELECT 1) + 1)",
           "a = ANY (SELECT 1)",
           "a <> ALL (1, 2)",
           "a >= SOME (VALUES 1)",
           "a LIKE 'b' || c ESCAPE '!'",
           "a NOT SIMILAR TO b",
           "(a LIKE b) LIKE c",
           "a LIKE b = c",
           "EXISTS (SELECT 1)",
           "CASE a WHEN 1, 2 THEN 3 ELSE 4 END",
           "CASE WHEN a THEN CASE WHEN b THEN 1 END END[1]",
           "CAST(a AS ROW<a INT NOT NULL 'c', b ARRAY<MAP<STRING, INT>>>)",
           "TRY_CAST(a AS INT ARRAY MULTISET)",
           "ROW(1, 'a', NULL, TRUE, FALSE, UNKNOWN)",
           "(1, 2)",
           "ARRAY[1, 2][1]",
           "ARRAY[]",
           "MAP['a', 1]",
           "MAP[]",
           "MULTISET[1]",
           "ARRAY(SELECT 1)",
           "MAP(SELECT 1, 2)",
           "`MAP`[1]",
           "U&'\\00e9!'",
           "U&'!00e9' UESCAPE '!'",
           "X'00ffA0'",
           "'it''s'",
           "N'x'",
           "'a'\n'b'",
           "1.50",
           ".5",
           "1.",
           "1e3",
           "DATE '2024-01-01'",
           "TIME '01:02:03'",
           "TIMESTAMP '2024-01-01 00:00:00.123'",
           "TIMESTAMP WITH LOCAL TIME ZONE '2024-01-01 00:00:00'",
           "INTERVAL '1' DAY(3)",
           "INTERVAL -'1-2' YEAR TO MONTH",
           "INTERVAL '1:2' MINUTE TO SECOND(3)",
           "INTERVAL '1' SECOND(3, 2)",
           "INTERVAL 5 DAYS",
           "INTERVAL (a + 1) HOUR",
           "INTERVAL -a.b MINUTE",
           "COUNT(*)",
           "COUNT(DISTINCT a, b)",
           "SUM(ALL a) FILTER (WHERE b > 1)",
           "LISTAGG(a) WITHIN GROUP (ORDER BY b DESC)",
           "ARRAY_AGG(a ORDER BY b)",
           "FIRST_VALUE(a) IGNORE NULLS OVER (PARTITION BY b ORDER BY c ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
           "SUM(a) OVER (w RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND UNBOUNDED FOLLOWING)",
           "SUM(a) OVER w",
           "SUM(a) OVER ()",
           "f(a => 1, b => DEFAULT)",
           "c.d.f()",
           "EXTRACT(DOW FROM a)",
           "TRIM(a)",
           "TRIM(LEADING 'x' FROM a)",
           "TRIM(BOTH FROM a)",
           "TRIM('x' FROM a)",
           "SUBSTRING(a FROM 1 FOR 2)",
           "SUBSTRING(a, 1)",
           "POSITION('a' IN b FROM 2)",
           "OVERLAY(a PLACING b FROM 1 FOR 2)",
           "CEIL(a TO DAY)",
           "FLOOR(a)",
           "CEILING(1.5)",
           "TIMESTAMPADD(SQL_TSI_DAY, 1, a)",
           "TIMESTAMPDIFF(SECOND, a, b)",
           "CURRENT_DATE",
           "CURRENT_TIMESTAMP()",
           "LOCALTIMESTAMP",
           "`CURRENT_DATE`",
           "LEFT(a, 1)",
           "IF(a, b, c)",
           "`IF`",
           "`TRIM`(a)",
           "`CEIL`()",
           "JSON_VALUE(a, '$.x' RETURNING INT DEFAULT 1 + 1 ON EMPTY ERROR ON ERROR)",
           "JSON_EXISTS(a, b UNKNOWN ON ERROR)",
           "JSON_QUERY(a, b RETURNING ARRAY<STRING> WITH CONDITIONAL ARRAY WRAPPER EMPTY ARRAY ON EMPTY EMPTY OBJECT "
           "ON ERROR)",
           "JSON_QUERY(a, b WITHOUT WRAPPER)",
           "JSON_OBJECT(KEY 'a' VALUE 1, 'b' VALUE 2, c : 3 ABSENT ON NULL)",
           "JSON_OBJECT()",
           "JSON_OBJECT(NULL ON NULL)",
           "JSON_OBJECTAGG(KEY k VALUE v) FILTER (WHERE k > 1)",
           "JSON_ARRAY(1, NULL NULL ON NULL)",
           "JSON_ARRAYAGG(a ABSENT ON NULL)",
           "JSON_ARRAY()",
           "(a, b) OVERLAPS PERIOD (c, d)",
           "a IMMEDIATELY PRECEDES b",
           "(SELECT 1) + 1",
           "((SELECT 1))",
           "x.`select`.`a``b`",
           "t.x = 1 AND t.`group` LIKE '%'",
       }) {
    expect_round_trip(std::string("SELECT ") + text + " FROM t");
    expect_round_trip(std::string("SELECT 1 FROM t WHERE a = ") + text);
  }
}

TEST(RoundTrip, Types) {
  for (const char* text : {"BOOLEAN",
                           "TINYINT NOT NULL",
                           "INTEGER",
                           "DECIMAL(10, 2)",
                           "NUMERIC(5)",
                           "DEC",
                           "DOUBLE PRECISION",
                           "CHARACTER VARYING(3)",
                           "BINARY VARYING(4)",
                           "VARCHAR(2147483647)",
                           "STRING",
                           "BYTES",
                           "TIME(3) WITHOUT TIME ZONE",
                           "TIMESTAMP(3) WITH LOCAL TIME ZONE",
                           "TIMESTAMP_LTZ(9)",
                           "INTERVAL DAY(2) TO SECOND(3)",
                           "INTERVAL YEAR TO MONTH",
                           "ARRAY<INT NOT NULL> NOT NULL",
                           "MULTISET<MAP<STRING, ARRAY<INT>>>",
                           "ROW<`a b` INT NOT NULL 'it''s', c ROW<>>",
                           "ROW(a INT, b STRING)",
                           "INT ARRAY MULTISET",
                           "NULL"}) {
    SCOPED_TRACE(text);
    const auto first = parse_type(text);
    ASSERT_TRUE(first) << render_error(text, first.error());
    const auto second = parse_type(print(*first));
    ASSERT_TRUE(second) << print(*first);
    EXPECT_TRUE(*first == *second);
  }
}

TEST(RoundTrip, EqualityLooksAtEveryPart) {
  const auto same = [](const char* a, const char* b) {
    const auto left = parse_statement(a);
    const auto right = parse_statement(b);
    return left.has_value() && right.has_value() && *left == *right;
  };
  EXPECT_TRUE(same("select  a\nfrom t -- x", "SELECT a FROM t;"));
  EXPECT_TRUE(same("SELECT a FROM t ORDER BY (a)", "SELECT a FROM t ORDER BY a"));
  EXPECT_FALSE(same("SELECT a FROM t", "SELECT A FROM t"));
  EXPECT_FALSE(same("SELECT 1.0", "SELECT 1.00"));
  EXPECT_FALSE(same("SELECT a OR (b OR c)", "SELECT a OR b OR c"));
  EXPECT_FALSE(same("SELECT 1 UNION SELECT 1", "SELECT 1 UNION ALL SELECT 1"));
  EXPECT_FALSE(same("SELECT CAST(a AS ARRAY<INT>)", "SELECT CAST(a AS ARRAY<INT NOT NULL>)"));
}

TEST(RoundTrip, PrettyTextIsLaidOut) {
  const auto statement = parse_statement("CREATE TABLE t (a INT, b AS a + 1) WITH ('connector' = 'script', 'x' = 'y')");
  ASSERT_TRUE(statement);
  EXPECT_EQ(print_pretty(*statement),
            "CREATE TABLE t (\n  a INT,\n  b AS a + 1\n)\nWITH (\n  'connector' = 'script',\n  'x' = 'y'\n)");
}

}  // namespace
}  // namespace millstream::sql

// The types of expressions, aggregates and queries, as Flink 2.3 derives them.
#include <gtest/gtest.h>

#include "plan/internal/test_session.h"

namespace millstream::plan {
namespace {

class BinderTypes : public ::testing::Test {
 protected:
  void SetUp() override {
    session.run(R"(CREATE TABLE t (
      b BOOLEAN, ti TINYINT, si SMALLINT, i INT, bi BIGINT, f FLOAT, d DOUBLE, de DECIMAL(10, 2), inn INT NOT NULL,
      c CHAR(3), vc VARCHAR(5), s STRING, sn STRING NOT NULL, vb BYTES, da DATE, tm TIME(3), ts TIMESTAMP(3), lt TIMESTAMP_LTZ(3),
      ar ARRAY<INT>, mp MAP<STRING, INT>, ro ROW<a INT, q STRING, z ROW<y INT NOT NULL>>, ron ROW<a INT NOT NULL> NOT NULL,
      pt AS PROCTIME(), cc AS i + 1, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'script'))");
  }
  void expect(const std::vector<std::pair<const char*, const char*>>& cases) {
    for (const auto& [expression, type] : cases) EXPECT_EQ(session.type_of(expression, "t"), type) << expression;
  }
  TestSession session;
};

TEST_F(BinderTypes, Literals) {
  expect({{"1", "INT NOT NULL"},
          {"1.0", "DECIMAL(2, 1) NOT NULL"},
          {"1e0", "DOUBLE NOT NULL"},
          {"'x'", "CHAR(1) NOT NULL"},
          {"''", "CHAR(0) NOT NULL"},
          {"0.908", "DECIMAL(4, 3) NOT NULL"},
          {".5", "DECIMAL(1, 1) NOT NULL"},
          {"5.", "INT NOT NULL"},
          {"12345678901", "BIGINT NOT NULL"},
          {"-2147483648", "INT NOT NULL"},
          {"-1.5", "DECIMAL(2, 1) NOT NULL"},
          {"TRUE", "BOOLEAN NOT NULL"},
          {"X'00FF'", "BINARY(2) NOT NULL"},
          {"DATE '2024-01-01'", "DATE NOT NULL"},
          {"TIME '12:34:56'", "TIME(0) NOT NULL"},
          {"TIME '12:34:56.789'", "TIME(3) NOT NULL"},
          {"TIMESTAMP '2024-01-01 00:00:00'", "TIMESTAMP(0) NOT NULL"},
          {"TIMESTAMP '2024-01-01 00:00:00.123'", "TIMESTAMP(3) NOT NULL"},
          {"'äö'", "CHAR(2) NOT NULL"},
          {"CAST(NULL AS INT)", "INT"}});
}

TEST_F(BinderTypes, Arithmetic) {
  expect({{"i + 1", "INT"},
          {"i + bi", "BIGINT"},
          {"ti + si", "SMALLINT"},
          {"de + 1", "DECIMAL(13, 2)"},
          {"de * de", "DECIMAL(21, 4)"},
          {"de / 3", "DECIMAL(21, 13)"},
          {"i / 2", "INT"},
          {"d + i", "DOUBLE"},
          {"f + de", "DOUBLE"},
          {"0.908 * bi", "DECIMAL(24, 3)"},
          {"-i", "INT"},
          {"i % 3", "INT"},
          {"MOD(bi, 3)", "INT"},
          {"de - i", "DECIMAL(13, 2)"},
          {"inn + 1", "INT NOT NULL"},
          {"f * 2", "FLOAT"},
          {"ti / si", "SMALLINT"},
          {"i + 1.5", "DECIMAL(12, 1)"},
          {"bi / de", "DECIMAL(32, 11)"},
          {"1.0 / 3", "DECIMAL(13, 12) NOT NULL"}});
}

TEST_F(BinderTypes, ConditionsAndAccess) {
  expect({{"CASE WHEN b THEN 1 ELSE bi END", "BIGINT"},
          {"CASE WHEN b THEN 'x' ELSE s END", "STRING"},
          {"CASE WHEN b THEN 'x' ELSE 'yyy' END", "VARCHAR(3) NOT NULL"},
          {"CASE i WHEN 1 THEN 2.5 ELSE 1 END", "DECIMAL(11, 1) NOT NULL"},
          {"CASE WHEN b THEN 1 END", "INT"},
          {"COALESCE(i, 0)", "INT NOT NULL"},
          {"NULLIF(i, 1)", "INT"},
          {"i = 1", "BOOLEAN"},
          {"inn = 1", "BOOLEAN NOT NULL"},
          {"s || 'x'", "STRING"},
          {"c || c", "CHAR(6)"},
          {"i IS NULL", "BOOLEAN NOT NULL"},
          {"i IN (1, 2)", "BOOLEAN"},
          {"i BETWEEN 1 AND 2", "BOOLEAN"},
          {"b AND i > 1", "BOOLEAN"},
          {"ro.a", "INT"},
          {"ro.z.y", "INT"},
          {"ron.a", "INT NOT NULL"},
          {"t.ro.z", "ROW<`y` INT NOT NULL>"},
          {"y", "INT"}});  // a field of a row, found without naming the row
}

TEST_F(BinderTypes, Time) {
  expect({{"EXTRACT(YEAR FROM ts)", "BIGINT"},
          {"YEAR(ts)", "BIGINT"},
          {"CAST(ts AS DATE)", "DATE"},
          {"ts + INTERVAL '1' DAY", "TIMESTAMP(3)"},
          {"CURRENT_TIMESTAMP", "TIMESTAMP_LTZ(3) NOT NULL"},
          {"PROCTIME()", "TIMESTAMP_LTZ(3) NOT NULL"},
          {"TO_TIMESTAMP_LTZ(bi, 3)", "TIMESTAMP_LTZ(3)"},
          {"DATE_FORMAT(ts, 'yyyy')", "STRING"}});
}

TEST_F(BinderTypes, Aggregates) {
  expect({{"COUNT(*)", "BIGINT NOT NULL"},
          {"SUM(i)", "INT"},
          {"SUM(ti)", "TINYINT"},
          {"SUM(de)", "DECIMAL(38, 2)"},
          {"AVG(de)", "DECIMAL(38, 6)"},
          {"AVG(f)", "FLOAT"},
          {"MAX(inn)", "INT"},
          {"COUNT(DISTINCT s)", "BIGINT NOT NULL"},
          {"SUM(inn) FILTER (WHERE b)", "INT"}});
  // A group has at least one row; a filter may refuse them all.
  const std::string text = "SELECT i, SUM(inn), SUM(inn) FILTER (WHERE b), COUNT(*) FROM t GROUP BY i";
  const auto query = sql::parse_query(text);
  const auto schema = schema_of(*query, {text, session.catalog, session.connectors, session.settings});
  ASSERT_TRUE(schema) << schema.error().to_string();
  EXPECT_EQ(schema->fields[1].type.to_sql(), "INT NOT NULL");
  EXPECT_EQ(schema->fields[2].type.to_sql(), "INT");
  EXPECT_EQ(schema->fields[1].name, "EXPR$1");
}

TEST_F(BinderTypes, Describe) {
  EXPECT_EQ(session.rows("DESCRIBE t").at(16),
            "ts | TIMESTAMP(3) *ROWTIME* | TRUE | NULL | NULL | ts - INTERVAL '5' SECOND");
  EXPECT_EQ(session.rows("DESCRIBE t").at(22),
            "pt | TIMESTAMP_LTZ(3) *PROCTIME* | FALSE | NULL | AS PROCTIME() | NULL");
  EXPECT_EQ(session.rows("DESCRIBE t").at(8), "inn | INT | FALSE | NULL | NULL | NULL");
  session.run(
      "CREATE VIEW w AS SELECT window_start, window_end, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), "
      "INTERVAL '10' SECOND)) GROUP BY window_start, window_end");
  EXPECT_EQ(session.rows("DESCRIBE w").at(0), "window_start | TIMESTAMP(3) | FALSE | NULL | NULL | NULL");
  session.run("CREATE VIEW u AS SELECT i, s, inn FROM t UNION ALL SELECT bi, 'x', 1 FROM t");
  EXPECT_EQ(session.rows("DESCRIBE u"), (std::vector<std::string>{"i | BIGINT | TRUE | NULL | NULL | NULL",
                                                                  "s | STRING | TRUE | NULL | NULL | NULL",
                                                                  "inn | INT | FALSE | NULL | NULL | NULL"}));
  session.run("CREATE VIEW v AS SELECT * FROM (VALUES (1, 'a', 1.5), (20000000000, 'bcd', 2)) AS x(a, b, c)");
  EXPECT_EQ(session.rows("DESCRIBE v").at(2), "c | DECIMAL(11, 1) | FALSE | NULL | NULL | NULL");
  // A cast takes the time attribute away.
  session.run("CREATE VIEW plain AS SELECT CAST(ts AS TIMESTAMP(3)) AS ts, ts AS happened FROM t");
  EXPECT_EQ(session.rows("DESCRIBE plain").at(0), "ts | TIMESTAMP(3) | TRUE | NULL | NULL | NULL");
  EXPECT_EQ(session.rows("DESCRIBE plain").at(1), "happened | TIMESTAMP(3) *ROWTIME* | TRUE | NULL | NULL | NULL");
}

}  // namespace
}  // namespace millstream::plan

// complete-statement as its clients see it: keywords, tables, and columns in scope.
#include "api/internal/test_client.h"
#include "base/utf16.h"

namespace millstream::api {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using Words = std::vector<std::string>;

class CompletionTest : public ApiTest {
 protected:
  CompletionTest() {
    session = "/v2/sessions/" + call("POST", "/v2/sessions").body["sessionHandle"].string_or("");
    for (const char* statement :
         {"CREATE TABLE orders (order_id BIGINT, price DOUBLE, `o date` STRING) WITH ('connector' = 'fake')",
          "CREATE VIEW other_orders AS SELECT order_id AS old_id, price FROM orders", "CREATE DATABASE archive",
          "CREATE TABLE archive.orders_2020 (year_id INT) WITH ('connector' = 'fake')",
          "CREATE TEMPORARY TABLE prices (p INT) WITH ('connector' = 'fake')"}) {
      post(session + "/configure-session", Json::object({{"statement", statement}}));
    }
  }
  // The candidates at the mark.
  std::vector<std::string> at(std::string statement, const std::string& method = "GET") {
    const size_t cursor = statement.find('|');
    EXPECT_NE(cursor, std::string::npos) << statement;
    const auto position = static_cast<int64_t>(utf16_length(statement.substr(0, cursor)));
    statement.erase(cursor, 1);
    const Answer answer = call(method, session + "/complete-statement",
                               Json::object({{"statement", statement}, {"position", position}}).to_text());
    EXPECT_EQ(answer.status, 200) << answer.text;
    std::vector<std::string> words;
    if (const Json::Array* candidates = answer.body["candidates"].if_array()) {
      for (const Json& candidate : *candidates) words.push_back(candidate.string_or(""));
    }
    return words;
  }
  std::string session;
};

TEST_F(CompletionTest, OffersKeywords) {
  EXPECT_EQ(at("SEL|"), (Words{"SELECT"}));
  EXPECT_EQ(at("sel| FROM orders", "POST"), (Words{"SELECT"}));
  EXPECT_THAT(at("|"), IsSupersetOf({"CREATE", "INSERT", "SELECT"}));
  EXPECT_THAT(at("SELECT 'SEL|"), IsEmpty());
}

TEST_F(CompletionTest, OffersTablesAndViews) {
  EXPECT_EQ(at("SELECT * FROM o|"), (Words{"orders", "other_orders"}));
  EXPECT_EQ(at("SELECT * FROM PR|"), (Words{"prices"}));
  EXPECT_EQ(at("INSERT INTO ord|"), (Words{"orders"}));
  EXPECT_EQ(at("SELECT * FROM archive.o|"), (Words{"orders_2020"}));
  EXPECT_EQ(at("SELECT * FROM default_catalog.arch|"), (Words{"archive"}));
  EXPECT_EQ(at("SELECT * FROM default_catalog.archive.|"), (Words{"orders_2020"}));
  EXPECT_THAT(at("SELECT * FROM nowhere.|"), IsEmpty());
}

TEST_F(CompletionTest, OffersColumnsOfTheTablesThatTheStatementNames) {
  EXPECT_EQ(at("SELECT o| FROM orders WHERE TRUE"), (Words{"`o date`", "order_id", "orders", "OVERLAY"}));
  EXPECT_EQ(at("SELECT old| FROM other_orders"), (Words{"old_id"}));
  EXPECT_EQ(at("SELECT * FROM orders AS x, other_orders y WHERE x.|"), (Words{"`o date`", "order_id", "price"}));
  EXPECT_EQ(at("SELECT * FROM orders AS x, other_orders y WHERE y.p|"), (Words{"price"}));
  EXPECT_EQ(at("SELECT * FROM archive.orders_2020 WHERE orders_2020.|"), (Words{"year_id"}));
  EXPECT_EQ(at("INSERT INTO orders (pr|"), (Words{"price"}));
  EXPECT_THAT(at("SELECT price FROM nowhere WHERE pri|"), Not(Contains("price")));
}

TEST_F(CompletionTest, OffersFunctionsWhereAnExpressionBegins) {
  EXPECT_EQ(at("SELECT upp|"), (Words{"UPPER"}));
  EXPECT_EQ(at("SELECT price FROM orders WHERE coun|(price)"), (Words{"COUNT"}));
  EXPECT_THAT(at("SELECT order_id + a|"), IsSupersetOf({"ABS", "AVG"}));
  EXPECT_THAT(at("SELECT a|"), Not(Contains("AND"))) << "an operator is no call";
  EXPECT_THAT(at("SELECT | FROM orders"), Not(Contains("ABS"))) << "the columns are more likely";
  EXPECT_EQ(at("INSERT INTO orders (p|"), (Words{"price"}));
  EXPECT_EQ(at("SELECT orders.p| FROM orders"), (Words{"price"}));
}

TEST_F(CompletionTest, OffersWhatWithDefines) {
  const std::string with =
      "WITH dear AS (SELECT order_id, price * 2 AS twice FROM orders), d2 (t) AS (SELECT twice FROM dear) ";
  EXPECT_EQ(at(with + "SELECT * FROM d|"), (Words{"d2", "dear"}));
  EXPECT_EQ(at(with + "SELECT dear.| FROM dear"), (Words{"order_id", "twice"}));
  EXPECT_EQ(at(with + "SELECT x.| FROM d2 AS x"), (Words{"t"}));
  EXPECT_EQ(at(with + "SELECT pric| FROM dear"), (Words{})) << "the column of a table inside";
  EXPECT_EQ(at("WITH a AS (SELECT price AS p1 FROM orders), b AS (SELECT a.| FROM a) SELECT * FROM b"), (Words{"p1"}));
  EXPECT_EQ(at("WITH orders AS (SELECT 1 AS uno) SELECT orders.| FROM orders"), (Words{"uno"})) << "it hides the table";
  EXPECT_EQ(at("INSERT INTO orders WITH a AS (SELECT 1 AS uno) SELECT a.| FROM a"), (Words{"uno"}));
  EXPECT_THAT(at("WITH wrong AS (SELECT nothing FROM nowhere) SELECT wrong.| FROM wrong"), IsEmpty());
}

TEST_F(CompletionTest, CountsPositionsAsJavaDoes) {
  EXPECT_EQ(at("SELECT 'ä😀' FROM ord|ers"), (Words{"orders"}));
  const Answer without = call("GET", session + "/complete-statement", R"({"statement":"SELECT * FROM ord"})");
  EXPECT_EQ(without.text, R"({"candidates":["orders"]})");
}

TEST_F(CompletionTest, RefusesWhatIsNoRequest) {
  const auto refusal = [&](const std::string& of, const std::string& body) {
    const Answer answer = call("POST", of + "/complete-statement", body);
    EXPECT_EQ(answer.status, body == "{" ? 400 : 500) << answer.text;
    return answer.text;
  };
  EXPECT_THAT(refusal(session, ""), HasSubstr("has no 'statement'"));
  EXPECT_THAT(refusal(session, R"({"statement":1})"), HasSubstr("has no 'statement'"));
  EXPECT_THAT(refusal(session, "{"), HasSubstr("errors"));
  EXPECT_THAT(refusal(session, R"({"statement":"SEL","position":"3"})"), HasSubstr("'position'"));
  EXPECT_THAT(refusal("/v2/sessions/none", R"({"statement":"SEL"})"), HasSubstr("does not exist"));
  EXPECT_EQ(call("GET", session + "/complete-statement", R"({"statement":"SEL","position":-1})").status, 200);
}

}  // namespace
}  // namespace millstream::api

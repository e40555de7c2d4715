// Statements against a scripted Gateway: pages, errors, scripts, and output for people and programs.
#include "cli/sql_command.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "cli/internal/scripted_server.h"
#include "cli/terminal.h"

namespace millstream::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A Gateway with one session `s`, whose every statement is operation `o`.
class SqlTest : public ::testing::Test {
 protected:
  SqlTest() {
    clear_interrupt();
    server.on("POST /v2/sessions", {R"({"sessionHandle":"s"})"});
    server.on("POST /v2/sessions/s/statements", {R"({"operationHandle":"o"})"});
  }
  std::unique_ptr<GatewayClient> open(const std::map<std::string, std::string>& properties = {}) {
    auto client = GatewayClient::open(server.url(), properties);
    EXPECT_TRUE(client.has_value()) << client.error().to_string();
    return client ? *std::move(client) : nullptr;
  }
  static std::string result_path(int token) {
    return "/v2/sessions/s/operations/o/result/" + std::to_string(token) + "?rowFormat=PLAIN_TEXT";
  }
  // One page; `data` are the elements of the list.
  static std::string page(const std::string& columns, const std::string& data, int next, const std::string& more = "") {
    std::string text = R"({"resultType":")" + std::string(next < 0 ? "EOS" : "PAYLOAD") + R"(")" + more +
                       R"(,"results":{"columns":[)" + columns + R"(],"data":[)" + data + "]}";
    if (next >= 0) text += R"(,"nextResultUri":")" + result_path(next) + R"(")";
    return text + "}";
  }
  void pages(const std::vector<std::string>& texts) {
    for (size_t i = 0; i < texts.size(); ++i) server.on("GET " + result_path(static_cast<int>(i)), {texts[i]});
  }
  static std::string column(const std::string& name) { return R"({"name":")" + name + R"("})"; }
  static std::string row(const std::string& kind, const std::string& fields) {
    return R"({"kind":")" + kind + R"(","fields":[)" + fields + "]}";
  }
  // A query with columns a and b, of these pages.
  void query(std::vector<std::string> data) {
    std::vector<std::string> texts;
    const std::string columns = column("a") + "," + column("b");
    for (size_t i = 0; i < data.size(); ++i)
      texts.push_back(page(columns, data[i], static_cast<int>(i) + 1, R"(,"isQueryResult":true,"jobID":"j")"));
    texts.push_back(page(columns, "", -1, R"(,"isQueryResult":true)"));
    pages(texts);
  }
  Printed run(const std::string& script, bool json = false) {
    return printed([&] {
      SqlOptions options;
      options.server.server = server.url();
      options.statements = script;
      options.json = json;
      return run_sql(options);
    });
  }

  ScriptedServer server;
};

TEST_F(SqlTest, ASessionIsOpenedWithItsPropertiesAndClosed) {
  open({{"pipeline.name", "a \"b\""}}).reset();
  EXPECT_THAT(server.requests(),
              ElementsAre(R"(POST /v2/sessions {"sessionName":"millstream","properties":{"pipeline.name":"a \"b\""}})",
                          "DELETE /v2/sessions/s"));
}

TEST_F(SqlTest, AResultIsFollowedToItsEnd) {
  server.on("GET " + result_path(0),
            {R"({"resultType":"NOT_READY","nextResultUri":")" + result_path(0) + R"("})",
             R"({"resultType":"NOT_READY","nextResultUri":")" + result_path(0) + R"("})",
             page(column("a") + "," + column("b"), row("INSERT", R"("1",null)") + "," + row("DELETE", R"("x",7)"), 1,
                  R"(,"isQueryResult":true,"jobID":"j","millstream":{"notes":["mind the gap"]})")});
  server.on("GET " + result_path(1),
            {page(column("a") + "," + column("b"),
                  row("UPDATE_BEFORE", R"("1",null)") + "," + row("UPDATE_AFTER", R"("","2")"), 2)});
  server.on("GET " + result_path(2), {page("", "", -1)});
  std::vector<std::string> rows;
  StatementOutcome begun;
  GatewayClient::Listener listener;
  listener.begin = [&](const StatementOutcome& outcome) { begun = outcome; };
  listener.row = [&](const ResultRow& row) {
    std::string text = row.kind;
    for (const auto& cell : row.cells) text += " " + (cell ? "'" + *cell + "'" : "NULL");
    rows.push_back(text);
  };
  const auto outcome = open()->execute("SELECT 1;", listener);
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_THAT(rows, ElementsAre("+I '1' NULL", "-D 'x' '7'", "-U '1' NULL", "+U '' '2'"));
  EXPECT_TRUE(begun.is_query);
  EXPECT_EQ(begun.job_id, "j");
  EXPECT_THAT(begun.columns, ElementsAre("a", "b"));
  EXPECT_THAT(begun.notes, ElementsAre("mind the gap"));
  EXPECT_EQ(server.count(R"(POST /v2/sessions/s/statements {"statement":"SELECT 1;"})"), 1);
  EXPECT_EQ(server.count("GET " + result_path(0)), 3);
  EXPECT_EQ(server.count("DELETE /v2/sessions/s/operations/o/close"), 1);
}

TEST_F(SqlTest, AnErrorKeepsItsCodeHintAndPlace) {
  server.on("GET " + result_path(0),
            {R"({"errors":["Internal server error.","…"],"millstream":{"code":"not_found","message":"no table t",)"
             R"("hint":"did you mean 'u'?","position":{"line":2,"column":6,"offset":14,"length":1}}})"},
            500);
  const auto outcome = open()->execute("SELECT 1", {});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(outcome.error().message, "no table t");
  EXPECT_EQ(outcome.error().hint, "did you mean 'u'?");
  EXPECT_EQ(outcome.error().position->line, 2);
  EXPECT_EQ(outcome.error().position->offset, 14u);
}

TEST_F(SqlTest, CompletionIsAskedForAsJavaCounts) {
  server.on("GET /v2/sessions/s/complete-statement", {R"({"candidates":["orders","`o r`"]})"});
  const auto client = open();
  const std::string text = "SELECT 'ä😀' FROM o WHERE 1=1";
  const auto candidates = client->complete(text, text.find(" WHERE"));
  ASSERT_TRUE(candidates) << candidates.error().to_string();
  EXPECT_THAT(*candidates, ElementsAre("orders", "`o r`"));
  EXPECT_EQ(server.requests().back(),
            "GET /v2/sessions/s/complete-statement {\"statement\":\"" + text + "\",\"position\":19}");
}

TEST_F(SqlTest, ErrorsOfOtherGatewaysAreShownToo) {
  const auto message = [&](const std::string& body) {
    ScriptedServer other;
    other.on("POST /v2/sessions", {body}, 500);
    const auto client = GatewayClient::open(other.url(), {});
    return client ? std::string("none") : client.error().message;
  };
  EXPECT_EQ(message(R"({"errors":["Internal server error.","<Exception on server side: broken>"]})"),
            "<Exception on server side: broken>");
  EXPECT_EQ(message("<html>"), "the server answered 500");
  EXPECT_EQ(message(R"({"errors":[]})"), R"({"errors":[]})");
}

TEST_F(SqlTest, AStoppedStatementIsCancelled) {
  query({row("INSERT", R"("1","2")"), row("INSERT", R"("3","4")")});
  int rows = 0;
  GatewayClient::Listener listener;
  listener.row = [&](const ResultRow&) { ++rows; };
  listener.stop = [&] { return rows > 0; };
  ASSERT_TRUE(open()->execute("SELECT 1", listener));
  EXPECT_EQ(rows, 1);
  EXPECT_EQ(server.count("POST /v2/sessions/s/operations/o/cancel"), 1);
  EXPECT_EQ(server.count("GET " + result_path(1)), 0);
}

TEST_F(SqlTest, AQueryIsATableWithItsChanges) {
  query({row("INSERT", R"("1","x")") + "," + row("UPDATE_BEFORE", R"("1","x")") + "," +
         row("UPDATE_AFTER", R"("20",null)")});
  const Printed shown = run("SELECT 1");
  EXPECT_EQ(shown.code, kOk);
  EXPECT_EQ(shown.out, "op   a  b\n+I   1  x\n-U   1  x\n+U  20  NULL\n3 rows\n");
}

TEST_F(SqlTest, AQueryWithoutRowsSaysSo) {
  query({});
  EXPECT_EQ(run("SELECT 1").out, "op  a  b\n0 rows\n");
}

TEST_F(SqlTest, ALongResultIsShownByScreensAndCountedWhole) {
  std::string data;
  for (int i = 0; i < 450; ++i) data += (i > 0 ? "," : "") + row("INSERT", R"("1","2")");
  query({data});
  const std::string out = run("SELECT 1").out;
  EXPECT_TRUE(out.ends_with("\n450 rows\n")) << out.substr(out.size() - 40);
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 450 + 1 + 1);
}

TEST_F(SqlTest, RowsAreShownBeforeMoreAreWaitedFor) {
  const std::string columns = column("a") + "," + column("b"), more = R"(,"isQueryResult":true)";
  server.on("GET " + result_path(0), {page(columns, row("INSERT", R"("10","x")"), 1, more)});
  server.on("GET " + result_path(3), {page(columns, "", -1, more)});
  server.on("GET " + result_path(1), {R"({"resultType":"NOT_READY","nextResultUri":")" + result_path(1) + R"("})",
                                      page(columns, row("INSERT", R"("100","wide")"), 2, more)});
  server.on("GET " + result_path(2), {R"({"resultType":"NOT_READY","nextResultUri":")" + result_path(2) + R"("})",
                                      page(columns, row("INSERT", R"("2","y")"), 3, more)});
  EXPECT_EQ(run("SELECT 1").out, "op   a  b\n+I  10  x\nop    a  b\n+I  100  wide\n+I    2  y\n3 rows\n");
}

TEST_F(SqlTest, AResultOfWholeScreensIsCountedToo) {
  std::string data;
  for (int i = 0; i < 200; ++i) data += (i > 0 ? "," : "") + row("INSERT", R"("1","2")");
  query({data});
  const std::string out = run("SELECT 1").out;
  EXPECT_TRUE(out.ends_with("\n200 rows\n"));
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 200 + 1 + 1);
}

TEST_F(SqlTest, WhatAQueryGaveBeforeItFailedIsShownToo) {
  const std::string columns = column("a") + "," + column("b");
  pages({page(columns, row("INSERT", R"("1","x")"), 1, R"(,"isQueryResult":true)")});
  server.on("GET " + result_path(1),
            {R"({"errors":["gone"],"millstream":{"code":"unavailable","message":"the broker is gone","hint":""}})"},
            500);
  const Printed shown = run("SELECT 1");
  EXPECT_EQ(shown.code, kFailed);
  EXPECT_EQ(shown.out, "op  a  b\n+I  1  x\n");
  EXPECT_THAT(shown.err, HasSubstr("the broker is gone"));
}

TEST_F(SqlTest, JsonIsOneObjectALine) {
  query({row("INSERT", R"("1","x\"y")") + "," + row("DELETE", R"("1",null)")});
  const Printed shown = run("SELECT 1", true);
  EXPECT_EQ(shown.out, "{\"op\":\"+I\",\"a\":\"1\",\"b\":\"x\\\"y\"}\n{\"op\":\"-D\",\"a\":\"1\",\"b\":null}\n");
  EXPECT_EQ(shown.err, "");
}

TEST_F(SqlTest, DefinitionsJobsAndListsAreShownDifferently) {
  pages({page(column("result"), row("INSERT", R"("OK")"), 1), page(column("result"), "", -1)});
  EXPECT_EQ(run("CREATE VIEW v AS SELECT 1").out, "OK\n");
  EXPECT_EQ(run("CREATE VIEW v AS SELECT 1", true).out, "{\"result\":\"OK\"}\n");
}

TEST_F(SqlTest, AnInsertNamesItsJob) {
  const std::string id(32, 'a');
  pages({page(column("job id"), row("INSERT", "\"" + id + "\""), 1,
              R"(,"jobID":")" + id + R"(","millstream":{"notes":["it goes on"]})"),
         page(column("job id"), "", -1, R"(,"jobID":")" + id + R"(")")});
  const Printed shown = run("INSERT INTO t SELECT 1");
  EXPECT_EQ(shown.out, "Job ID: " + id + "\n");
  EXPECT_EQ(shown.err, "note: it goes on\n");
  EXPECT_EQ(shown.code, kOk) << "a server of its own keeps the job, so there is nothing to wait for";
}

TEST_F(SqlTest, AScriptStopsAtItsFirstErrorAndSaysWhere) {
  pages({page(column("result"), row("INSERT", R"("OK")"), 1), page(column("result"), "", -1)});
  server.on("GET " + result_path(0),
            {R"({"errors":["x"],"millstream":{"code":"not_found","message":"no table t","hint":"",)"
             R"("position":{"line":1,"column":8,"offset":7,"length":1}}})"},
            500);
  const Printed shown = run("SHOW TABLES;\n  SELECT t;\nSELECT 3");
  EXPECT_EQ(shown.code, kUsage);
  EXPECT_EQ(shown.out, "OK\n");
  EXPECT_THAT(shown.err, StartsWith("-e:2:10: error: "));
  EXPECT_THAT(shown.err, HasSubstr("no table t"));
  EXPECT_THAT(shown.err, HasSubstr("  SELECT t;"));
  EXPECT_EQ(server.count(R"(POST /v2/sessions/s/statements {"statement":"SHOW TABLES"})"), 1);
  EXPECT_EQ(server.count("POST /v2/sessions/s/statements"), 2) << "what stands behind an error is not run";
}

TEST_F(SqlTest, AnErrorOnALaterLineOfItsStatementKeepsItsColumn) {
  server.on("GET " + result_path(0),
            {R"({"errors":["x"],"millstream":{"code":"unsupported","message":"not yet","hint":"",)"
             R"("position":{"line":2,"column":6,"offset":14,"length":1}}})"},
            500);
  const Printed shown = run("\n   SELECT a\nFROM t");
  EXPECT_EQ(shown.code, kUsage);
  EXPECT_THAT(shown.err, StartsWith("-e:3:6: error: "));
}

TEST_F(SqlTest, AStatementThatFindsNothingAtNoPlaceOfTheTextHasFailed) {
  server.on("GET " + result_path(0),
            {R"({"errors":["x"],"millstream":{"code":"not_found","message":"there is no job a","hint":""}})"}, 500);
  const Printed shown = run("STOP JOB 'a'");
  EXPECT_EQ(shown.code, kFailed);
  EXPECT_THAT(shown.err, StartsWith("-e:1:1: error: "));
}

TEST_F(SqlTest, WhatCannotBeParsedIsNotSent) {
  const Printed shown = run("SELECT 'a;b' FRM t");
  EXPECT_EQ(shown.code, kUsage);
  EXPECT_THAT(shown.err, StartsWith("-e:1:"));
  EXPECT_EQ(server.count("POST /v2/sessions/s/statements"), 0);
}

TEST_F(SqlTest, ASettingThatIsNoneEndsBeforeTheFirstStatement) {
  server.on("GET " + result_path(0),
            {R"({"errors":["x"],"millstream":{"code":"not_found","message":"There is no setting 'it''s'.","hint":"",)"
             R"("position":{"line":1,"column":5,"offset":4,"length":1}}})"},
            500);
  SqlOptions options;
  options.server.server = server.url();
  options.statements = "SELECT 1";
  options.settings = {{"it's", "x"}};
  const Printed shown = printed([&] { return run_sql(options); });
  EXPECT_EQ(shown.code, kUsage);
  EXPECT_THAT(shown.err, StartsWith("error: There is no setting"));
  EXPECT_EQ(server.count(R"(POST /v2/sessions/s/statements {"statement":"SET 'it''s' = 'x'"})"), 1);
  EXPECT_EQ(server.count("SELECT 1"), 0);
}

TEST_F(SqlTest, AScriptComesFromAFile) {
  std::string name = ::testing::TempDir() + "millstream-sql-XXXXXX";
  const int descriptor = mkstemp(name.data());
  ASSERT_GE(descriptor, 0);
  close(descriptor);
  std::ofstream(name) << "-- only a comment;\n/* and ; another */\n";
  SqlOptions options;
  options.server.server = server.url();
  options.file = name;
  options.replace = true;
  options.settings = {{"parallelism.default", "2"}};
  pages({page(column("result"), row("INSERT", R"("OK")"), 1), page(column("result"), "", -1)});
  EXPECT_EQ(printed([&] { return run_sql(options); }).code, kOk);
  EXPECT_EQ(server.count("POST /v2/sessions/s/statements"), 1);
  EXPECT_EQ(
      server.count(R"(POST /v2/sessions/s/statements {"statement":"SET 'parallelism.default' = '2'"})"), 1);
  EXPECT_EQ(server.count(R"(POST /v2/sessions {"sessionName":"millstream","properties":)"
                         R"({"millstream.session.replace-jobs":"true"}})"),
            1);
  std::remove(name.c_str());
  const Printed gone = printed([&] { return run_sql(options); });
  EXPECT_EQ(gone.code, kFailed);
  EXPECT_THAT(gone.err, HasSubstr(name + " cannot be read"));
}

class CheckTest : public SqlTest {
 protected:
  CheckTest() {
    name = ::testing::TempDir() + "millstream-check-XXXXXX";
    const int descriptor = mkstemp(name.data());
    EXPECT_GE(descriptor, 0);
    close(descriptor);
  }
  ~CheckTest() override { std::remove(name.c_str()); }
  Printed check(const std::string& script, bool json) {
    std::ofstream(name) << script;
    CheckOptions options;
    options.server.server = server.url();
    options.file = name;
    options.json = json;
    return printed([&] { return run_check(options); });
  }
  std::string name;
};

TEST_F(CheckTest, GoesOnBehindErrors) {
  pages({page(column("result"), row("INSERT", R"("the plan")"), 1), page(column("result"), "", -1)});
  server.on("GET " + result_path(0),
            {R"({"errors":["x"],"millstream":{"code":"not_found","message":"no table t","hint":"make it",)"
             R"("position":{"line":1,"column":8,"offset":7,"length":1}}})"},
            500);
  const std::string script = "SELECT 1;\nSELECT 'x;y' FRM;\n SELECT t";
  const Printed shown = check(script, false);
  EXPECT_EQ(shown.code, kUsage);
  EXPECT_THAT(shown.out, HasSubstr(name + ":1\nthe plan\n"));
  EXPECT_THAT(shown.out, HasSubstr("3 statements, 2 errors\n"));
  EXPECT_THAT(shown.err, HasSubstr(name + ":2:"));
  EXPECT_THAT(shown.err, HasSubstr(name + ":3:9: error: "));
  EXPECT_EQ(server.count(
                R"(POST /v2/sessions {"sessionName":"millstream","properties":{"millstream.session.check":"true"}})"),
            1);
}

TEST_F(CheckTest, AnswersProgramsInOneDocument) {
  server.on("GET " + result_path(0),
            {R"({"errors":["x"],"millstream":{"code":"not_found","message":"no \"t\"","hint":"make it",)"
             R"("position":{"line":1,"column":8,"offset":7,"length":1}}})"},
            500);
  const Printed shown = check("\nSELECT t", true);
  EXPECT_EQ(shown.code, kUsage);
  EXPECT_EQ(shown.err, "");
  const auto json = Json::parse(shown.out);
  ASSERT_TRUE(json) << shown.out;
  EXPECT_EQ((*json)["statements"].int_or(0), 1);
  EXPECT_EQ((*(*json)["errors"].if_array()).at(0).to_text(),
            R"({"line":2,"column":8,"code":"not_found","message":"no \"t\"","hint":"make it"})");
}

TEST_F(CheckTest, AFileWithoutFaultsIsFine) {
  pages({page(column("result"), row("INSERT", R"("OK")"), 1), page(column("result"), "", -1)});
  const Printed shown = check("CREATE VIEW v AS SELECT 1;", false);
  EXPECT_EQ(shown.code, kOk);
  EXPECT_EQ(shown.out, "1 statements, 0 errors\n");
  EXPECT_EQ(check("", false).out, "0 statements, 0 errors\n");
}

}  // namespace
}  // namespace millstream::cli

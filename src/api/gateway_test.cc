// The SQL Gateway's life cycle as its clients see it: sessions, statements, pages of results, and errors.
#include <fmt/format.h>

#include "api/internal/test_client.h"

namespace millstream::api {
namespace {

using column::Value;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

class GatewayTest : public ApiTest {
 protected:
  std::string open(const Json& properties = Json(Json::Object{})) {
    const Answer opened = post("/v2/sessions", Json::object({{"sessionName", "t"}, {"properties", properties}}));
    EXPECT_EQ(opened.status, 200) << opened.text;
    return "/v2/sessions/" + opened.body["sessionHandle"].string_or("");
  }
  // The path of the operation.
  std::string submit(const std::string& session, const std::string& statement) {
    const Answer submitted = post(session + "/statements", Json::object({{"statement", statement}}));
    EXPECT_EQ(submitted.status, 200) << submitted.text;
    return session + "/operations/" + submitted.body["operationHandle"].string_or("");
  }
  // Runs a statement that answers with rows at once.
  Answer run(const std::string& session, const std::string& statement) {
    return get(submit(session, statement) + "/result/0");
  }
  void expect_error(const Answer& answer, const std::string& part) {
    EXPECT_EQ(answer.status, 500) << answer.text;
    const Json::Array* errors = answer.body["errors"].if_array();
    ASSERT_NE(errors, nullptr) << answer.text;
    ASSERT_EQ(errors->size(), 2u);
    EXPECT_EQ((*errors)[0].string_or(""), "Internal server error.");
    const std::string text = (*errors)[1].string_or("");
    EXPECT_THAT(text, StartsWith("<Exception on server side:\n"));
    EXPECT_THAT(text, ::testing::EndsWith("\nEnd of exception on server side>"));
    EXPECT_THAT(text, HasSubstr(part));
  }
};

TEST_F(GatewayTest, IntroducesItself) {
  EXPECT_EQ(get("/v1/info").body["productName"].string_or(""), "Millstream");
  EXPECT_EQ(get("/v1/info").body["version"].string_or(""), "1.2");
  EXPECT_EQ(get("/v4/api_versions").text, R"({"versions":["V1","V2","V3","V4"]})");
  EXPECT_EQ(get("/v5/info").status, 404);
  EXPECT_EQ(call("DELETE", "/v2/info").status, 405);
}

TEST_F(GatewayTest, ASessionIsOpenUntilItIsClosed) {
  const std::string session = open(Json::object({{"parallelism.default", "3"}, {"rest.port", "8083"}}));
  EXPECT_THAT(session,
              MatchesRegex("/v2/sessions/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_NE(open(), session);
  // What means nothing here is left out: Flink's client sends its whole configuration.
  EXPECT_EQ(get(session).text, R"({"properties":{"parallelism.default":"3"}})");
  EXPECT_EQ(call("POST", session + "/heartbeat").text, "{}");
  EXPECT_EQ(call("DELETE", session).text, R"({"status":"CLOSED"})");
  for (const Answer& answer : {call("DELETE", session), get(session), call("POST", session + "/heartbeat"),
                               post(session + "/statements", Json::object({{"statement", "SELECT 1"}})),
                               post(session + "/configure-session", Json::object({{"statement", "USE x"}})),
                               get(session + "/operations/x/status")}) {
    expect_error(answer, "does not exist");
    EXPECT_EQ(answer.body["millstream"]["code"].string_or(""), "not_found");
  }
}

TEST_F(GatewayTest, AllVersionsShareTheirSessions) {
  const Answer opened = post("/v1/sessions", Json(Json::Object{}));
  const std::string handle = opened.body["sessionHandle"].string_or("");
  for (const char* version : {"/v1", "/v2", "/v3", "/v4"})
    EXPECT_EQ(get(std::string(version) + "/sessions/" + handle).status, 200) << version;
}

TEST_F(GatewayTest, ASessionNeedsNoBodyButNoBrokenOneEither) {
  EXPECT_EQ(call("POST", "/v2/sessions").status, 200);
  EXPECT_EQ(call("POST", "/v2/sessions", " \n").status, 200);
  const std::string session = open();
  for (const std::string& path : {std::string("/v2/sessions"), session + "/statements", session + "/configure-session",
                                  session + "/complete-statement"}) {
    EXPECT_EQ(call("POST", path, "{\"statement\":").status, 400) << path;
    for (const char* other : {"[1]", "5", "null", "\"SELECT 1\""}) {
      const Answer refused = call("POST", path, other);
      EXPECT_EQ(refused.status, 400) << path << " " << other;
      EXPECT_THAT(refused.text, HasSubstr("must be a JSON object")) << path << " " << other;
    }
  }
  expect_error(call("POST", session + "/configure-session", "{}"), "has no 'statement'");
  expect_error(call("POST", session + "/statements", "{}"), "has no 'statement'");
  expect_error(call("POST", session + "/statements", R"({"statement":1})"), "has no 'statement'");
}

TEST_F(GatewayTest, PropertiesAreTextsByKey) {
  for (const char* properties :
       {"5", "[1]", R"("a")", R"({"parallelism.default":[3]})", R"({"parallelism.default":{}})"}) {
    const Answer refused = call("POST", "/v1/sessions", fmt::format(R"({{"properties":{}}})", properties));
    EXPECT_EQ(refused.status, 400) << properties;
    EXPECT_THAT(refused.text, HasSubstr("must be a")) << properties;
  }
  EXPECT_EQ(call("POST", "/v1/sessions", R"({"properties":null})").status, 200);
  EXPECT_EQ(get(open(Json::object({{"parallelism.default", 3}, {"pipeline.name", nullptr}}))).text,
            R"({"properties":{"parallelism.default":"3"}})");
}

TEST_F(GatewayTest, AStatementHasNoSettingsOfItsOwn) {
  const std::string statements = open() + "/statements";
  expect_error(call("POST", statements, R"({"statement":"SELECT 1","executionConfig":{"parallelism.default":"3"}})"),
               "'executionConfig' is not supported");
  expect_error(call("POST", statements, R"({"statement":"SELECT 1","executionTimeout":5})"),
               "'executionTimeout' is not supported");
  const Answer empty =
      call("POST", statements, R"({"statement":"SHOW TABLES","executionConfig":{},"executionTimeout":0})");
  EXPECT_EQ(empty.status, 200);
}

TEST_F(GatewayTest, ADefinitionAnswersOkInOnePage) {
  const std::string session = open();
  const std::string operation = submit(session, "CREATE TABLE t (n BIGINT) WITH ('connector' = 'fake');");
  EXPECT_EQ(get(operation + "/status").text, R"({"status":"FINISHED"})");
  const Answer first = get(operation + "/result/0?rowFormat=JSON");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body["resultType"].string_or(""), "PAYLOAD");
  EXPECT_EQ(first.body["resultKind"].string_or(""), "SUCCESS");
  EXPECT_FALSE(first.body["isQueryResult"].bool_or(true));
  EXPECT_TRUE(first.body["jobID"].is_null());
  EXPECT_THAT(first.text, HasSubstr(R"("rowFormat":"JSON","data":[{"kind":"INSERT","fields":["OK"]}])"));
  EXPECT_EQ((*first.body["results"]["columns"].if_array())[0]["name"].string_or(""), "result");
  EXPECT_EQ(first.body["nextResultUri"].string_or(""), operation + "/result/1?rowFormat=JSON");

  const Answer last = get(operation + "/result/1?rowFormat=JSON");
  EXPECT_EQ(last.body["resultType"].string_or(""), "EOS");
  EXPECT_TRUE(last.body["nextResultUri"].is_null());
  EXPECT_THAT(last.text, HasSubstr(R"("data":[])"));
  EXPECT_EQ(last.body["results"]["columns"].if_array()->size(), 1u) << "columns stay in the last page";
}

TEST_F(GatewayTest, APageCanBeReadAgainUntilTheNextOneIs) {
  const std::string operation = submit(open(), "SHOW TABLES");
  expect_error(get(operation + "/result/1"), "token 1 is not there");
  const Answer first = get(operation + "/result/0");
  EXPECT_EQ(get(operation + "/result/0").text, first.text);
  const Answer last = get(operation + "/result/1");
  EXPECT_EQ(last.body["resultType"].string_or(""), "EOS");
  EXPECT_EQ(get(operation + "/result/1").text, last.text);
  expect_error(get(operation + "/result/0"), "token 0 is not there");
  expect_error(get(operation + "/result/7"), "token 7 is not there");
  expect_error(get(operation + "/result/-1"), "token -1 is not there");
  expect_error(get(operation + "/result/first"), "first");
  expect_error(get(operation + "/result/0?rowFormat=CSV"), "JSON or PLAIN_TEXT");
}

TEST_F(GatewayTest, AStatementThatIsNotDoneIsNotReady) {
  const std::string session = open();
  instance.env.executor().hold();
  const std::string operation = submit(session, "SHOW TABLES");
  EXPECT_EQ(get(operation + "/status").text, R"({"status":"RUNNING"})");
  const Answer early = get(operation + "/result/0?rowFormat=PLAIN_TEXT");
  EXPECT_EQ(early.status, 200);
  EXPECT_EQ(early.text,
            R"({"resultType":"NOT_READY","nextResultUri":")" + operation + R"(/result/0?rowFormat=PLAIN_TEXT"})");
  instance.env.executor().run_inline();
  EXPECT_EQ(get(operation + "/status").text, R"({"status":"FINISHED"})");
  EXPECT_EQ(get(operation + "/result/0").body["resultType"].string_or(""), "PAYLOAD");
}

TEST_F(GatewayTest, AQueryIsPagedUntilItsEnd) {
  const std::string session = open();
  run(session, "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'fake')");
  const std::string operation = submit(session, "SELECT n, 'x\"' AS q FROM numbers");
  EXPECT_EQ(get(operation + "/result/0").body["resultType"].string_or(""), "NOT_READY");
  table("numbers").feed({{Value(int64_t{1})}, {Value()}});
  instance.settle();
  const Answer first = get(operation + "/result/0");
  EXPECT_EQ(first.body["resultType"].string_or(""), "PAYLOAD");
  EXPECT_TRUE(first.body["isQueryResult"].bool_or(false));
  EXPECT_EQ(first.body["resultKind"].string_or(""), "SUCCESS_WITH_CONTENT");
  EXPECT_THAT(first.body["jobID"].string_or(""), MatchesRegex("[0-9a-f]{32}"));
  EXPECT_THAT(first.text,
              HasSubstr(R"("data":[{"kind":"INSERT","fields":[1,"x\""]},{"kind":"INSERT","fields":[null,"x\""]}])"));
  EXPECT_EQ(get(operation + "/result/1").body["resultType"].string_or(""), "NOT_READY");
  EXPECT_EQ(get(operation + "/result/0").text, first.text) << "a page without rows does not use up the one before";
  table("numbers").end();
  instance.settle();
  const Answer last = get(operation + "/result/1");
  EXPECT_EQ(last.body["resultType"].string_or(""), "EOS");
  EXPECT_EQ(last.body["results"]["columns"].if_array()->size(), 2u);
}

TEST_F(GatewayTest, AnUpdatingQueryGivesItsChangesInBothFormats) {
  const std::string session = open();
  run(session, "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'fake')");
  const std::string operation = submit(session, "SELECT SUM(n) FROM numbers");
  table("numbers").feed({{Value(int64_t{1})}, {Value(int64_t{2})}});
  instance.settle();
  EXPECT_THAT(get(operation + "/result/0?rowFormat=PLAIN_TEXT").text,
              HasSubstr(R"([{"kind":"INSERT","fields":["1"]},{"kind":"UPDATE_BEFORE","fields":["1"]},)"
                        R"({"kind":"UPDATE_AFTER","fields":["3"]}])"));
}

TEST_F(GatewayTest, AnInsertAnswersWithItsJobAndOutlivesItsOperation) {
  const std::string session = open();
  run(session, "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'fake')");
  run(session, "CREATE TABLE copy (n BIGINT) WITH ('connector' = 'fake')");
  const std::string operation = submit(session, "INSERT INTO copy SELECT n FROM numbers");
  const Answer first = get(operation + "/result/0");
  const std::string job = first.body["jobID"].string_or("");
  EXPECT_FALSE(first.body["isQueryResult"].bool_or(true));
  EXPECT_EQ(first.body["resultKind"].string_or(""), "SUCCESS_WITH_CONTENT");
  EXPECT_EQ((*first.body["results"]["columns"].if_array())[0]["name"].string_or(""), "job id");
  EXPECT_THAT(first.text, HasSubstr(R"("fields":[")" + job + R"("])"));
  EXPECT_EQ(call("DELETE", operation + "/close").text, R"({"status":"CLOSED"})");
  expect_error(get(operation + "/status"), "Can not find the submitted operation");
  expect_error(call("DELETE", operation + "/close"), "Can not find the submitted operation");
  EXPECT_EQ(call("DELETE", session).status, 200);
  EXPECT_EQ(get("/jobs/" + job + "/status").text, R"({"status":"RUNNING"})");
}

TEST_F(GatewayTest, DmlSyncWaitsForTheJob) {
  const std::string session = open(Json::object({{"table.dml-sync", "true"}}));
  run(session, "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'fake')");
  run(session, "CREATE TABLE copy (n BIGINT) WITH ('connector' = 'fake')");
  const std::string insert = "INSERT INTO copy SELECT n FROM numbers";
  const std::string failing = submit(session, insert);
  EXPECT_EQ(get(failing + "/result/0").body["resultType"].string_or(""), "NOT_READY");
  EXPECT_EQ(get(failing + "/status").text, R"({"status":"RUNNING"})");
  table("copy").break_writing({ErrorCode::kBadRow, "1 is too large", "", {}});
  table("numbers").feed({{Value(int64_t{1})}});
  instance.settle();
  EXPECT_EQ(get(failing + "/status").text, R"({"status":"ERROR"})");
  expect_error(get(failing + "/result/0"), "1 is too large");

  const std::string good = submit(session, insert);
  EXPECT_EQ(get(good + "/result/0").body["resultType"].string_or(""), "NOT_READY");
  table("numbers").end();
  instance.settle();
  EXPECT_EQ(get(good + "/result/0").body["resultType"].string_or(""), "PAYLOAD");
}

TEST_F(GatewayTest, AFailedStatementSaysWhereAndWhy) {
  const std::string operation = submit(open(), "SELECT a\nFROM nowhere");
  EXPECT_EQ(get(operation + "/status").text, R"({"status":"ERROR"})");
  const Answer answer = get(operation + "/result/0");
  expect_error(answer, "Object 'nowhere' not found");
  const Json& details = answer.body["millstream"];
  EXPECT_THAT(details["message"].string_or(""), HasSubstr("nowhere"));
  EXPECT_EQ(details["position"]["line"].int_or(0), 2);
  EXPECT_EQ(details["position"]["column"].int_or(0), 6);
  EXPECT_EQ(details["position"]["offset"].int_or(0), 14);
  EXPECT_EQ(details["position"]["length"].int_or(0), 7);
  // sql-client tells an unfinished statement from a wrong one by these words.
  expect_error(get(submit(open(), "SELECT 1 FROM") + "/result/0"), "Encountered \"<EOF>\"");
}

TEST_F(GatewayTest, AQueryThatFailsLaterGivesItsErrorAsAPage) {
  const std::string session = open();
  run(session, "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'fake')");
  const std::string operation = submit(session, "SELECT n FROM numbers");
  table("numbers").break_reading({ErrorCode::kUnavailable, "the broker is gone", "", {}});
  instance.settle();
  expect_error(get(operation + "/result/0"), "the broker is gone");
  expect_error(get(operation + "/result/0"), "the broker is gone");
}

TEST_F(GatewayTest, AQueryThatFailsGivesTheRowsItHadFirst) {
  const std::string session = open();
  run(session, "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'fake')");
  const std::string operation = submit(session, "SELECT n FROM numbers");
  table("numbers").feed({{Value(int64_t{7})}});
  instance.settle();
  table("numbers").break_reading({ErrorCode::kUnavailable, "the broker is gone", "", {}});
  table("numbers").feed({{Value(int64_t{8})}});
  instance.settle();
  const Answer rows = get(operation + "/result/0");
  EXPECT_EQ(rows.status, 200) << rows.text;
  EXPECT_EQ(rows.body["resultType"].string_or(""), "PAYLOAD");
  EXPECT_THAT(rows.text, HasSubstr(R"("data":[{"kind":"INSERT","fields":[7]}])"));
  EXPECT_EQ(get(operation + "/result/0").text, rows.text) << "as every page, it can be read again";
  expect_error(get(operation + "/result/1?rowFormat=JSON"), "the broker is gone");
  expect_error(get(operation + "/result/1?rowFormat=JSON"), "the broker is gone");
}

TEST_F(GatewayTest, CancellingEndsAQueryAndItsJob) {
  const std::string session = open();
  run(session, "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'fake')");
  const std::string operation = submit(session, "SELECT n FROM numbers");
  EXPECT_EQ(call("POST", operation + "/cancel", "{}").text, R"({"status":"CANCELED"})");
  EXPECT_EQ(get(operation + "/status").text, R"({"status":"CANCELED"})");
  EXPECT_EQ(get(operation + "/result/0").status, 500);
  EXPECT_THAT(get("/jobs").text, HasSubstr(R"("status":"CANCELED")"));
  expect_error(call("POST", session + "/operations/none/cancel", "{}"), "Can not find");

  submit(session, "SELECT n FROM numbers");
  EXPECT_THAT(get("/jobs").text, HasSubstr(R"("status":"RUNNING")"));
  call("DELETE", session);
  EXPECT_THAT(get("/jobs").text, Not(HasSubstr(R"("status":"RUNNING")")));
}

TEST_F(GatewayTest, CancellingBeforeTheStatementRanStillEndsItsQuery) {
  const std::string session = open();
  run(session, "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'fake')");
  instance.env.executor().hold();
  const std::string operation = submit(session, "SELECT n FROM numbers");
  call("POST", operation + "/cancel", "{}");
  instance.env.executor().run_inline();
  instance.settle();
  EXPECT_EQ(get(operation + "/status").text, R"({"status":"CANCELED"})");
  EXPECT_THAT(get("/jobs").text, Not(HasSubstr(R"("status":"RUNNING")")));
}

TEST_F(GatewayTest, ForgottenSessionsTakeTheirQueriesAlong) {
  const std::string forgotten = open(), kept = open();
  run(forgotten, "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'fake')");
  submit(forgotten, "SELECT n FROM numbers");
  const std::string job = start_copy();
  instance.advance(Millis(599'000));
  EXPECT_EQ(call("POST", kept + "/heartbeat").status, 200);
  instance.advance(Millis(1'001));
  open();
  EXPECT_EQ(get(kept).status, 200);
  EXPECT_EQ(get(forgotten).status, 500);
  instance.settle();
  const auto overview = get("/overview");
  EXPECT_EQ(overview.body["jobs-cancelled"].int_or(-1), 1) << "nobody can read that query any more";
  EXPECT_EQ(get("/jobs/" + job + "/status").text, R"({"status":"RUNNING"})");
}

TEST_F(GatewayTest, ThereIsALimitOfSessions) {
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(call("POST", "/v2/sessions").status, 200) << i;
  const Answer refused = call("POST", "/v2/sessions");
  expect_error(refused, "1000 sessions are open already");
  EXPECT_EQ(refused.body["millstream"]["code"].string_or(""), "limit_reached");
}

TEST_F(GatewayTest, ConfigureSessionTakesWhatConfiguresASession) {
  const std::string session = open();
  const auto configure = [&](const std::string& statement) {
    return post(session + "/configure-session", Json::object({{"statement", statement}}));
  };
  EXPECT_EQ(configure("SET 'parallelism.default' = '2'").text, "{}");
  EXPECT_EQ(configure("CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'fake');").text, "{}");
  EXPECT_EQ(configure("CREATE TABLE copy (n BIGINT) WITH ('connector' = 'fake')").text, "{}");
  EXPECT_THAT(get(session).text, HasSubstr(R"("parallelism.default":"2")"));
  expect_error(configure("USE CATALOG nowhere"), "nowhere");
  expect_error(configure("INSERT INTO copy SELECT n FROM numbers"), "configur");
  expect_error(configure("SELECT n FROM numbers"), "configur");
  expect_error(configure("SELEC"), "SELEC");
  EXPECT_EQ(get("/jobs").text, R"({"jobs":[]})");
}

TEST_F(GatewayTest, PropertiesOfOursMakeACheckOrAReplacement) {
  const std::string keyed = "(n BIGINT, PRIMARY KEY (n) NOT ENFORCED) WITH ('connector' = 'fake', 'topic' = 't')";
  const std::string check = open(Json::object({{"millstream.session.check", "true"}}));
  run(check, "CREATE TABLE totals " + keyed);
  EXPECT_THAT(run(check, "INSERT INTO totals SELECT n FROM totals").text, HasSubstr("totals"));
  EXPECT_EQ(get("/jobs").text, R"({"jobs":[]})");
  EXPECT_EQ(get(check).text, R"({"properties":{}})");

  const std::string plain = open();
  run(plain, "CREATE TABLE totals " + keyed);
  run(plain, "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'fake')");
  const std::string insert = "INSERT INTO totals SELECT n FROM numbers";
  EXPECT_EQ(run(plain, insert).status, 200);
  const Answer conflict = run(plain, insert);
  expect_error(conflict, "already");
  EXPECT_EQ(conflict.body["millstream"]["code"].string_or(""), "conflict");
}

}  // namespace
}  // namespace millstream::api

// `job` against a scripted server: ids by their beginning, tables, and errors of the server.
#include "cli/job_command.h"

#include "cli/internal/scripted_server.h"
#include "cli/terminal.h"

namespace millstream::cli {
namespace {

using ::testing::HasSubstr;
using Verb = JobOptions::Verb;

const std::string kFirst = "aa11" + std::string(28, '0'), kSecond = "aa22" + std::string(28, '0');

class JobTest : public ::testing::Test {
 protected:
  JobTest() { server.on("GET /jobs", {R"({"jobs":[{"id":")" + kFirst + R"("},{"id":")" + kSecond + R"("}]})"}); }
  Printed run(Verb verb, const std::string& id = "", bool json = false) {
    return printed([&] {
      JobOptions options;
      options.verb = verb;
      options.server.server = server.url();
      options.id = id;
      options.json = json;
      return run_job(options);
    });
  }
  ScriptedServer server;
};

TEST_F(JobTest, ListsJobsWithWhatHoldsThemUp) {
  server.on("GET /jobs/overview", {R"({"jobs":[{"jid":")" + kFirst +
                                   R"(","name":"sales","state":"RESTARTING","duration":90000,)"
                                   R"("millstream":{"reason":"the line is dead","restarts":3}}]})"});
  const Printed shown = run(Verb::kList);
  EXPECT_EQ(shown.code, kOk);
  EXPECT_THAT(shown.out, HasSubstr(kFirst + "  RESTARTING"));
  EXPECT_THAT(shown.out, HasSubstr("       3  sales  the line is dead\n"));
  const Printed json = run(Verb::kList, "", true);
  EXPECT_EQ((*Json::parse(json.out)->if_array()).at(0)["jid"].string_or(""), kFirst);
}

TEST_F(JobTest, SaysWhatToDoWhenThereIsNone) {
  server.on("GET /jobs/overview", {R"({"jobs":[]})"});
  EXPECT_EQ(run(Verb::kList).out, "No jobs. `millstream sql -f FILE` submits some.\n");
  EXPECT_EQ(run(Verb::kList, "", true).out, "[]\n");
}

TEST_F(JobTest, ABeginningOfAnIdIsEnoughIfItIsUnique) {
  EXPECT_EQ(run(Verb::kCancel, "aa2").code, kOk);
  EXPECT_EQ(server.count("PATCH /jobs/" + kSecond + "?mode=cancel"), 1);
  const Printed both = run(Verb::kCancel, "aa");
  EXPECT_EQ(both.code, kUsage);
  EXPECT_THAT(both.err, HasSubstr("2 jobs begin with aa"));
  EXPECT_THAT(both.err, HasSubstr(kFirst + ", " + kSecond));
  const Printed empty = run(Verb::kCancel, "");
  EXPECT_EQ(empty.code, kUsage);
  EXPECT_THAT(empty.err, HasSubstr("the job's id is empty"));
  const Printed none = run(Verb::kShow, "bb");
  EXPECT_EQ(none.code, kFailed);
  EXPECT_THAT(none.err, HasSubstr("there is no job bb"));
  EXPECT_EQ(server.count("PATCH"), 1);
}

TEST_F(JobTest, ShowsAJobThatJustBegins) {
  server.on(
      "GET /jobs/" + kFirst,
      {R"({"name":"sales","state":"CREATED","start-time":1700000000000,"millstream":{"reason":"waits for topic t",)"
       R"("attempt":1,"restarts":0,"operators":[],"stages":[],"splits":[],"checkpoints":{"counts":{},)"
       R"("latest":{"completed":null},"millstream":{"last-failure":""}}}})"});
  EXPECT_EQ(run(Verb::kShow, "aa1").out, "sales  " + kFirst +
                                             "\nstate        CREATED: waits for topic t\n"
                                             "started      2023-11-14 22:13:20Z, attempt 1, 0 restarts\n"
                                             "checkpoint   none yet\n");
}

TEST_F(JobTest, ShowsWhatAJobDoes) {
  server.on(
      "GET /jobs/" + kFirst,
      {R"({"name":"sales","state":"RUNNING","start-time":1700000000000,"millstream":{"reason":"","attempt":2,"restarts":1,)"
       R"("operators":[{"name":"Source: t","stage":0,"records_in":0,"records_out":12,"late_rows":0,"bad_rows":1,)"
       R"("nulled_fields":0,"state_bytes":0,"watermark":null}],)"
       R"("stages":[{"stage":0,"busy":0.25,"idle":0.75,"blocked":0,"lag":-1}],)"
       R"("splits":[{"split":"t/0","watermark":1700000000000,"idle":true,"finished":false}],)"
       R"("checkpoints":{"counts":{"completed":4,"failed":1},"latest":{"completed":{"id":4,"trigger_timestamp":1700000001000,)"
       R"("end_to_end_duration":12,"state_size":0}},"millstream":{"last-failure":"no room"}}}})"});
  const std::string out = run(Verb::kShow, kFirst).out;
  EXPECT_THAT(out, HasSubstr("state        RUNNING\n"));
  EXPECT_THAT(out, HasSubstr("checkpoint   4 at 2023-11-14 22:13:21Z, 12 ms, "));
  EXPECT_THAT(out, HasSubstr("; 4 completed, 1 failed\n             no room\n"));
  EXPECT_THAT(out, HasSubstr("25 %"));
  EXPECT_THAT(out, HasSubstr("t/0    2023-11-14 22:13:20Z  idle\n"));
  EXPECT_EQ(Json::parse(run(Verb::kShow, kFirst, true).out)->operator[]("name").string_or(""), "sales");
}

TEST_F(JobTest, ARefusalOfTheServerIsShownInItsWords) {
  server.on("POST /jobs/" + kFirst + "/checkpoints",
            {R"({"errors":["job aa11 is not running"],"millstream":{"code":"unavailable"}})"}, 503);
  const Printed refused = run(Verb::kCheckpoint, kFirst);
  EXPECT_EQ(refused.code, kFailed);
  EXPECT_THAT(refused.err, HasSubstr("is not running"));
  EXPECT_EQ(run(Verb::kCheckpoint, kSecond).out, kSecond + " has a new checkpoint.\n");
  EXPECT_EQ(run(Verb::kCancel, kSecond, true).out, R"({"id":")" + kSecond + "\",\"state\":\"CANCELED\"}\n");
}

}  // namespace
}  // namespace millstream::cli

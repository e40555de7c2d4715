// Jobs over REST in Flink's shapes, and the instance as a whole.
#include "api/internal/test_client.h"

namespace millstream::api {
namespace {

using column::Value;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class JobsTest : public ApiTest {};

TEST_F(JobsTest, UnknownJobsAreNotFoundEverywhere) {
  const std::string id(32, 'f');
  for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{{"GET", ""},
                                                                                     {"GET", "/status"},
                                                                                     {"GET", "/exceptions"},
                                                                                     {"GET", "/checkpoints"},
                                                                                     {"GET", "/yarn-cancel"},
                                                                                     {"PATCH", ""},
                                                                                     {"POST", "/checkpoints"}}) {
    for (const char* prefix : {"", "/v1"}) {
      const Answer answer = call(method, prefix + ("/jobs/" + id + path));
      EXPECT_EQ(answer.status, 404) << method << path;
      EXPECT_EQ((*answer.body["errors"].if_array()).at(0).string_or(""), "Job " + id + " not found");
      EXPECT_EQ(answer.body["millstream"]["code"].string_or(""), "not_found");
    }
  }
  // An id is text from outside.
  const Answer odd = get("/jobs/a%22%0Ab");
  EXPECT_EQ(odd.status, 404);
  EXPECT_EQ((*odd.body["errors"].if_array()).at(0).string_or(""), "Job a\"\nb not found");
}

TEST_F(JobsTest, ListsJobsNewestFirst) {
  EXPECT_EQ(get("/jobs").text, R"({"jobs":[]})");
  const std::string first = start_copy(), second = start_copy();
  EXPECT_EQ(get("/v1/jobs").text,
            R"({"jobs":[{"id":")" + second + R"(","status":"RUNNING"},{"id":")" + first + R"(","status":"RUNNING"}]})");
}

TEST_F(JobsTest, AnOverviewHasTimesAndTasks) {
  const std::string id = start_copy();
  instance.advance(Millis(5'000));
  const Answer running = get("/jobs/overview");
  const Json job = (*running.body["jobs"].if_array()).at(0);
  EXPECT_EQ(job["jid"].string_or(""), id);
  EXPECT_EQ(job["name"].string_or(""), "insert-into_copy");
  EXPECT_EQ(job["state"].string_or(""), "RUNNING");
  EXPECT_EQ(job["duration"].int_or(0), 5'000);
  EXPECT_EQ(job["end-time"].int_or(0), -1);
  EXPECT_GE(job["tasks"]["total"].int_or(0), 1);
  EXPECT_EQ(job["tasks"]["running"].int_or(0), job["tasks"]["total"].int_or(-1));

  table("numbers").end();
  instance.advance(Millis(1'000));
  instance.advance(Millis(60'000));
  const Answer over = get("/jobs/overview");
  const Json finished = (*over.body["jobs"].if_array()).at(0);
  EXPECT_EQ(finished["state"].string_or(""), "FINISHED");
  EXPECT_EQ(finished["duration"].int_or(0), 6'000) << "a job that is over grows no older";
  EXPECT_EQ(finished["end-time"].int_or(0) - finished["start-time"].int_or(0), 6'000);
  EXPECT_EQ(finished["tasks"]["running"].int_or(-1), 0);
}

TEST_F(JobsTest, DetailsShowWhatAJobDoes) {
  const std::string id = start_copy();
  table("numbers").feed({{Value(int64_t{1})}, {Value(int64_t{2})}});
  instance.settle();
  const Json job = get("/jobs/" + id).body;
  const Json& ours = job["millstream"];
  EXPECT_EQ(ours["statement"].string_or(""), "INSERT INTO copy SELECT n FROM numbers");
  EXPECT_EQ(ours["attempt"].int_or(0), 1);
  EXPECT_EQ(ours["reason"].string_or("none"), "");
  EXPECT_THAT(ours["plan"].string_or(""), HasSubstr("copy"));
  const Json::Array& operators = *ours["operators"].if_array();
  ASSERT_FALSE(operators.empty());
  EXPECT_EQ(operators[0]["records_out"].int_or(0), 2);
  EXPECT_TRUE(operators[0]["watermark"].is_null()) << "no watermark is not the year minus 292 million";
  EXPECT_EQ((*ours["splits"].if_array()).at(0)["split"].string_or(""), "0");
  const Json::Array& vertices = *job["vertices"].if_array();
  ASSERT_EQ(vertices.size(), ours["stages"].if_array()->size());
  EXPECT_THAT(vertices[0]["name"].string_or(""), StartsWith("Source: numbers"));
  EXPECT_EQ(vertices[0]["status"].string_or(""), "RUNNING");
  EXPECT_EQ(vertices[0]["id"].string_or("").size(), 32u);
}

TEST_F(JobsTest, WaitingAndRestartingJobsSayWhy) {
  table("numbers").refuse_discovery({ErrorCode::kUnavailable, "topic \"numbers\" is not there yet", "", {}});
  const std::string id = start_copy();
  EXPECT_EQ(get("/jobs/" + id).body["millstream"]["reason"].string_or(""), "topic \"numbers\" is not there yet");
  EXPECT_EQ(get("/jobs/" + id + "/exceptions").body["root-exception"].string_or(""),
            "topic \"numbers\" is not there yet");
  instance.advance(Millis(1'000));
  EXPECT_TRUE(get("/jobs/" + id + "/exceptions").body["root-exception"].is_null());
  table("numbers").break_reading({ErrorCode::kRemote, "offset out of range", "", {}});
  instance.settle();
  const Json job = get("/jobs/overview").body;
  const Json shown = (*job["jobs"].if_array()).at(0);
  EXPECT_EQ(shown["state"].string_or(""), "RESTARTING");
  EXPECT_EQ(shown["millstream"]["reason"].string_or(""), "offset out of range");
  EXPECT_EQ(shown["millstream"]["restarts"].int_or(0), 1);
  EXPECT_EQ(get("/jobs/" + id).status, 200) << "there is no pipeline just now";
  const Answer checkpoint = call("POST", "/jobs/" + id + "/checkpoints", "{}");
  EXPECT_EQ(checkpoint.status, 503);
  EXPECT_EQ(checkpoint.body["millstream"]["code"].string_or(""), "unavailable");
}

TEST_F(JobsTest, AFailureIsTheRootException) {
  const std::string id = start_copy();
  table("copy").break_writing({ErrorCode::kBadRow, "1 is too large", "", {}});
  table("numbers").feed({{Value(int64_t{1})}});
  instance.settle();
  const Json exceptions = get("/jobs/" + id + "/exceptions").body;
  EXPECT_EQ(exceptions["root-exception"].string_or(""), "1 is too large");
  const Json::Array& entries = *exceptions["exceptionHistory"]["entries"].if_array();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0]["stacktrace"].string_or(""), "1 is too large");
  EXPECT_EQ(entries[0]["timestamp"].int_or(0), instance.env.clock().now().value);
  EXPECT_EQ(get("/jobs/" + id + "/status").text, R"({"status":"FAILED"})");
}

TEST_F(JobsTest, CancellingAnswersOnceTheJobIsOver) {
  const std::string id = start_copy();
  const auto waiting = send("PATCH", "/jobs/" + id + "?mode=cancel");
  EXPECT_FALSE(waiting->response.has_value());
  EXPECT_EQ(get("/jobs/" + id + "/status").text, R"({"status":"CANCELLING"})");
  EXPECT_EQ(get("/jobs/" + id + "/status").text, R"({"status":"CANCELED"})");
  const Answer answer = answer_of(*waiting);
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.text, "{}");
  EXPECT_EQ(call("PATCH", "/jobs/" + id).status, 202) << "what is over is cancelled already";

  const std::string failed = start_copy();
  table("copy").break_writing({ErrorCode::kBadRow, "too long", "", {}});
  table("numbers").feed({{column::Value(int64_t{1})}});
  instance.settle();
  EXPECT_EQ(get("/jobs/" + failed + "/status").text, R"({"status":"FAILED"})");
  const Answer late = call("PATCH", "/jobs/" + failed);
  EXPECT_EQ(late.status, 409);
  EXPECT_THAT(late.text, HasSubstr("is FAILED already"));

  const std::string other = start_copy();
  const Answer stop = call("PATCH", "/jobs/" + other + "?mode=stop");
  EXPECT_EQ(stop.status, 501);
  EXPECT_THAT(stop.text, HasSubstr("mode=cancel"));
  EXPECT_EQ(get("/jobs/" + other + "/status").text, R"({"status":"RUNNING"})");
  EXPECT_EQ(get("/v1/jobs/" + other + "/yarn-cancel").status, 202);
  EXPECT_EQ(get("/jobs/" + other + "/status").text, R"({"status":"CANCELED"})");
}

TEST_F(JobsTest, CheckpointsAreTakenAndCounted) {
  const std::string id = start_copy();
  const Json none = get("/jobs/" + id + "/checkpoints").body;
  EXPECT_TRUE(none["latest"]["completed"].is_null());
  const Answer taken = call("POST", "/jobs/" + id + "/checkpoints", "{}");
  EXPECT_EQ(taken.status, 202);
  EXPECT_EQ(taken.body["request-id"].string_or("").size(), 32u);
  const Json after = get("/jobs/" + id + "/checkpoints").body;
  EXPECT_EQ(after["counts"]["completed"].int_or(0), none["counts"]["completed"].int_or(0) + 1);
  EXPECT_EQ(after["latest"]["completed"]["id"].int_or(0), 1);
  EXPECT_EQ(after["latest"]["completed"]["status"].string_or(""), "COMPLETED");
}

TEST_F(JobsTest, TheInstanceCountsItsJobs) {
  start_copy();
  const std::string cancelled = start_copy();
  call("PATCH", "/jobs/" + cancelled);
  const Json overview = get("/v1/overview").body;
  EXPECT_EQ(overview["jobs-running"].int_or(-1), 1);
  EXPECT_EQ(overview["jobs-cancelled"].int_or(-1), 1);
  EXPECT_EQ(overview["jobs-finished"].int_or(-1), 0);
  EXPECT_EQ(overview["jobs-failed"].int_or(-1), 0);
  EXPECT_EQ(get("/health").text, R"({"status":"ok","version":"1.2"})");
  const auto metrics = send("GET", "/metrics");
  EXPECT_EQ(metrics_asked, 1) << "gauges are computed when somebody looks";
  EXPECT_THAT(metrics->response->content_type, StartsWith("text/plain"));
}

}  // namespace
}  // namespace millstream::api

// Job records as the journal keeps them: nothing is lost on the way, and what is not a record is refused.
#include "job/job_record.h"

#include <gtest/gtest.h>

namespace millstream::job {
namespace {

JobRecord full_record() {
  JobRecord record;
  record.id = "0123456789abcdef0123456789abcdef";
  record.name = "sales \"per\" day";
  record.statement = "INSERT INTO `t`\nSELECT '\\u0041;' FROM s -- Grüße";
  record.database_catalog = "default_catalog";
  record.database = "shop";
  record.settings = {{"parallelism.default", "3"}, {"pipeline.name", ""}};
  record.objects = {Json::object({{"change", "create_table"}, {"depth", Json::array({1, nullptr})}})};
  record.attempt = AttemptId(7);
  record.status = JobStatus::kFailed;
  record.failure = "it\tbroke";
  record.created = ProcTime(1'700'000'000'001);
  record.ended = ProcTime(1'700'000'000'002);
  return record;
}

TEST(JobRecord, SurvivesItsText) {
  const JobRecord record = full_record();
  const auto read = JobRecord::from_json(*Json::parse(record.to_json().to_text()));
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read->id, record.id);
  EXPECT_EQ(read->name, record.name);
  EXPECT_EQ(read->statement, record.statement);
  EXPECT_EQ(read->database_catalog, record.database_catalog);
  EXPECT_EQ(read->database, record.database);
  EXPECT_EQ(read->settings, record.settings);
  EXPECT_EQ(Json(read->objects).to_text(), Json(record.objects).to_text());
  EXPECT_EQ(read->attempt, record.attempt);
  EXPECT_EQ(read->status, record.status);
  EXPECT_EQ(read->failure, record.failure);
  EXPECT_EQ(read->created, record.created);
  EXPECT_EQ(read->ended, record.ended);
}

TEST(JobRecord, RefusesWhatIsNotOne) {
  const auto code_with = [](const char* member, Json value) {
    Json json = full_record().to_json();
    json.set(member, std::move(value));
    const auto read = JobRecord::from_json(json);
    return read ? std::string("taken") : std::string(name_of(read.error().code));
  };
  EXPECT_EQ(code_with("name", "another"), "taken");
  EXPECT_EQ(code_with("version", 2), "unsupported");
  EXPECT_EQ(code_with("version", nullptr), "unsupported");
  EXPECT_EQ(code_with("id", "0123"), "corrupt");
  EXPECT_EQ(code_with("status", "running"), "corrupt");
  EXPECT_EQ(code_with("status", nullptr), "corrupt");
  EXPECT_FALSE(JobRecord::from_json(Json()).has_value());
}

TEST(JobStatus, IsCalledAsInFlink) {
  for (const char* name : {"CREATED", "RUNNING", "RESTARTING", "CANCELLING", "CANCELED", "FINISHED", "FAILED"}) {
    const auto status = job_status_of(name);
    ASSERT_TRUE(status.has_value()) << name;
    EXPECT_EQ(name_of(*status), name);
  }
  EXPECT_FALSE(job_status_of("CANCELLED").has_value());
  EXPECT_TRUE(is_terminal(JobStatus::kCanceled));
  EXPECT_TRUE(is_terminal(JobStatus::kFinished));
  EXPECT_TRUE(is_terminal(JobStatus::kFailed));
  EXPECT_FALSE(is_terminal(JobStatus::kCancelling));
  EXPECT_FALSE(is_terminal(JobStatus::kRestarting));
}

}  // namespace
}  // namespace millstream::job

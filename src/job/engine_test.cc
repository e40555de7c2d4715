// Sessions, statements and jobs on a fake machine: states, restarts with back-off, cancelling, and what survives.
#include "job/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "job/fake.h"

namespace millstream::job {
namespace {

using column::Value;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr char kNumbers[] = "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'fake')";
constexpr char kCopy[] = "CREATE TABLE copy (n BIGINT) WITH ('connector' = 'fake')";
constexpr char kInsert[] = "INSERT INTO copy SELECT n FROM numbers";

Error broken(ErrorCode code = ErrorCode::kUnavailable) { return {code, "the line is dead", "", {}}; }

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() { reopen(); }
  void reopen(Session::Mode mode = Session::Mode::kRun) { session = instance.engine->open_session(mode); }

  Result<Outcome> execute(const std::string& statement, ExecuteOptions options = {}) {
    auto outcome = instance.wait_for([&] { return instance.engine->execute(*session, statement, options); });
    return outcome;
  }
  Outcome run(const std::string& statement, ExecuteOptions options = {}) {
    auto outcome = execute(statement, options);
    EXPECT_TRUE(outcome.has_value()) << statement << "\n" << outcome.error().to_string();
    return outcome ? *std::move(outcome) : Outcome{};
  }
  Error refused(const std::string& statement, ExecuteOptions options = {}) {
    const auto outcome = execute(statement, options);
    EXPECT_FALSE(outcome.has_value()) << statement;
    return outcome ? Error{} : outcome.error();
  }
  // The id of a job that copies one table into another.
  std::string start_copy() {
    run(kNumbers);
    run(kCopy);
    return run(kInsert).job->id();
  }
  FakeTable& table(const std::string& name) { return instance.connectors.table(name); }
  void feed(int64_t n) {
    table("numbers").feed({{Value(n)}});
    instance.settle();
  }
  // "RUNNING", or "RESTARTING: reason".
  std::string state(const std::string& id) {
    const auto job = instance.engine->find_job(id);
    if (!job) return "unknown";
    const JobInfo info = job->info();
    EXPECT_EQ(info.record.status, job->status());
    const std::string reason = info.reason.empty() ? info.record.failure : info.reason;
    return std::string(name_of(info.record.status)) + (reason.empty() ? "" : ": " + reason);
  }
  JobInfo info(const std::string& id) { return instance.engine->find_job(id)->info(); }
  int cancelled(const std::string& id) {
    instance.engine->find_job(id)->cancel([this] { ++cancel_answers; });
    instance.settle();
    return cancel_answers;
  }
  std::string stored_status(const std::string& id) {
    for (const JobRecord& record : instance.store.records()) {
      if (record.id == id) return std::string(name_of(record.status));
    }
    return "none";
  }

  // For jobs that are over: once nothing of them runs.
  bool keeps_checkpoints(const std::string& id) {
    (void)instance.wait_for([&] {
      instance.engine->find_job(id)->release();
      return true;
    });
    return has_checkpoints(id);
  }
  bool has_checkpoints(const std::string& id) { return instance.env.files().exists("/checkpoints/" + id); }

  FakeInstance instance;
  std::shared_ptr<Session> session;
  int cancel_answers = 0;
};

TEST_F(EngineTest, AnInsertRunsUntilItIsCancelled) {
  run(kNumbers);
  run(kCopy);
  const auto outcome = instance.engine->execute(*session, std::string(kInsert) + ";");
  ASSERT_TRUE(outcome);
  const std::string id = outcome->job->id();
  EXPECT_EQ(id.size(), 32u);
  EXPECT_EQ(outcome->table.rows.at(0).at(0).as_string(), id);
  EXPECT_FALSE(outcome->wait_for_job);
  EXPECT_THAT(state(id), HasSubstr("CREATED"));
  EXPECT_EQ(stored_status(id), "CREATED") << "a crash right now must not lose the job";
  instance.settle();
  EXPECT_EQ(state(id), "RUNNING");
  feed(4);
  EXPECT_THAT(table("copy").written(), ElementsAre("+I 4"));
  EXPECT_EQ(cancelled(id), 1);
  EXPECT_EQ(state(id), "CANCELED");
  EXPECT_EQ(stored_status(id), "CANCELED");
  feed(5);
  EXPECT_THAT(table("copy").written(), ElementsAre("+I 4"));
}

TEST_F(EngineTest, ABoundedInsertFinishes) {
  const std::string id = start_copy();
  int over = 0;
  instance.engine->find_job(id)->when_over([&] { ++over; });
  feed(1);
  EXPECT_EQ(over, 0);
  instance.advance(Millis(2'000));
  table("numbers").end();
  instance.settle();
  EXPECT_EQ(state(id), "FINISHED");
  EXPECT_EQ(stored_status(id), "FINISHED");
  EXPECT_EQ(over, 1);
  instance.engine->find_job(id)->when_over([&] { ++over; });
  EXPECT_EQ(over, 2) << "a job that is over says so at once";
  const JobInfo finished = info(id);
  EXPECT_EQ(elapsed(finished.record.created, finished.record.ended), Millis(2'000));
  EXPECT_EQ(cancelled(id), 1);
  EXPECT_EQ(state(id), "FINISHED");
}

TEST_F(EngineTest, AFailureThatMayPassRestartsWithGrowingPauses) {
  const std::string id = start_copy();
  int64_t pause = 200;
  for (int restart = 1; restart <= 13; ++restart) {
    table("numbers").break_reading(broken());
    instance.settle();
    ASSERT_EQ(state(id), "RESTARTING: the line is dead") << restart;
    ASSERT_EQ(info(id).restarts, restart);
    ASSERT_EQ(info(id).record.attempt, AttemptId(restart));
    instance.advance(Millis(pause - 1));
    ASSERT_EQ(state(id), "RESTARTING: the line is dead") << pause;
    instance.advance(Millis(1));
    ASSERT_EQ(state(id), "RUNNING") << pause;
    ASSERT_EQ(info(id).record.attempt, AttemptId(restart + 1));
    pause = std::min<int64_t>(10'000, pause * 3 / 2);
  }
  EXPECT_EQ(pause, 10'000);
  feed(1);
  EXPECT_THAT(table("copy").written(), ElementsAre("+I 1"));
}

TEST_F(EngineTest, ALongHealthyRunForgetsOldPauses) {
  const std::string id = start_copy();
  const auto fail_now = [&] {
    table("numbers").break_reading(broken(ErrorCode::kRemote));
    feed(0);
  };
  fail_now();
  instance.advance(Millis(200));
  instance.advance(Millis(60'000));
  fail_now();
  instance.advance(Millis(299));
  EXPECT_EQ(state(id), "RESTARTING: the line is dead") << "a minute to the millisecond is not yet healthy";
  instance.advance(Millis(1));
  instance.advance(Millis(60'001));
  fail_now();
  instance.advance(Millis(200));
  EXPECT_EQ(state(id), "RUNNING");
  EXPECT_EQ(info(id).restarts, 3);
}

TEST_F(EngineTest, AFailureThatWouldComeAgainEndsTheJob) {
  const std::string id = start_copy();
  table("copy").break_writing({ErrorCode::kBadRow, "n is too large", "make it smaller", {}});
  feed(1);
  EXPECT_EQ(state(id), "FAILED: n is too large (make it smaller)");
  EXPECT_EQ(stored_status(id), "FAILED");
  instance.advance(Millis(60'000));
  EXPECT_EQ(info(id).restarts, 0);
  EXPECT_EQ(info(id).record.attempt, AttemptId(1));
}

TEST_F(EngineTest, AJobThatWaitsForATopicSaysSo) {
  for (int i = 0; i < 3; ++i)
    table("numbers").refuse_discovery({ErrorCode::kUnavailable, "topic numbers is not there yet", "", {}});
  const std::string id = start_copy();
  EXPECT_EQ(state(id), "CREATED: topic numbers is not there yet");
  instance.advance(Millis(100));
  EXPECT_EQ(state(id), "CREATED: topic numbers is not there yet");
  for (int i = 0; i < 3; ++i) instance.advance(Millis(5'000));
  EXPECT_EQ(state(id), "RUNNING");
  EXPECT_EQ(info(id).restarts, 0) << "waiting is not failing";
}

TEST_F(EngineTest, AJobCanBeCancelledInEveryState) {
  table("numbers").refuse_discovery(broken());
  const std::string waiting = start_copy();
  EXPECT_EQ(cancelled(waiting), 1);
  EXPECT_EQ(state(waiting), "CANCELED");

  const std::string restarting = run(kInsert).job->id();
  table("numbers").break_reading(broken());
  feed(1);
  ASSERT_EQ(state(restarting), "RESTARTING: the line is dead");
  EXPECT_EQ(cancelled(restarting), 2);
  EXPECT_EQ(state(restarting), "CANCELED");
  EXPECT_EQ(stored_status(restarting), "CANCELED");
  EXPECT_EQ(cancelled(restarting), 3) << "cancelling twice is fine";

  instance.advance(Millis(60'000));
  EXPECT_EQ(info(restarting).record.attempt, AttemptId(1));
  EXPECT_THAT(table("copy").written(), IsEmpty());
}

TEST_F(EngineTest, CancelBeatsAFailureThatIsAboutToBeSeen) {
  const std::string id = start_copy();
  table("numbers").break_reading(broken());
  table("numbers").feed({{Value(int64_t{1})}});
  instance.scheduler.run_until_idle();  // the pipeline has failed, the job does not know yet
  ASSERT_EQ(instance.engine->find_job(id)->status(), JobStatus::kRunning);
  EXPECT_EQ(cancelled(id), 1);
  EXPECT_EQ(state(id), "CANCELED");
}

TEST_F(EngineTest, ACrashRestartsFromTheLastCheckpoint) {
  const std::string id = start_copy();
  feed(1);
  instance.advance(Millis(1'000));
  EXPECT_GE(info(id).pipeline->checkpoints.completed, 1);
  feed(2);
  instance.crash();
  instance.settle();
  EXPECT_EQ(state(id), "RUNNING");
  EXPECT_EQ(info(id).record.attempt, AttemptId(2));
  EXPECT_EQ(info(id).record.statement, kInsert);
  feed(3);
  EXPECT_THAT(table("copy").written(), ElementsAre("+I 1", "+I 2", "+I 2", "+I 3"));
}

TEST_F(EngineTest, ACleanStopRepeatsNothing) {
  const std::string id = start_copy();
  feed(1);
  instance.stop_and_start();
  instance.settle();
  EXPECT_EQ(state(id), "RUNNING");
  feed(2);
  EXPECT_THAT(table("copy").written(), ElementsAre("+I 1", "+I 2"));
}

TEST_F(EngineTest, ACleanStopWaitsForNoJobBetweenTwoAttempts) {
  table("numbers").refuse_discovery(broken());
  const std::string waiting = start_copy();
  table("copy").break_making(std::nullopt);
  instance.stop_and_start();
  instance.settle();
  EXPECT_EQ(state(waiting), "RUNNING");
  table("numbers").break_reading(broken());
  feed(1);
  ASSERT_THAT(state(waiting), HasSubstr("RESTARTING"));
  instance.stop_and_start();
  instance.settle();
  EXPECT_EQ(state(waiting), "RUNNING");
  EXPECT_THAT(table("copy").written(), ElementsAre("+I 1"));
}

TEST_F(EngineTest, JobsThatAreOverStaySo) {
  const std::string cancelled_job = start_copy();
  cancelled(cancelled_job);
  const std::string failed_job = run(kInsert).job->id();
  table("copy").break_writing(broken(ErrorCode::kBadRow));
  feed(1);
  instance.crash();
  instance.settle();
  EXPECT_EQ(state(cancelled_job), "CANCELED");
  EXPECT_EQ(state(failed_job), "FAILED: the line is dead");
  EXPECT_THAT(table("copy").written(), IsEmpty());
}

TEST_F(EngineTest, CheckpointsGoWithTheJob) {
  const std::string cancelled_job = start_copy();
  const std::string failed_job = run(kInsert).job->id();
  instance.advance(Millis(1'000));
  ASSERT_TRUE(has_checkpoints(cancelled_job));
  cancelled(cancelled_job);
  EXPECT_FALSE(keeps_checkpoints(cancelled_job));
  ASSERT_TRUE(info(cancelled_job).pipeline.has_value()) << "what it did can still be seen";
  EXPECT_GE(info(cancelled_job).pipeline->checkpoints.completed, 1);
  table("copy").break_writing(broken(ErrorCode::kBadRow));
  feed(1);
  ASSERT_THAT(state(failed_job), HasSubstr("FAILED"));
  EXPECT_TRUE(keeps_checkpoints(failed_job)) << "someone may look for the reason";
  const std::string finished_job = run(kInsert).job->id();
  ASSERT_TRUE(has_checkpoints(finished_job));
  table("numbers").end();
  instance.settle();
  ASSERT_EQ(state(finished_job), "FINISHED");
  EXPECT_FALSE(keeps_checkpoints(finished_job));
}

TEST_F(EngineTest, AJobWhoseEndCannotBeStoredKeepsItsCheckpoints) {
  const std::string id = start_copy();
  instance.advance(Millis(1'000));
  instance.store.errors.push_back(broken(ErrorCode::kDiskFull));
  cancelled(id);
  EXPECT_TRUE(keeps_checkpoints(id));
  instance.crash();
  instance.settle();
  EXPECT_EQ(state(id), "RUNNING");
}

TEST_F(EngineTest, ChecksAtTheStartThatNobodysCheckpointsAreLeft) {
  const std::string running = start_copy();
  const std::string over = run(kInsert).job->id();
  instance.advance(Millis(1'000));
  cancelled(over);
  const std::string unknown(32, 'd');
  for (const std::string& name : {over, unknown, std::string("notes")})
    ASSERT_TRUE(instance.env.files().make_durable_directories("/checkpoints/" + name));
  instance.crash();
  instance.settle();
  EXPECT_TRUE(has_checkpoints(running));
  EXPECT_FALSE(has_checkpoints(over));
  EXPECT_FALSE(has_checkpoints(unknown));
  EXPECT_TRUE(has_checkpoints("notes")) << "no job has such a name";
}

TEST_F(EngineTest, TheLastTwoHundredJobsThatAreOverAreKept) {
  const std::string old_but_running = start_copy();
  std::vector<std::string> over;
  for (int i = 0; i < 203; ++i) {
    over.push_back(run(kInsert).job->id());
    instance.advance(Millis(1));
    cancelled(over.back());
  }
  EXPECT_EQ(state(over[0]), "unknown");
  EXPECT_EQ(stored_status(over[0]), "none");
  // What ends now is the last to be forgotten, however long ago it began.
  table("copy").break_writing(broken(ErrorCode::kBadRow));
  feed(1);
  ASSERT_THAT(state(old_but_running), HasSubstr("FAILED"));
  const std::string running = run(kInsert).job->id();
  for (int i = 0; i < 199; ++i) cancelled(run(kInsert).job->id());
  EXPECT_THAT(state(old_but_running), HasSubstr("FAILED"));
  EXPECT_TRUE(keeps_checkpoints(old_but_running));
  for (int i = 0; i < 2; ++i) cancelled(run(kInsert).job->id());
  EXPECT_EQ(state(running), "RUNNING");
  run(kInsert);
  EXPECT_EQ(state(old_but_running), "unknown");
  EXPECT_FALSE(has_checkpoints(old_but_running));
  instance.crash();
  instance.settle();
  EXPECT_EQ(instance.engine->jobs().size(), 202u);
  EXPECT_EQ(state(running), "RUNNING");
}

TEST_F(EngineTest, AJobWhoseEndIsNotStoredIsNotForgotten) {
  const std::string id = start_copy();
  instance.advance(Millis(1'000));
  instance.store.errors.push_back(broken(ErrorCode::kDiskFull));
  cancelled(id);
  instance.advance(Millis(1));
  for (int i = 0; i < 200; ++i) cancelled(run(kInsert).job->id());
  instance.store.errors.push_back(broken(ErrorCode::kDiskFull));
  run(kInsert);
  EXPECT_EQ(state(id), "CANCELED");
  EXPECT_TRUE(has_checkpoints(id)) << "it would go on from them";
  run(kInsert);
  EXPECT_EQ(state(id), "unknown") << "there is room again";
  EXPECT_EQ(stored_status(id), "none");
  instance.settle();
  EXPECT_FALSE(has_checkpoints(id));
}

TEST_F(EngineTest, QueriesDoNotPushJobsOut) {
  const std::string id = start_copy();
  cancelled(id);
  std::vector<std::string> queries;
  for (int i = 0; i < 60; ++i) {
    instance.advance(Millis(1));
    queries.push_back(run("SELECT n FROM numbers").job->id());
    cancelled(queries.back());
  }
  EXPECT_EQ(state(queries[5]), "unknown");
  EXPECT_EQ(state(queries[20]), "CANCELED");
  EXPECT_EQ(state(id), "CANCELED");
}

TEST_F(EngineTest, AJobKeepsTheTablesAndSettingsItWasSubmittedWith) {
  run("CREATE TEMPORARY TABLE numbers (n BIGINT) WITH ('connector' = 'fake')");
  run(kCopy);
  run("CREATE VIEW doubled AS SELECT n * 2 AS twice FROM numbers");
  run("SET 'pipeline.name' = 'twice as much'");
  run("SET 'parallelism.default' = '2'");
  const std::string id = run("INSERT INTO copy SELECT twice FROM doubled").job->id();
  run("DROP VIEW doubled");
  run("DROP TABLE copy");
  instance.crash();
  reopen();
  instance.settle();
  EXPECT_EQ(state(id), "RUNNING");
  EXPECT_EQ(info(id).record.name, "twice as much");
  EXPECT_EQ(info(id).parallelism, 2);
  feed(21);
  EXPECT_THAT(table("copy").written(), ElementsAre("+I 42"));
}

TEST_F(EngineTest, AStoredJobThatCannotBePlannedDoesNotStopTheOthers) {
  const std::string good = start_copy();
  JobRecord bad;
  bad.id = std::string(32, 'b');
  bad.statement = "INSERT INTO gone SELECT 1";
  bad.database_catalog = "default_catalog";
  bad.database = "default_database";
  Json::Array objects = instance.store.records().at(0).objects;
  bad.objects = objects;
  ASSERT_TRUE(instance.store.put(bad));
  JobRecord unreadable = bad;
  unreadable.id = std::string(32, 'c');
  unreadable.objects = {Json::object({{"change", "nonsense"}})};
  ASSERT_TRUE(instance.store.put(unreadable));
  instance.crash();
  instance.settle();
  EXPECT_EQ(state(good), "RUNNING");
  EXPECT_THAT(state(bad.id), HasSubstr("FAILED: cannot be planned again: "));
  EXPECT_THAT(state(bad.id), HasSubstr("gone"));
  EXPECT_THAT(state(unreadable.id), HasSubstr("FAILED: cannot be planned again: "));
}

TEST_F(EngineTest, AJobThatCannotBePlannedAgainHasFailedForGood) {
  const std::string id = start_copy();
  // A release without the connector.
  instance.directory = catalog::ConnectorDirectory({}, {});
  instance.env.fake_clock().advance(Millis(5'000));
  instance.crash();
  instance.settle();
  const std::string reason = state(id);
  EXPECT_THAT(reason, StartsWith("FAILED: cannot be planned again: "));
  EXPECT_THAT(reason, HasSubstr("fake"));
  EXPECT_EQ(stored_status(id), "FAILED");
  const ProcTime ended = info(id).record.ended;
  EXPECT_EQ(ended, instance.env.clock().now());

  // Its statement may have been submitted again since: it stays as it is, with its reason and its end.
  instance.directory = catalog::ConnectorDirectory({FakeConnectors::spec()}, {});
  instance.env.fake_clock().advance(Millis(5'000));
  for (int start = 0; start < 2; ++start) {
    instance.stop_and_start();
    instance.settle();
    EXPECT_EQ(state(id), reason);
    EXPECT_EQ(info(id).record.ended, ended);
  }
  reopen();
  EXPECT_THAT(refused("STOP JOB '" + id + "'").message, HasSubstr("is FAILED already"));
  feed(1);
  EXPECT_THAT(table("copy").written(), IsEmpty());
}

TEST_F(EngineTest, AStoredJobThatCannotStartIsNotLeftHanging) {
  const std::string hopeless = start_copy();
  table("copy").break_making(Error{ErrorCode::kInvalidArgument, "copy has no such column", "", {}});
  instance.crash();
  instance.settle();
  EXPECT_EQ(state(hopeless), "FAILED: copy has no such column");
  EXPECT_EQ(stored_status(hopeless), "FAILED");
}

TEST_F(EngineTest, AStoredJobIsTriedAgainWhileItsStartMaySucceedLater) {
  const std::string id = start_copy();
  table("copy").break_making(broken());
  instance.crash();
  instance.settle();
  EXPECT_EQ(state(id), "RESTARTING: the line is dead");
  table("copy").break_making(std::nullopt);
  instance.advance(Millis(200));
  EXPECT_EQ(state(id), "RUNNING");
}

TEST_F(EngineTest, AStatementThatDoesNotStartLeavesNothingBehind) {
  run(kNumbers);
  run(kCopy);
  table("copy").break_making(Error{ErrorCode::kUnsupported, "copy takes no numbers", "", {}});
  EXPECT_EQ(refused(kInsert).message, "copy takes no numbers");
  EXPECT_TRUE(instance.engine->jobs().empty());
  EXPECT_THAT(instance.store.records(), IsEmpty()) << "the next start would bring back what was refused";
  table("copy").break_making(std::nullopt);

  instance.store.errors.push_back({ErrorCode::kDiskFull, "no room for the journal", "", {}});
  EXPECT_EQ(refused(kInsert).code, ErrorCode::kDiskFull);
  EXPECT_TRUE(instance.engine->jobs().empty());
  feed(1);
  EXPECT_THAT(table("copy").written(), IsEmpty());
}

TEST_F(EngineTest, CheckpointsComeAtTheSessionsInterval) {
  run(kNumbers);
  run(kCopy);
  const std::string by_default = run(kInsert).job->id();
  run("SET 'execution.checkpointing.interval' = '5s'");
  const std::string chosen = run(kInsert).job->id();
  const auto completed = [&](const std::string& id) { return info(id).pipeline->checkpoints.completed; };
  const int64_t first_of_default = completed(by_default), first_of_chosen = completed(chosen);
  instance.advance(Millis(1'000));
  EXPECT_EQ(completed(by_default), first_of_default + 1);
  EXPECT_EQ(completed(chosen), first_of_chosen);
  instance.advance(Millis(4'000));
  EXPECT_EQ(completed(chosen), first_of_chosen + 1);
}

TEST_F(EngineTest, ACheckpointCanBeAskedForOrIsRefusedWithAReason) {
  const std::string id = start_copy();
  const auto ask = [&] {
    std::string answer = "none";
    instance.engine->find_job(id)->checkpoint([&](const Result<CheckpointId>& checkpoint) {
      answer = checkpoint ? "checkpoint " + std::to_string(checkpoint->value)
                          : std::string(name_of(checkpoint.error().code));
    });
    instance.settle();
    return answer;
  };
  EXPECT_EQ(ask(), "checkpoint 1");
  EXPECT_EQ(ask(), "checkpoint 2");
  EXPECT_EQ(info(id).pipeline->checkpoints.last, CheckpointId(2));
  table("numbers").break_reading(broken());
  feed(1);
  ASSERT_THAT(state(id), HasSubstr("RESTARTING"));
  EXPECT_EQ(ask(), "unavailable");
}

TEST_F(EngineTest, UnknownJobsAreErrors) {
  EXPECT_EQ(instance.engine->find_job("ffff"), nullptr);
  const Error stopping = refused("STOP JOB 'ffff'");
  EXPECT_EQ(stopping.code, ErrorCode::kNotFound);
  EXPECT_THAT(stopping.message, HasSubstr("ffff"));
  EXPECT_EQ(refused("DESCRIBE JOB 'ffff'").code, ErrorCode::kNotFound);
  EXPECT_TRUE(run("SHOW JOBS").table.rows.empty());
}

TEST_F(EngineTest, JobsAreShownNewestFirstAndStoppedByStatement) {
  const std::string first = start_copy();
  run("SET 'pipeline.name' = 'second'");
  const std::string second = run(kInsert).job->id();
  const auto shown = run("SHOW JOBS").table;
  ASSERT_EQ(shown.rows.size(), 2u);
  EXPECT_EQ(shown.schema.fields.at(0).name, "job id");
  EXPECT_EQ(shown.rows[0].at(0).as_string(), second);
  EXPECT_EQ(shown.rows[0].at(1).as_string(), "second");
  EXPECT_EQ(shown.rows[0].at(2).as_string(), "RUNNING");
  EXPECT_EQ(shown.rows[1].at(0).as_string(), first);
  EXPECT_EQ(shown.rows[1].at(1).as_string(), "insert-into_copy");
  EXPECT_EQ(refused("STOP JOB '" + first + "' WITH SAVEPOINT").code, ErrorCode::kUnsupported);
  EXPECT_EQ(state(first), "RUNNING");
  run("STOP JOB '" + first + "'");
  EXPECT_EQ(state(first), "CANCELED");
  EXPECT_EQ(state(second), "RUNNING");
  const auto described = run("DESCRIBE JOB '" + first + "'").table;
  ASSERT_EQ(described.rows.size(), 1u);
  EXPECT_EQ(described.rows[0].at(2).as_string(), "CANCELED");
}

TEST_F(EngineTest, OnlyOneJobWritesAKeyedTarget) {
  run(kNumbers);
  const std::string keyed = " (n BIGINT, PRIMARY KEY (n) NOT ENFORCED) WITH ('connector' = 'fake', 'topic' = 'totals')";
  run("CREATE TABLE totals" + keyed);
  run("CREATE TABLE same_totals" + keyed);
  run("CREATE TABLE others (n BIGINT, PRIMARY KEY (n) NOT ENFORCED) WITH ('connector' = 'fake', 'topic' = 'others')");
  const std::string first = run("INSERT INTO totals SELECT n FROM numbers").job->id();
  run("INSERT INTO others SELECT n FROM numbers");
  const std::string again = "INSERT INTO same_totals SELECT n + 1 FROM numbers";
  const Error conflict = refused(again);
  EXPECT_EQ(conflict.code, ErrorCode::kConflict);
  EXPECT_THAT(conflict.message, HasSubstr(first));
  EXPECT_THAT(conflict.hint, HasSubstr("--replace"));
  EXPECT_EQ(instance.engine->jobs().size(), 2u);

  const std::string second = run(again, {.replace = true}).job->id();
  EXPECT_EQ(state(first), "CANCELED");
  EXPECT_EQ(state(second), "RUNNING");
  cancelled(second);
  run(again);
}

TEST_F(EngineTest, AScriptThatRunsAgainMeetsItsTables) {
  const std::string view = "CREATE VIEW big AS SELECT n FROM numbers WHERE n > ";
  const std::string wider = "CREATE TABLE numbers (n BIGINT, m BIGINT) WITH ('connector' = 'fake')";
  run(kNumbers);
  run(view + "5");
  EXPECT_EQ(refused(kNumbers).code, ErrorCode::kAlreadyExists);  // twice in one session is a mistake, as in Flink

  reopen();
  run(kNumbers);
  run(view + "5");
  EXPECT_EQ(refused(kNumbers).code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(refused(view + "5").code, ErrorCode::kAlreadyExists);

  reopen();
  const Error other = refused(wider);
  EXPECT_EQ(other.code, ErrorCode::kAlreadyExists);
  EXPECT_THAT(other.hint, HasSubstr("--replace"));
  EXPECT_EQ(refused(view + "6").code, ErrorCode::kAlreadyExists);
  run(wider, {.replace = true});
  run(view + "6", {.replace = true});
  EXPECT_EQ(run("DESCRIBE numbers").table.rows.size(), 2u);
  EXPECT_THAT(run("SHOW CREATE VIEW big").table.rows.at(0).at(0).as_string(), HasSubstr("6"));
  EXPECT_EQ(refused(kNumbers, {.replace = true}).code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(refused(view + "7", {.replace = true}).code, ErrorCode::kAlreadyExists);
  run("DROP VIEW big");
  run(view + "7");

  // To check a script that was submitted finds no fault either, and changes nothing.
  reopen(Session::Mode::kCheck);
  run(kNumbers);
  EXPECT_EQ(refused(kNumbers).code, ErrorCode::kAlreadyExists);
  reopen();
  EXPECT_EQ(run("DESCRIBE numbers").table.rows.size(), 2u);
}

TEST_F(EngineTest, WhatCannotRunReplacesNothing) {
  run(kNumbers);
  run("CREATE TABLE totals (n BIGINT, PRIMARY KEY (n) NOT ENFORCED) WITH ('connector' = 'fake', 'topic' = 'totals')");
  const std::string first = run("INSERT INTO totals SELECT n FROM numbers").job->id();
  const std::string again = "INSERT INTO totals SELECT n + 1 FROM numbers";

  table("totals").break_making(broken(ErrorCode::kInvalidArgument));
  EXPECT_EQ(refused(again, {.replace = true}).message, "the line is dead");
  table("totals").break_making({});
  table("totals").break_checking(broken(ErrorCode::kInvalidArgument));
  EXPECT_EQ(refused(again, {.replace = true}).message, "the line is dead");
  table("totals").break_checking({});
  EXPECT_EQ(state(first), "RUNNING");
  EXPECT_EQ(instance.engine->jobs().size(), 1u);
  feed(7);
  EXPECT_THAT(table("totals").written(), ElementsAre("+I 7"));

  const std::string second = run(again, {.replace = true}).job->id();
  EXPECT_EQ(state(first), "CANCELED");
  EXPECT_EQ(state(second), "RUNNING");
}

TEST_F(EngineTest, OfManySessionsOneWritesAKeyedTarget) {
  run(kNumbers);
  run("CREATE TABLE totals (n BIGINT, PRIMARY KEY (n) NOT ENFORCED) WITH ('connector' = 'fake', 'topic' = 'totals')");
  constexpr int kRounds = 20, kSessions = 8;
  for (int round = 0; round < kRounds; ++round) {
    std::atomic<int> ready = 0, accepted = 0;
    std::vector<std::thread> clients;
    for (int i = 0; i < kSessions; ++i) {
      clients.emplace_back([&] {
        const auto own = instance.engine->open_session();
        for (++ready; ready < kSessions;) std::this_thread::yield();
        const auto outcome = instance.engine->execute(*own, "INSERT INTO totals SELECT n FROM numbers");
        if (outcome)
          ++accepted;
        else
          EXPECT_EQ(outcome.error().code, ErrorCode::kConflict) << outcome.error().to_string();
      });
    }
    for (std::thread& client : clients) client.join();
    EXPECT_EQ(accepted, 1);
    for (const auto& job : instance.engine->jobs()) cancelled(job->id());
  }
}

TEST_F(EngineTest, ADefinitionReplacesNothingThatRuns) {
  const std::string id = start_copy();
  const std::string other = run(kInsert).job->id();  // without a key many may write
  run("DROP TABLE numbers");
  feed(1);
  EXPECT_EQ(state(id), "RUNNING");
  EXPECT_EQ(state(other), "RUNNING");
  EXPECT_EQ(table("copy").written().size(), 2u);
}

TEST_F(EngineTest, AQueryGivesItsRowsAndIsForgotten) {
  run(kNumbers);
  const Outcome outcome = run("SELECT n + 1 AS more FROM numbers");
  ASSERT_NE(outcome.query, nullptr);
  EXPECT_EQ(outcome.query->schema().fields.at(0).name, "more");
  EXPECT_TRUE(outcome.job->is_query());
  feed(1);
  EXPECT_EQ(outcome.query->take(10).batches.size(), 1u);
  table("numbers").end();
  instance.settle();
  const auto last = outcome.query->take(10);
  EXPECT_TRUE(last.ended);
  EXPECT_FALSE(last.error.has_value());
  EXPECT_THAT(instance.store.records(), IsEmpty());
}

TEST_F(EngineTest, AQueryIsNeverRestarted) {
  run(kNumbers);
  const Outcome outcome = run("SELECT n FROM numbers");
  table("numbers").break_reading(broken());
  feed(1);
  const auto last = outcome.query->take(10);
  EXPECT_TRUE(last.ended);
  ASSERT_TRUE(last.error.has_value());
  EXPECT_EQ(last.error->code, ErrorCode::kUnavailable) << "the client sees the pipeline's own error";
  EXPECT_EQ(state(outcome.job->id()), "FAILED: the line is dead");
}

TEST_F(EngineTest, AQueryStopsReadingWhenNobodyFetches) {
  run(kNumbers);
  const Outcome outcome = run("SELECT n FROM numbers");
  std::vector<FakeTable::Row> rows(100'000, {Value(int64_t{1})});
  table("numbers").feed(rows);
  instance.settle();
  EXPECT_TRUE(outcome.query->is_full());
  size_t fetched = 0;
  for (int page = 0; page < 1'000 && fetched < rows.size(); ++page) {
    const auto taken = outcome.query->take(5'000);
    for (const auto& batch : taken.batches) fetched += batch.row_count();
    EXPECT_LT(fetched, rows.size() + 1);
    instance.settle();
  }
  EXPECT_EQ(fetched, rows.size());
}

TEST_F(EngineTest, CancellingAQueryEndsItsResult) {
  run(kNumbers);
  const Outcome outcome = run("SELECT n FROM numbers");
  EXPECT_FALSE(outcome.query->take(1).ended);
  cancelled(outcome.job->id());
  EXPECT_TRUE(outcome.query->take(1).ended);
}

TEST_F(EngineTest, ACheckChangesAndStartsNothing) {
  reopen(Session::Mode::kCheck);
  run(kNumbers);
  run(kCopy);
  const Outcome outcome = run(kInsert);
  EXPECT_EQ(outcome.job, nullptr);
  EXPECT_THAT(outcome.table.rows.at(0).at(0).as_string(), HasSubstr("copy"));
  run("CREATE TABLE made WITH ('connector' = 'fake') AS SELECT n FROM numbers");
  run("INSERT INTO made SELECT n FROM numbers");
  EXPECT_TRUE(instance.engine->jobs().empty());
  reopen();
  EXPECT_EQ(refused(kInsert).code, ErrorCode::kNotFound);
}

TEST_F(EngineTest, DmlSyncAsksToWait) {
  run(kNumbers);
  run(kCopy);
  run("SET 'table.dml-sync' = 'true'");
  EXPECT_TRUE(run(kInsert).wait_for_job);
  EXPECT_FALSE(run("SELECT n FROM numbers").wait_for_job);
}

TEST_F(EngineTest, AStatementSetIsOneJob) {
  run(kNumbers);
  run(kCopy);
  run("CREATE TABLE twin (n BIGINT) WITH ('connector' = 'fake')");
  const std::string id =
      run("EXECUTE STATEMENT SET BEGIN INSERT INTO copy SELECT n FROM numbers; INSERT INTO twin SELECT n + 1 FROM "
          "numbers; END")
          .job->id();
  EXPECT_EQ(info(id).record.name, "insert-into_copy,twin");
  instance.crash();
  instance.settle();
  feed(1);
  EXPECT_THAT(table("copy").written(), ElementsAre("+I 1"));
  EXPECT_THAT(table("twin").written(), ElementsAre("+I 2"));
}

}  // namespace
}  // namespace millstream::job

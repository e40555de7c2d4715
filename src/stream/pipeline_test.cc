// Pipelines on a fake machine: watermarks, windows, unions, checkpoints that tear, commits that fail, stops and ends.
#include "env/failpoint.h"
#include "stream/checkpoint_store.h"
#include "stream/internal/rig.h"

namespace millstream::stream::scripted {
namespace {

using catalog::ChangelogMode;
using Lines = std::vector<std::string>;

const Type kText = Type::string();
const Type kNumber = Type::bigint();
const Type kTime = Type::timestamp(3);

struct PipelineTest : ::testing::Test {
  Feed feed;
  Table table;
  Rig rig;
  std::vector<Type> types{kText, kNumber, kTime};

  PipelineTest() {
    rig.connectors.feeds["bid"] = &feed;
    rig.connectors.tables["out"] = &table;
  }
  Lines after(const Lines& rows, const std::string& split = "0") {
    feed.append(split, batch_of(types, rows));
    const Status drained = rig.drain();
    EXPECT_TRUE(drained.has_value()) << drained.error().message;
    return table.take();
  }
  plan::PhysicalNodePtr windowed(plan::Window window) {
    plan::WindowAggregate node;
    node.window = window;
    node.time_column = 2;
    node.calls = {call_of("SUM", 1, kNumber), call_of("COUNT", -1, kNumber)};
    node.properties = {plan::WindowAggregate::Property::kStart, plan::WindowAggregate::Property::kEnd};
    return make_node(node, {scan_of("bid", types, 2)}, {kNumber, kNumber, kTime, kTime}, {}, "window");
  }
  void use_window(plan::Window window) { rig.plan = plan_of({sink_of("out", windowed(window))}); }
};
using plan::Window;
constexpr Window kTenSeconds{Window::Kind::kTumble, Millis(10'000), Millis(0), Millis(0), Millis(0)};

TEST_F(PipelineTest, AWindowFiresWhenTheWatermarkPassesItsEnd) {
  use_window(kTenSeconds);
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"ann 4 1000", "bob 2 9000", "ann 1 9998"}), Lines{});
  EXPECT_EQ(after({"ann 1 9999"}), (Lines{"+I 8 4 0 10000"}));
  // Late for its window: dropped and counted.
  EXPECT_EQ(after({"bob 16 4000", "bob 5 25000"}), Lines{});
  EXPECT_EQ(after({"bob 5 45000"}), (Lines{"+I 5 1 20000 30000"}));
  int64_t late = 0;
  for (const auto& op : rig.pipeline->snapshot().operators) late += op.counters.late_rows;
  EXPECT_EQ(late, 1);
  feed.finish();
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(table.take(), (Lines{"+I 5 1 40000 50000"}));
  EXPECT_EQ(rig.pipeline->state().phase, PipelinePhase::kFinished);
  EXPECT_EQ(table.closed, 1);
}

TEST_F(PipelineTest, WindowsBeforeTheEpochFloor) {
  use_window(kTenSeconds);
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"ann 4 -1", "ann 1 0"}), (Lines{"+I 4 1 -10000 0"}));
}

TEST_F(PipelineTest, HopAndCumulate) {
  use_window({Window::Kind::kHop, Millis(10'000), Millis(5'000), Millis(0), Millis(0)});
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"ann 1 2000", "ann 2 11000"}), (Lines{"+I 1 1 -5000 5000", "+I 1 1 0 10000"}));
  // 4 s is late for all; 6 s is late for [0,10) but not for [5,15)
  EXPECT_EQ(after({"bob 16 4000", "bob 32 6000", "bob 64 10000", "bob 4 40000"}),
            (Lines{"+I 98 3 5000 15000", "+I 66 2 10000 20000"}));
  use_window({Window::Kind::kCumulate, Millis(9'000), Millis(3'000), Millis(0), Millis(0)});
  ASSERT_TRUE(rig.restart().has_value());
  table.take();
  Feed again;
  rig.connectors.feeds["bid"] = &again;
  ASSERT_TRUE(rig.restart().has_value());
  again.append(batch_of(types, {"a 1 1000", "a 2 4000", "a 4 8999", "a 0 20000"}));
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(table.take(), (Lines{"+I 1 1 0 3000", "+I 3 2 0 6000", "+I 7 3 0 9000"}));
  rig.pipeline.reset();
}

TEST_F(PipelineTest, TheSlowestSplitHoldsTheWatermarkBackUntilItIsIdle) {
  Feed two({"0", "1"});
  rig.connectors.feeds["bid"] = &two;
  use_window(kTenSeconds);
  ASSERT_TRUE(rig.start().has_value());
  two.append("0", batch_of(types, {"a 1 1000", "a 1 30000"}));
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(table.take(), Lines{});
  two.append("1", batch_of(types, {"b 2 5000"}));
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(table.take(), Lines{});
  two.idle("1");
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(table.take(), (Lines{"+I 3 2 0 10000"}));
  const auto splits = rig.pipeline->snapshot().splits;
  ASSERT_EQ(splits.size(), 2u);
  EXPECT_EQ(splits[1].watermark, EventTime(5000));
  EXPECT_TRUE(splits[1].idle);
  rig.pipeline.reset();
}

TEST_F(PipelineTest, ASplitWithoutRowsBecomesIdleByTheClock) {
  Feed two({"0", "1"});
  rig.connectors.feeds["bid"] = &two;
  rig.settings.source_idle_timeout = Millis(500);
  use_window(kTenSeconds);
  ASSERT_TRUE(rig.start().has_value());
  two.append("0", batch_of(types, {"a 1 1000", "a 1 30000"}));
  rig.env.fake_clock().advance(Millis(400));
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(table.take(), Lines{});
  EXPECT_LE(rig.scheduler.next_time().value, rig.env.clock().now().value + 500);
  rig.env.fake_clock().advance(Millis(100));
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(table.take(), (Lines{"+I 1 1 0 10000"}));
  rig.pipeline.reset();
}

TEST_F(PipelineTest, PeriodicWatermarksLeaveOncePerInterval) {
  rig.settings.watermark_interval = Millis(200);
  use_window(kTenSeconds);
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"a 1 1000", "a 2 12000", "a 4 5000"}),
            (Lines{"+I 5 2 0 10000"}));  // the whole batch, then the watermark
  EXPECT_EQ(after({"a 8 25000"}), Lines{});
  rig.env.fake_clock().advance(Millis(200));
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(table.take(), (Lines{"+I 2 1 10000 20000"}));
}

TEST_F(PipelineTest, ANullEventTimeIsABadRow) {
  use_window(kTenSeconds);
  ASSERT_TRUE(rig.start().has_value());
  feed.append(batch_of(types, {"a 1 NULL"}));
  const Status status = rig.drain();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::kBadRow);
}

TEST_F(PipelineTest, LateRowsStayLateOverARestart) {
  rig.settings.checkpoint_directory = "/chk";
  use_window(kTenSeconds);
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"a 1 1000", "a 2 12000"}), (Lines{"+I 1 1 0 10000"}));
  ASSERT_TRUE(rig.checkpoint().has_value());
  ASSERT_TRUE(rig.restart().has_value());
  EXPECT_EQ(after({"a 64 3000", "a 4 13000", "a 0 21000"}), (Lines{"+I 6 2 10000 20000"}));
}

TEST_F(PipelineTest, ASharedScanRunsOnceForAllItsReaders) {
  Table second;
  rig.connectors.tables["two"] = &second;
  auto scan = scan_of("bid", types);
  rig.plan = plan_of({sink_of("out", scan), sink_of("two", make_node(plan::UnionAll{}, {scan, scan}, types))});
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"a 1 1000"}), (Lines{"+I a 1 1000"}));
  EXPECT_EQ(second.take(), (Lines{"+I a 1 1000", "+I a 1 1000"}));
  EXPECT_EQ(rig.pipeline->snapshot().operators[0].counters.records_in, 1);
  rig.pipeline.reset();
}

TEST_F(PipelineTest, NormalizeRebuildsAnUpsertSource) {
  const auto scan = scan_of("bid", types, -1, ChangelogMode::upsert());
  rig.plan = plan_of(
      {sink_of("out", make_node(plan::ChangelogNormalize{{0}, true}, {scan}, types, ChangelogMode::retract(), "n"))});
  rig.settings.checkpoint_directory = "/chk";
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"+I 1 4 0", "+U 2 6 0", "+U 1 9 0", "+U 1 9 0"}),
            (Lines{"+I 1 4 0", "+I 2 6 0", "-U 1 4 0", "+U 1 9 0"}));
  ASSERT_TRUE(rig.checkpoint().has_value());
  ASSERT_TRUE(rig.restart().has_value());
  EXPECT_EQ(after({"-D 2 NULL NULL", "-D 3 NULL NULL", "+I 1 2 0"}), (Lines{"-D 2 6 0", "-U 1 9 0", "+U 1 2 0"}));
  EXPECT_EQ(after({"-D 1 2 0", "+I 1 2 0", "-D 1 2 0"}), (Lines{"-D 1 2 0", "+I 1 2 0", "-D 1 2 0"}));
}

TEST_F(PipelineTest, NormalizeTreatsARowThatItsConditionRefusesAsAbsent) {
  types = {kText, Type::boolean()};
  plan::ChangelogNormalize node{{0}, true};
  node.condition = function::column_reference(1, types[1]);
  const auto scan = scan_of("bid", types, -1, ChangelogMode::upsert());
  rig.plan = plan_of({sink_of("out", make_node(node, {scan}, types, ChangelogMode::retract(), "n"))});
  rig.settings.checkpoint_directory = "/chk";
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"+I a 0", "+I b 1", "+U a 1", "+U b NULL", "+U b 0"}), (Lines{"+I b 1", "+I a 1", "-D b 1"}));
  ASSERT_TRUE(rig.checkpoint().has_value());
  ASSERT_TRUE(rig.restart().has_value());
  EXPECT_EQ(after({"-D b NULL", "-D a NULL", "+I a 1"}), (Lines{"-D a 1", "+I a 1"}));
  rig.pipeline.reset();
}

TEST_F(PipelineTest, MaterializeShowsTheLastRowOfASinkKey) {
  types = {kText, kNumber};
  const auto scan = scan_of("bid", types, -1, ChangelogMode::retract());
  rig.settings.checkpoint_directory = "/chk";
  rig.plan = plan_of(
      {sink_of("out", make_node(plan::SinkMaterialize{{1}, {0}}, {scan}, types, ChangelogMode::upsert(), "m"))});
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"+I a 1", "+I b 3", "-U a 1", "+U a 3"}), (Lines{"+I a 1", "+I b 3", "-D a 1", "+U a 3"}));
  ASSERT_TRUE(rig.checkpoint().has_value());
  ASSERT_TRUE(rig.restart().has_value());
  EXPECT_EQ(after({"-D b 3", "+I c 3", "-D c 3", "-D x 3"}), (Lines{"+U c 3", "+U a 3"}));
  EXPECT_EQ(after({"-D a 3"}), (Lines{"-D a 3"}));
}

TEST_F(PipelineTest, ValuesSortAndLimitOfABoundedQuery) {
  plan::Values values;
  for (const int64_t n : {3, 1, 2, 5, 4})
    values.rows.push_back({Value("r" + std::to_string(n)), n == 5 ? Value() : Value(n)});
  const std::vector<Type> two{kText, kNumber};
  auto sorted = make_node(plan::Sort{{1}, {true}, {false}}, {make_node(values, {}, two)}, two);
  auto limited = make_node(plan::Limit{1, 3}, {sorted}, two);
  rig.plan = plan_of({make_node(plan::Collect{true}, {limited}, two)});
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(rig.results.take(), (Lines{"+I r4 4", "+I r3 3", "+I r2 2"}));
  EXPECT_EQ(rig.pipeline->state().phase, PipelinePhase::kFinished);
}

TEST_F(PipelineTest, WaitsForASourceThatIsNotThere) {
  rig.plan = plan_of({sink_of("out", scan_of("bid", types))});
  feed.discover_errors = {{ErrorCode::kUnavailable, "the broker is away", {}, {}},
                          {ErrorCode::kUnavailable, "still away", {}, {}}};
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(rig.pipeline->state().phase, PipelinePhase::kWaiting);
  EXPECT_EQ(rig.pipeline->state().reason, "the broker is away");
  for (int i = 0; i < 2; ++i) {
    rig.env.fake_clock().set(rig.scheduler.next_time());
    ASSERT_TRUE(rig.drain().has_value());
  }
  EXPECT_EQ(rig.pipeline->state().phase, PipelinePhase::kRunning);
}

TEST_F(PipelineTest, NewSplitsAreFoundWhileRunning) {
  rig.plan = plan_of({sink_of("out", scan_of("bid", types))});
  feed.discovery_interval = Millis(1000);
  ASSERT_TRUE(rig.start().has_value());
  feed.add_split("7");
  feed.append("7", batch_of(types, {"late 1 0"}));
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(table.take(), Lines{});
  rig.env.fake_clock().advance(Millis(1000));
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(table.take(), (Lines{"+I late 1 0"}));
}

// Checkpoints and commits.

struct CommitTest : PipelineTest {
  CommitTest() {
    table.target = "db";
    rig.settings.checkpoint_directory = "/chk";
    rig.plan = plan_of({sink_of("out", scan_of("bid", types))});
  }
  ~CommitTest() override { env::disarm_failpoints(); }
};

TEST_F(CommitTest, WhatIsWrittenShowsWithTheCheckpoint) {
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"a 1 0"}), Lines{});
  EXPECT_EQ(rig.checkpoint()->value, 1);
  EXPECT_EQ(table.lines(), (Lines{"+I a 1 0"}));
  EXPECT_EQ(table.held(), CheckpointId(1));
  // An epoch without rows is no transaction.
  EXPECT_EQ(rig.checkpoint()->value, 2);
  EXPECT_EQ(table.held(), CheckpointId(1));
  ASSERT_FALSE(feed.committed.empty());
  EXPECT_EQ(feed.committed.back()[0].position, "1");
}

TEST_F(CommitTest, TheIntervalTriggersCheckpoints) {
  rig.settings.checkpoint_interval = Millis(1000);
  ASSERT_TRUE(rig.start().has_value());
  after({"a 1 0"});
  rig.env.fake_clock().advance(Millis(1000));
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(table.lines(), (Lines{"+I a 1 0"}));
  EXPECT_EQ(rig.pipeline->snapshot().checkpoints.completed, 1);
}

TEST_F(CommitTest, TheIntervalCountsFromStartToStart) {
  rig.settings.checkpoint_interval = Millis(1000);
  ASSERT_TRUE(rig.start().has_value());
  const auto completed_after = [&](int64_t millis) {
    rig.env.fake_clock().advance(Millis(millis));
    EXPECT_TRUE(rig.drain().has_value());
    return rig.pipeline->snapshot().checkpoints.completed;
  };
  completed_after(400);
  ASSERT_TRUE(rig.checkpoint().has_value());
  EXPECT_EQ(completed_after(999), 1);  // what began by request counts too
  EXPECT_EQ(completed_after(1), 2);
  table.commit_errors = {{ErrorCode::kUnavailable, "no connection", {}, {}}};
  after({"a 1 0"});
  EXPECT_EQ(completed_after(1000), 2);
  EXPECT_EQ(completed_after(100), 3);
  EXPECT_EQ(completed_after(899), 3);
  EXPECT_EQ(completed_after(1), 4);  // the hundred that the commit took are part of the interval
}

TEST_F(CommitTest, ASinkThatCommitsNeedsADirectory) {
  rig.settings.checkpoint_directory.clear();
  EXPECT_EQ(rig.start().error().code, ErrorCode::kInvalidArgument);
}

// A crash at each step: rows arrive once each, whatever was done already.
TEST_F(CommitTest, ACrashAtAnyStepLosesAndRepeatsNothing) {
  const Lines points = {"checkpoint.begin",           "checkpoint.pages_written",
                        "checkpoint.pages_synced",    "checkpoint.manifest_written",
                        "checkpoint.before_commit",   "checkpoint.after_commit",
                        "checkpoint.manifests_pruned"};
  ASSERT_TRUE(rig.start().has_value());
  Lines expected;
  for (size_t i = 0; i < points.size(); ++i) {
    SCOPED_TRACE(points[i]);
    const std::string row = "r" + std::to_string(i) + " 1 0";
    feed.append(batch_of(types, {row}));
    expected.push_back("+I " + row);
    ASSERT_TRUE(rig.drain().has_value());
    env::arm_failpoint(points[i], env::FailAction::kError);
    (void)rig.checkpoint();
    EXPECT_GE(env::failpoint_hits()[points[i]], 1);
    env::disarm_failpoints();
    rig.pipeline.reset();
    rig.env.power_cut(env::FakeFileSystem::Unsynced::kNone);
    const Status restarted = rig.restart();
    ASSERT_TRUE(restarted.has_value()) << restarted.error().message;
    ASSERT_TRUE(rig.checkpoint().has_value());
    EXPECT_EQ(table.lines(), expected);
  }
}

TEST_F(CommitTest, ADatabaseThatIsAwayIsTriedAgain) {
  ASSERT_TRUE(rig.start().has_value());
  after({"a 1 0"});
  table.commit_errors = {{ErrorCode::kUnavailable, "no connection", {}, {}}};
  EXPECT_FALSE(rig.checkpoint().has_value());  // no answer yet
  EXPECT_EQ(rig.pipeline->state().phase, PipelinePhase::kRunning);
  EXPECT_EQ(rig.pipeline->state().reason, "no connection");
  feed.append(batch_of(types, {"b 2 0"}));
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(table.lines(), Lines{});
  rig.env.fake_clock().advance(Millis(100));
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(rig.pipeline->state().reason, "");
  EXPECT_EQ(table.lines(), (Lines{"+I a 1 0"}));
  ASSERT_TRUE(rig.checkpoint().has_value());
  EXPECT_EQ(table.lines(), (Lines{"+I a 1 0", "+I b 2 0"}));
}

TEST_F(CommitTest, ASinkMayWishForShorterIntervals) {
  rig.settings.checkpoint_interval = Millis(60'000);
  table.wishes.longest_interval = Millis(1000);
  ASSERT_TRUE(rig.start().has_value());
  after({"a 1 0"});
  rig.env.fake_clock().advance(Millis(999));
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(table.lines(), Lines{});
  rig.env.fake_clock().advance(Millis(1));
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(table.lines(), (Lines{"+I a 1 0"}));
}

TEST_F(CommitTest, ASinkMayLimitTheRetries) {
  table.wishes.most_retries = 2;
  ASSERT_TRUE(rig.start().has_value());
  const Error away{ErrorCode::kUnavailable, "no connection", {}, {}};
  const auto after_retries = [&](size_t errors) {
    table.commit_errors.assign(errors, away);
    (void)rig.checkpoint();
    for (int i = 0; i < 3; ++i) {
      rig.env.fake_clock().advance(Millis(5000));
      (void)rig.drain();  // which is the pipeline's error once it has failed
    }
  };
  after({"a 1 0"});
  after_retries(2);
  EXPECT_EQ(table.take(), (Lines{"+I a 1 0"}));
  after({"b 2 0"});
  after_retries(3);
  EXPECT_EQ(rig.pipeline->state().phase, PipelinePhase::kFailed);
  EXPECT_EQ(rig.pipeline->state().error->code, ErrorCode::kUnavailable);
  EXPECT_EQ(rig.pipeline->state().error->message, "no connection (given up after 2 retries, as its table asks)");
  // What was not committed is committed by the next attempt.
  ASSERT_TRUE(rig.restart().has_value());
  EXPECT_EQ(table.lines(), (Lines{"+I b 2 0"}));
}

TEST_F(CommitTest, AFencedAttemptStops) {
  ASSERT_TRUE(rig.start().has_value());
  after({"a 1 0"});
  table.commit_errors = {{ErrorCode::kConflict, "fenced", {}, {}}};
  EXPECT_FALSE(rig.checkpoint().has_value());
  EXPECT_EQ(rig.pipeline->state().phase, PipelinePhase::kFailed);
  EXPECT_EQ(rig.pipeline->state().error->code, ErrorCode::kConflict);
}

TEST_F(CommitTest, AFullDiskHoldsTheSourcesAndLosesNothing) {
  ASSERT_TRUE(rig.start().has_value());
  after({"a 1 0"});
  rig.env.files().set_disk_limit(rig.env.files().disk_used());
  EXPECT_FALSE(rig.checkpoint().has_value());
  after({"b 2 0"});
  EXPECT_EQ(rig.pipeline->state().phase, PipelinePhase::kRunning);
  EXPECT_TRUE(rig.pipeline->state().reason.starts_with("the checkpoint cannot be stored: "))
      << rig.pipeline->state().reason;
  EXPECT_EQ(rig.pipeline->snapshot().operators[0].counters.records_in, 1);  // b waits
  rig.env.files().set_disk_limit(Bytes::max());
  rig.env.fake_clock().advance(Millis(1000));
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(table.lines(), (Lines{"+I a 1 0"}));
  ASSERT_TRUE(rig.checkpoint().has_value());
  EXPECT_EQ(table.lines(), (Lines{"+I a 1 0", "+I b 2 0"}));
}

TEST_F(CommitTest, AFullEpochPausesSourcesAndSendsABarrier) {
  table.full_after = 2;
  ASSERT_TRUE(rig.start().has_value());
  for (int i = 0; i < 5; ++i) feed.append(batch_of(types, {"a " + std::to_string(i) + " 0"}));
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(table.lines().size(), 4u);  // two epochs; the fifth row is in the third
  EXPECT_EQ(rig.pipeline->snapshot().checkpoints.completed, 2);
}

TEST_F(CommitTest, BoundedInputIsCommittedAtItsEnd) {
  ASSERT_TRUE(rig.start().has_value());
  after({"a 1 0"});
  feed.finish();
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(rig.pipeline->state().phase, PipelinePhase::kFinished);
  EXPECT_EQ(table.lines(), (Lines{"+I a 1 0"}));
  EXPECT_EQ(table.closed, 1);
}

TEST_F(CommitTest, AStopLeavesACheckpointToGoOnFrom) {
  ASSERT_TRUE(rig.start().has_value());
  after({"a 1 0"});
  Result<CheckpointId> stopped = fail(ErrorCode::kInternal, "no answer");
  rig.pipeline->stop([&](Result<CheckpointId> id) { stopped = id; });
  ASSERT_TRUE(rig.drain().has_value());
  ASSERT_TRUE(stopped.has_value());
  EXPECT_EQ(rig.pipeline->state().phase, PipelinePhase::kFinished);
  feed.append(batch_of(types, {"b 2 0"}));
  ASSERT_TRUE(rig.restart().has_value());
  EXPECT_EQ(rig.pipeline->snapshot().checkpoints.restored_from, *stopped);
  ASSERT_TRUE(rig.checkpoint().has_value());
  EXPECT_EQ(table.lines(), (Lines{"+I a 1 0", "+I b 2 0"}));
}

TEST_F(CommitTest, ASavepointIsACopyToBeginFrom) {
  ASSERT_TRUE(rig.start().has_value());
  after({"a 1 0"});
  const auto id = rig.checkpoint();
  ASSERT_TRUE(rig.pipeline->export_checkpoint(*id, "/saved").has_value());
  rig.pipeline.reset();
  rig.settings.checkpoint_directory = "/other";
  rig.settings.restore_directory = "/saved";
  feed.append(batch_of(types, {"b 2 0"}));
  ASSERT_TRUE(rig.restart().has_value());
  ASSERT_TRUE(rig.checkpoint().has_value());
  EXPECT_EQ(table.lines(), (Lines{"+I a 1 0", "+I b 2 0"}));
}

// Bad rows reported with the checkpoint.

struct DeadLetterTest : PipelineTest {
  Table letters;
  const std::string letter = "source bid: the event time is NULL";
  DeadLetterTest() {
    letters.target = "letters";
    rig.settings.checkpoint_directory = "/chk";
    rig.plan = plan_of({sink_of("out", scan_of("bid", types, 2))});
    rig.hooks.make_bad_row_policy = [this](const plan::TableScan&) { return std::make_unique<LetterPolicy>(letters); };
    rig.hooks.dead_letter_target = "letters";
    rig.hooks.make_dead_letter_committer = [this](const SinkIdentity&) -> Result<std::unique_ptr<Committer>> {
      return std::make_unique<TableCommitter>(letters);
    };
  }
  ~DeadLetterTest() override {
    env::disarm_failpoints();
    rig.pipeline.reset();
  }
};

TEST_F(DeadLetterTest, LettersAreCommittedWithTheCheckpoint) {
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"a 1 NULL", "b 2 7", "c 3 NULL"}), (Lines{"+I b 2 7"}));
  EXPECT_EQ(letters.lines(), Lines{});
  ASSERT_TRUE(rig.checkpoint().has_value());
  EXPECT_EQ(letters.lines(), (Lines{letter, letter}));
  ASSERT_TRUE(rig.checkpoint().has_value());
  EXPECT_EQ(letters.held(), CheckpointId(1));
  EXPECT_EQ(rig.pipeline->snapshot().operators[0].counters.bad_rows, 2);
}

TEST_F(DeadLetterTest, ACrashBeforeOrAfterTheCommitReportsEachRowOnce) {
  ASSERT_TRUE(rig.start().has_value());
  Lines expected;
  for (const char* point : {"checkpoint.manifest_written", "checkpoint.before_commit", "checkpoint.after_commit"}) {
    SCOPED_TRACE(point);
    after({"a 1 NULL"});
    expected.push_back(letter);
    env::arm_failpoint(point, env::FailAction::kError);
    (void)rig.checkpoint();
    EXPECT_GE(env::failpoint_hits()[point], 1);
    env::disarm_failpoints();
    rig.pipeline.reset();
    rig.env.power_cut(env::FakeFileSystem::Unsynced::kNone);
    ASSERT_TRUE(rig.restart().has_value());
    ASSERT_TRUE(rig.checkpoint().has_value());
    EXPECT_EQ(letters.lines(), expected);
  }
}

TEST_F(DeadLetterTest, TooManyLettersPauseTheSourceUntilTheyAreCommitted) {
  letters.full_after = 2;
  ASSERT_TRUE(rig.start().has_value());
  for (int i = 0; i < 5; ++i) feed.append(batch_of(types, {"a 1 NULL"}));
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(letters.lines().size(), 4u);
  EXPECT_EQ(rig.pipeline->snapshot().checkpoints.completed, 2);
}

// A client's query stores nothing, but its bad rows are reported all the same.
TEST_F(DeadLetterTest, WithoutACheckpointDirectoryLettersLeaveByTheIntervalAndAtTheEnd) {
  rig.settings.checkpoint_directory.clear();
  rig.settings.checkpoint_interval = Millis(1000);
  ASSERT_TRUE(rig.start().has_value());
  after({"a 1 NULL"});
  rig.env.fake_clock().advance(Millis(1000));
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(letters.lines().size(), 1u);
  after({"a 1 NULL"});
  feed.finish();
  ASSERT_TRUE(rig.drain().has_value());
  EXPECT_EQ(rig.pipeline->state().phase, PipelinePhase::kFinished);
  EXPECT_EQ(letters.lines().size(), 2u);
}

TEST_F(DeadLetterTest, LettersThatNobodyCommitsFailTheJob) {
  rig.hooks.make_dead_letter_committer = nullptr;
  ASSERT_TRUE(rig.start().has_value());
  after({"a 1 NULL"});
  EXPECT_FALSE(rig.checkpoint().has_value());
  EXPECT_EQ(rig.pipeline->state().phase, PipelinePhase::kFailed);
}

TEST_F(PipelineTest, ANullForANotNullColumnFailsTheJobOrIsDropped) {
  types = {kText, kNumber};
  const auto sink_with = [&](bool drops) {
    auto node = std::make_shared<plan::PhysicalNode>(*sink_of("out", scan_of("bid", types)));
    auto& sink = std::get<plan::TableSink>(node->node);
    sink.not_null = {1};
    sink.drop_null_rows = drops;
    return plan_of({node});
  };
  rig.plan = sink_with(true);
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"a 1", "b NULL", "NULL 3"}), (Lines{"+I a 1", "+I NULL 3"}));
  rig.plan = sink_with(false);
  ASSERT_FALSE(rig.restart().has_value());  // reads them again
  EXPECT_EQ(rig.pipeline->state().error->code, ErrorCode::kBadRow);
  EXPECT_NE(rig.pipeline->state().error->message.find("Column 'c1' is NOT NULL"), std::string::npos);
  rig.pipeline.reset();
}

// A dropped row must not cover another one of its sink key.
TEST_F(PipelineTest, MaterializeDropsNullsBeforeItOrdersRows) {
  types = {kText, kNumber, kNumber};
  const auto scan = scan_of("bid", types, -1, ChangelogMode::retract());
  rig.plan = plan_of(
      {sink_of("out", make_node(plan::SinkMaterialize{{1}, {0}, {2}}, {scan}, types, ChangelogMode::upsert(), "m"))});
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"+I a 1 7", "+I b 1 NULL", "-D a 1 7"}), (Lines{"+I a 1 7", "-D a 1 7"}));
  rig.pipeline.reset();
}

struct DamageTest : PipelineTest {
  DamageTest() {
    rig.settings.checkpoint_directory = "/chk";
    use_window(kTenSeconds);
  }
  void flip(const std::string& path, int64_t offset) {
    auto bytes = rig.env.files().read_file(path);
    ASSERT_TRUE(bytes.has_value());
    (*bytes)[static_cast<size_t>(offset)] ^= std::byte{0x40};
    ASSERT_TRUE(rig.env.files().write_file(path, *bytes).has_value());
  }
};

TEST_F(DamageTest, AnOlderCheckpointIsUsedWhenTheNewestIsDamaged) {
  for (const bool manifest : {true, false}) {
    SCOPED_TRACE(manifest);
    Feed fresh;
    rig.connectors.feeds["bid"] = &fresh;
    rig.settings.checkpoint_directory = manifest ? "/one" : "/two";
    ASSERT_TRUE(rig.restart().has_value());
    fresh.append(batch_of(types, {"a 1 1000"}));
    const auto first = rig.checkpoint();
    ASSERT_TRUE(first.has_value());
    fresh.append(batch_of(types, {"a 2 2000"}));
    ASSERT_TRUE(rig.drain().has_value());
    const auto second = rig.checkpoint();
    ASSERT_TRUE(second.has_value());
    const std::string folder = rig.settings.checkpoint_directory + "/";
    flip(folder + (manifest ? CheckpointStore::manifest_name(*second) : CheckpointStore::pages_name(*second)), 40);
    ASSERT_TRUE(rig.restart().has_value());
    EXPECT_EQ(rig.pipeline->snapshot().checkpoints.restored_from, *first);
    fresh.append(batch_of(types, {"a 4 20000"}));
    ASSERT_TRUE(rig.drain().has_value());
    EXPECT_EQ(table.take(), (Lines{"+I 3 2 0 10000"}));  // the second row was read again
    // Both damaged: say so, rather than begin anew.
    ASSERT_TRUE(rig.checkpoint().has_value());
    rig.pipeline.reset();
    CheckpointStore store(rig.env.files(), rig.settings.checkpoint_directory);
    const auto ids = store.list();
    for (const CheckpointId id : *ids) flip(folder + CheckpointStore::manifest_name(id), 20);
    EXPECT_EQ(rig.restart().error().code, ErrorCode::kCorrupt);
    rig.pipeline.reset();
  }
}

TEST_F(DamageTest, UnchangedPagesAreNotWrittenAgainAndOldFilesGo) {
  plan::GroupAggregate node;
  node.keys = {0};
  node.calls = {call_of("SUM", 1, kNumber)};
  rig.plan = plan_of(
      {sink_of("out", make_node(node, {scan_of("bid", types)}, {kText, kNumber}, ChangelogMode::retract(), "agg"))});
  ASSERT_TRUE(rig.start().has_value());
  Lines rows;
  for (int i = 0; i < 20'000; ++i) rows.push_back("key" + std::to_string(i) + " 1 0");
  feed.append(batch_of(types, rows));
  ASSERT_TRUE(rig.drain().has_value());
  ASSERT_TRUE(rig.checkpoint().has_value());
  const int64_t full = rig.pipeline->snapshot().checkpoints.last_size.value;
  EXPECT_GT(full, 20'000 * 32);
  feed.append(batch_of(types, {"key7 1 0"}));
  ASSERT_TRUE(rig.drain().has_value());
  ASSERT_TRUE(rig.checkpoint().has_value());
  EXPECT_LT(rig.pipeline->snapshot().checkpoints.last_size.value, full / 8);
  table.take();
  ASSERT_TRUE(rig.restart().has_value());
  EXPECT_EQ(after({"key7 1 0", "key19999 1 0"}), (Lines{"-U key7 2", "+U key7 3", "-U key19999 1", "+U key19999 2"}));
  for (int i = 0; i < 6; ++i) {
    feed.append(batch_of(types, rows));
    ASSERT_TRUE(rig.drain().has_value());
    ASSERT_TRUE(rig.checkpoint().has_value());
  }
  const auto files = rig.env.files().list("/chk");
  EXPECT_LE(files->size(), 4u);  // two manifests, two page files
}

}  // namespace
}  // namespace millstream::stream::scripted

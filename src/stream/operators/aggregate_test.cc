// Group aggregates: Flink's changes row by row, against a recomputation, over restarts at every step and other
// parallelism.
#include <random>

#include "stream/internal/rig.h"

namespace millstream::stream::scripted {
namespace {

using catalog::ChangelogMode;
using Lines = std::vector<std::string>;

const Type kText = Type::string();
const Type kNumber = Type::bigint();

plan::GroupAggregate per_owner(bool retracts) {
  plan::GroupAggregate node;
  node.keys = {0};
  node.calls = {call_of("COUNT", -1, kNumber), call_of("SUM", 1, kNumber), call_of("MIN", 1, kNumber),
                call_of("MAX", 1, kNumber)};
  node.input_retracts = retracts;
  return node;
}
plan::PhysicalNodePtr aggregated(plan::GroupAggregate node, plan::PhysicalNodePtr input,
                                 const std::vector<Type>& types) {
  auto exchange = make_node(plan::Exchange{node.keys}, {std::move(input)}, {kText, kNumber});
  return make_node(std::move(node), {exchange}, types, ChangelogMode::retract(), "aggregate");
}

struct AggregateTest : ::testing::Test {
  Feed feed;
  Table table;
  Rig rig;
  const std::vector<Type> types{kText, kNumber};

  void use(plan::GroupAggregate node) {
    std::vector<Type> output;
    for (const int key : node.keys) output.push_back(types[static_cast<size_t>(key)]);
    for (const auto& call : node.calls) output.push_back(call.signature.result);
    rig.connectors.feeds["acct"] = &feed;
    rig.connectors.tables["out"] = &table;
    rig.plan = plan_of(
        {sink_of("out", aggregated(std::move(node), scan_of("acct", types, -1, ChangelogMode::retract()), output))});
  }
  Lines after(const Lines& rows) {
    feed.append(batch_of(types, rows));
    EXPECT_TRUE(rig.drain().has_value());
    return table.take();
  }
};

TEST_F(AggregateTest, EveryRowGivesFlinksChanges) {
  use(per_owner(true));
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"+I ann 5", "+I bob 7", "+I ann 9"}),
            (Lines{"+I ann 1 5 5 5", "+I bob 1 7 7 7", "-U ann 1 5 5 5", "+U ann 2 14 5 9"}));
  EXPECT_EQ(after({"-U ann 9", "+U ann 2", "-D bob 7", "+I NULL NULL"}),
            (Lines{"-U ann 2 14 5 9", "+U ann 1 5 5 5", "-U ann 1 5 5 5", "+U ann 2 7 2 5", "-D bob 1 7 7 7",
                   "+I NULL 1 NULL NULL NULL"}));
  // Each row is a step of its own, also where the row after it undoes it.
  EXPECT_EQ(after({"-U ann 5", "+U ann 5", "-D ann 5", "-D ann 2", "-D NULL NULL"}),
            (Lines{"-U ann 2 7 2 5", "+U ann 1 2 2 2", "-U ann 1 2 2 2", "+U ann 2 7 2 5", "-U ann 2 7 2 5",
                   "+U ann 1 2 2 2", "-D ann 1 2 2 2", "-D NULL 1 NULL NULL NULL"}));
  // A retraction for nobody, and a group that goes and comes back within one batch.
  EXPECT_EQ(after({"-D zoe 1", "+I zoe 1", "-D zoe 1", "+I zoe 3"}),
            (Lines{"+I zoe 1 1 1 1", "-D zoe 1 1 1 1", "+I zoe 1 3 3 3"}));
}

TEST_F(AggregateTest, UnchangedResultsAreNotSent) {
  plan::GroupAggregate node;
  node.keys = {0};
  node.calls = {call_of("MAX", 1, kNumber)};
  use(node);
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"a 5", "a 3", "a 5", "a 6"}), (Lines{"+I a 5", "-U a 5", "+U a 6"}));
}

TEST_F(AggregateTest, WithATtlUnchangedResultsAreSentAndOldGroupsBeginAnew) {
  plan::GroupAggregate node;
  node.keys = {0};
  node.calls = {call_of("MAX", 1, kNumber)};
  node.state_ttl = Millis(1000);
  use(node);
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"a 5", "a 3"}), (Lines{"+I a 5", "-U a 5", "+U a 5"}));
  rig.env.fake_clock().advance(Millis(999));
  EXPECT_EQ(after({"a 4"}), (Lines{"-U a 5", "+U a 5"}));
  rig.env.fake_clock().advance(Millis(1000));
  EXPECT_EQ(after({"a 1"}), (Lines{"+I a 1"}));
}

TEST_F(AggregateTest, WithoutUpdateBefore) {
  auto node = per_owner(false);
  node.emit_update_before = false;
  use(node);
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"a 5", "a 3"}), (Lines{"+I a 1 5 5 5", "+U a 2 8 3 5"}));
}

TEST_F(AggregateTest, WithoutKeysThereIsOneGroup) {
  auto node = per_owner(true);
  node.keys = {};
  use(node);
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"+I a 5", "-D a 5"}), (Lines{"+I 1 5 5 5", "-D 1 5 5 5"}));
}

TEST_F(AggregateTest, InBatchModeEachGroupLeavesOnceAtTheEnd) {
  auto node = per_owner(false);
  node.at_end = true;
  for (const int parallelism : {1, 3}) {
    SCOPED_TRACE(parallelism);
    Feed bounded;
    use(node);
    rig.connectors.feeds["acct"] = &bounded;
    rig.settings.parallelism = parallelism;
    rig.settings.checkpoint_directory = "/batch" + std::to_string(parallelism);
    ASSERT_TRUE(rig.restart().has_value());
    bounded.append(batch_of(types, {"a 5", "b 3", "a NULL", "NULL 2"}));
    ASSERT_TRUE(rig.checkpoint().has_value());
    ASSERT_TRUE(rig.restart().has_value());
    bounded.append(batch_of(types, {"a 2"}));
    ASSERT_TRUE(rig.drain().has_value());
    EXPECT_EQ(table.take(), Lines{});
    bounded.finish();
    ASSERT_TRUE(rig.drain().has_value());
    Lines got = table.take();
    std::sort(got.begin(), got.end());
    EXPECT_EQ(got, (Lines{"+I NULL 1 2 2 2", "+I a 3 7 2 5", "+I b 1 3 3 3"}));
    // Begun again from the last checkpoint, the groups have left already.
    ASSERT_TRUE(rig.restart().has_value());
    EXPECT_EQ(rig.pipeline->state().phase, PipelinePhase::kFinished);
    EXPECT_EQ(table.take(), Lines{});
    rig.pipeline.reset();
  }
}

TEST_F(AggregateTest, InBatchModeWithoutKeysThereIsARowForNoRows) {
  auto node = per_owner(false);
  node.keys = {};
  node.at_end = true;
  for (const int parallelism : {1, 3}) {
    use(node);
    rig.settings.parallelism = parallelism;
    rig.settings.checkpoint_directory = "/batch" + std::to_string(parallelism);
    feed.finish();
    ASSERT_TRUE(rig.restart().has_value());
    EXPECT_EQ(table.take(), (Lines{"+I 0 NULL NULL NULL"}));
    ASSERT_TRUE(rig.restart().has_value());
    EXPECT_EQ(table.take(), Lines{});
    rig.pipeline.reset();
  }
}

TEST_F(AggregateTest, DistinctCountsAValueOncePerGroup) {
  plan::GroupAggregate node;
  node.keys = {0};
  node.calls = {call_of("COUNT", 1, kNumber, true), call_of("SUM", 1, kNumber, true), call_of("COUNT", 1, kNumber)};
  for (const bool retracts : {false, true}) {
    node.input_retracts = retracts;
    use(node);
    Feed fresh;
    rig.connectors.feeds["acct"] = &fresh;
    ASSERT_TRUE(rig.restart().has_value());
    const auto after = [&](const Lines& rows) {
      fresh.append(batch_of(types, rows));
      EXPECT_TRUE(rig.drain().has_value());
      return table.take();
    };
    EXPECT_EQ(after({"a 5", "a 5", "b 5", "a NULL", "a 6"}),
              (Lines{"+I a 1 5 1", "-U a 1 5 1", "+U a 1 5 2", "+I b 1 5 1", "-U a 1 5 2", "+U a 2 11 3"}));
    if (!retracts) {
      rig.pipeline.reset();
      continue;
    }
    EXPECT_EQ(after({"-D a 5", "-D a 5", "+I a 5"}),
              (Lines{"-U a 2 11 3", "+U a 2 11 2", "-U a 2 11 2", "+U a 1 6 1", "-U a 1 6 1", "+U a 2 11 2"}));
    rig.pipeline.reset();
  }
}

TEST_F(AggregateTest, NetChangesGivesOneChangePerGroupAndBatch) {
  use(per_owner(true));
  rig.settings.net_changes = true;
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"+I ann 5", "+I bob 7", "+I ann 9", "+I cid 1", "-D cid 1"}),
            (Lines{"+I ann 2 14 5 9", "+I bob 1 7 7 7"}));
  EXPECT_EQ(after({"-D bob 7", "-U ann 9", "+U ann 9"}), (Lines{"-D bob 1 7 7 7"}));
}

TEST_F(AggregateTest, NetChangesKeepTheOrderOfRowsWhereItMatters) {
  plan::GroupAggregate node;
  node.keys = {0};
  node.calls = {call_of("UP_TO_100", 1, kNumber), call_of("SUM", 1, kNumber)};
  node.input_retracts = true;
  use(node);
  rig.settings.net_changes = true;
  ASSERT_TRUE(rig.start().has_value());
  EXPECT_EQ(after({"+I ann 90", "+I bob 1", "-U ann 90", "+U ann 50", "+I bob 2"}),
            (Lines{"+I ann 50 50", "+I bob 3 3"}));
  EXPECT_EQ(after({"-U ann 50", "+U ann 70", "+I ann 80", "-D ann 70"}), (Lines{"-U ann 50 50", "+U ann 30 80"}));
  // A group that empties begins anew.
  EXPECT_EQ(after({"+I cid 90", "+I cid 90", "-D cid 90", "-D cid 90", "+I cid 5"}), (Lines{"+I cid 5 5"}));
}

TEST_F(AggregateTest, SaysWhichRunOutOfMemory) {
  use(per_owner(false));
  MemoryBudget small("small job", 64_KiB);
  auto made = Pipeline::create(rig.env, rig.scheduler, rig.connectors, small, rig.plan, rig.settings, {});
  ASSERT_TRUE(made.has_value());
  (*made)->start();
  ASSERT_TRUE((*made)->drain().has_value());
  Lines rows;
  for (int i = 0; i < 2000; ++i) rows.push_back("k" + std::to_string(i) + " 1");
  feed.append(batch_of(types, rows));
  const Status status = (*made)->drain();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::kOutOfMemory);
  EXPECT_EQ((*made)->state().phase, PipelinePhase::kFailed);
  made->reset();
  EXPECT_EQ(small.used().value, 0);
}

// Rows inserted and deleted at random; the changes applied must give the groups of the rows that are left, whatever
// the sizes of batches, and wherever a checkpoint was restored and at whatever parallelism.
enum class Way { kPlain, kOneByOne, kNet, kRestore, kRescale };
class RandomChanges : public ::testing::TestWithParam<Way> {};

TEST_P(RandomChanges, GiveTheGroupsOfTheRowsLeft) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(static_cast<uint32_t>(seed));
    Feed feed({"0", "1", "2"});
    Table table;
    Rig rig;
    const std::vector<Type> types{kText, kNumber};
    rig.connectors.feeds["acct"] = &feed;
    rig.connectors.tables["out"] = &table;
    rig.settings.rows_one_by_one = GetParam() == Way::kOneByOne;
    rig.settings.net_changes = GetParam() == Way::kNet;
    rig.settings.checkpoint_directory = "/chk";
    plan::GroupAggregate node = per_owner(true);
    node.calls.push_back(call_of("COUNT", 1, kNumber, true));
    rig.plan = plan_of({sink_of("out", aggregated(node, scan_of("acct", types, -1, ChangelogMode::retract()),
                                                  {kText, kNumber, kNumber, kNumber, kNumber, kNumber}))});
    ASSERT_TRUE(rig.start().has_value());

    std::vector<std::vector<std::pair<std::string, std::string>>> present(
        3);  // by split, as a row's changes stay in order
    std::multiset<std::string> state;
    for (int step = 0; step < 12; ++step) {
      const size_t split = random() % 3;
      auto& rows = present[split];
      Lines changes;
      const size_t size = 1 + random() % 60;
      for (size_t i = 0; i < size; ++i) {
        if (!rows.empty() && random() % 5 < 2) {
          const size_t victim = random() % rows.size();
          changes.push_back((random() % 2 != 0 ? "-D " : "-U ") + rows[victim].first + " " + rows[victim].second);
          rows.erase(rows.begin() + static_cast<ptrdiff_t>(victim));
        } else {
          // Keys of one split only: between splits the order is free.
          std::string key = "key-" + std::to_string(split) + "-" + std::to_string(random() % 6);
          std::string value = random() % 9 == 0 ? "NULL" : std::to_string(static_cast<int>(random() % 10) - 5);
          changes.push_back((random() % 2 != 0 ? "+I " : "+U ") + key + " " + value);
          rows.emplace_back(std::move(key), std::move(value));
        }
      }
      feed.append(std::to_string(split), batch_of(types, changes));
      ASSERT_TRUE(rig.drain().has_value());
      state = applied(table.take(), std::move(state));
      if (GetParam() == Way::kRestore || GetParam() == Way::kRescale) {
        ASSERT_TRUE(rig.checkpoint().has_value());
        if (GetParam() == Way::kRescale) rig.settings.parallelism = static_cast<int>(1 + random() % 4);
        ASSERT_TRUE(rig.restart().has_value());
        EXPECT_TRUE(table.take().empty());
      }
      std::map<std::string, std::vector<std::string>> groups;
      for (const auto& split_rows : present) {
        for (const auto& [key, value] : split_rows) groups[key].push_back(value);
      }
      std::multiset<std::string> expected;
      for (const auto& [key, values] : groups) {
        int64_t sum = 0, low = 0, high = 0, numbers = 0;
        std::set<int64_t> distinct;
        for (const auto& value : values) {
          if (value == "NULL") continue;
          const int64_t number = std::stoll(value);
          sum += number;
          low = numbers == 0 ? number : std::min(low, number);
          high = numbers == 0 ? number : std::max(high, number);
          ++numbers;
          distinct.insert(number);
        }
        const auto or_null = [&](int64_t n) { return numbers == 0 ? std::string("NULL") : std::to_string(n); };
        expected.insert(key + " " + std::to_string(values.size()) + " " + or_null(sum) + " " + or_null(low) + " " +
                        or_null(high) + " " + std::to_string(distinct.size()));
      }
      ASSERT_EQ(state, expected) << "step " << step;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Ways, RandomChanges,
                         ::testing::Values(Way::kPlain, Way::kOneByOne, Way::kNet, Way::kRestore, Way::kRescale));

}  // namespace
}  // namespace millstream::stream::scripted

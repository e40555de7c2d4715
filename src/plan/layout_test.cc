// How plans are laid out: what is pushed into scans, shared, normalised and materialised, and whose state survives a
// change.
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "plan/internal/test_session.h"

namespace millstream::plan {
namespace {

std::string name_of(const PhysicalNode& node) {
  static constexpr const char* kNames[] = {"Scan", "Values",  "Calc",   "Exchange",  "Union",
                                           "Drop", "Group",   "Window", "Normalize", "Materialize",
                                           "Sink", "Collect", "Limit",  "Sort"};
  return kNames[node.node.index()];
}

// "Sink<Calc<Scan", the first input of each node.
std::string shape_of(const PhysicalNode& node) {
  return node.inputs.empty() ? name_of(node) : name_of(node) + "<" + shape_of(*node.inputs[0]);
}

template <typename Node>
const Node* find(const PhysicalNode& node) {
  if (const auto* found = std::get_if<Node>(&node.node)) return found;
  for (const auto& input : node.inputs) {
    if (const Node* found = find<Node>(*input)) return found;
  }
  return nullptr;
}

class Layout : public ::testing::Test {
 protected:
  void SetUp() override {
    session.run(R"(
      CREATE TABLE t (who STRING, n INT, ts TIMESTAMP(3), big BIGINT, WATERMARK FOR ts AS ts) WITH ('connector' = 'script');
      CREATE TABLE u (id INT, name STRING, n INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'script', 'changelog-mode' = 'I,UA,D');
      CREATE TABLE by_id (id INT, name STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'script');
      CREATE TABLE by_who (who STRING, n BIGINT, PRIMARY KEY (who) NOT ENFORCED) WITH ('connector' = 'script');
      CREATE TABLE by_n (who STRING, n BIGINT, PRIMARY KEY (n) NOT ENFORCED) WITH ('connector' = 'script');
      CREATE TABLE plain (who STRING, n BIGINT) WITH ('connector' = 'script');
      CREATE TABLE strict (who STRING NOT NULL, n BIGINT, PRIMARY KEY (n) NOT ENFORCED) WITH ('connector' = 'script');
      CREATE TABLE m (who STRING, place INT METADATA FROM 'offset', twice AS place * 2) WITH ('connector' = 'script'))");
  }
  PhysicalPlan plan(const std::string& statement) {
    auto planned = session.plan(statement);
    EXPECT_TRUE(planned) << statement << "\n" << (planned ? "" : planned.error().to_string());
    return planned ? planned->plan : PhysicalPlan{};
  }
  std::string shape(const std::string& statement) { return shape_of(*plan(statement).sinks.at(0)); }
  TestSession session;
};

TEST_F(Layout, AScanReadsWhatIsNeededAndFilters) {
  const PhysicalPlan made = plan("SELECT who FROM t WHERE n > 5");
  const auto* scan = find<TableScan>(*made.sinks[0]);
  // The event time too: a row without one is a bad row for every query of the table.
  EXPECT_EQ(scan->decoded, (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(scan->event_time, 2);
  EXPECT_NE(scan->condition, nullptr);
  EXPECT_NE(scan->watermark, nullptr);
}

TEST_F(Layout, AScanKnowsWhichFieldsOfRowsNobodyReads) {
  session.run(R"(
      CREATE TABLE nested (k INT, r ROW<a INT, b ROW<x INT, y STRING>, c STRING>, s ROW<a INT, b INT>, ts AS TO_TIMESTAMP(r.c))
        WITH ('connector' = 'script');
      CREATE TABLE timed (r ROW<a INT, b INT, happened TIMESTAMP(3)>, ts AS r.happened, WATERMARK FOR ts AS ts) WITH ('connector' = 'script');
      CREATE TABLE into_rows (k INT, r ROW<a INT, b ROW<x INT, y STRING>, c STRING>) WITH ('connector' = 'script'))");
  using Paths = std::vector<std::vector<int>>;
  const auto unread = [&](const std::string& statement) {
    const PhysicalPlan made = plan(statement);
    return find<TableScan>(*made.sinks.at(0))->unread;
  };
  EXPECT_EQ(unread("SELECT r.a FROM nested"), (Paths{{0, 1}, {0, 2}}));
  EXPECT_EQ(unread("SELECT r.b.y, k FROM nested WHERE s.b > 1"), (Paths{{1, 0}, {1, 1, 0}, {1, 2}, {2, 0}}));
  EXPECT_EQ(unread("SELECT r.b FROM nested"), (Paths{{0, 0}, {0, 2}}));
  EXPECT_EQ(unread("SELECT r FROM nested WHERE r.a = 1"), Paths{});
  EXPECT_EQ(unread("SELECT r.a FROM nested WHERE r IS NOT NULL"), Paths{});
  EXPECT_EQ(unread("SELECT ts, s.a FROM nested"), (Paths{{0, 0}, {0, 1}, {1, 1}}));
  EXPECT_EQ(unread("INSERT INTO into_rows SELECT k, r FROM nested"), Paths{});
  EXPECT_EQ(unread("SELECT UPPER(r.c), COUNT(*) FROM nested GROUP BY r.c, r.a"), (Paths{{0, 1}}));
  // The event time is read by the watermark even if no query names it.
  EXPECT_EQ(unread("SELECT r.a FROM timed"), (Paths{{0, 1}}));
  // Every reader of a shared scan counts.
  EXPECT_EQ(unread("SELECT r.a FROM nested UNION ALL SELECT s.b FROM nested"), (Paths{{0, 1}, {0, 2}, {1, 0}}));
}

TEST_F(Layout, AStatementSetReadsATableOnce) {
  const PhysicalPlan made = plan(
      "EXECUTE STATEMENT SET BEGIN INSERT INTO plain SELECT who, n FROM t WHERE n > 5; INSERT INTO plain SELECT who, "
      "big FROM t; END");
  std::set<const PhysicalNode*> scans;
  const std::function<void(const PhysicalNodePtr&)> walk = [&](const PhysicalNodePtr& node) {
    if (std::holds_alternative<TableScan>(node->node)) scans.insert(node.get());
    for (const auto& input : node->inputs) walk(input);
  };
  for (const auto& sink : made.sinks) walk(sink);
  ASSERT_EQ(scans.size(), 1u);
  // What only one of them wants is filtered behind it.
  EXPECT_EQ(std::get<TableScan>((*scans.begin())->node).condition, nullptr);
  EXPECT_EQ(shape_of(*made.sinks[0]), "Sink<Calc<Scan");
}

TEST_F(Layout, AnUpsertSourceIsNormalisedOnlyWhereRepeatsDoHarm) {
  EXPECT_EQ(shape("INSERT INTO by_id SELECT id, name FROM u"), "Sink<Scan");
  // A condition on the key cannot turn an update into something else.
  const PhysicalPlan by_key = plan("INSERT INTO by_id SELECT id, name FROM u WHERE id > 1");
  EXPECT_EQ(shape_of(*by_key.sinks[0]), "Sink<Scan");
  EXPECT_NE(find<TableScan>(*by_key.sinks[0])->condition, nullptr);
  const PhysicalPlan by_value = plan("INSERT INTO by_id SELECT id, name FROM u WHERE id > 1 AND n > 5");
  const auto* normalize = find<ChangelogNormalize>(*by_value.sinks[0]);
  ASSERT_NE(normalize, nullptr);
  EXPECT_NE(normalize->condition, nullptr);
  EXPECT_FALSE(normalize->emit_update_before);
  EXPECT_NE(find<TableScan>(*by_value.sinks[0])->condition, nullptr);
  EXPECT_TRUE(find<ChangelogNormalize>(*plan("SELECT * FROM u").sinks[0])->emit_update_before);
  EXPECT_NE(find<ChangelogNormalize>(*plan("SELECT name, COUNT(*) FROM u GROUP BY name").sinks[0]), nullptr);
}

TEST_F(Layout, ASinkIsMaterialisedWhereItsKeyIsNotTheQuerys) {
  const std::string totals = " SELECT who, SUM(big) FROM t GROUP BY who";
  EXPECT_EQ(find<SinkMaterialize>(*plan("INSERT INTO by_who" + totals).sinks[0]), nullptr);
  const PhysicalPlan other = plan("INSERT INTO by_n" + totals);
  const auto* materialize = find<SinkMaterialize>(*other.sinks[0]);
  ASSERT_NE(materialize, nullptr);
  EXPECT_EQ(materialize->sink_keys, (std::vector<int>{1}));
  EXPECT_EQ(materialize->input_upsert_key, (std::vector<int>{0}));
  EXPECT_TRUE(find<GroupAggregate>(*other.sinks[0])->emit_update_before);
  EXPECT_FALSE(find<GroupAggregate>(*plan("INSERT INTO by_who" + totals).sinks[0])->emit_update_before);
  EXPECT_TRUE(find<GroupAggregate>(*plan("INSERT INTO plain" + totals).sinks[0])->emit_update_before);
}

TEST_F(Layout, NullsAreDroppedInFrontOfTheMaterialisation) {
  const std::string insert = "INSERT INTO strict SELECT who, SUM(big) FROM t GROUP BY who";
  const PhysicalPlan failing = plan(insert);
  EXPECT_EQ(find<TableSink>(*failing.sinks[0])->not_null, (std::vector<int>{0, 1}));
  EXPECT_TRUE(find<SinkMaterialize>(*failing.sinks[0])->drop_null.empty());
  session.run("SET 'table.exec.sink.not-null-enforcer' = 'DROP'");
  const PhysicalPlan dropping = plan(insert);
  EXPECT_TRUE(find<TableSink>(*dropping.sinks[0])->not_null.empty());
  EXPECT_EQ(find<SinkMaterialize>(*dropping.sinks[0])->drop_null, (std::vector<int>{0, 1}));
}

TEST_F(Layout, MetadataOfAnotherTypeIsCastFromTheConnectorsType) {
  const PhysicalPlan made = plan("SELECT twice, place FROM m WHERE place > 3");
  const auto* scan = find<TableScan>(*made.sinks[0]);
  EXPECT_EQ(scan->metadata, (std::vector<std::string>{"offset"}));
  ASSERT_EQ(scan->computed.size(), 2u);
  const auto* cast = std::get_if<function::Cast>(&scan->computed[0]->node);
  ASSERT_NE(cast, nullptr);
  EXPECT_EQ(cast->input->type.to_sql(), "BIGINT NOT NULL");
  EXPECT_EQ(scan->computed[0]->type.to_sql(), "INT");
  EXPECT_NE(scan->condition, nullptr);
  session.run(
      "CREATE TABLE wrong (a ROW<x INT> METADATA FROM 'offset') WITH ('connector' = 'script'); CREATE TABLE misspelt "
      "(ofset BIGINT METADATA) WITH ('connector' = 'script')");
  EXPECT_NE(
      session.error_of("SELECT * FROM wrong").message.find("must be castable from metadata type 'BIGINT NOT NULL'"),
      std::string::npos);
  const Error unknown = session.error_of("SELECT * FROM misspelt");
  EXPECT_NE(unknown.message.find("Invalid metadata key 'ofset' in column 'ofset'"), std::string::npos);
  EXPECT_EQ(unknown.hint, "did you mean 'offset'?");
  EXPECT_NE(session.error_of("INSERT INTO m SELECT who, n FROM t").message.find("has no metadata to write"),
            std::string::npos);
}

TEST_F(Layout, BatchModeGivesEachGroupOnceAndHasNoEventTime) {
  session.run("SET 'execution.runtime-mode' = 'batch'");
  const PhysicalPlan grouped = plan("SELECT who, COUNT(*) FROM t GROUP BY who");
  EXPECT_TRUE(find<GroupAggregate>(*grouped.sinks[0])->at_end);
  EXPECT_TRUE(grouped.sinks[0]->changelog.is_insert_only());
  const PhysicalPlan windowed = plan(
      "SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, "
      "window_end");
  EXPECT_EQ(find<TableScan>(*windowed.sinks[0])->watermark, nullptr);
  EXPECT_EQ(find<TableScan>(*windowed.sinks[0])->event_time, -1);
}

// The ids name state in checkpoints: they must not depend on what does not matter to it.
TEST_F(Layout, StateIsNamedByWhatItMeans) {
  const auto id_of = [&](const std::string& statement) {
    const PhysicalPlan made = plan(statement);
    std::string id;
    const std::function<void(const PhysicalNode&)> walk = [&](const PhysicalNode& node) {
      if (std::holds_alternative<GroupAggregate>(node.node)) id = node.state_id;
      for (const auto& input : node.inputs) walk(*input);
    };
    walk(*made.sinks[0]);
    return id;
  };
  const std::string id = id_of("SELECT who, SUM(n) FROM t GROUP BY who");
  EXPECT_EQ(id_of("  SELECT   who AS w, SUM(n) + 1 FROM t GROUP BY who"), id);
  EXPECT_EQ(id_of("INSERT INTO by_who SELECT who, SUM(n) FROM t GROUP BY who"), id);
  EXPECT_NE(id_of("SELECT who, SUM(n) FROM t WHERE n > 1 GROUP BY who"), id);
  EXPECT_NE(id_of("SELECT who, MAX(n) FROM t GROUP BY who"), id);
  EXPECT_NE(id_of("SELECT n, SUM(n) FROM t GROUP BY n"), id);
  session.run("SET 'table.exec.state.ttl' = '1 h'");
  EXPECT_NE(id_of("SELECT who, SUM(n) FROM t GROUP BY who"), id);
}

}  // namespace
}  // namespace millstream::plan

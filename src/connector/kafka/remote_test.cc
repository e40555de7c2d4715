// Another cluster: librdkafka's own mock brokers in this process, written through the sink and read through the source.
#include <gmock/gmock.h>
#include <librdkafka/rdkafka.h>
// Behind rdkafka.h, which it needs.
#include <librdkafka/rdkafka_mock.h>

#include <condition_variable>
#include <thread>

#include "connector/internal/source_rig.h"
#include "connector/kafka/kafka.h"
#include "connector/kafka/remote_client.h"

namespace millstream::connector::kafka {
namespace {

using column::Type;
using stream::PollResult;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr auto kPatience = std::chrono::seconds(30);

class RemoteKafka : public ::testing::Test {
 protected:
  env::FakeEnv env;
  MemoryBudget budget{"test", 1_GiB};
  ConnectorParts parts{env, budget, nullptr, {}, {}};
  RemoteHandle owner;
  rd_kafka_mock_cluster_t* cluster = nullptr;
  testing::Output out;
  std::unique_ptr<stream::Source> source;
  std::unique_ptr<stream::SourceReader> reader;
  std::unique_ptr<stream::Sink> sink;
  std::unique_ptr<stream::SinkWriter> writer;
  std::unique_ptr<stream::Committer> committer;
  stream::OperatorContext context;
  // Outlives the reader's client.
  std::mutex mutex;
  std::condition_variable woken;
  int wakes = 0;

  void SetUp() override {
    owner.reset(rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nullptr, 0));
    cluster = rd_kafka_mock_cluster_new(owner.get(), 1);
    context.clock = &env.clock();
    context.budget = &budget;
  }
  void TearDown() override {
    reader.reset();
    committer.reset();
    rd_kafka_mock_cluster_destroy(cluster);
  }
  void make_topic(const std::string& name, int partitions) {
    ASSERT_EQ(rd_kafka_mock_topic_create(cluster, name.c_str(), partitions, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
  }

  catalog::TablePtr table(catalog::Options options) {
    options.insert({{"topic", "t"},
                    {"properties.bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster)},
                    {"format", "json"},
                    {"scan.startup.mode", "earliest-offset"}});
    return testing::table_of("kafka", {{"id", Type::bigint()}, {"name", Type::string()}}, std::move(options));
  }

  void open_sink(catalog::Options options = {}) {
    plan::TableSink node;
    node.table = table(std::move(options));
    auto made = make_sink(node, node.table->physical_schema(), parts);
    ASSERT_TRUE(made) << made.error().to_string();
    sink = *std::move(made);
    const Status checked = sink->check();
    ASSERT_TRUE(checked) << checked.error().to_string();
    writer = *sink->make_writer();
    ASSERT_TRUE(writer->open(context));
    committer = *sink->make_committer({"job", AttemptId(1)});
  }
  std::vector<stream::Committable> write(const std::vector<int64_t>& ids) {
    std::vector<column::Value> numbers, names;
    for (const int64_t id : ids) {
      numbers.emplace_back(id);
      names.emplace_back("name " + std::to_string(id));
    }
    column::Batch batch;
    batch.length = ids.size();
    batch.columns = {column::make_vector(Type::bigint(), numbers), column::make_vector(Type::string(), names)};
    EXPECT_TRUE(writer->write(batch));
    return *writer->prepare(CheckpointId(1));
  }
  Status commit(std::vector<stream::Committable> epoch) {
    Status answer = fail(ErrorCode::kInternal, "no answer");
    committer->commit(CheckpointId(1), std::move(epoch), [&](Status done) { answer = std::move(done); });
    return answer;
  }

  Status make(catalog::Options options, std::vector<std::string> metadata = {}) {
    MS_ASSIGN(source, make_source(testing::scan_of(table(std::move(options)), std::move(metadata)), parts));
    return {};
  }
  Status open(std::vector<stream::SplitState> splits) {
    MS_ASSIGN(reader, source->make_reader());
    return reader->open({&context,
                         [this] {
                           const std::scoped_lock lock(mutex);
                           ++wakes;
                           woken.notify_all();
                         }},
                        std::move(splits));
  }
  // Reads until there are that many rows, or the source ends; waits for the reader's wake and for nothing else.
  PollResult read(size_t rows) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    int seen = 0;
    for (;;) {
      const auto result = reader->poll(out, column::kBatchRows);
      EXPECT_TRUE(result) << result.error().to_string();
      if (!result || *result == PollResult::kFinished || out.rows.size() >= rows)
        return result.value_or(PollResult::kWaiting);
      if (*result == PollResult::kReady) continue;
      std::unique_lock lock(mutex);
      const bool in_time = woken.wait_until(lock, deadline, [&] { return wakes > seen; });
      EXPECT_TRUE(in_time) << "no wake-up with " << out.rows.size() << " of " << rows << " rows";
      if (!in_time) return PollResult::kWaiting;
      seen = wakes;
    }
  }
};

TEST_F(RemoteKafka, WhatIsWrittenIsRead) {
  make_topic("t", 2);
  open_sink();
  std::vector<int64_t> ids;
  for (int64_t i = 0; i < 5000; ++i) ids.push_back(i);
  const auto epoch = write(ids);
  ASSERT_THAT(epoch, SizeIs(1));
  const Status committed = commit(epoch);
  ASSERT_TRUE(committed) << committed.error().to_string();

  ASSERT_TRUE(make({}));
  const auto splits = source->discover();
  ASSERT_TRUE(splits) << splits.error().to_string();
  ASSERT_THAT(*splits, SizeIs(2));
  ASSERT_TRUE(open(*splits));
  read(5000);
  ASSERT_THAT(out.rows, SizeIs(5000));
  std::set<std::string> different(out.rows.begin(), out.rows.end());
  EXPECT_EQ(different.size(), 5000U);
  EXPECT_TRUE(different.contains("4999, name 4999"));
}

TEST_F(RemoteKafka, TakesUpBehindTheLastRowOfTheCheckpoint) {
  make_topic("t", 1);
  open_sink();
  std::vector<int64_t> ids;
  for (int64_t i = 0; i < 3000; ++i) ids.push_back(i);
  ASSERT_TRUE(commit(write(ids)));
  ASSERT_TRUE(make({}));
  ASSERT_TRUE(open(*source->discover()));
  read(1);
  const size_t before = out.rows.size();
  const auto positions = *reader->snapshot();
  EXPECT_EQ(positions[0].position, "{\"offset\":" + std::to_string(before) + "}");
  read(before + 1);  // goes down with the crash
  out.rows.resize(before);
  ASSERT_TRUE(open(positions));
  read(3000);
  ASSERT_THAT(out.rows, SizeIs(3000));
  for (size_t i = 0; i < 3000; ++i) ASSERT_THAT(out.rows[i], HasSubstr("name " + std::to_string(i)));
}

TEST_F(RemoteKafka, BoundedReadsEnd) {
  make_topic("t", 3);
  open_sink({{"key.fields", "id"}, {"key.format", "json"}});
  ASSERT_TRUE(commit(write({1, 2, 3, 4, 5, 6, 7, 8})));
  ASSERT_TRUE(make({{"scan.bounded.mode", "latest-offset"}}));
  const auto splits = *source->discover();
  ASSERT_TRUE(commit(write({9, 10})));  // behind the end
  ASSERT_TRUE(open(splits));
  EXPECT_EQ(read(100), PollResult::kFinished);
  EXPECT_THAT(out.rows, SizeIs(8));
  const auto states = *reader->snapshot();
  for (const auto& state : states) EXPECT_TRUE(state.finished) << state.split;
  // A restored reader has nothing left to do.
  out.rows.clear();
  ASSERT_TRUE(open(states));
  EXPECT_EQ(read(1), PollResult::kFinished);
  EXPECT_THAT(out.rows, IsEmpty());
}

TEST_F(RemoteKafka, StartsAtTheEndAndSeesWhatComes) {
  make_topic("t", 1);
  open_sink();
  ASSERT_TRUE(commit(write({1, 2})));
  ASSERT_TRUE(make({{"scan.startup.mode", "latest-offset"}}));
  ASSERT_TRUE(open(*source->discover()));
  EXPECT_EQ(*reader->poll(out, 100), PollResult::kWaiting);
  ASSERT_TRUE(commit(write({3})));
  read(1);
  EXPECT_THAT(out.rows, ElementsAre("3, name 3"));
}

TEST_F(RemoteKafka, SpecificOffsets) {
  make_topic("t", 1);
  open_sink();
  ASSERT_TRUE(commit(write({1, 2, 3, 4, 5})));
  ASSERT_TRUE(make({{"scan.startup.mode", "specific-offsets"},
                    {"scan.startup.specific-offsets", "partition:0,offset:1"},
                    {"scan.bounded.mode", "specific-offsets"},
                    {"scan.bounded.specific-offsets", "partition:0,offset:3"}}));
  ASSERT_TRUE(open(*source->discover()));
  EXPECT_EQ(read(10), PollResult::kFinished);
  EXPECT_THAT(out.rows, ElementsAre("2, name 2", "3, name 3"));
}

TEST_F(RemoteKafka, MetadataAndTopicPattern) {
  make_topic("a-1", 1);
  make_topic("a-2", 1);
  make_topic("b", 1);
  for (const char* topic : {"a-1", "a-2", "b"}) {
    open_sink({{"topic", topic}});
    ASSERT_TRUE(commit(write({7})));
  }
  catalog::Options options{{"topic-pattern", "a-.*"}, {"scan.bounded.mode", "latest-offset"}};
  auto by_pattern = std::make_shared<catalog::Table>(*table(options));
  by_pattern->options.erase("topic");
  source = *make_source(testing::scan_of(by_pattern, {"topic", "partition", "offset"}), parts);
  ASSERT_TRUE(open(*source->discover()));
  EXPECT_EQ(read(10), PollResult::kFinished);
  EXPECT_THAT(out.rows, UnorderedElementsAre("7, name 7, a-1, 0, 0", "7, name 7, a-2, 0, 0"));
}

TEST_F(RemoteKafka, ALostPositionIsAnError) {
  make_topic("t", 1);
  open_sink();
  ASSERT_TRUE(commit(write({1})));
  ASSERT_TRUE(make({}));
  ASSERT_TRUE(open({{"t-0", "{\"offset\":500}", false}}));
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  Result<PollResult> result = PollResult::kWaiting;
  while (result && std::chrono::steady_clock::now() < deadline) {
    result = reader->poll(out, 100);
    std::this_thread::yield();
  }
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(result.error().message, HasSubstr("500"));
}

TEST_F(RemoteKafka, AnEpochIsWrittenAgainAfterAnError) {
  make_topic("t", 1);
  open_sink();
  const auto epoch = write({1, 2});
  // One that the client does not try again by itself.
  rd_kafka_mock_push_request_errors(cluster, 0 /* Produce */, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  const Status first = commit(epoch);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, ErrorCode::kPermission);
  const Status second = commit(epoch);
  ASSERT_TRUE(second) << second.error().to_string();
  ASSERT_TRUE(make({{"scan.bounded.mode", "latest-offset"}}));
  ASSERT_TRUE(open(*source->discover()));
  EXPECT_EQ(read(10), PollResult::kFinished);
  EXPECT_THAT(out.rows, ElementsAre("1, name 1", "2, name 2"));
}

TEST_F(RemoteKafka, ExactlyOnceIsRefused) {
  plan::TableSink node;
  node.table = table({{"sink.delivery-guarantee", "exactly-once"}});
  const auto made = make_sink(node, node.table->physical_schema(), parts);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("exactly-once"));
}

TEST_F(RemoteKafka, WrongPropertiesAreNamed) {
  ASSERT_TRUE(make({{"properties.security.protocol", "quantum"}}));
  const auto splits = source->discover();
  ASSERT_FALSE(splits);
  EXPECT_EQ(splits.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(splits.error().message, HasSubstr("security.protocol"));
}

TEST_F(RemoteKafka, AClusterOutOfReachIsWaitedFor) {
  // A port that nobody may listen on without being root.
  ASSERT_TRUE(make({{"properties.bootstrap.servers", "127.0.0.1:1"}}));
  const auto splits = source->discover();
  ASSERT_FALSE(splits);
  EXPECT_EQ(splits.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(splits.error().message, HasSubstr("127.0.0.1:1"));
}

}  // namespace
}  // namespace millstream::connector::kafka

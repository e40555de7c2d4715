// A broker in a world that the test owns: fake files, clock and timers, and requests without sockets. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/broker.h"
#include "env/fake.h"
#include "env/fake_timer_queue.h"
#include "wire/kafka/frame.h"
#include "wire/kafka/record_batch_builder.h"

namespace millstream::broker::testing {

namespace kafka = wire::kafka;

// What became of one request.
struct Outcome {
  bool answered = false;
  bool silent = false;  // no_answer()
  std::optional<Error> closed;
  ByteBuffer bytes;  // with what lies in files put in its place
  int file_pieces = 0;
};

template <typename Request>
struct ResponseOf;

// A request under way; its message points into the outcome's bytes.
template <typename Response>
class Answer {
 public:
  Answer(std::shared_ptr<Outcome> outcome, int16_t version) : outcome_(std::move(outcome)), version_(version) {}
  [[nodiscard]] bool ready() const { return outcome_->answered; }
  [[nodiscard]] const Outcome& outcome() const { return *outcome_; }
  Response* operator->() { return &message(); }
  Response& message() {
    if (!message_) {
      EXPECT_TRUE(outcome_->answered) << "no answer yet"
                                      << (outcome_->closed ? ": " + outcome_->closed->to_string() : "");
      auto parsed = kafka::parse_response(outcome_->bytes, Response::kInfo.key, Response::kInfo.is_flexible(version_));
      EXPECT_TRUE(parsed);
      auto decoded = parsed ? kafka::decode<Response>(parsed->body, version_) : Result<Response>(Response());
      EXPECT_TRUE(decoded) << (decoded ? "" : decoded.error().to_string());
      message_ = decoded ? *std::move(decoded) : Response();
    }
    return *message_;
  }

 private:
  std::shared_ptr<Outcome> outcome_;
  int16_t version_;
  std::optional<Response> message_;
};

class World {
 public:
  explicit World(BrokerOptions options = {}) : options_(std::move(options)) {
    options_.folder = "data/topics";
    start();
  }
  ~World() { stop(); }

  env::FakeEnv env{7};
  env::FakeTimerQueue timers{env.clock()};
  std::unique_ptr<journal::Journal> journal;
  std::unique_ptr<Broker> broker;
  std::shared_ptr<Client> client = std::make_shared<Client>("10.0.0.9");

  void start() {
    StoredState stored;
    auto opened = journal::Journal::open(env, {.folder = "data/journal"},
                                         [&](const journal::Record& record) { return stored.replay(record); });
    ASSERT_TRUE(opened) << opened.error().to_string();
    journal = *std::move(opened);
    auto made = Broker::open(env, timers, *journal, std::move(stored), options_, metrics_, memory_);
    ASSERT_TRUE(made) << made.error().to_string();
    broker = *std::move(made);
  }
  void stop() {
    if (broker) (void)broker->close();
    broker.reset();
    journal.reset();
  }
  void restart() {
    stop();
    start();
  }
  // Without closing anything properly.
  void crash() {
    env.power_cut();
    broker.reset();
    journal.reset();
    start();
  }
  void advance(Millis time) {
    env.fake_clock().advance(time);
    timers.run_due();
  }
  [[nodiscard]] MetricsRegistry& metrics() { return metrics_; }

  std::shared_ptr<Outcome> send_bytes(ByteBuffer frame) {
    class Sink final : public AnswerSink {
     public:
      Sink(std::shared_ptr<Outcome> outcome, std::shared_ptr<Client> client)
          : outcome_(std::move(outcome)), client_(std::move(client)) {}
      void answer(Response response) override {
        EXPECT_FALSE(std::exchange(outcome_->answered, true));
        outcome_->bytes = std::move(response.head);
        for (const ResponsePiece& piece : response.pieces) {
          ByteBuffer bytes;
          if (const auto* slice = std::get_if<log::FileSlice>(&piece)) {
            ++outcome_->file_pieces;
            bytes.resize(static_cast<size_t>(slice->length.value));
            auto read = slice->file->pread(bytes, slice->position);
            EXPECT_TRUE(read && *read == bytes.size());
          } else {
            bytes = std::get<ByteBuffer>(piece);
          }
          outcome_->bytes.insert(outcome_->bytes.end(), bytes.begin(), bytes.end());
        }
      }
      void no_answer() override { outcome_->silent = true; }
      void close(Error why) override { outcome_->closed = std::move(why); }
      [[nodiscard]] bool cancelled() const override { return client_->closed(); }

     private:
      std::shared_ptr<Outcome> outcome_;
      std::shared_ptr<Client> client_;
    };
    auto outcome = std::make_shared<Outcome>();
    auto owner = std::make_shared<ByteBuffer>(std::move(frame));
    broker->handle(client, OwnedBytes{*owner, owner}, Responder(std::make_unique<Sink>(outcome, client)));
    return outcome;
  }
  template <typename Response, typename Request>
  Answer<Response> send_as(const Request& request, int16_t version) {
    return Answer<Response>(send_bytes(kafka::encode_request(request, version, 1, "tester")), version);
  }
  template <typename Request>
  auto send(const Request& request, int16_t version = Request::kInfo.highest) {
    return send_as<typename ResponseOf<Request>::Type>(request, version);
  }

 private:
  BrokerOptions options_;
  MetricsRegistry metrics_;
  MemoryBudget memory_{"test", 256_MiB};
};

// One batch of records with these values, and keys "k0", "k1", …
inline ByteBuffer batch_of(const std::vector<std::string>& values, kafka::RecordBatchOptions options = {},
                           int64_t timestamp = 1'700'000'000'000) {
  kafka::RecordBatchBuilder builder(options);
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string key = "k" + std::to_string(i);
    builder.add(EventTime(timestamp), as_bytes(key), as_bytes(values[i]));
  }
  return *builder.finish();
}

// The values of all records in fetched bytes.
inline std::vector<std::string> values_of(ByteSpan bytes) {
  std::vector<std::string> values;
  MemoryBudget budget("test", 64_MiB);
  kafka::Decompressor decompressor(budget, 32_MiB);
  kafka::PaddedBuffer buffer;
  kafka::RecordBatchIterator batches(bytes);
  while (auto batch = batches.next()) {
    auto records = decompressor.decompress(batch->compression(), batch->records(), buffer);
    EXPECT_TRUE(records && batch->check_crc());
    if (!records) break;
    kafka::RecordIterator iterator(*batch, *records);
    kafka::RecordView record;
    while (iterator.next(record)) values.emplace_back(as_text(record.value.value_or(ByteSpan())));
    EXPECT_TRUE(iterator.status());
  }
  return values;
}

}  // namespace millstream::broker::testing

#include "wire/kafka/messages/all.h"

namespace millstream::broker::testing {

#define MS_PAIR(Message)                       \
  template <>                                  \
  struct ResponseOf<kafka::Message##Request> { \
    using Type = kafka::Message##Response;     \
  }
MS_PAIR(Produce);
MS_PAIR(Fetch);
MS_PAIR(ListOffsets);
MS_PAIR(Metadata);
MS_PAIR(OffsetCommit);
MS_PAIR(OffsetFetch);
MS_PAIR(FindCoordinator);
MS_PAIR(JoinGroup);
MS_PAIR(Heartbeat);
MS_PAIR(LeaveGroup);
MS_PAIR(SyncGroup);
MS_PAIR(DescribeGroups);
MS_PAIR(ListGroups);
MS_PAIR(ApiVersions);
MS_PAIR(CreateTopics);
MS_PAIR(DeleteTopics);
MS_PAIR(DeleteRecords);
MS_PAIR(InitProducerId);
MS_PAIR(DescribeConfigs);
MS_PAIR(AlterConfigs);
MS_PAIR(IncrementalAlterConfigs);
MS_PAIR(CreatePartitions);
MS_PAIR(DeleteGroups);
MS_PAIR(OffsetDelete);
MS_PAIR(DescribeCluster);
MS_PAIR(DescribeLogDirs);
MS_PAIR(DescribeProducers);
MS_PAIR(DescribeTopicPartitions);
MS_PAIR(OffsetForLeaderEpoch);
#undef MS_PAIR

inline kafka::KafkaError create_topic(World& world, std::string_view name, int32_t partitions = 1,
                                      const std::vector<std::pair<std::string_view, std::string_view>>& configs = {}) {
  kafka::CreateTopicsRequest request;
  auto& topic = request.topics.emplace_back();
  topic.name = name;
  topic.num_partitions = partitions;
  topic.replication_factor = -1;
  for (const auto& [key, value] : configs) topic.configs.push_back({.name = key, .value = value});
  return world.send(request)->topics.at(0).error_code;
}

inline Answer<kafka::ProduceResponse> produce(World& world, std::string_view topic, ByteSpan batch, int16_t acks = -1,
                                              int32_t partition = 0, int16_t version = 9) {
  kafka::ProduceRequest request;
  request.acks = acks;
  request.timeout_ms = 30'000;
  auto& data = request.topic_data.emplace_back();
  data.name = topic;
  auto& partition_data = data.partition_data.emplace_back();
  partition_data.index = partition;
  partition_data.records.bytes = batch;
  return world.send(request, version);
}

inline auto& only(Answer<kafka::ProduceResponse>& answer) { return answer->responses.at(0).partition_responses.at(0); }
inline kafka::KafkaError produced(Answer<kafka::ProduceResponse> answer) { return only(answer).error_code; }

inline kafka::FetchRequest fetch_of(std::string_view topic, int64_t offset, int32_t max_wait = 0,
                                    int32_t min_bytes = 1) {
  kafka::FetchRequest request;
  request.max_wait_ms = max_wait;
  request.min_bytes = min_bytes;
  auto& wanted = request.topics.emplace_back();
  wanted.topic = topic;
  auto& partition = wanted.partitions.emplace_back();
  partition.fetch_offset = offset;
  partition.partition_max_bytes = 1 << 20;
  return request;
}
inline auto& only(Answer<kafka::FetchResponse>& answer) { return answer->responses.at(0).partitions.at(0); }

}  // namespace millstream::broker::testing

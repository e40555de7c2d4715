// The broker under real threads: connections that produce, fetch, commit and change topics at once. For tsan above all.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <thread>

#include "broker/testing/world.h"

namespace millstream::broker::testing {
namespace {

// Timers on a thread of their own, as an event loop has them.
class TimerThread final : public env::TimerQueue {
 public:
  TimerThread() : thread_([this] { run(); }) {}
  ~TimerThread() override { stop(); }
  env::TimerId schedule(Millis delay, Callback callback) override {
    const std::lock_guard lock(mutex_);
    const env::TimerId id(++last_);
    due_.emplace(std::pair(std::chrono::steady_clock::now() + std::chrono::milliseconds(delay.value), id.value),
                 std::move(callback));
    changed_.notify_one();
    return id;
  }
  bool cancel(env::TimerId id) override {
    Callback dropped;  // destroyed without the lock
    const std::lock_guard lock(mutex_);
    for (auto at = due_.begin(); at != due_.end(); ++at) {
      if (at->first.second != id.value) continue;
      dropped = std::move(at->second);
      due_.erase(at);
      return true;
    }
    return false;
  }
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
      changed_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopped_) {
      if (due_.empty()) {
        changed_.wait(lock);
        continue;
      }
      const auto first = due_.begin();
      if (first->first.first > std::chrono::steady_clock::now()) {
        const auto until = first->first.first;  // the timer may be cancelled meanwhile
        changed_.wait_until(lock, until);
        continue;
      }
      Callback callback = std::move(first->second);
      due_.erase(first);
      lock.unlock();
      callback();
      callback = nullptr;
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<std::chrono::steady_clock::time_point, uint64_t>, Callback> due_;
  uint64_t last_ = 0;
  bool stopped_ = false;
  std::thread thread_;
};

class Threads : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "broker_threads_" + std::to_string(getpid());
    env_ = env::make_real_env(2);
    StoredState stored;
    journal_ = *journal::Journal::open(*env_, {.folder = folder_ + "/journal"},
                                       [&](const journal::Record& record) { return stored.replay(record); });
    BrokerOptions options;
    options.folder = folder_ + "/topics";
    options.retention_check_interval = Millis(5);
    broker_ = *Broker::open(*env_, timers_, *journal_, std::move(stored), options, metrics_, memory_);
  }
  void TearDown() override {
    EXPECT_TRUE(broker_->close());
    timers_.stop();
    broker_.reset();
    journal_.reset();
    (void)env_->files().remove_tree(folder_);
  }

  // Sends and waits for the answer, which may come from any thread. Slices are read, as a transport would.
  template <typename Request>
  auto call(const std::shared_ptr<Client>& client, const Request& request, int16_t version = Request::kInfo.highest) {
    using Response = typename ResponseOf<Request>::Type;
    class Sink final : public AnswerSink {
     public:
      explicit Sink(std::promise<ByteBuffer> promise) : promise_(std::move(promise)) {}
      void answer(broker::Response response) override {
        ByteBuffer bytes = std::move(response.head);
        for (const ResponsePiece& piece : response.pieces) {
          if (const auto* slice = std::get_if<log::FileSlice>(&piece)) {
            const size_t at = bytes.size();
            bytes.resize(at + static_cast<size_t>(slice->length.value));
            EXPECT_TRUE(slice->file->pread(MutableByteSpan(bytes).subspan(at), slice->position));
          } else {
            const auto& more = std::get<ByteBuffer>(piece);
            bytes.insert(bytes.end(), more.begin(), more.end());
          }
        }
        promise_.set_value(std::move(bytes));
      }
      void no_answer() override { promise_.set_value({}); }
      void close(Error why) override {
        ADD_FAILURE() << why.to_string();
        promise_.set_value({});
      }
      [[nodiscard]] bool cancelled() const override { return false; }

     private:
      std::promise<ByteBuffer> promise_;
    };
    std::promise<ByteBuffer> promise;
    auto future = promise.get_future();
    auto owner = std::make_shared<ByteBuffer>(kafka::encode_request(request, version, 1, "thread"));
    broker_->handle(client, OwnedBytes{*owner, owner}, Responder(std::make_unique<Sink>(std::move(promise))));
    auto outcome = std::make_shared<Outcome>();
    outcome->bytes = future.get();
    outcome->answered = true;
    return Answer<Response>(outcome, version);
  }

  std::string folder_;
  std::unique_ptr<env::Env> env_;
  TimerThread timers_;
  MetricsRegistry metrics_;
  MemoryBudget memory_{"test", 256_MiB};
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<Broker> broker_;
};

TEST_F(Threads, ProduceFetchCommitAndChangeTopicsAtOnce) {
  constexpr int kBatches = 60;
  const auto main_client = std::make_shared<Client>("main");
  kafka::CreateTopicsRequest create;
  create.topics.push_back({.name = "t", .num_partitions = 2, .replication_factor = 1});
  EXPECT_EQ(call(main_client, create)->topics.at(0).error_code, kafka::KafkaError::kNone);
  std::vector<std::thread> threads;
  std::atomic<int> producing = 2;
  for (int producer = 0; producer < 2; ++producer) {
    threads.emplace_back([&, producer] {
      const auto client = std::make_shared<Client>("producer");
      const int64_t id = call(client, kafka::InitProducerIdRequest{.transactional_id = std::nullopt})->producer_id;
      for (int i = 0; i < kBatches; ++i) {
        kafka::RecordBatchOptions options;
        options.producer_id = kafka::ProducerId(id);
        options.producer_epoch = 0;
        options.base_sequence = i * 2;
        options.compression = i % 2 == 0 ? kafka::Compression::kLz4 : kafka::Compression::kNone;
        const ByteBuffer batch = batch_of({"a", "b"}, options, env_->clock().now().value);
        kafka::ProduceRequest request;
        request.acks = i % 3 == 0 ? 1 : -1;
        request.timeout_ms = 30'000;
        auto& data = request.topic_data.emplace_back();
        data.name = "t";
        auto& partition = data.partition_data.emplace_back();
        partition.index = producer;
        partition.records.bytes = batch;
        auto answer = call(client, request, 9);
        EXPECT_EQ(only(answer).error_code, kafka::KafkaError::kNone);
        EXPECT_EQ(only(answer).base_offset, i * 2);
      }
      --producing;
    });
  }
  for (int reader = 0; reader < 2; ++reader) {
    threads.emplace_back([&, reader] {
      const auto client = std::make_shared<Client>("reader");
      int64_t at = 0;
      while (at < kBatches * 2) {
        kafka::FetchRequest request = fetch_of("t", at, 20);
        request.topics[0].partitions[0].partition = reader;
        auto answer = call(client, request, 11);
        ASSERT_EQ(only(answer).error_code, kafka::KafkaError::kNone);
        kafka::RecordBatchIterator batches(*only(answer).records.bytes);
        while (auto batch = batches.next()) at = batch->last_offset().value + 1;
        kafka::OffsetCommitRequest commit;
        commit.group_id = "g";
        auto& topic = commit.topics.emplace_back();
        topic.name = "t";
        topic.partitions.push_back(
            {.partition_index = reader, .committed_offset = at, .committed_metadata = std::nullopt});
        EXPECT_EQ(call(client, commit, 9)->topics.at(0).partitions.at(0).error_code, kafka::KafkaError::kNone);
      }
    });
  }
  threads.emplace_back([&] {
    const auto client = std::make_shared<Client>("admin");
    for (int i = 0; producing > 0; ++i) {
      const std::string name = "other-" + std::to_string(i % 3);
      kafka::MetadataRequest metadata;
      metadata.topics.emplace().push_back({.name = name});
      EXPECT_EQ(call(client, metadata)->topics.at(0).error_code, kafka::KafkaError::kNone);
      EXPECT_GE(call(client, kafka::MetadataRequest{})->topics.size(), 2U);
      kafka::ListOffsetsRequest list;
      auto& topic = list.topics.emplace_back();
      topic.name = "t";
      topic.partitions.push_back({.partition_index = 0, .timestamp = 5});
      EXPECT_EQ(call(client, list)->topics.at(0).partitions.at(0).error_code, kafka::KafkaError::kNone);
      kafka::DeleteTopicsRequest remove;
      remove.topics.push_back({.name = name});
      EXPECT_EQ(call(client, remove)->responses.at(0).error_code, kafka::KafkaError::kNone);
    }
  });
  for (std::thread& thread : threads) thread.join();
}

// Members come and go on three threads; whoever is in the group at the end got the whole of the topic.
TEST_F(Threads, MembersJoinSyncAndLeaveAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> rounds = 0;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      const auto client = std::make_shared<Client>("member");
      for (int round = 0; round < 8; ++round) {
        std::string member;
        int32_t generation = -1;
        for (bool synced = false; !synced;) {
          kafka::JoinGroupRequest join;
          join.group_id = "g";
          join.session_timeout_ms = 30'000;
          join.rebalance_timeout_ms = 2'000;
          join.member_id = member;
          join.protocol_type = "consumer";
          join.protocols.push_back({.name = "range", .metadata = as_bytes("m")});
          auto joined = call(client, join);
          member = joined->member_id;
          if (joined->error_code != kafka::KafkaError::kNone) {
            if (joined->error_code == kafka::KafkaError::kUnknownMemberId)
              member.clear();
            else
              ASSERT_EQ(joined->error_code, kafka::KafkaError::kMemberIdRequired);
            continue;
          }
          generation = joined->generation_id;
          kafka::SyncGroupRequest sync;
          sync.group_id = "g";
          sync.generation_id = generation;
          sync.member_id = member;
          sync.protocol_type = "consumer";
          sync.protocol_name = "range";
          for (const auto& each : joined->members)
            sync.assignments.push_back({.member_id = each.member_id,
                                        .assignment = each.member_id == member ? as_bytes("first") : as_bytes("more")});
          const kafka::KafkaError error = call(client, sync)->error_code;
          synced = error == kafka::KafkaError::kNone;
          ASSERT_TRUE(synced || error == kafka::KafkaError::kRebalanceInProgress ||
                      error == kafka::KafkaError::kIllegalGeneration || error == kafka::KafkaError::kUnknownMemberId)
              << static_cast<int>(error);
        }
        kafka::LeaveGroupRequest leave;
        leave.group_id = "g";
        leave.members.push_back({.member_id = member});
        EXPECT_EQ(call(client, leave)->members.at(0).error_code, kafka::KafkaError::kNone);
        ++rounds;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(rounds, 24);
  kafka::DescribeGroupsRequest describe;
  describe.groups = {"g"};
  EXPECT_EQ(call(std::make_shared<Client>("admin"), describe)->groups.at(0).group_state, "Empty");
}

}  // namespace
}  // namespace millstream::broker::testing

// Record batches of an epoch in a committable, and their one-time append.
#include "connector/kafka/local_epoch.h"

#include <algorithm>
#include <atomic>
#include <mutex>

namespace millstream::connector::kafka {
namespace {

namespace wire = ::millstream::wire::kafka;

constexpr uint8_t kPayloadVersion = 1;
constexpr size_t kBatchBytes = 900 * 1024;  // below Kafka's default bound of one batch

// Above everything that brokers hand out, so that ids chosen here never meet theirs.
wire::ProducerId new_producer_id(env::Env& env) {
  return wire::ProducerId(static_cast<int64_t>((env.random() >> 2) | (uint64_t{1} << 62)));
}

// Waits for several flushes and answers once, with the first error.
struct Gathering {
  std::atomic<size_t> left{1};
  std::mutex mutex;
  Status status;
  std::function<void(Status)> done;

  void one(Status result) {
    if (!result) {
      const std::lock_guard lock(mutex);
      if (status) status = std::move(result);
    }
    if (left.fetch_sub(1) == 1) done(status);
  }
};

class LocalCommitter final : public stream::Committer {
 public:
  explicit LocalCommitter(LocalTopics& topics) : topics_(topics) {}

  // The log itself knows which batches it has, so every epoch may be offered again.
  void recover(AttemptId, std::function<void(Result<CheckpointId>)> done) override { done(CheckpointId(0)); }

  void commit(CheckpointId, std::vector<stream::Committable> epoch, std::function<void(Status)> done) override {
    auto gathering = std::make_shared<Gathering>();
    gathering->done = std::move(done);
    for (stream::Committable& committable : epoch) {
      if (Status applied = apply(committable, gathering); !applied) {
        gathering->one(std::move(applied));
        return;
      }
    }
    gathering->one({});
  }

 private:
  Status apply(const stream::Committable& committable, const std::shared_ptr<Gathering>& gathering) {
    ByteReader reader(committable.payload);
    const auto version = reader.fixed<uint8_t>();
    const std::string topic(reader.text());
    if (version != kPayloadVersion)
      return fail(ErrorCode::kCorrupt,
                  "a committable of topic '" + topic + "' has the unknown version " + std::to_string(version));
    const LocalTopics::Partitions logs = topics_.find(topic);
    if (logs.empty()) {
      if (topics_.may_create()) topics_.create(topic);
      return fail(ErrorCode::kUnavailable, "waiting for topic '" + topic + "'",
                  "Create it, or allow that topics are created.");
    }
    while (reader.ok() && !reader.at_end()) {
      const uint64_t partition = reader.varint();
      const ByteSpan batches = reader.bytes();
      if (!reader.ok()) break;
      if (partition >= logs.size())
        return fail(ErrorCode::kNotFound, "Topic '" + topic + "' has no partition " + std::to_string(partition) + ".");
      MS_ASSIGN(const Offset next, append_once(*logs[partition], batches));
      gathering->left.fetch_add(1);
      logs[partition]->flush_to(next, [gathering](Status status) { gathering->one(std::move(status)); });
    }
    if (!reader.ok()) return fail(ErrorCode::kCorrupt, "a committable of topic '" + topic + "' is cut off");
    return {};
  }

  // Batches whose last sequence the log has seen are left out.
  static Result<Offset> append_once(log::PartitionLog& log, ByteSpan batches) {
    const std::vector<log::ProducerInfo> producers = log.producers();
    ByteBuffer missing;
    wire::RecordBatchIterator iterator(batches);
    while (const auto batch = iterator.next()) {
      const auto known =
          std::ranges::find_if(producers, [&](const log::ProducerInfo& p) { return p.id == batch->producer_id(); });
      // Sequences wrap; what is not more than half the range behind has been appended.
      if (known != producers.end()) {
        const auto behind = static_cast<uint32_t>(known->last_sequence - batch->last_sequence()) & 0x7fffffffU;
        if (behind < 0x40000000U) continue;
      }
      missing.insert(missing.end(), batch->bytes().begin(), batch->bytes().end());
    }
    MS_TRY(Status(iterator.status()));
    if (missing.empty()) return log.offsets().end;
    MS_ASSIGN(const log::Appended appended, log.append(missing));
    switch (appended.outcome) {
      case log::Appended::Outcome::kAppended:
      case log::Appended::Outcome::kDuplicate:
        return appended.next;
      case log::Appended::Outcome::kFenced:
        return fail(ErrorCode::kConflict, "the producer of this epoch was fenced in " + log.folder());
      case log::Appended::Outcome::kOutOfOrderSequence:
        break;
    }
    return fail(ErrorCode::kCorrupt, "records of an earlier epoch are missing in " + log.folder());
  }

  LocalTopics& topics_;
};

}  // namespace

LocalEpoch::LocalEpoch(env::Env& env, std::string topic, size_t partitions) : topic_(std::move(topic)) {
  wire::RecordBatchOptions options;
  options.producer_id = new_producer_id(env);
  options.producer_epoch = 0;
  options.base_sequence = 0;
  for (size_t i = 0; i < partitions; ++i) builders_.emplace_back(options);
  finished_.resize(partitions);
}

Status LocalEpoch::add(size_t partition, EventTime time, std::optional<ByteSpan> key, std::optional<ByteSpan> value,
                       std::span<const wire::RecordHeader> headers) {
  wire::RecordBatchBuilder& builder = builders_[partition];
  bytes_ += static_cast<int64_t>(builder.add(time, key, value, headers));
  return builder.size_in_bytes() < kBatchBytes ? Status{} : finish(partition);
}

Status LocalEpoch::finish(size_t partition) {
  if (builders_[partition].empty()) return {};
  MS_ASSIGN(const ByteBuffer batch, builders_[partition].finish());
  finished_[partition].insert(finished_[partition].end(), batch.begin(), batch.end());
  return {};
}

Result<ByteBuffer> LocalEpoch::take() {
  ByteWriter writer;
  bool any = false;
  writer.fixed(kPayloadVersion);
  writer.text(topic_);
  for (size_t partition = 0; partition < builders_.size(); ++partition) {
    MS_TRY(finish(partition));
    if (finished_[partition].empty()) continue;
    writer.varint(partition);
    writer.bytes(finished_[partition]);
    finished_[partition] = {};
    any = true;
  }
  bytes_ = 0;
  return any ? writer.take() : ByteBuffer();
}

std::unique_ptr<stream::Committer> make_local_committer(LocalTopics& topics) {
  return std::make_unique<LocalCommitter>(topics);
}

}  // namespace millstream::connector::kafka

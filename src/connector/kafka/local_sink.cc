// The writer that builds batches, and the committer that appends them once.
#include "connector/kafka/local_sink.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "connector/kafka/local_topics.h"
#include "connector/record_encoding.h"
#include "wire/kafka/record_batch_builder.h"

namespace millstream::connector::kafka {
namespace {

namespace wire = ::millstream::wire::kafka;

constexpr uint8_t kPayloadVersion = 1;
constexpr size_t kBatchBytes = 900 * 1024;   // below Kafka's default bound of one batch
constexpr int64_t kEpochBytes = 64 << 20;    // of one writer before sources pause

// Above everything that brokers hand out, so that ids chosen here never meet theirs.
wire::ProducerId new_producer_id(env::Env& env) {
  return wire::ProducerId(static_cast<int64_t>((env.random() >> 2) | (uint64_t{1} << 62)));
}

class LocalWriter final : public stream::SinkWriter {
 public:
  LocalWriter(const plan::TableSink& sink, std::shared_ptr<const KafkaOptions> options, const ConnectorParts& parts, std::unique_ptr<RecordEncoding> encoding)
      : table_(sink.table), metadata_(sink.writable_metadata), options_(std::move(options)), parts_(parts), encoding_(std::move(encoding)) {
    physical_ = table_->physical_schema().size();
    through_ = options_->delivery == Delivery::kAtLeastOnce || options_->delivery == Delivery::kNone;
  }

  Status open(const stream::OperatorContext& context) override {
    clock_ = context.clock;
    choice_.emplace(options_->partitioner, context.task_index);
    producer_ = new_producer_id(parts_.env);
    logs_ = parts_.local_topics->find(options_->topics[0]);
    if (logs_.empty()) return fail(ErrorCode::kNotFound, "Topic '" + options_->topics[0] + "' is gone.");
    for (size_t i = 0; i < logs_.size(); ++i) {
      wire::RecordBatchOptions batch;
      if (!through_) {
        batch.producer_id = producer_;
        batch.producer_epoch = 0;
        batch.base_sequence = 0;
      }
      builders_.emplace_back(batch);
    }
    finished_.resize(logs_.size());
    return {};
  }

  Status write(const column::Batch& batch) override {
    MS_TRY(encoding_->encode(batch));
    const column::Rows rows = batch.rows();
    for (size_t i = 0; i < rows.count; ++i) {
      const column::RowKind kind = batch.kind_at(rows[i]);
      CHECK(kind == column::RowKind::kInsert);  // the sink's changelog mode
      const WritableMetadata metadata = read_metadata(batch, metadata_, physical_, rows[i]);
      std::optional<ByteSpan> key;
      if (encoding_->has_keys()) key = as_bytes(encoding_->key(i));
      const size_t partition = choice_->choose(key ? encoding_->key(i) : std::string_view(), builders_.size());
      wire::RecordBatchBuilder& builder = builders_[partition];
      std::vector<wire::RecordHeader> headers;
      for (const auto& [name, value] : metadata.headers) {
        headers.push_back({name, value ? std::optional<ByteSpan>(as_bytes(*value)) : std::nullopt});
      }
      const EventTime time(metadata.timestamp.value_or(clock_->now().value));
      epoch_bytes_ += static_cast<int64_t>(builder.add(time, key, as_bytes(encoding_->value(i)), headers));
      if (builder.size_in_bytes() >= kBatchBytes) MS_TRY(finish(partition));
    }
    if (!through_) return {};
    for (size_t partition = 0; partition < builders_.size(); ++partition) {
      MS_TRY(finish(partition));
      if (finished_[partition].empty()) continue;
      MS_ASSIGN(const log::Appended appended, logs_[partition]->append(finished_[partition]));
      finished_[partition].clear();
      // Readers wait for the disk where the topic says so; nobody else would ask for it.
      logs_[partition]->flush_to(appended.next, [](Status) {});
    }
    epoch_bytes_ = 0;
    return {};
  }

  [[nodiscard]] bool is_full() const override { return epoch_bytes_ >= kEpochBytes; }

  Result<std::vector<stream::Committable>> prepare(CheckpointId) override {
    std::vector<stream::Committable> committables;
    ByteWriter writer;
    writer.fixed(kPayloadVersion);
    writer.text(options_->topics[0]);
    bool any = false;
    for (size_t partition = 0; partition < builders_.size(); ++partition) {
      MS_TRY(finish(partition));
      if (finished_[partition].empty()) continue;
      writer.varint(partition);
      writer.bytes(finished_[partition]);
      finished_[partition] = {};
      any = true;
    }
    epoch_bytes_ = 0;
    if (any) committables.push_back({std::string(kLocalTarget), table_->name, writer.take()});
    return committables;
  }

 private:
  Status finish(size_t partition) {
    if (builders_[partition].empty()) return {};
    MS_ASSIGN(const ByteBuffer batch, builders_[partition].finish());
    finished_[partition].insert(finished_[partition].end(), batch.begin(), batch.end());
    return {};
  }

  catalog::TablePtr table_;
  std::vector<std::string> metadata_;
  std::shared_ptr<const KafkaOptions> options_;
  ConnectorParts parts_;
  std::unique_ptr<RecordEncoding> encoding_;
  size_t physical_ = 0;
  bool through_ = false;
  const env::Clock* clock_ = nullptr;
  std::optional<PartitionChoice> choice_;
  wire::ProducerId producer_;
  LocalTopics::Partitions logs_;
  std::vector<wire::RecordBatchBuilder> builders_;  // by partition
  std::vector<ByteBuffer> finished_;                // whole batches of this epoch, by partition
  int64_t epoch_bytes_ = 0;
};

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
    if (version != kPayloadVersion) return fail(ErrorCode::kCorrupt, "a committable of topic '" + topic + "' has the unknown version " + std::to_string(version));
    const LocalTopics::Partitions logs = topics_.find(topic);
    while (reader.ok() && !reader.at_end()) {
      const uint64_t partition = reader.varint();
      const ByteSpan batches = reader.bytes();
      if (!reader.ok()) break;
      if (partition >= logs.size()) return fail(ErrorCode::kNotFound, "Topic '" + topic + "' has no partition " + std::to_string(partition) + ".");
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
      const auto known = std::ranges::find_if(producers, [&](const log::ProducerInfo& p) { return p.id == batch->producer_id(); });
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
      case log::Appended::Outcome::kDuplicate: return appended.next;
      case log::Appended::Outcome::kFenced: return fail(ErrorCode::kConflict, "the producer of this epoch was fenced in " + log.folder());
      case log::Appended::Outcome::kOutOfOrderSequence: break;
    }
    return fail(ErrorCode::kCorrupt, "records of an earlier epoch are missing in " + log.folder());
  }

  LocalTopics& topics_;
};

class LocalSink final : public stream::Sink {
 public:
  LocalSink(const plan::TableSink& sink, column::Schema input, std::shared_ptr<const KafkaOptions> options, const ConnectorParts& parts)
      : sink_(sink), input_(std::move(input)), options_(std::move(options)), parts_(parts) {}

  Status check() override {
    const std::string& topic = options_->topics[0];
    if (!parts_.local_topics->find(topic).empty()) return {};
    if (parts_.local_topics->may_create()) {
      parts_.local_topics->create(topic);
      if (!parts_.local_topics->find(topic).empty()) return {};
    }
    return fail(ErrorCode::kUnavailable, "waiting for topic '" + topic + "'", "Create it, or allow that topics are created.");
  }
  Result<std::unique_ptr<stream::SinkWriter>> make_writer() override {
    MS_ASSIGN(auto encoding, RecordEncoding::make(*sink_.table, input_));
    return std::make_unique<LocalWriter>(sink_, options_, parts_, std::move(encoding));
  }
  [[nodiscard]] std::string target() const override {
    const bool through = options_->delivery == Delivery::kAtLeastOnce || options_->delivery == Delivery::kNone;
    return through ? std::string() : std::string(kLocalTarget);
  }
  Result<std::unique_ptr<stream::Committer>> make_committer(const stream::SinkIdentity&) override {
    return std::make_unique<LocalCommitter>(*parts_.local_topics);
  }

 private:
  plan::TableSink sink_;
  column::Schema input_;
  std::shared_ptr<const KafkaOptions> options_;
  ConnectorParts parts_;
};

}  // namespace

uint32_t murmur2(std::string_view bytes) {
  constexpr uint32_t kMultiplier = 0x5bd1e995;
  const auto length = static_cast<uint32_t>(bytes.size());
  uint32_t hash = 0x9747b28c ^ length;
  const auto* p = reinterpret_cast<const std::byte*>(bytes.data());
  size_t left = bytes.size();
  for (; left >= 4; left -= 4, p += 4) {
    auto word = load_little_endian<uint32_t>(p);
    word *= kMultiplier;
    word ^= word >> 24;
    word *= kMultiplier;
    hash = hash * kMultiplier ^ word;
  }
  if (left >= 3) hash ^= static_cast<uint32_t>(p[2]) << 16;
  if (left >= 2) hash ^= static_cast<uint32_t>(p[1]) << 8;
  if (left >= 1) {
    hash ^= static_cast<uint32_t>(p[0]);
    hash *= kMultiplier;
  }
  hash ^= hash >> 13;
  hash *= kMultiplier;
  hash ^= hash >> 15;
  return hash;
}

size_t PartitionChoice::choose(std::string_view key, size_t partitions) {
  if (partitioner_ == Partitioner::kFixed) return static_cast<size_t>(task_) % partitions;
  if (partitioner_ == Partitioner::kDefault && key.data() != nullptr) return (murmur2(key) & 0x7fffffffU) % partitions;
  return turn_++ % partitions;
}

WritableMetadata read_metadata(const column::Batch& batch, const std::vector<std::string>& keys, size_t first, size_t position) {
  WritableMetadata metadata;
  for (size_t i = 0; i < keys.size(); ++i) {
    const column::Vector& vector = *batch.columns[first + i];
    if (vector.is_null(position)) continue;
    const size_t at = vector.is_constant() ? 0 : position;
    if (keys[i] == "timestamp") {
      const int64_t micros = vector.type().physical() == column::PhysicalKind::kTimestamp ? vector.values<column::WideTimestamp>()[at].micros
                                                                                         : vector.values<int64_t>()[at];
      metadata.timestamp = micros >= 0 ? micros / 1000 : -((-micros + 999) / 1000);
    } else if (keys[i] == "headers") {
      const auto slice = vector.values<column::Slice>()[at];
      const column::Vector& names = *vector.children()[0];
      const column::Vector& values = *vector.children()[1];
      for (uint32_t h = slice.start; h < slice.start + slice.size; ++h) {
        if (names.is_null(h)) continue;
        metadata.headers.emplace_back(names.values<column::StringRef>()[h].view(),
                                      values.is_null(h) ? std::nullopt : std::optional(values.values<column::StringRef>()[h].view()));
      }
    }
  }
  return metadata;
}

}  // namespace millstream::connector::kafka

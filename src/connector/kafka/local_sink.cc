// The writer of a local topic, and how records find their partition.
#include "connector/kafka/local_sink.h"

#include <algorithm>

#include "connector/kafka/local_epoch.h"
#include "connector/record_encoding.h"
#include "wire/kafka/record_batch_builder.h"

namespace millstream::connector::kafka {
namespace {

namespace wire = ::millstream::wire::kafka;

constexpr int64_t kEpochBytes = 64 << 20;  // of one writer before sources pause

class LocalWriter final : public stream::SinkWriter {
 public:
  LocalWriter(const plan::TableSink& sink, std::shared_ptr<const KafkaOptions> options, const ConnectorParts& parts,
              std::unique_ptr<RecordEncoding> encoding)
      : table_(sink.table),
        metadata_(sink.writable_metadata),
        options_(std::move(options)),
        parts_(parts),
        encoding_(std::move(encoding)) {
    physical_ = table_->physical_schema().size();
    through_ = options_->delivery == Delivery::kAtLeastOnce || options_->delivery == Delivery::kNone;
  }

  Status open(const stream::OperatorContext& context) override {
    clock_ = context.clock;
    choice_.emplace(options_->partitioner, context.task_index);
    logs_ = parts_.local_topics->find(options_->topics[0]);
    if (logs_.empty()) return fail(ErrorCode::kNotFound, "Topic '" + options_->topics[0] + "' is gone.");
    epoch_.emplace(parts_.env, options_->topics[0], logs_.size());
    through_builders_.resize(through_ ? logs_.size() : 0);
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
      const size_t partition = choice_->choose(key ? encoding_->key(i) : std::string_view(), logs_.size());
      std::vector<wire::RecordHeader> headers;
      for (const auto& [name, value] : metadata.headers) {
        headers.push_back({name, value ? std::optional<ByteSpan>(as_bytes(*value)) : std::nullopt});
      }
      const EventTime time(metadata.timestamp.value_or(clock_->now().value));
      if (through_)
        through_builders_[partition].add(time, key, as_bytes(encoding_->value(i)), headers);
      else
        MS_TRY(epoch_->add(partition, time, key, as_bytes(encoding_->value(i)), headers));
    }
    for (size_t partition = 0; partition < through_builders_.size(); ++partition) {
      if (through_builders_[partition].empty()) continue;
      MS_ASSIGN(ByteBuffer finished, through_builders_[partition].finish());
      MS_ASSIGN(const log::Appended appended, logs_[partition]->append(finished));
      // Readers wait for the disk where the topic says so; nobody else would ask for it.
      logs_[partition]->flush_to(appended.next, [](Status) {});
    }
    return {};
  }

  [[nodiscard]] bool is_full() const override { return epoch_->bytes() >= kEpochBytes; }

  Result<std::vector<stream::Committable>> prepare(CheckpointId) override {
    std::vector<stream::Committable> committables;
    MS_ASSIGN(ByteBuffer payload, epoch_->take());
    if (!payload.empty()) committables.push_back({std::string(kLocalTarget), table_->name, std::move(payload)});
    return committables;
  }

 private:
  catalog::TablePtr table_;
  std::vector<std::string> metadata_;
  std::shared_ptr<const KafkaOptions> options_;
  ConnectorParts parts_;
  std::unique_ptr<RecordEncoding> encoding_;
  size_t physical_ = 0;
  bool through_ = false;
  const env::Clock* clock_ = nullptr;
  std::optional<PartitionChoice> choice_;
  LocalTopics::Partitions logs_;
  std::optional<LocalEpoch> epoch_;
  std::vector<wire::RecordBatchBuilder> through_builders_;  // without a guarantee: appended per batch
};

class LocalSink final : public stream::Sink {
 public:
  LocalSink(const plan::TableSink& sink, column::Schema input, std::shared_ptr<const KafkaOptions> options,
            const ConnectorParts& parts)
      : sink_(sink), input_(std::move(input)), options_(std::move(options)), parts_(parts) {}

  Status check() override {
    const std::string& topic = options_->topics[0];
    if (!parts_.local_topics->find(topic).empty()) return {};
    if (parts_.local_topics->may_create()) {
      parts_.local_topics->create(topic);
      if (!parts_.local_topics->find(topic).empty()) return {};
    }
    return fail(ErrorCode::kUnavailable, "waiting for topic '" + topic + "'",
                "Create it, or allow that topics are created.");
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
    return make_local_committer(*parts_.local_topics);
  }

 private:
  plan::TableSink sink_;
  column::Schema input_;
  std::shared_ptr<const KafkaOptions> options_;
  ConnectorParts parts_;
};

}  // namespace

Result<std::unique_ptr<stream::Sink>> make_local_sink(const plan::TableSink& sink, const column::Schema& input,
                                                      KafkaOptions options, const ConnectorParts& parts) {
  return std::make_unique<LocalSink>(sink, input, std::make_shared<const KafkaOptions>(std::move(options)), parts);
}

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

WritableMetadata read_metadata(const column::Batch& batch, const std::vector<std::string>& keys, size_t first,
                               size_t position) {
  WritableMetadata metadata;
  for (size_t i = 0; i < keys.size(); ++i) {
    const column::Vector& vector = *batch.columns[first + i];
    if (vector.is_null(position)) continue;
    const size_t at = vector.is_constant() ? 0 : position;
    if (keys[i] == "timestamp") {
      const int64_t micros = vector.type().physical() == column::PhysicalKind::kTimestamp
                                 ? vector.values<column::WideTimestamp>()[at].micros
                                 : vector.values<int64_t>()[at];
      metadata.timestamp = micros >= 0 ? micros / 1000 : -((-micros + 999) / 1000);
    } else if (keys[i] == "headers") {
      const auto slice = vector.values<column::Slice>()[at];
      const column::Vector& names = *vector.children()[0];
      const column::Vector& values = *vector.children()[1];
      for (uint32_t h = slice.start; h < slice.start + slice.size; ++h) {
        if (names.is_null(h)) continue;
        metadata.headers.emplace_back(
            names.values<column::StringRef>()[h].view(),
            values.is_null(h) ? std::nullopt : std::optional(values.values<column::StringRef>()[h].view()));
      }
    }
  }
  return metadata;
}

}  // namespace millstream::connector::kafka

// The writer that collects records and the committer that produces them.
#include "connector/kafka/remote_sink.h"

#include <algorithm>
#include <array>

#include "connector/kafka/local_sink.h"
#include "connector/kafka/remote_client.h"
#include "connector/record_encoding.h"

namespace millstream::connector::kafka {
namespace {

constexpr uint8_t kPayloadVersion = 1;
constexpr int64_t kEpochBytes = 64 << 20;    // of one writer before sources pause
constexpr int kAcknowledgeTimeout = 10'000;  // milliseconds that one commit waits for acknowledgements

// The committer of a target is one client: tables of one cluster with the same properties share it.
std::string target_of(const KafkaOptions& options) {
  std::string settings;
  for (const auto& [name, value] : options.client) settings += name + "=" + value + "\n";
  return "kafka:" + options.bootstrap_servers + "#" + std::to_string(crc32c(as_bytes(settings)));
}

// Payload: version, topic, partitioner, task; then for each record its time, key and value (each: 0, or 1 and bytes),
// number of headers, and each header's name and value (as the key).
void add_optional(ByteWriter& writer, std::optional<std::string_view> bytes) {
  writer.fixed(static_cast<uint8_t>(bytes.has_value()));
  if (bytes) writer.text(*bytes);
}

class RemoteWriter final : public stream::SinkWriter {
 public:
  RemoteWriter(const plan::TableSink& sink, std::shared_ptr<const KafkaOptions> options,
               std::unique_ptr<RecordEncoding> encoding)
      : table_(sink.table),
        metadata_(sink.writable_metadata),
        options_(std::move(options)),
        encoding_(std::move(encoding)),
        physical_(table_->physical_schema().size()) {}

  Status open(const stream::OperatorContext& context) override {
    clock_ = context.clock;
    task_ = context.task_index;
    return {};
  }

  Status write(const column::Batch& batch) override {
    MS_TRY(encoding_->encode(batch));
    const column::Rows rows = batch.rows();
    for (size_t i = 0; i < rows.count; ++i) {
      CHECK(batch.kind_at(rows[i]) == column::RowKind::kInsert);  // the sink's changelog mode
      if (records_.size() == 0) begin();
      const WritableMetadata metadata = read_metadata(batch, metadata_, physical_, rows[i]);
      records_.signed_varint(metadata.timestamp.value_or(clock_->now().value));
      add_optional(records_, encoding_->has_keys() ? std::optional(encoding_->key(i)) : std::nullopt);
      add_optional(records_, encoding_->value(i));
      records_.varint(metadata.headers.size());
      for (const auto& [name, value] : metadata.headers) {
        records_.text(name);
        add_optional(records_, value);
      }
    }
    return {};
  }

  [[nodiscard]] bool is_full() const override { return static_cast<int64_t>(records_.size()) >= kEpochBytes; }

  Result<std::vector<stream::Committable>> prepare(CheckpointId) override {
    std::vector<stream::Committable> committables;
    if (records_.size() > 0)
      committables.push_back({target_of(*options_), table_->name, std::exchange(records_, {}).take()});
    return committables;
  }

 private:
  void begin() {
    records_.fixed(kPayloadVersion);
    records_.text(options_->topics[0]);
    records_.fixed(static_cast<uint8_t>(options_->partitioner));
    records_.varint(static_cast<uint64_t>(task_));
  }

  catalog::TablePtr table_;
  std::vector<std::string> metadata_;
  std::shared_ptr<const KafkaOptions> options_;
  std::unique_ptr<RecordEncoding> encoding_;
  size_t physical_;
  const env::Clock* clock_ = nullptr;
  int task_ = 0;
  ByteWriter records_;
};

// Runs on Env's executor, one commit at a time.
class Producing {
 public:
  explicit Producing(KafkaOptions options) : options_(std::move(options)) {}

  Status commit(const std::vector<stream::Committable>& epoch) {
    MS_TRY(connect());
    failed_ = RD_KAFKA_RESP_ERR_NO_ERROR;
    Status status = produce_all(epoch);
    if (status) {
      const auto flushed = rd_kafka_flush(handle_.get(), kAcknowledgeTimeout);
      if (flushed != RD_KAFKA_RESP_ERR_NO_ERROR)
        status = remote_error(flushed, options_, "writing");
      else if (failed_ != RD_KAFKA_RESP_ERR_NO_ERROR)
        status = remote_error(failed_, options_, "writing");
    }
    if (status) return {};
    // What is still on its way must not arrive behind the next attempt: that has a producer of its own.
    rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(handle_.get(), 1000);
    handle_.reset();
    return status;
  }

 private:
  Status connect() {
    if (handle_) return {};
    MS_ASSIGN(handle_, make_remote_handle(
                           RD_KAFKA_PRODUCER, options_,
                           {{"enable.idempotence", "true"},
                            {"linger.ms", "1"},
                            {"queue.buffering.max.messages", "1000000"},
                            {"delivery.timeout.ms", std::to_string(kAcknowledgeTimeout)}},
                           [](rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
                             if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
                               static_cast<Producing*>(self)->failed_ = message->err;
                           },
                           this));
    return {};
  }

  Status produce_all(const std::vector<stream::Committable>& epoch) {
    for (const stream::Committable& committable : epoch) {
      ByteReader reader(committable.payload);
      const auto version = reader.fixed<uint8_t>();
      const std::string topic(reader.text());
      const auto partitioner = static_cast<Partitioner>(reader.fixed<uint8_t>());
      const auto task = static_cast<int>(reader.varint());
      if (version != kPayloadVersion || !reader.ok()) {
        return fail(ErrorCode::kCorrupt,
                    "a committable of topic '" + topic + "' has the unknown version " + std::to_string(version));
      }
      MS_ASSIGN(const int32_t partitions, remote_partition_count(handle_.get(), options_, topic));
      const RemoteTopic named(rd_kafka_topic_new(handle_.get(), topic.c_str(), nullptr));
      PartitionChoice choice(partitioner, task);
      while (reader.ok() && !reader.at_end())
        MS_TRY(produce_one(reader, named.get(), choice, static_cast<size_t>(partitions)));
      if (!reader.ok()) return fail(ErrorCode::kCorrupt, "a committable of topic '" + topic + "' is cut off");
    }
    return {};
  }

  static std::optional<std::string_view> read_optional(ByteReader& reader) {
    if (reader.fixed<uint8_t>() == 0) return std::nullopt;
    return reader.text();
  }

  Status produce_one(ByteReader& reader, rd_kafka_topic_t* topic, PartitionChoice& choice, size_t partitions) {
    const int64_t time = reader.signed_varint();
    const auto key = read_optional(reader);
    const auto value = read_optional(reader);
    rd_kafka_headers_t* headers = nullptr;
    if (const uint64_t count = reader.varint(); count > 0 && reader.ok()) {
      headers = rd_kafka_headers_new(static_cast<size_t>(std::min<uint64_t>(count, 64)));
      for (uint64_t i = 0; i < count && reader.ok(); ++i) {
        const std::string_view name = reader.text();
        const auto text = read_optional(reader);
        rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), text ? text->data() : nullptr,
                            text ? static_cast<ssize_t>(text->size()) : 0);
      }
    }
    if (!reader.ok()) {
      if (headers != nullptr) rd_kafka_headers_destroy(headers);
      return {};
    }
    const auto partition = static_cast<int32_t>(choice.choose(key.value_or(std::string_view()), partitions));
    for (int tries = 0;; ++tries) {
      std::array<rd_kafka_vu_t, 6> arguments{};
      size_t count = 0;
      arguments[count].vtype = RD_KAFKA_VTYPE_RKT;
      arguments[count++].u.rkt = topic;
      arguments[count].vtype = RD_KAFKA_VTYPE_PARTITION;
      arguments[count++].u.i32 = partition;
      arguments[count].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
      arguments[count++].u.i = RD_KAFKA_MSG_F_COPY;
      arguments[count].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
      arguments[count++].u.i64 = time;
      arguments[count].vtype = RD_KAFKA_VTYPE_VALUE;
      arguments[count].u.mem = {value ? const_cast<char*>(value->data()) : nullptr, value ? value->size() : 0};
      ++count;
      if (key) {
        arguments[count].vtype = RD_KAFKA_VTYPE_KEY;
        arguments[count].u.mem = {const_cast<char*>(key->data()), key->size()};
        ++count;
      }
      // Headers change hands only if the call succeeds, so they come last and by a copy.
      std::vector<rd_kafka_vu_t> all(arguments.begin(), arguments.begin() + static_cast<ptrdiff_t>(count));
      if (headers != nullptr) {
        rd_kafka_vu_t with{};
        with.vtype = RD_KAFKA_VTYPE_HEADERS;
        with.u.headers = headers;
        all.push_back(with);
      }
      rd_kafka_error_t* error = rd_kafka_produceva(handle_.get(), all.data(), all.size());
      if (error == nullptr) return {};
      const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
      rd_kafka_error_destroy(error);
      // Acknowledgements make room.
      if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && tries < kAcknowledgeTimeout / 100) {
        rd_kafka_poll(handle_.get(), 100);
        continue;
      }
      if (headers != nullptr) rd_kafka_headers_destroy(headers);
      return remote_error(code, options_, "writing");
    }
  }

  KafkaOptions options_;
  RemoteHandle handle_;
  rd_kafka_resp_err_t failed_ = RD_KAFKA_RESP_ERR_NO_ERROR;  // of a record of this commit; set while polling
};

class RemoteCommitter final : public stream::Committer {
 public:
  RemoteCommitter(env::Env& env, const KafkaOptions& options)
      : env_(env), producing_(std::make_shared<Producing>(options)) {}
  ~RemoteCommitter() override {
    // Closing the client waits for its threads.
    env_.executor().submit([producing = std::move(producing_)]() mutable { producing.reset(); });
  }

  // Another cluster does not say what it has: the last epoch is written again.
  void recover(AttemptId, std::function<void(Result<CheckpointId>)> done) override { done(CheckpointId(0)); }
  void commit(CheckpointId, std::vector<stream::Committable> epoch, std::function<void(Status)> done) override {
    env_.executor().submit(
        [producing = producing_, epoch = std::move(epoch), done = std::move(done)] { done(producing->commit(epoch)); });
  }

 private:
  env::Env& env_;
  std::shared_ptr<Producing> producing_;
};

class RemoteSink final : public stream::Sink {
 public:
  RemoteSink(const plan::TableSink& sink, column::Schema input, std::shared_ptr<const KafkaOptions> options,
             const ConnectorParts& parts)
      : sink_(sink), input_(std::move(input)), options_(std::move(options)), env_(parts.env) {}

  Status check() override {
    MS_ASSIGN(const RemoteHandle handle, make_remote_handle(RD_KAFKA_PRODUCER, *options_, {}));
    MS_TRY(remote_partition_count(handle.get(), *options_, options_->topics[0]));
    return {};
  }
  Result<std::unique_ptr<stream::SinkWriter>> make_writer() override {
    MS_ASSIGN(auto encoding, RecordEncoding::make(*sink_.table, input_));
    return std::make_unique<RemoteWriter>(sink_, options_, std::move(encoding));
  }
  [[nodiscard]] std::string target() const override { return target_of(*options_); }
  Result<std::unique_ptr<stream::Committer>> make_committer(const stream::SinkIdentity&) override {
    return std::make_unique<RemoteCommitter>(env_, *options_);
  }

 private:
  plan::TableSink sink_;
  column::Schema input_;
  std::shared_ptr<const KafkaOptions> options_;
  env::Env& env_;
};

}  // namespace

Result<std::unique_ptr<stream::Sink>> make_remote_sink(const plan::TableSink& sink, const column::Schema& input,
                                                       KafkaOptions options, const ConnectorParts& parts) {
  if (options.delivery == Delivery::kExactlyOnce) {
    return fail(ErrorCode::kUnsupported,
                "'sink.delivery-guarantee' = 'exactly-once' is not supported for a topic of another cluster ('" +
                    options.bootstrap_servers + "').",
                "Use 'at-least-once'; topics of this server are exactly-once.");
  }
  MS_TRY(RecordEncoding::make(*sink.table, input));
  return std::make_unique<RemoteSink>(sink, input, std::make_shared<const KafkaOptions>(std::move(options)), parts);
}

}  // namespace millstream::connector::kafka

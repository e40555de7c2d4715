// Messages of all partitions of a task come through one queue; runs of one partition become batches.
#include "connector/kafka/remote_source.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "base/logging.h"
#include "connector/kafka/positions.h"
#include "connector/kafka/remote_client.h"
#include "connector/kafka/topic_choice.h"
#include "connector/kafka/topic_source.h"

namespace millstream::connector::kafka {
namespace {

constexpr int64_t kQueuedKilobytes = 64 << 10;  // prefetched by one task
constexpr int64_t kLeastQueuedKilobytes = 256;  // of one partition

RemoteSettings reading_settings(const KafkaOptions& options, size_t partitions) {
  const int64_t queued =
      std::max(kLeastQueuedKilobytes, kQueuedKilobytes / static_cast<int64_t>(std::max<size_t>(1, partitions)));
  return {{"enable.auto.commit", "false"},
          {"enable.auto.offset.store", "false"},
          {"enable.partition.eof", "true"},
          // Java's default; librdkafka's is the other.
          {"isolation.level", "read_uncommitted"},
          {"auto.offset.reset", options.reset == Reset::kEarliest ? "earliest"
                                : options.reset == Reset::kLatest ? "latest"
                                                                  : "error"},
          {"queued.max.messages.kbytes", std::to_string(queued)}};
}

class RemotePlaces final : public PartitionPlaces {
 public:
  RemotePlaces(rd_kafka_t* handle, const KafkaOptions& options, std::string topic, PartitionId partition)
      : handle_(handle), options_(options), topic_(std::move(topic)), partition_(partition) {}

  Result<int64_t> earliest() override {
    MS_TRY(ask_ends());
    return low_;
  }
  Result<int64_t> latest() override {
    MS_TRY(ask_ends());
    return high_;
  }
  Result<std::optional<int64_t>> at_time(EventTime time) override {
    const RemotePartitions list = one();
    list->elems[0].offset = time.value;
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(handle_, list.get(), kRemoteTimeout);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = list->elems[0].err;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return remote_error(code, options_, "asking topic '" + topic_ + "' for a time");
    return found(list->elems[0].offset);
  }
  Result<std::optional<int64_t>> committed() override {
    const RemotePartitions list = one();
    rd_kafka_resp_err_t code = rd_kafka_committed(handle_, list.get(), kRemoteTimeout);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = list->elems[0].err;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return remote_error(code, options_, "asking for offsets of group '" + options_.group + "'");
    return found(list->elems[0].offset);
  }

 private:
  static std::optional<int64_t> found(int64_t offset) { return offset >= 0 ? std::optional(offset) : std::nullopt; }
  [[nodiscard]] RemotePartitions one() const {
    RemotePartitions list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition_.value);
    return list;
  }
  Status ask_ends() {
    if (high_ >= 0) return {};
    const auto code =
        rd_kafka_query_watermark_offsets(handle_, topic_.c_str(), partition_.value, &low_, &high_, kRemoteTimeout);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      high_ = -1;
      return remote_error(code, options_, "asking topic '" + topic_ + "' for its offsets");
    }
    return {};
  }

  rd_kafka_t* handle_;
  const KafkaOptions& options_;
  std::string topic_;
  PartitionId partition_;
  int64_t low_ = -1, high_ = -1;
};

// The handle and what hangs on it; destroyed on the executor, as that waits for threads.
struct Connection {
  RemoteHandle handle;
  RemoteQueue queue;
  std::map<std::string, RemoteTopic, std::less<>> topics;
  std::vector<std::pair<rd_kafka_topic_t*, int32_t>> started;
  std::function<void()> wake;

  ~Connection() {
    if (queue) rd_kafka_queue_cb_event_enable(queue.get(), nullptr, nullptr);
    for (const auto& [topic, partition] : started) rd_kafka_consume_stop(topic, partition);
    topics.clear();
    queue.reset();
    handle.reset();
  }
};

// Keys and values of some messages behind each other, with a decoder's padding behind the last.
class CopiedRecords {
 public:
  CopiedRecords(std::span<rd_kafka_message_t* const> messages) {
    size_t size = format::kDecodePadding;
    for (const rd_kafka_message_t* message : messages) size += message->len + message->key_len;
    bytes_ = std::make_unique_for_overwrite<char[]>(size);
    end_ = bytes_.get();
    std::memset(bytes_.get() + size - format::kDecodePadding, 0, format::kDecodePadding);
  }
  // No data for null, which is not the same as empty.
  std::string_view add(const void* data, size_t size) {
    if (data == nullptr) return {};
    if (size > 0) std::memcpy(end_, data, size);
    const std::string_view view(end_, size);
    end_ += size;
    return view;
  }

 private:
  std::unique_ptr<char[]> bytes_;
  char* end_;
};

class RemoteReader final : public stream::SourceReader {
 public:
  RemoteReader(const plan::TableScan& scan, std::shared_ptr<const KafkaOptions> options, const ConnectorParts& parts,
               std::unique_ptr<RecordDecoding> decoding)
      : table_(scan.table->name),
        metadata_(scan.metadata),
        options_(std::move(options)),
        env_(parts.env),
        decoding_(std::move(decoding)) {
    wants_headers_ = std::ranges::find(metadata_, "headers") != metadata_.end();
  }
  ~RemoteReader() override {
    if (connection_) env_.executor().submit([connection = std::move(connection_)]() mutable { connection.reset(); });
  }

  Status open(const stream::SourceContext& context, std::vector<stream::SplitState> splits) override {
    connection_ = std::make_shared<Connection>();
    connection_->wake = context.wake;
    MS_ASSIGN(connection_->handle,
              make_remote_handle(RD_KAFKA_CONSUMER, *options_, reading_settings(*options_, splits.size())));
    connection_->queue.reset(rd_kafka_queue_new(connection_->handle.get()));
    rd_kafka_queue_cb_event_enable(
        connection_->queue.get(), [](rd_kafka_t*, void* connection) { static_cast<Connection*>(connection)->wake(); },
        connection_.get());
    return add_splits(std::move(splits));
  }

  Status add_splits(std::vector<stream::SplitState> states) override {
    for (const stream::SplitState& state : states) {
      MS_ASSIGN(KafkaSplit split, KafkaSplit::read(state));
      const bool finished = state.finished || (split.end != kNoEnd && split.offset >= split.end);
      RemoteTopic& topic = connection_->topics[split.topic];
      if (!topic) topic.reset(rd_kafka_topic_new(connection_->handle.get(), split.topic.c_str(), nullptr));
      if (!topic) return fail(ErrorCode::kInvalidArgument, "'" + split.topic + "' is no name of a topic.");
      if (!finished) {
        if (rd_kafka_consume_start_queue(topic.get(), split.partition.value, split.offset, connection_->queue.get()) !=
            0) {
          return remote_error(rd_kafka_last_error(), *options_, "reading " + split.name());
        }
        connection_->started.emplace_back(topic.get(), split.partition.value);
      }
      index_[{topic.get(), split.partition.value}] = splits_.size();
      splits_.push_back({std::move(split), finished, !finished});
    }
    return {};
  }

  Result<stream::PollResult> poll(stream::SourceOutput& out, size_t max_rows) override {
    rd_kafka_poll(connection_->handle.get(), 0);
    for (Reading& reading : splits_) {
      // Those that had nothing to read from the start.
      if (reading.finished && !std::exchange(reading.said_finished, true)) out.finished(reading.split.name());
    }
    if (options_->bounded != BoundedMode::kUnbounded && std::ranges::all_of(splits_, &Reading::finished))
      return stream::PollResult::kFinished;
    const size_t wanted = std::min(max_rows, column::kBatchRows);
    messages_.resize(wanted);
    const ssize_t got = rd_kafka_consume_batch_queue(connection_->queue.get(), 0, messages_.data(), wanted);
    if (got < 0) return remote_error(rd_kafka_last_error(), *options_, "reading");
    messages_.resize(static_cast<size_t>(got));
    const Status taken = take_messages(out);
    for (rd_kafka_message_t* message : messages_) rd_kafka_message_destroy(message);
    MS_TRY(taken);
    return got > 0 ? stream::PollResult::kReady : stream::PollResult::kWaiting;
  }

  Result<std::vector<stream::SplitState>> snapshot() override {
    std::vector<stream::SplitState> states;
    for (const Reading& reading : splits_) states.push_back(reading.split.state(reading.finished));
    return states;
  }

  void checkpoint_complete(const std::vector<stream::SplitState>& positions) override {
    if (options_->group.empty() || positions.empty()) return;
    const RemotePartitions list(rd_kafka_topic_partition_list_new(static_cast<int>(positions.size())));
    for (const stream::SplitState& state : positions) {
      const auto split = KafkaSplit::read(state);
      if (split)
        rd_kafka_topic_partition_list_add(list.get(), split->topic.c_str(), split->partition.value)->offset =
            split->offset;
    }
    // The group's offsets are for people and for other starts; the checkpoint is what counts.
    if (const auto code = rd_kafka_commit(connection_->handle.get(), list.get(), 1);
        code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      log_warning("offsets of group {} were not committed: {}", options_->group, rd_kafka_err2str(code));
    }
  }

  [[nodiscard]] int64_t lag() const override {
    int64_t records = 0;
    for (const Reading& reading : splits_) {
      int64_t low = 0, high = 0;
      const auto code = rd_kafka_get_watermark_offsets(connection_->handle.get(), reading.split.topic.c_str(),
                                                       reading.split.partition.value, &low, &high);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR && high > reading.split.offset) records += high - reading.split.offset;
    }
    return records;
  }

 private:
  struct Reading {
    KafkaSplit split;
    bool finished = false;
    bool said_finished = false;
  };

  Status take_messages(stream::SourceOutput& out) {
    for (size_t at = 0; at < messages_.size();) {
      const rd_kafka_message_t* first = messages_[at];
      if (first->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        MS_TRY(take_event(*first, out));
        ++at;
        continue;
      }
      size_t end = at + 1;
      while (end < messages_.size() && messages_[end]->rkt == first->rkt &&
             messages_[end]->partition == first->partition && messages_[end]->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        ++end;
      }
      const auto found = index_.find({first->rkt, first->partition});
      CHECK(found != index_.end());
      MS_TRY(take_run(splits_[found->second], std::span(messages_).subspan(at, end - at), out));
      at = end;
    }
    return {};
  }

  // The end of a partition, or an error of one.
  Status take_event(const rd_kafka_message_t& message, stream::SourceOutput& out) {
    const auto found = message.rkt == nullptr ? index_.end() : index_.find({message.rkt, message.partition});
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      if (found == index_.end()) return {};
      // Records before it that never came were markers of transactions, or compacted away.
      Reading& reading = splits_[found->second];
      if (!reading.finished) advance(reading, std::max(reading.split.offset, message.offset), out);
      return {};
    }
    const std::string what = found == index_.end() ? "reading" : "reading " + splits_[found->second].split.name();
    if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || message.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
      const int64_t offset = found == index_.end() ? -1 : splits_[found->second].split.offset;
      return fail(ErrorCode::kCorrupt,
                  what + ": offset " + std::to_string(offset) + " is not there any more; records are lost.",
                  "Retention removed them before they were read, or the topic was made anew. Set "
                  "'properties.auto.offset.reset' = 'earliest' to go on behind the gap.");
    }
    auto error = remote_error(message.err, *options_, what);
    // The client itself tries again.
    if (error.error().code == ErrorCode::kUnavailable) {
      log_warning("{}", error.error().message);
      return {};
    }
    return error;
  }

  void advance(Reading& reading, int64_t offset, stream::SourceOutput& out) {
    KafkaSplit& split = reading.split;
    split.offset = split.end == kNoEnd ? offset : std::min(offset, split.end);
    if (split.end == kNoEnd || offset < split.end) return;
    reading.finished = reading.said_finished = true;
    rd_kafka_topic_t* topic = connection_->topics.at(split.topic).get();
    // Asks the client's own thread and waits for it, for microseconds; once per partition.
    rd_kafka_consume_stop(topic, split.partition.value);
    std::erase(connection_->started, std::pair(topic, split.partition.value));
    out.finished(split.name());
  }

  Status take_run(Reading& reading, std::span<rd_kafka_message_t* const> messages, stream::SourceOutput& out) {
    if (reading.finished) return {};
    const KafkaSplit& split = reading.split;
    while (!messages.empty() && messages.front()->offset < split.offset) messages = messages.subspan(1);
    const int64_t next = messages.empty() ? split.offset : messages.back()->offset + 1;
    if (split.end != kNoEnd) {
      while (!messages.empty() && messages.back()->offset >= split.end) messages = messages.first(messages.size() - 1);
    }
    if (!messages.empty()) {
      auto origin = std::make_shared<column::Origin>();
      auto copied = std::make_shared<CopiedRecords>(messages);
      facts_.clear();
      origin->offsets.reserve(messages.size());
      origin->raw_values.reserve(messages.size());
      origin->raw_keys.reserve(messages.size());
      for (const rd_kafka_message_t* message : messages) {
        origin->offsets.push_back(message->offset);
        origin->raw_values.push_back(copied->add(message->payload, message->len));
        origin->raw_keys.push_back(copied->add(message->key, message->key_len));
        if (!metadata_.empty()) facts_.push_back(facts_of(*message));
      }
      origin->table = table_;
      origin->topic = split.topic;
      origin->partition = split.partition;
      origin->owner = std::move(copied);
      // Copies headers, which the messages own.
      auto metadata = metadata_vectors(metadata_, split, facts_);
      // The position counts before the rows go out: a barrier comes between calls only.
      reading.split.offset = next;
      MS_TRY(decoding_->decode_and_emit(split.name(), std::move(origin), std::move(metadata), out));
    }
    advance(reading, next, out);
    return {};
  }

  [[nodiscard]] RecordFacts facts_of(const rd_kafka_message_t& message) const {
    RecordFacts facts;
    facts.offset = message.offset;  // this librdkafka does not tell the leader epoch: NULL
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    facts.timestamp = rd_kafka_message_timestamp(&message, &type);
    facts.timestamp_type = type == RD_KAFKA_TIMESTAMP_CREATE_TIME       ? 0
                           : type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? 1
                                                                        : -1;
    rd_kafka_headers_t* headers = nullptr;
    if (!wants_headers_ || rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return facts;
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
      facts.headers.emplace_back(
          name, value == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(value), size));
    }
    return facts;
  }

  std::string table_;
  std::vector<std::string> metadata_;
  std::shared_ptr<const KafkaOptions> options_;
  env::Env& env_;
  std::unique_ptr<RecordDecoding> decoding_;
  bool wants_headers_ = false;
  std::shared_ptr<Connection> connection_;
  std::vector<Reading> splits_;
  std::map<std::pair<rd_kafka_topic_t*, int32_t>, size_t> index_;
  std::vector<rd_kafka_message_t*> messages_;
  std::vector<RecordFacts> facts_;
};

class RemoteSource final : public TopicSource {
 public:
  using TopicSource::TopicSource;

 private:
  Result<std::vector<stream::SplitState>> find_splits(bool fresh) override {
    MS_ASSIGN(const RemoteHandle handle,
              make_remote_handle(RD_KAFKA_CONSUMER, *options_, reading_settings(*options_, 1)));
    std::vector<std::string> names = options_->topics;
    if (!options_->topic_pattern.empty()) {
      MS_ASSIGN(const std::vector<std::string> all, remote_topics(handle.get(), *options_));
      MS_ASSIGN(names, matching_topics(*options_, all));
      if (names.empty())
        return fail(ErrorCode::kUnavailable, "waiting for a topic that matches '" + options_->topic_pattern + "' at " +
                                                 options_->bootstrap_servers);
    }
    std::vector<stream::SplitState> splits;
    for (const std::string& name : names) {
      MS_ASSIGN(const int32_t partitions, remote_partition_count(handle.get(), *options_, name));
      for (int32_t i = 0; i < partitions; ++i) {
        RemotePlaces places(handle.get(), *options_, name, PartitionId(i));
        MS_ASSIGN(const KafkaSplit split, place_split(*options_, name, PartitionId(i), places, fresh));
        splits.push_back(split.state(false));
      }
    }
    return splits;
  }

  std::unique_ptr<stream::SourceReader> make_reader_of(std::unique_ptr<RecordDecoding> decoding) override {
    return std::make_unique<RemoteReader>(scan_, options_, parts_, std::move(decoding));
  }
};

}  // namespace

Result<std::unique_ptr<stream::Source>> make_remote_source(const plan::TableScan& scan, KafkaOptions options,
                                                           const ConnectorParts& parts) {
  MS_TRY(RecordDecoding::make(scan));  // its complaints belong to the start, not to the first task
  return std::make_unique<RemoteSource>(scan, std::make_shared<const KafkaOptions>(std::move(options)), parts);
}

}  // namespace millstream::connector::kafka

// The log as a source: chunks of record batches are read, decompressed once, and decoded in place.
#include "connector/kafka/local_source.h"

#include <algorithm>
#include <atomic>
#include <map>

#include "base/logging.h"
#include "connector/kafka/local_topics.h"
#include "connector/kafka/positions.h"
#include "connector/kafka/topic_choice.h"
#include "connector/kafka/topic_source.h"
#include "wire/kafka/record_batch.h"

namespace millstream::connector::kafka {
namespace {

namespace wire = ::millstream::wire::kafka;

constexpr Bytes kChunk = 512_KiB;                // read at once from one partition
constexpr Bytes kLargestDecompressed = 256_MiB;  // of one record batch

class LocalPlaces final : public PartitionPlaces {
 public:
  LocalPlaces(log::PartitionLog& log, LocalTopics& topics, const KafkaOptions& options, std::string topic,
              PartitionId partition, MemoryBudget& budget)
      : log_(log),
        topics_(topics),
        options_(options),
        topic_(std::move(topic)),
        partition_(partition),
        decompressor_(budget, kLargestDecompressed) {}

  Result<int64_t> earliest() override { return log_.offsets().start.value; }
  Result<int64_t> latest() override {
    const log::LogOffsets offsets = log_.offsets();
    return (options_.read_committed ? offsets.last_stable : offsets.high_watermark).value;
  }
  Result<std::optional<int64_t>> at_time(EventTime time) override {
    MS_ASSIGN(const auto found, log_.offset_for_timestamp(time, decompressor_));
    return found ? std::optional(found->offset.value) : std::nullopt;
  }
  Result<std::optional<int64_t>> committed() override {
    MS_ASSIGN(const auto found, topics_.group_offsets().fetch(options_.group, topic_, partition_));
    return found ? std::optional(found->value) : std::nullopt;
  }

 private:
  log::PartitionLog& log_;
  LocalTopics& topics_;
  const KafkaOptions& options_;
  std::string topic_;
  PartitionId partition_;
  wire::Decompressor decompressor_;
};

// Everything that the strings of some batches point into.
struct Pins {
  std::vector<std::shared_ptr<const void>> held;
};

// One partition as a reader sees it.
struct Open {
  KafkaSplit split;
  std::shared_ptr<log::PartitionLog> log;
  uint64_t listener = 0;
  bool finished = false;
  // What has been read and not emitted.
  std::shared_ptr<const wire::PaddedBuffer> chunk;
  ByteSpan rest;
  std::vector<log::AbortedTransaction> aborted;
};

class LocalReader final : public stream::SourceReader {
 public:
  LocalReader(const plan::TableScan& scan, std::shared_ptr<const KafkaOptions> options, const ConnectorParts& parts,
              std::unique_ptr<RecordDecoding> decoding)
      : table_(scan.table->name),
        metadata_(scan.metadata),
        options_(std::move(options)),
        parts_(parts),
        decoding_(std::move(decoding)),
        decompressor_(parts.budget, kLargestDecompressed) {
    wants_headers_ = std::ranges::find(metadata_, "headers") != metadata_.end();
  }
  ~LocalReader() override {
    for (Open& open : splits_) open.log->remove_listener(open.listener);
  }

  Status open(const stream::SourceContext& context, std::vector<stream::SplitState> splits) override {
    wake_ = context.wake;
    return add_splits(std::move(splits));
  }

  Status add_splits(std::vector<stream::SplitState> states) override {
    for (const stream::SplitState& state : states) {
      MS_ASSIGN(KafkaSplit split, KafkaSplit::read(state));
      LocalTopics::Partitions partitions = parts_.local_topics->find(split.topic);
      if (static_cast<size_t>(split.partition.value) >= partitions.size()) {
        return fail(
            ErrorCode::kNotFound,
            "Topic '" + split.topic + "' has no partition " + std::to_string(split.partition.value) + " any more.",
            "The topic was deleted; start the statement anew to read what has its name now.");
      }
      Open open;
      open.split = std::move(split);
      open.finished = state.finished;
      open.log = partitions[static_cast<size_t>(open.split.partition.value)];
      MS_TRY(check_position(open));
      open.listener = open.log->add_listener([wake = wake_](const log::LogOffsets&) { wake(); });
      splits_.push_back(std::move(open));
    }
    return {};
  }

  Result<stream::PollResult> poll(stream::SourceOutput& out, size_t max_rows) override {
    size_t emitted = 0;
    bool more = false;
    const size_t count = splits_.size();
    for (size_t i = 0; i < count && emitted < max_rows; ++i) {
      Open& open = splits_[next_split_ % count];
      ++next_split_;
      if (open.finished) continue;
      MS_ASSIGN(const size_t rows, read_some(open, out, max_rows - emitted));
      emitted += rows;
      more |= rows > 0 || !open.rest.empty();
      if (open.split.end != kNoEnd && open.split.offset >= open.split.end) {
        open.finished = true;
        out.finished(open.split.name());
      }
    }
    if (!splits_.empty() || options_->bounded != BoundedMode::kUnbounded) {
      if (std::ranges::all_of(splits_, &Open::finished) && options_->bounded != BoundedMode::kUnbounded)
        return stream::PollResult::kFinished;
    }
    return more ? stream::PollResult::kReady : stream::PollResult::kWaiting;
  }

  Result<std::vector<stream::SplitState>> snapshot() override {
    std::vector<stream::SplitState> states;
    for (const Open& open : splits_) states.push_back(open.split.state(open.finished));
    return states;
  }

  void make_durable(const std::vector<stream::SplitState>& positions, std::function<void(Status)> done) override {
    struct Waiting {
      std::atomic<size_t> left;
      std::mutex mutex;
      Status status;
      std::function<void(Status)> done;
    };
    auto waiting = std::make_shared<Waiting>();
    waiting->left = positions.size() + 1;
    waiting->done = std::move(done);
    const auto one = [waiting](Status status) {
      if (!status) {
        const std::lock_guard lock(waiting->mutex);
        waiting->status = std::move(status);
      }
      if (waiting->left.fetch_sub(1) == 1) waiting->done(waiting->status);
    };
    for (const stream::SplitState& state : positions) {
      const auto split = KafkaSplit::read(state);
      const auto open =
          split ? std::ranges::find_if(splits_, [&](const Open& o) { return o.split.name() == state.split; })
                : splits_.end();
      if (open == splits_.end())
        one({});
      else
        open->log->flush_to(Offset(std::min(split->offset, open->log->offsets().end.value)), one);
    }
    one({});
  }

  void checkpoint_complete(const std::vector<stream::SplitState>& positions) override {
    if (options_->group.empty()) return;
    for (const stream::SplitState& state : positions) {
      const auto split = KafkaSplit::read(state);
      if (!split) continue;
      parts_.local_topics->group_offsets().commit(
          options_->group, split->topic, split->partition, Offset(split->offset), [name = state.split](Status status) {
            // The group's offsets are for people and for other starts; the checkpoint is what counts.
            if (!status)
              log_at(LogLevel::kWarning, "group offset of {} was not committed: {}", name, status.error().to_string());
          });
    }
  }

  [[nodiscard]] int64_t lag() const override {
    int64_t records = 0;
    for (const Open& open : splits_)
      records += std::max<int64_t>(0, open.log->offsets().high_watermark.value - open.split.offset);
    return records;
  }

 private:
  Status check_position(const Open& open) const {
    const log::LogOffsets offsets = open.log->offsets();
    if (open.finished) return {};
    if (open.split.offset > offsets.end.value) {
      return fail(
          ErrorCode::kCorrupt,
          "The stored position of " + open.split.name() + " is offset " + std::to_string(open.split.offset) +
              ", but the log ends at " + std::to_string(offsets.end.value) + ": records " +
              std::to_string(offsets.end.value) + " to " + std::to_string(open.split.offset - 1) + " are lost.",
          "The log was cut or the topic was made anew. Start the statement anew, or from a savepoint that is older.");
    }
    if (open.split.offset < offsets.start.value && options_->reset == Reset::kNone && open.split.offset > 0) {
      return fail(ErrorCode::kCorrupt,
                  "The position of " + open.split.name() + " is offset " + std::to_string(open.split.offset) +
                      ", but the log begins at " + std::to_string(offsets.start.value) + ": records " +
                      std::to_string(open.split.offset) + " to " + std::to_string(offsets.start.value - 1) +
                      " are lost.",
                  "Retention removed them before they were read. Set 'properties.auto.offset.reset' = 'earliest' to go "
                  "on behind the gap.");
    }
    return {};
  }

  // Makes sure that `rest` has a whole batch if the log has more. False: nothing to read now.
  Result<bool> fill(Open& open) {
    if (!open.rest.empty()) return true;
    const log::LogOffsets offsets = open.log->offsets();
    if (open.split.offset < offsets.start.value) {
      MS_TRY(check_position(open));
      open.split.offset = options_->reset == Reset::kLatest ? offsets.high_watermark.value : offsets.start.value;
    }
    const int64_t bound = (options_->read_committed ? offsets.last_stable : offsets.high_watermark).value;
    if (open.split.offset >= bound) return false;
    MS_ASSIGN(const log::ReadResult read,
              open.log->read(Offset(open.split.offset), kChunk,
                             options_->read_committed ? log::ReadBound::kLastStable : log::ReadBound::kHighWatermark));
    auto chunk = std::make_shared<wire::PaddedBuffer>();
    MS_TRY(chunk->reserve(static_cast<size_t>(read.size().value), parts_.budget));
    size_t at = 0;
    for (const log::FileSlice& slice : read.slices) {
      MS_ASSIGN(const size_t got,
                slice.file->pread({chunk->data() + at, static_cast<size_t>(slice.length.value)}, slice.position));
      at += got;
    }
    chunk->set_size(at);
    open.rest = chunk->view();
    open.chunk = std::move(chunk);
    open.aborted = read.aborted;
    return at > 0;
  }

  Result<size_t> read_some(Open& open, stream::SourceOutput& out, size_t max_rows) {
    MS_ASSIGN(const bool any, fill(open));
    if (!any) return size_t{0};
    auto origin = std::make_shared<column::Origin>();
    auto pins = std::make_shared<Pins>();
    facts_.clear();
    const size_t wanted = std::min(max_rows, column::kBatchRows);
    wire::RecordBatchIterator batches(open.rest);
    int64_t next = open.split.offset;
    bool full = false;
    while (!full) {
      const ByteSpan before = batches.rest();
      const auto batch = batches.next();
      if (!batch) {
        MS_TRY(Status(batches.status()));
        open.rest = {};  // the chunk ended inside a batch, or at its end
        break;
      }
      if (batch->last_offset().value < next || batch->is_control() || is_aborted(open, *batch)) {
        next = std::max(next, batch->next_offset().value);
        open.rest = batches.rest();
        continue;
      }
      ByteSpan records = batch->records();
      if (batch->compression() != wire::Compression::kNone) {
        MS_ASSIGN(records, decompressed(open, *batch, *pins));
      }
      full = take_records(open, *batch, records, wanted, next, *origin);
      open.rest = full ? before : batches.rest();
      if (!full) next = std::max(next, batch->next_offset().value);
    }
    // A batch that is left half read is read again from `next`; its decompressed bytes are kept until then.
    if (origin->raw_values.empty()) {
      open.split.offset = next;
      return open.rest.empty() ? size_t{0} : size_t{1};
    }
    const size_t rows = origin->raw_values.size();
    pins->held.push_back(open.chunk);
    origin->table = table_;
    origin->topic = open.split.topic;
    origin->partition = open.split.partition;
    origin->owner = std::move(pins);
    auto metadata = metadata_vectors(metadata_, open.split, facts_);
    open.split.offset = open.split.end == kNoEnd ? next : std::min(next, std::max(open.split.end, open.split.offset));
    if (open.split.end != kNoEnd && next >= open.split.end) open.split.offset = open.split.end;
    MS_TRY(decoding_->decode_and_emit(open.split.name(), std::move(origin), std::move(metadata), out));
    return rows;
  }

  // Adds the batch's records from `next` on. True: enough rows, the batch is not used up.
  bool take_records(const Open& open, const wire::RecordBatchView& batch, ByteSpan records, size_t wanted,
                    int64_t& next, column::Origin& origin) {
    wire::RecordIterator iterator(batch, records);
    wire::RecordView record;
    while (iterator.next(record)) {
      if (record.offset.value < next) continue;
      if (open.split.end != kNoEnd && record.offset.value >= open.split.end) {
        next = open.split.end;
        return true;
      }
      if (origin.raw_values.size() == wanted) return true;
      origin.offsets.push_back(record.offset.value);
      origin.raw_values.push_back(record.value ? as_text(*record.value) : std::string_view());
      origin.raw_keys.push_back(record.key ? as_text(*record.key) : std::string_view());
      next = record.offset.value + 1;
      if (metadata_.empty()) continue;
      RecordFacts facts;
      facts.offset = record.offset.value;
      facts.timestamp = record.timestamp.value;
      facts.leader_epoch = batch.leader_epoch();
      facts.timestamp_type = batch.timestamp_type() == wire::TimestampType::kLogAppendTime ? 1 : 0;
      if (wants_headers_) {
        while (const auto header = record.headers.next())
          facts.headers.emplace_back(header->key, header->value ? as_text(*header->value) : std::string_view());
      }
      facts_.push_back(std::move(facts));
    }
    return false;
  }

  Result<ByteSpan> decompressed(const Open& open, const wire::RecordBatchView& batch, Pins& pins) {
    // A large batch is emitted in several steps; it is decompressed once.
    if (last_batch_ != nullptr && last_log_ == open.log.get() && last_base_ == batch.base_offset()) {
      pins.held.push_back(last_batch_);
      return last_batch_->view();
    }
    auto buffer = std::make_shared<wire::PaddedBuffer>();
    MS_ASSIGN(const ByteSpan records, decompressor_.decompress(batch.compression(), batch.records(), *buffer));
    last_batch_ = buffer;
    last_log_ = open.log.get();
    last_base_ = batch.base_offset();
    pins.held.push_back(std::move(buffer));
    return records;
  }

  static bool is_aborted(const Open& open, const wire::RecordBatchView& batch) {
    return batch.is_transactional() && std::ranges::any_of(open.aborted, [&](const log::AbortedTransaction& aborted) {
             return aborted.producer == batch.producer_id() && batch.base_offset() >= aborted.first &&
                    batch.base_offset() <= aborted.last;
           });
  }

  std::string table_;
  std::vector<std::string> metadata_;
  std::shared_ptr<const KafkaOptions> options_;
  ConnectorParts parts_;
  std::unique_ptr<RecordDecoding> decoding_;
  wire::Decompressor decompressor_;
  bool wants_headers_ = false;
  std::function<void()> wake_;
  std::vector<Open> splits_;
  size_t next_split_ = 0;
  std::vector<RecordFacts> facts_;
  std::shared_ptr<const wire::PaddedBuffer> last_batch_;
  const log::PartitionLog* last_log_ = nullptr;
  Offset last_base_{0};
};

class LocalSource final : public TopicSource {
 public:
  using TopicSource::TopicSource;

 private:
  Result<std::vector<stream::SplitState>> find_splits(bool fresh) override {
    LocalTopics& topics = *parts_.local_topics;
    std::vector<std::string> names = options_->topics;
    if (!options_->topic_pattern.empty()) {
      MS_ASSIGN(names, matching_topics(*options_, topics.names()));
      if (names.empty())
        return fail(ErrorCode::kUnavailable, "waiting for a topic that matches '" + options_->topic_pattern + "'");
    }
    std::vector<stream::SplitState> splits;
    for (const std::string& name : names) {
      LocalTopics::Partitions partitions = topics.find(name);
      if (partitions.empty() && topics.may_create()) {
        topics.create(name);
        partitions = topics.find(name);
      }
      if (partitions.empty())
        return fail(ErrorCode::kUnavailable, "waiting for topic '" + name + "'",
                    "Create it, or allow that topics are created.");
      for (size_t i = 0; i < partitions.size(); ++i) {
        const PartitionId partition(static_cast<int32_t>(i));
        LocalPlaces places(*partitions[i], topics, *options_, name, partition, parts_.budget);
        MS_ASSIGN(const KafkaSplit split, place_split(*options_, name, partition, places, fresh));
        splits.push_back(split.state(false));
      }
    }
    return splits;
  }

  std::unique_ptr<stream::SourceReader> make_reader_of(std::unique_ptr<RecordDecoding> decoding) override {
    return std::make_unique<LocalReader>(scan_, options_, parts_, std::move(decoding));
  }
};

}  // namespace

Result<std::unique_ptr<stream::Source>> make_local_source(const plan::TableScan& scan, KafkaOptions options,
                                                          const ConnectorParts& parts) {
  MS_TRY(RecordDecoding::make(scan));  // its complaints belong to the start, not to the first task
  return std::make_unique<LocalSource>(scan, std::make_shared<const KafkaOptions>(std::move(options)), parts);
}

}  // namespace millstream::connector::kafka

// Checks a produced batch record by record.
#include "broker/internal/batch_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "wire/kafka/record_batch_builder.h"

namespace millstream::broker::internal {

using wire::kafka::Compression;
using wire::kafka::KafkaError;
using wire::kafka::RecordBatchHeader;
using wire::kafka::RecordBatchView;
using wire::kafka::RecordView;
using wire::kafka::TimestampType;

namespace {

constexpr size_t kMostRecordErrors = 100;  // beyond it a client learns nothing new

KafkaError error_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kUnsupported:
    case ErrorCode::kInvalidArgument:
      return KafkaError::kInvalidRecord;
    case ErrorCode::kLimit:
      return KafkaError::kMessageTooLarge;
    case ErrorCode::kOutOfMemory:
      return KafkaError::kKafkaStorageError;
    default:
      return KafkaError::kCorruptMessage;
  }
}

BatchProblem problem_of(const Error& error) { return {error_of(error), error.to_string(), {}}; }

Result<ByteBuffer> in_codec(const RecordBatchView& batch, ByteSpan records, Compression codec) {
  wire::kafka::RecordBatchBuilder builder({.compression = codec,
                                           .producer_id = batch.producer_id(),
                                           .producer_epoch = batch.producer_epoch(),
                                           .base_sequence = batch.base_sequence(),
                                           .transactional = batch.is_transactional()});
  wire::kafka::RecordIterator iterator(batch, records);
  RecordView record;
  while (iterator.next(record)) builder.add_kept(record);
  return builder.finish();
}

}  // namespace

std::unique_ptr<BatchChecker::Tools> BatchChecker::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<Tools>(Tools{wire::kafka::Decompressor(memory_, limit_), {}});
  auto tools = std::move(idle_.back());
  idle_.pop_back();
  return tools;
}

void BatchChecker::give_back(std::unique_ptr<Tools> tools) {
  if (tools->buffer.capacity() > kKeptBuffer) tools->buffer = {};
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(tools));
}

BatchProblem BatchChecker::check(MutableByteSpan bytes, const TopicConfig& config, int16_t version, ProcTime now,
                                 ByteBuffer& rebuilt) {
  if (bytes.empty()) return {KafkaError::kInvalidRecord, "a produce request needs one record batch per partition", {}};
  const auto parsed = RecordBatchView::parse(bytes);
  // A batch that is cut short is no batch to Kafka, so it is not a corrupt one.
  const bool cut = bytes.size() < wire::kafka::kBatchHeaderSize ||
                   RecordBatchHeader(bytes.data()).size_in_bytes() > static_cast<int64_t>(bytes.size());
  if (!parsed && cut) return {KafkaError::kInvalidRecord, parsed.error().to_string(), {}};
  const RecordBatchHeader header(bytes.data());
  if (header.magic() == wire::kafka::kMagic && header.base_offset() != Offset(0)) {
    return {KafkaError::kInvalidRecord,
            fmt::format("a produced record batch starts at offset 0, not {}", header.base_offset().value),
            {}};
  }
  if (!parsed) return problem_of(parsed.error());
  const RecordBatchView& batch = *parsed;
  if (batch.bytes().size() != bytes.size()) {
    return {KafkaError::kInvalidRecord, "a produce request has exactly one record batch per partition", {}};
  }
  if (static_cast<int64_t>(bytes.size()) > config.max_message_bytes.value) {
    return {KafkaError::kMessageTooLarge,
            fmt::format("the record batch of {} bytes exceeds max.message.bytes of {}", bytes.size(),
                        config.max_message_bytes.value),
            {}};
  }
  if (batch.compression() == Compression::kZstd && version < 7) {
    return {KafkaError::kUnsupportedCompressionType, "zstd needs produce requests of version 7 or newer", {}};
  }
  if (const Status status = batch.check_crc(); !status) return problem_of(status.error());
  if (const Status status = batch.check_from_client(); !status) return problem_of(status.error());
  if (batch.is_transactional())
    return {KafkaError::kInvalidTxnState, "transactions are not supported by this broker yet", {}};
  if (batch.timestamp_type() != TimestampType::kCreateTime) {
    return {KafkaError::kInvalidTimestamp, "clients may not set the timestamp type to LogAppendTime", {}};
  }

  struct Borrowed {
    BatchChecker& checker;
    std::unique_ptr<Tools> tools;
    ~Borrowed() {
      if (tools) checker.give_back(std::move(tools));
    }
  } borrowed{*this, nullptr};
  ByteSpan records = batch.records();
  if (batch.compression() != Compression::kNone) {
    borrowed.tools = take();
    const auto plain = borrowed.tools->decompressor.decompress(batch.compression(), records, borrowed.tools->buffer);
    if (!plain) return problem_of(plain.error());
    records = *plain;
  }

  BatchProblem problem;
  const bool check_time = config.log.timestamp_type == TimestampType::kCreateTime;
  const int64_t latest = config.timestamp_after_max.value > INT64_MAX - now.value
                             ? INT64_MAX
                             : now.value + config.timestamp_after_max.value;
  const int64_t earliest =
      config.timestamp_before_max.value > now.value ? 0 : now.value - config.timestamp_before_max.value;
  auto refuse = [&](int32_t index, KafkaError error, std::string why) {
    if (problem.error == KafkaError::kNone) problem.error = error;
    if (problem.records.size() < kMostRecordErrors) problem.records.emplace_back(index, std::move(why));
  };
  wire::kafka::RecordIterator iterator(batch, records);
  RecordView record;
  int32_t index = 0;
  EventTime max = wire::kafka::kNoTimestamp;
  while (iterator.next(record)) {
    if (record.offset != Offset(index)) {
      refuse(index, KafkaError::kInvalidRecord,
             fmt::format("record {} has offset delta {}", index, record.offset.value));
    }
    if (config.compact && !record.key)
      refuse(index, KafkaError::kInvalidRecord, "a compacted topic does not accept records without key");
    if (check_time && record.timestamp != wire::kafka::kNoTimestamp &&
        (record.timestamp.value > latest || record.timestamp.value < earliest)) {
      refuse(index, KafkaError::kInvalidTimestamp,
             fmt::format("timestamp {} of record {} is out of range: it may lie between {} and {}",
                         record.timestamp.value, index, earliest, latest));
    }
    max = std::max(max, record.timestamp);
    ++index;
  }
  if (const Status status = iterator.status(); !status)
    return {KafkaError::kInvalidRecord, status.error().to_string(), {}};
  if (problem.error != KafkaError::kNone) {
    problem.message = "One or more records have been rejected";
    return problem;
  }
  if (config.compression && *config.compression != batch.compression()) {
    auto built = in_codec(batch, records, *config.compression);
    if (!built) return problem_of(built.error());
    rebuilt = *std::move(built);
  } else if (max != batch.max_timestamp()) {
    wire::kafka::set_max_timestamp(bytes, TimestampType::kCreateTime, max);
  }
  return problem;
}

}  // namespace millstream::broker::internal

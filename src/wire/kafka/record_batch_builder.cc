// Encodes records and closes them into a batch.
#include "wire/kafka/record_batch_builder.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "wire/kafka/internal/varint.h"

namespace millstream::wire::kafka {

using internal::write_zigzag;
using internal::zigzag_size;

namespace {

size_t nullable_size(const std::optional<ByteSpan>& bytes) {
  return bytes ? zigzag_size(static_cast<int64_t>(bytes->size())) + bytes->size() : 1;
}

std::byte* write_bytes(std::byte* at, ByteSpan bytes) {
  at = write_zigzag(at, static_cast<int64_t>(bytes.size()));
  return std::copy(bytes.begin(), bytes.end(), at);
}

std::byte* write_nullable(std::byte* at, const std::optional<ByteSpan>& bytes) {
  return bytes ? write_bytes(at, *bytes) : write_zigzag(at, -1);
}

}  // namespace

RecordBatchBuilder::RecordBatchBuilder(RecordBatchOptions options) : options_(options) {}

size_t RecordBatchBuilder::add(EventTime timestamp, std::optional<ByteSpan> key, std::optional<ByteSpan> value,
                               std::span<const RecordHeader> headers) {
  return add_at(last_offset_delta_ + 1, timestamp, key, value, headers, nullptr);
}

size_t RecordBatchBuilder::add_kept(const RecordView& record) {
  return add_at((record.offset - options_.base_offset).value, record.timestamp, record.key, record.value, {},
                &record.headers);
}

void RecordBatchBuilder::cover_to(Offset last_offset) {
  const int64_t delta = (last_offset - options_.base_offset).value;
  CHECK(delta >= last_offset_delta_ && delta <= INT32_MAX);
  last_offset_delta_ = delta;
}

size_t RecordBatchBuilder::add_at(int64_t offset_delta, EventTime timestamp, std::optional<ByteSpan> key,
                                  std::optional<ByteSpan> value, std::span<const RecordHeader> headers,
                                  const RecordHeaders* encoded) {
  CHECK(offset_delta > last_offset_delta_ && offset_delta <= INT32_MAX);
  if (count_ == 0) {
    base_timestamp_ = options_.delete_horizon.value_or(timestamp);
    max_timestamp_ = timestamp;
  }
  max_timestamp_ = std::max(max_timestamp_, timestamp);
  const int64_t timestamp_delta = timestamp.value - base_timestamp_.value;

  size_t header_size = 0;
  const int64_t header_count = encoded != nullptr ? encoded->count() : static_cast<int64_t>(headers.size());
  if (encoded != nullptr) {
    header_size = encoded->encoded().size();
  } else {
    for (const RecordHeader& header : headers) {
      header_size +=
          zigzag_size(static_cast<int64_t>(header.key.size())) + header.key.size() + nullable_size(header.value);
    }
  }
  const size_t body = 1 + zigzag_size(timestamp_delta) + zigzag_size(offset_delta) + nullable_size(key) +
                      nullable_size(value) + zigzag_size(header_count) + header_size;
  const size_t total = zigzag_size(static_cast<int64_t>(body)) + body;
  const size_t start = records_.size();
  records_.resize(start + total);
  std::byte* at = records_.data() + start;
  at = write_zigzag(at, static_cast<int64_t>(body));
  *at++ = std::byte{0};
  at = write_zigzag(at, timestamp_delta);
  at = write_zigzag(at, offset_delta);
  at = write_nullable(at, key);
  at = write_nullable(at, value);
  at = write_zigzag(at, header_count);
  if (encoded != nullptr) {
    at = std::copy(encoded->encoded().begin(), encoded->encoded().end(), at);
  } else {
    for (const RecordHeader& header : headers) {
      at = write_bytes(at, as_bytes(header.key));
      at = write_nullable(at, header.value);
    }
  }
  DCHECK(at == records_.data() + records_.size());
  ++count_;
  last_offset_delta_ = offset_delta;
  return total;
}

Result<ByteBuffer> RecordBatchBuilder::finish() {
  CHECK(last_offset_delta_ >= 0);
  ByteBuffer batch;
  if (options_.compression == Compression::kNone) batch.reserve(kBatchHeaderSize + records_.size());
  batch.resize(kBatchHeaderSize);
  if (count_ > 0) MS_TRY(compress(options_.compression, records_, batch, options_.compression_level));

  int16_t attributes = count_ > 0 ? static_cast<int16_t>(options_.compression) : int16_t{0};
  if (options_.timestamp_type == TimestampType::kLogAppendTime) attributes |= 0x08;
  if (options_.transactional) attributes |= 0x10;
  if (options_.control) attributes |= 0x20;
  if (options_.delete_horizon) attributes |= 0x40;

  std::byte* const at = batch.data();
  store_big_endian(at + batch_field::kBaseOffset, options_.base_offset.value);
  store_big_endian(at + batch_field::kLength, static_cast<int32_t>(batch.size() - kBatchLengthEnd));
  store_big_endian(at + batch_field::kLeaderEpoch, options_.leader_epoch);
  store_big_endian(at + batch_field::kMagic, kMagic);
  store_big_endian(at + batch_field::kAttributes, attributes);
  store_big_endian(at + batch_field::kLastOffsetDelta, static_cast<int32_t>(last_offset_delta_));
  store_big_endian(at + batch_field::kBaseTimestamp, base_timestamp_.value);
  store_big_endian(at + batch_field::kMaxTimestamp, max_timestamp_.value);
  store_big_endian(at + batch_field::kProducerId, options_.producer_id.value);
  store_big_endian(at + batch_field::kProducerEpoch, options_.producer_epoch);
  store_big_endian(at + batch_field::kBaseSequence, options_.base_sequence);
  store_big_endian(at + batch_field::kRecordCount, count_);
  store_big_endian(at + batch_field::kCrc, crc32c(ByteSpan(batch).subspan(batch_field::kAttributes)));

  options_.base_offset += Offset(last_offset_delta_ + 1);
  if (options_.base_sequence != kNoSequence) {
    options_.base_sequence = static_cast<int32_t>(
        (static_cast<uint32_t>(options_.base_sequence) + static_cast<uint32_t>(last_offset_delta_ + 1)) & 0x7fffffffU);
  }
  records_.clear();
  count_ = 0;
  last_offset_delta_ = -1;
  base_timestamp_ = max_timestamp_ = kNoTimestamp;
  return batch;
}

Result<ByteBuffer> build_control_batch(ControlRecord record, ProducerId producer, int16_t producer_epoch,
                                       EventTime now) {
  RecordBatchOptions options;
  options.producer_id = producer;
  options.producer_epoch = producer_epoch;
  options.transactional = true;
  options.control = true;
  RecordBatchBuilder builder(options);
  std::array<std::byte, 4> key{};
  std::array<std::byte, 6> value{};
  store_big_endian(key.data() + 2, static_cast<int16_t>(record.type));
  store_big_endian(value.data() + 2, record.coordinator_epoch);
  builder.add(now, ByteSpan(key), ByteSpan(value));
  return builder.finish();
}

}  // namespace millstream::wire::kafka

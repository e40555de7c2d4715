// Checks, patches and walks record batches.
#include "wire/kafka/record_batch.h"

#include <fmt/format.h>

#include <utility>

#include "wire/kafka/internal/varint.h"

namespace millstream::wire::kafka {

using internal::read_zigzag;
using internal::read_zigzag32;

Result<RecordBatchView> RecordBatchView::parse(ByteSpan bytes) {
  if (bytes.size() < kBatchHeaderSize) {
    // Old formats have shorter headers; their magic lies at the same place, and a clear answer needs it.
    if (bytes.size() > batch_field::kMagic && static_cast<int8_t>(bytes[batch_field::kMagic]) < kMagic &&
        static_cast<int8_t>(bytes[batch_field::kMagic]) >= 0) {
      return fail(ErrorCode::kUnsupported, "the records have message format 0 or 1; only format 2 is supported");
    }
    return fail(ErrorCode::kCorrupt, fmt::format("{} bytes are too few for a record batch header", bytes.size()));
  }
  const RecordBatchView batch(bytes.data());
  if (batch.magic() != kMagic) {
    if (batch.magic() == 0 || batch.magic() == 1) {
      return fail(ErrorCode::kUnsupported,
                  fmt::format("the records have message format {}; only format 2 is supported", batch.magic()));
    }
    return fail(ErrorCode::kCorrupt, fmt::format("unknown record batch format {}", batch.magic()));
  }
  if (batch.size_in_bytes() < static_cast<int64_t>(kBatchHeaderSize) ||
      batch.size_in_bytes() > static_cast<int64_t>(bytes.size())) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("record batch of {} bytes in {} bytes", batch.size_in_bytes(), bytes.size()));
  }
  if (batch.codec_bits() > kMaxCompression) {
    return fail(ErrorCode::kCorrupt, fmt::format("unknown compression codec {}", batch.codec_bits()));
  }
  if (batch.record_count() < 0 || batch.last_offset_delta() < 0 ||
      batch.record_count() - 1 > batch.last_offset_delta()) {
    return fail(ErrorCode::kCorrupt, fmt::format("record batch claims {} records up to offset delta {}",
                                                 batch.record_count(), batch.last_offset_delta()));
  }
  if (batch.base_offset() < Offset(0) || batch.base_offset() > kMaxBaseOffset)
    return fail(ErrorCode::kCorrupt, fmt::format("record batch at offset {}", batch.base_offset().value));
  return batch;
}

Status RecordBatchView::check_crc() const {
  const uint32_t actual = crc32c(bytes().subspan(batch_field::kAttributes));
  if (actual != crc()) {
    return fail(ErrorCode::kCorrupt, fmt::format("record batch at offset {} has checksum {:08x}, its bytes {:08x}",
                                                 base_offset().value, crc(), actual));
  }
  return {};
}

Status RecordBatchView::check_from_client() const {
  if (record_count() == 0)
    return fail(ErrorCode::kInvalidArgument, "a produced record batch needs at least one record");
  if (int64_t{record_count()} != int64_t{last_offset_delta()} + 1) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("record batch of {} records ends at offset delta {}", record_count(), last_offset_delta()));
  }
  if (is_control()) return fail(ErrorCode::kInvalidArgument, "clients may not write control batches");
  if (has_producer()) {
    if (producer_epoch() < 0 || base_sequence() < 0) {
      return fail(ErrorCode::kInvalidArgument, fmt::format("producer {} needs an epoch and a sequence, got {} and {}",
                                                           producer_id().value, producer_epoch(), base_sequence()));
    }
  } else if (producer_id() != kNoProducerId || is_transactional()) {
    return fail(ErrorCode::kInvalidArgument, "a transactional record batch needs a producer id");
  }
  return {};
}

void set_base_offset(MutableByteSpan batch, Offset base_offset) {
  store_big_endian(batch.data() + batch_field::kBaseOffset, base_offset.value);
}

void set_leader_epoch(MutableByteSpan batch, int32_t leader_epoch) {
  store_big_endian(batch.data() + batch_field::kLeaderEpoch, leader_epoch);
}

void set_max_timestamp(MutableByteSpan batch, TimestampType type, EventTime max) {
  auto attributes = load_big_endian<int16_t>(batch.data() + batch_field::kAttributes);
  attributes = static_cast<int16_t>(type == TimestampType::kLogAppendTime ? attributes | 0x08 : attributes & ~0x08);
  store_big_endian(batch.data() + batch_field::kAttributes, attributes);
  store_big_endian(batch.data() + batch_field::kMaxTimestamp, max.value);
  store_big_endian(batch.data() + batch_field::kCrc, crc32c(ByteSpan(batch).subspan(batch_field::kAttributes)));
}

std::optional<RecordBatchView> RecordBatchIterator::next() {
  if (!status_ || rest_.size() < kBatchHeaderSize) return std::nullopt;
  const RecordBatchHeader header(rest_.data());
  // A batch cut off by the end of a fetch answer is no error; the next fetch brings it whole.
  if (header.size_in_bytes() > static_cast<int64_t>(rest_.size())) return std::nullopt;
  auto batch = RecordBatchView::parse(rest_);
  if (!batch) {
    status_ = fail(std::move(batch).error());
    return std::nullopt;
  }
  rest_ = rest_.subspan(batch->bytes().size());
  return *batch;
}

std::optional<RecordHeader> RecordHeaders::next() {
  if (count_ == 0) return std::nullopt;
  --count_;
  const std::byte* at = bytes_.data();
  const std::byte* const end = at + bytes_.size();
  RecordHeader header;
  int32_t size = 0;
  if (!read_zigzag32(at, end, size) || size < 0 || size > end - at) return std::nullopt;
  header.key = as_text({at, static_cast<size_t>(size)});
  at += size;
  if (!read_zigzag32(at, end, size) || size > end - at) return std::nullopt;
  if (size >= 0) {
    header.value = ByteSpan(at, static_cast<size_t>(size));
    at += size;
  }
  bytes_ = {at, end};
  return header;
}

std::optional<RecordHeader> RecordHeaders::find(std::string_view key) const {
  RecordHeaders rest = *this;
  while (auto header = rest.next()) {
    if (header->key == key) return header;
  }
  return std::nullopt;
}

RecordIterator::RecordIterator(const RecordBatchHeader& batch, ByteSpan records)
    : at_(records.data()),
      end_(records.data() + records.size()),
      base_offset_(batch.base_offset()),
      base_timestamp_(batch.base_timestamp()),
      remaining_(batch.record_count()) {
  if (batch.timestamp_type() == TimestampType::kLogAppendTime) append_time_ = batch.max_timestamp();
}

bool RecordIterator::fail_at(const char* what) {
  problem_ = what;
  remaining_ = 0;
  return false;
}

bool RecordIterator::next(RecordView& record) {
  if (remaining_ == 0) {
    if (problem_ == nullptr && at_ != end_) return fail_at("bytes follow the last record");
    return false;
  }
  int32_t length = 0;
  if (!read_zigzag32(at_, end_, length)) return fail_at("a record's length is cut off");
  if (length < 0 || length > end_ - at_) return fail_at("a record is longer than its batch");
  const std::byte* at = at_;
  const std::byte* const end = at + length;
  at_ = end;

  if (at == end) return fail_at("a record is empty");
  ++at;  // attributes: no bit has a meaning yet
  int64_t timestamp_delta = 0;
  int32_t offset_delta = 0;
  int32_t size = 0;
  if (!read_zigzag(at, end, timestamp_delta)) return fail_at("a record's timestamp is cut off");
  if (!read_zigzag32(at, end, offset_delta)) return fail_at("a record's offset is cut off");
  if (offset_delta < 0) return fail_at("a record's offset lies before its batch");
  record.offset = base_offset_ + Offset(offset_delta);
  // Unsigned, so that absurd deltas wrap as they do in Java instead of being undefined.
  record.timestamp = append_time_ ? *append_time_
                                  : EventTime(static_cast<int64_t>(static_cast<uint64_t>(base_timestamp_.value) +
                                                                   static_cast<uint64_t>(timestamp_delta)));
  if (!read_zigzag32(at, end, size) || size > end - at) return fail_at("a record's key is cut off");
  if (size >= 0) {
    record.key = ByteSpan(at, static_cast<size_t>(size));
    at += size;
  } else {
    record.key.reset();
  }
  if (!read_zigzag32(at, end, size) || size > end - at) return fail_at("a record's value is cut off");
  if (size >= 0) {
    record.value = ByteSpan(at, static_cast<size_t>(size));
    at += size;
  } else {
    record.value.reset();
  }
  int32_t header_count = 0;
  if (!read_zigzag32(at, end, header_count) || header_count < 0) return fail_at("a record's header count is broken");
  if (header_count > end - at) return fail_at("a record has more headers than bytes");
  record.headers = RecordHeaders({at, end}, header_count);
  for (int32_t i = 0; i < header_count; ++i) {
    if (!read_zigzag32(at, end, size) || size < 0 || size > end - at) return fail_at("a record header's key is broken");
    at += size;
    if (!read_zigzag32(at, end, size) || size > end - at) return fail_at("a record header's value is broken");
    if (size > 0) at += size;
  }
  if (at != end) return fail_at("bytes follow a record's last header");
  --remaining_;
  return true;
}

Status RecordIterator::status() const {
  if (problem_ == nullptr) return {};
  return fail(ErrorCode::kCorrupt, fmt::format("record batch at offset {}: {}", base_offset_.value, problem_));
}

Result<ControlRecord> parse_control_record(const RecordView& record) {
  if (!record.key || record.key->size() < 4)
    return fail(ErrorCode::kCorrupt, "control record without version and type");
  const auto version = load_big_endian<int16_t>(record.key->data());
  const auto type = load_big_endian<int16_t>(record.key->data() + 2);
  if (version < 0 || type < 0 || type > 1) {
    return fail(ErrorCode::kCorrupt, fmt::format("control record of type {} does not end a transaction", type));
  }
  if (!record.value || record.value->size() < 6)
    return fail(ErrorCode::kCorrupt, "end of transaction without its epoch");
  return ControlRecord{static_cast<ControlType>(type), load_big_endian<int32_t>(record.value->data() + 2)};
}

}  // namespace millstream::wire::kafka

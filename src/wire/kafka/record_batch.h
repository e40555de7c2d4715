// Kafka's record batch, format version 2: a checked view of its bytes, patches in place, and iteration over its
// records.
//
// Layout: a header of 61 bytes, then `record_count` records, compressed as one block if the attributes say so. Source:
// Apache Kafka, "Message Format" in its documentation (kafka.apache.org/documentation/#messageformat). The same bytes
// travel on the wire and lie in the log, so a batch is checked once and then only moved. Builder:
// record_batch_builder.h; codecs: compression.h. Everything here is a value over bytes of the caller: any thread, no
// allocation but in errors.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/error.h"
#include "base/ids.h"
#include "wire/kafka/compression.h"

namespace millstream::wire::kafka {

using ProducerId = StrongInt<struct ProducerIdTag, int64_t>;
inline constexpr ProducerId kNoProducerId{-1};
inline constexpr int16_t kNoProducerEpoch = -1;
inline constexpr int32_t kNoSequence = -1;
inline constexpr EventTime kNoTimestamp{-1};

inline constexpr size_t kBatchHeaderSize = 61;
inline constexpr size_t kBatchLengthEnd = 12;  // base offset and length field: what must be read to know a batch's size
inline constexpr int8_t kMagic = 2;
// Whatever delta a record has, its offset and the next one are offsets too.
inline constexpr Offset kMaxBaseOffset = Offset::max() - Offset(int64_t{1} << 31);

enum class TimestampType : uint8_t { kCreateTime, kLogAppendTime };

// Where the header's fields lie, for readers of files that have only the header in hand.
namespace batch_field {
inline constexpr size_t kBaseOffset = 0, kLength = 8, kLeaderEpoch = 12, kMagic = 16, kCrc = 17, kAttributes = 21,
                        kLastOffsetDelta = 23, kBaseTimestamp = 27, kMaxTimestamp = 35, kProducerId = 43,
                        kProducerEpoch = 51, kBaseSequence = 53, kRecordCount = 57;
}  // namespace batch_field

// The header's bytes. Only for bytes whose length is at least kBatchHeaderSize: nothing is checked here.
class RecordBatchHeader {
 public:
  explicit RecordBatchHeader(const std::byte* at) : at_(at) {}

  [[nodiscard]] Offset base_offset() const { return Offset(read<int64_t>(batch_field::kBaseOffset)); }
  [[nodiscard]] Offset last_offset() const { return base_offset() + Offset(last_offset_delta()); }
  [[nodiscard]] Offset next_offset() const { return last_offset() + Offset(1); }
  // Of the whole batch with its first 12 bytes; may be negative or absurd in broken bytes.
  [[nodiscard]] int64_t size_in_bytes() const {
    return static_cast<int64_t>(read<int32_t>(batch_field::kLength)) + static_cast<int64_t>(kBatchLengthEnd);
  }
  [[nodiscard]] int32_t leader_epoch() const { return read<int32_t>(batch_field::kLeaderEpoch); }
  [[nodiscard]] int8_t magic() const { return read<int8_t>(batch_field::kMagic); }
  [[nodiscard]] uint32_t crc() const { return read<uint32_t>(batch_field::kCrc); }
  [[nodiscard]] int16_t attributes() const { return read<int16_t>(batch_field::kAttributes); }
  [[nodiscard]] int32_t last_offset_delta() const { return read<int32_t>(batch_field::kLastOffsetDelta); }
  [[nodiscard]] EventTime base_timestamp() const { return EventTime(read<int64_t>(batch_field::kBaseTimestamp)); }
  [[nodiscard]] EventTime max_timestamp() const { return EventTime(read<int64_t>(batch_field::kMaxTimestamp)); }
  [[nodiscard]] ProducerId producer_id() const { return ProducerId(read<int64_t>(batch_field::kProducerId)); }
  [[nodiscard]] int16_t producer_epoch() const { return read<int16_t>(batch_field::kProducerEpoch); }
  [[nodiscard]] int32_t base_sequence() const { return read<int32_t>(batch_field::kBaseSequence); }
  // Sequences wrap from 2^31-1 to 0.
  [[nodiscard]] int32_t last_sequence() const {
    if (base_sequence() == kNoSequence) return kNoSequence;
    return static_cast<int32_t>((static_cast<uint32_t>(base_sequence()) + static_cast<uint32_t>(last_offset_delta())) &
                                0x7fffffffU);
  }
  [[nodiscard]] int32_t record_count() const { return read<int32_t>(batch_field::kRecordCount); }

  [[nodiscard]] uint8_t codec_bits() const { return static_cast<uint8_t>(attributes() & 0x07); }
  [[nodiscard]] Compression compression() const { return static_cast<Compression>(codec_bits()); }
  [[nodiscard]] TimestampType timestamp_type() const {
    return (attributes() & 0x08) != 0 ? TimestampType::kLogAppendTime : TimestampType::kCreateTime;
  }
  [[nodiscard]] bool is_transactional() const { return (attributes() & 0x10) != 0; }
  [[nodiscard]] bool is_control() const { return (attributes() & 0x20) != 0; }
  // Set by compaction: base_timestamp() then is the time from which tombstones may go.
  [[nodiscard]] bool has_delete_horizon() const { return (attributes() & 0x40) != 0; }
  [[nodiscard]] bool has_producer() const { return producer_id() > kNoProducerId; }

 protected:
  template <typename Int>
  Int read(size_t field) const {
    return load_big_endian<Int>(at_ + field);
  }
  const std::byte* at_;
};

// A whole batch whose framing has been checked. The bytes belong to the caller.
class RecordBatchView : public RecordBatchHeader {
 public:
  // The batch at the front of `bytes`; more may follow it. Checks length, magic, codec, counts and offsets, not the
  // checksum. kUnsupported for an older magic, else kCorrupt.
  static Result<RecordBatchView> parse(ByteSpan bytes);

  // Compares the checksum: kCorrupt. Reads the whole batch.
  [[nodiscard]] Status check_crc() const;
  // What a client may send beyond that: at least one record, as many offsets as records, no control batch, producer
  // id, epoch and sequence all there or all absent. kInvalidArgument.
  [[nodiscard]] Status check_from_client() const;

  [[nodiscard]] ByteSpan bytes() const { return {at_, static_cast<size_t>(size_in_bytes())}; }
  // The records as they lie there, compressed or not.
  [[nodiscard]] ByteSpan records() const { return bytes().subspan(kBatchHeaderSize); }

 private:
  using RecordBatchHeader::RecordBatchHeader;
};

// Patches in a whole batch. The checksum starts at the attributes, so these two leave it valid.
void set_base_offset(MutableByteSpan batch, Offset base_offset);
void set_leader_epoch(MutableByteSpan batch, int32_t leader_epoch);
// Sets timestamp type and max timestamp and computes the checksum anew. With kLogAppendTime every record counts as of
// `max`.
void set_max_timestamp(MutableByteSpan batch, TimestampType type, EventTime max);

// The batches that lie one after the other in `bytes`, for example in one fetch answer. Stops before an incomplete last
// batch (fetch answers may be cut), with status() ok; a broken one makes status() fail.
class RecordBatchIterator {
 public:
  explicit RecordBatchIterator(ByteSpan bytes) : rest_(bytes) {}
  [[nodiscard]] std::optional<RecordBatchView> next();
  [[nodiscard]] const Status& status() const { return status_; }
  [[nodiscard]] ByteSpan rest() const { return rest_; }  // what has not been returned

 private:
  ByteSpan rest_;
  Status status_;
};

struct RecordHeader {
  std::string_view key;
  std::optional<ByteSpan> value;
};

// Walks the headers of one record; they were checked when the record was read.
class RecordHeaders {
 public:
  RecordHeaders() = default;
  RecordHeaders(ByteSpan bytes, int32_t count) : bytes_(bytes), count_(count) {}
  [[nodiscard]] int32_t count() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  // The first header of that name.
  [[nodiscard]] std::optional<RecordHeader> find(std::string_view key) const;
  // Removes and returns the first one; nothing at the end. Copy the object to walk twice.
  [[nodiscard]] std::optional<RecordHeader> next();
  [[nodiscard]] ByteSpan encoded() const { return bytes_; }  // for copying them into another record unchanged

 private:
  ByteSpan bytes_;
  int32_t count_ = 0;
};

struct RecordView {
  Offset offset;
  EventTime timestamp;
  std::optional<ByteSpan> key;
  std::optional<ByteSpan> value;
  RecordHeaders headers;
};

// Walks a batch's records without allocation. Views stay valid as long as the bytes given.
class RecordIterator {
 public:
  // `records` are uncompressed: batch.records() if compression() is kNone, else what Decompressor made of them.
  RecordIterator(const RecordBatchHeader& batch, ByteSpan records);
  // False at the end and on broken bytes; then status() tells which. Bytes after the last record are broken bytes.
  bool next(RecordView& record);
  [[nodiscard]] Status status() const;

 private:
  bool fail_at(const char* what);

  const std::byte* at_;
  const std::byte* end_;
  Offset base_offset_;
  EventTime base_timestamp_;
  std::optional<EventTime> append_time_;
  int32_t remaining_;
  const char* problem_ = nullptr;
};

// What a control batch's only record says: the end of a transaction. Key: version, type; value: version, epoch.
enum class ControlType : int16_t { kAbort = 0, kCommit = 1 };
struct ControlRecord {
  ControlType type;
  int32_t coordinator_epoch;
};
// kCorrupt if it is not an end-of-transaction marker (other types are for replicated metadata and snapshots).
Result<ControlRecord> parse_control_record(const RecordView& record);

}  // namespace millstream::wire::kafka

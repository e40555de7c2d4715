// Builds record batches of format version 2: for our own producers (dead letters, topic sinks), compaction and tests.
//
// One thread. Records go into one growing buffer; compression happens once, in finish().
#pragma once

#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/error.h"
#include "base/ids.h"
#include "wire/kafka/record_batch.h"

namespace millstream::wire::kafka {

struct RecordBatchOptions {
  Compression compression = Compression::kNone;
  int compression_level = 0;  // 0: the codec's default
  Offset base_offset{0};
  int32_t leader_epoch = -1;
  TimestampType timestamp_type = TimestampType::kCreateTime;
  ProducerId producer_id = kNoProducerId;
  int16_t producer_epoch = kNoProducerEpoch;
  int32_t base_sequence = kNoSequence;
  bool transactional = false;
  bool control = false;
  std::optional<EventTime> delete_horizon;  // compaction only: becomes the base timestamp
};

class RecordBatchBuilder {
 public:
  explicit RecordBatchBuilder(RecordBatchOptions options = {});

  // Gets the next offset. Returns the record's encoded size.
  size_t add(EventTime timestamp, std::optional<ByteSpan> key, std::optional<ByteSpan> value,
             std::span<const RecordHeader> headers = {});
  // For compaction: keeps the record's offset (above all earlier ones, within 2^31 of the base), timestamp and headers.
  size_t add_kept(const RecordView& record);
  // For compaction: the batch covers offsets up to this one although its last records are gone.
  void cover_to(Offset last_offset);

  [[nodiscard]] int32_t count() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  // Upper bound of finish()'s size where compression does not make it larger.
  [[nodiscard]] size_t size_in_bytes() const { return kBatchHeaderSize + records_.size(); }

  // The whole batch with its checksum; the builder is then empty and starts at the offset and sequence behind it.
  Result<ByteBuffer> finish();

 private:
  size_t add_at(int64_t offset_delta, EventTime timestamp, std::optional<ByteSpan> key, std::optional<ByteSpan> value,
                std::span<const RecordHeader> headers, const RecordHeaders* encoded);

  RecordBatchOptions options_;
  ByteBuffer records_;
  int32_t count_ = 0;
  int64_t last_offset_delta_ = -1;
  EventTime base_timestamp_ = kNoTimestamp;
  EventTime max_timestamp_ = kNoTimestamp;
};

// The marker that ends a producer's transaction in one partition.
Result<ByteBuffer> build_control_batch(ControlRecord record, ProducerId producer, int16_t producer_epoch,
                                       EventTime now);

}  // namespace millstream::wire::kafka

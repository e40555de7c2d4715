// Walks the batches of a segment file: headers only, or whole batches with their checksums.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/error.h"
#include "env/file_system.h"
#include "wire/kafka/record_batch.h"

namespace millstream::log::internal {

// Reads headers from `position` up to `limit`; a few at a time where batches are small.
class HeaderScan {
 public:
  HeaderScan(const env::File& file, int64_t position, int64_t limit)
      : file_(file), position_(position), limit_(limit) {}
  // The header at position(), or nothing at the limit. Valid until the next call. kCorrupt if it cannot be one.
  Result<std::optional<wire::kafka::RecordBatchHeader>> current();
  void advance() { position_ += size_; }
  [[nodiscard]] int64_t position() const { return position_; }

 private:
  const env::File& file_;
  int64_t position_;
  const int64_t limit_;
  int64_t size_ = 0;  // of the current batch
  std::array<std::byte, 4096> chunk_;
  int64_t chunk_start_ = 0;
  int64_t chunk_end_ = 0;
};

// Reads whole batches and checks them; for recovery.
class BatchScan {
 public:
  BatchScan(const env::File& file, int64_t position, int64_t limit) : file_(file), position_(position), limit_(limit) {}
  // The whole, sound batch at position(), or nothing where there is none: at the limit or in front of broken bytes.
  // Valid until the next call. An error only if the file cannot be read.
  Result<std::optional<wire::kafka::RecordBatchView>> current();
  void advance() { position_ += size_; }
  [[nodiscard]] int64_t position() const { return position_; }

 private:
  // At least `size` bytes from position_ on, fewer at the limit.
  Result<ByteSpan> bytes(int64_t size);

  const env::File& file_;
  int64_t position_;
  const int64_t limit_;
  int64_t size_ = 0;
  ByteBuffer buffer_;
  int64_t buffer_start_ = 0;
  int64_t buffer_end_ = 0;
};

}  // namespace millstream::log::internal

// Buffered walks over batches.
#include "log/internal/batch_scan.h"

#include <fmt/format.h>

#include <algorithm>

namespace millstream::log::internal {

using wire::kafka::kBatchHeaderSize;
using wire::kafka::RecordBatchHeader;
using wire::kafka::RecordBatchView;

Result<std::optional<RecordBatchHeader>> HeaderScan::current() {
  const auto header_size = static_cast<int64_t>(kBatchHeaderSize);
  if (position_ >= limit_) return std::nullopt;
  if (position_ < chunk_start_ || position_ + header_size > chunk_end_) {
    const int64_t wanted = std::min<int64_t>(static_cast<int64_t>(chunk_.size()), limit_ - position_);
    MS_ASSIGN(const size_t got,
              file_.pread(MutableByteSpan(chunk_).first(static_cast<size_t>(wanted)), Bytes(position_)));
    chunk_start_ = position_;
    chunk_end_ = position_ + static_cast<int64_t>(got);
  }
  if (position_ + header_size <= chunk_end_) {
    const RecordBatchHeader header(chunk_.data() + (position_ - chunk_start_));
    size_ = header.size_in_bytes();
    if (size_ >= header_size && size_ <= limit_ - position_) return header;
  }
  return fail(ErrorCode::kCorrupt,
              fmt::format("no record batch at byte {} of a segment with {} bytes", position_, limit_));
}

Result<ByteSpan> BatchScan::bytes(int64_t size) {
  size = std::min(size, limit_ - position_);
  if (position_ < buffer_start_ || position_ + size > buffer_end_) {
    constexpr int64_t kChunk = 1 << 20;
    const int64_t wanted = std::min(std::max(size, kChunk), limit_ - position_);
    if (buffer_.size() < static_cast<size_t>(wanted)) buffer_.resize(static_cast<size_t>(wanted));
    MS_ASSIGN(const size_t got,
              file_.pread(MutableByteSpan(buffer_).first(static_cast<size_t>(wanted)), Bytes(position_)));
    buffer_start_ = position_;
    buffer_end_ = position_ + static_cast<int64_t>(got);
  }
  const int64_t available = std::min(buffer_end_ - position_, limit_ - position_);
  return ByteSpan(buffer_).subspan(static_cast<size_t>(position_ - buffer_start_), static_cast<size_t>(available));
}

Result<std::optional<RecordBatchView>> BatchScan::current() {
  MS_ASSIGN(ByteSpan found, bytes(static_cast<int64_t>(kBatchHeaderSize)));
  if (found.size() < kBatchHeaderSize) return std::nullopt;
  const int64_t size = RecordBatchHeader(found.data()).size_in_bytes();
  if (size < static_cast<int64_t>(kBatchHeaderSize) || size > limit_ - position_) return std::nullopt;
  MS_ASSIGN(found, bytes(size));
  const auto batch = RecordBatchView::parse(found);
  if (!batch || !batch->check_crc()) return std::nullopt;
  size_ = size;
  return *batch;
}

}  // namespace millstream::log::internal

// The size, the charge, the bytes.
#include "net/internal/frame_assembler.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/check.h"

namespace millstream::net {

void FrameAssembler::reset() {
  header_filled_ = 0;
  if (data_ == nullptr) return;
  data_.reset();
  budget_.release(Bytes(static_cast<int64_t>(size_)));
}

Result<FrameAssembler::Step> FrameAssembler::consume(ByteSpan& bytes) {
  if (data_ == nullptr) {
    const size_t taken = std::min(bytes.size(), header_.size() - header_filled_);
    if (taken > 0) std::memcpy(header_.data() + header_filled_, bytes.data(), taken);
    header_filled_ += taken;
    bytes = bytes.subspan(taken);
    if (header_filled_ < header_.size()) return Step::kNeedsBytes;
    const auto size = load_big_endian<int32_t>(header_.data());
    if (size < 0 || size > max_frame_.value) {
      return fail(ErrorCode::kLimit,
                  "a frame of " + std::to_string(size) + " bytes was announced; the limit is " +
                      std::to_string(max_frame_.value),
                  "is this a client of another protocol, or of TLS?");
    }
    if (!budget_.charge(Bytes(size))) return Step::kNeedsMemory;
    size_ = static_cast<size_t>(size);
    filled_ = 0;
    // Not zeroed: memory that the client never fills is never touched.
    data_ = std::make_unique_for_overwrite<std::byte[]>(std::max<size_t>(size_, 1));
  }
  const size_t taken = std::min(bytes.size(), size_ - filled_);
  if (taken > 0) std::memcpy(data_.get() + filled_, bytes.data(), taken);
  filled_ += taken;
  bytes = bytes.subspan(taken);
  return complete() ? Step::kFrame : Step::kNeedsBytes;
}

FrameAssembler::Frame FrameAssembler::take() {
  CHECK(complete());
  header_filled_ = 0;
  return {std::move(data_), size_};
}

}  // namespace millstream::net

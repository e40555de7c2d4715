// Cuts a byte stream into frames; charges each frame's memory before it allocates it.
#pragma once

#include <sys/uio.h>

#include <array>
#include <functional>
#include <memory>

#include "base/bytes.h"
#include "base/error.h"
#include "base/memory_budget.h"

namespace millstream::net {

// One thread. Small frames are copied out of the caller's buffer; the rest of a large one is read right into place.
class FrameAssembler {
 public:
  // A whole frame: its memory is charged to the budget, and from here on the receiver's to give back.
  struct Frame {
    std::unique_ptr<std::byte[]> data;
    size_t size = 0;
  };
  enum class Step {
    kNeedsBytes,  // everything is consumed
    kFrame,       // take() it, then go on with what is left
    kNeedsMemory  // the budget refused the next frame; consume() again later, with what is left or with nothing
  };

  FrameAssembler(MemoryBudget& budget, Bytes max_frame) : budget_(budget), max_frame_(max_frame) {}
  ~FrameAssembler() { reset(); }
  FrameAssembler(const FrameAssembler&) = delete;
  FrameAssembler& operator=(const FrameAssembler&) = delete;

  // Takes bytes off the front of `bytes`. kLimit: a size below zero or over the limit; nothing works after that.
  Result<Step> consume(ByteSpan& bytes);
  Frame take();
  void reset();  // gives up an unfinished frame and its memory

  // Where the bytes that come next may be read to, without a copy; empty unless a frame is under way.
  [[nodiscard]] MutableByteSpan missing() { return {data_.get() + filled_, data_ ? size_ - filled_ : 0}; }
  void filled(size_t bytes) { filled_ += bytes; }
  [[nodiscard]] bool complete() const { return data_ != nullptr && filled_ == size_; }
  [[nodiscard]] bool in_frame() const { return header_filled_ > 0 || data_ != nullptr; }  // some bytes, not all

 private:
  MemoryBudget& budget_;
  Bytes max_frame_;
  std::array<std::byte, 4> header_{};
  size_t header_filled_ = 0;
  std::unique_ptr<std::byte[]> data_;
  size_t size_ = 0;
  size_t filled_ = 0;
};

}  // namespace millstream::net

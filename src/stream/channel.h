// A bounded queue from one task to another: one producer, one consumer, no lock. Full is back-pressure.
//
// The slots are the credit: a producer may push while there is one. The ring and its indexes follow the classic
// single-producer queue (Lamport, "Proving the Correctness of Multiprocess Programs", 1977).
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

#include "stream/element.h"

namespace millstream::stream {

class Channel {
 public:
  static constexpr size_t kSlots = 8;  // of up to 2,048 rows each

  // Producer's thread. False: full, `element` untouched.
  bool try_push(Element& element) {
    const size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) == kSlots) return false;
    slots_[tail % kSlots] = std::move(element);
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }
  // Consumer's thread. False: empty.
  bool try_pop(Element& into) {
    const size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return false;
    into = std::move(slots_[head % kSlots]);
    slots_[head % kSlots] = Element{};  // the batch's memory goes with the consumer
    head_.store(head + 1, std::memory_order_release);
    return true;
  }
  // Any thread; a moment later it may be otherwise.
  [[nodiscard]] bool empty() const {
    return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire);
  }
  [[nodiscard]] bool full() const {
    return tail_.load(std::memory_order_acquire) - head_.load(std::memory_order_acquire) == kSlots;
  }

 private:
  std::array<Element, kSlots> slots_;
  alignas(64) std::atomic<size_t> head_{0};
  alignas(64) std::atomic<size_t> tail_{0};
};

}  // namespace millstream::stream

// Call me later: one-shot timers behind an interface, so that tests own time. net::EventLoop is the real one.
#pragma once

#include <functional>
#include <utility>

#include "base/ids.h"
#include "env/clock.h"

namespace millstream::env {

using TimerId = StrongInt<struct TimerIdTag, uint64_t>;  // never 0, never used twice by one queue

// Any thread. Callbacks run one at a time on the queue's own thread (the fake: on the thread that moves time), in
// order of their due time, equal ones in the order of their scheduling; never inside schedule().
class TimerQueue {
 public:
  using Callback = std::move_only_function<void()>;

  virtual ~TimerQueue() = default;
  // Not before `delay` has passed; zero or less means as soon as possible. Callbacks left when the queue ends are
  // destroyed without being called.
  virtual TimerId schedule(Millis delay, Callback callback) = 0;
  // True if the callback will not run. False: it ran, is running now or was cancelled before.
  virtual bool cancel(TimerId id) = 0;

  // The same by a point in time of `clock`, rounded up to the next millisecond.
  TimerId schedule_at(const Clock& clock, MonotonicTime due, Callback callback) {
    const int64_t nanoseconds = due.value - clock.monotonic().value;
    return schedule(Millis(nanoseconds <= 0 ? 0 : (nanoseconds + 999'999) / 1'000'000), std::move(callback));
  }
};

// Cancels its timer when it goes away. Move only; the queue outlives it.
class TimerHandle {
 public:
  TimerHandle() = default;
  TimerHandle(TimerQueue& queue, TimerId id) : queue_(&queue), id_(id) {}
  TimerHandle(TimerHandle&& other) noexcept : queue_(std::exchange(other.queue_, nullptr)), id_(other.id_) {}
  TimerHandle& operator=(TimerHandle&& other) noexcept {
    if (this != &other) {
      cancel();
      queue_ = std::exchange(other.queue_, nullptr);
      id_ = other.id_;
    }
    return *this;
  }
  ~TimerHandle() { cancel(); }
  // As TimerQueue::cancel; false for an empty handle.
  bool cancel() { return queue_ != nullptr && std::exchange(queue_, nullptr)->cancel(id_); }

 private:
  TimerQueue* queue_ = nullptr;
  TimerId id_;
};

}  // namespace millstream::env

// A TimerQueue over a clock that a test owns: nothing runs until the test says run_due().
#pragma once

#include <map>
#include <utility>

#include "env/timer_queue.h"

namespace millstream::env {

// One thread. The clock outlives the queue.
class FakeTimerQueue final : public TimerQueue {
 public:
  explicit FakeTimerQueue(const Clock& clock) : clock_(clock) {}

  TimerId schedule(Millis delay, Callback callback) override {
    const TimerId id(++last_id_);
    const MonotonicTime now = clock_.monotonic();
    waiting_.emplace(std::pair(delay.value > 0 ? now + delay : now, id), std::move(callback));
    return id;
  }

  bool cancel(TimerId id) override {
    return std::erase_if(waiting_, [id](const auto& entry) { return entry.first.second == id; }) > 0;
  }

  // Runs what is due by the clock, also what those callbacks schedule for now; returns how many ran.
  int run_due() {
    int ran = 0;
    while (!waiting_.empty() && waiting_.begin()->first.first <= clock_.monotonic()) {
      auto entry = waiting_.extract(waiting_.begin());
      entry.mapped()();
      ++ran;
    }
    return ran;
  }

  [[nodiscard]] size_t waiting() const { return waiting_.size(); }
  // When the next one is due; the queue must not be empty.
  [[nodiscard]] MonotonicTime next_due() const { return waiting_.begin()->first.first; }

 private:
  const Clock& clock_;
  uint64_t last_id_ = 0;
  std::map<std::pair<MonotonicTime, TimerId>, Callback> waiting_;
};

}  // namespace millstream::env

// When a partition's next fdatasync begins, and whether room is made for it ahead: decided from how the last ones went.
#pragma once

#include <algorithm>
#include <optional>

#include "env/clock.h"

namespace millstream::log::internal {

// Used under the log's lock.
class FlushRhythm {
 public:
  // A flush begins.
  void began(env::MonotonicTime now) {
    often_ = now < started_ + kOften;
    started_ = now;
  }
  // It has ended: `waiters` waited for it, and it covered `bytes` that the one before had not.
  void ended(size_t waiters, int64_t bytes) {
    together_ = std::max(waiters, std::max<size_t>(together_, 1) - 1);
    crowded_ = waiters < 2 ? 0 : crowded_ + 1;
    small_ = bytes > kSmall || !often_ ? 0 : small_ + 1;
  }

  // As many wait as the next flush may expect.
  [[nodiscard]] bool complete(size_t waiters) const { return waiters >= together_; }
  // Until when the next flush waits for more of them, if it does. An fdatasync costs the same for many as for one, so
  // clients that have several requests under way are served together. Counted from start to start, it never delays
  // anybody on a slow disk.
  [[nodiscard]] std::optional<env::MonotonicTime> gather_until(size_t waiters, env::MonotonicTime now) const {
    if (crowded_ < kRun || complete(waiters)) return {};
    const env::MonotonicTime due = started_ + kGatherInterval;
    if (due <= now) return {};
    return due;
  }
  // Flushes are small and follow each other closely: an fdatasync that changes a file's length writes the file
  // system's records of that too, which is about half of it then.
  [[nodiscard]] bool small_and_often() const { return small_ >= kRun; }
  [[nodiscard]] bool quiet(env::MonotonicTime now) const { return now >= started_ + kQuiet; }

 private:
  // So many flushes in a row are alike before the next one is expected to be: more than a lone client's requests need
  // to catch up after one that was slow.
  static constexpr int kRun = 4;
  static constexpr Millis kGatherInterval{1};  // about three fdatasyncs of a fast disk
  static constexpr Millis kOften{100};
  static constexpr Millis kQuiet{10'000};
  static constexpr int64_t kSmall = int64_t{128} << 10;

  env::MonotonicTime started_{0};  // the last one
  bool often_ = false;
  size_t together_ = 0;  // how many wait at one time, lately
  int crowded_ = 0;      // flushes in a row for which several waited
  int small_ = 0;        // flushes in a row that were small and soon after the one before
};

}  // namespace millstream::log::internal

// Time as the program sees it; tests own it. No other code asks the operating system what time it is.
#pragma once

#include "base/ids.h"

namespace millstream::env {

// Nanoseconds from an arbitrary start that never go back: for durations and deadlines.
using MonotonicTime = StrongInt<struct MonotonicTimeTag, int64_t>;

constexpr MonotonicTime operator+(MonotonicTime t, Millis d) { return MonotonicTime(t.value + d.value * 1'000'000); }
constexpr Millis elapsed(MonotonicTime from, MonotonicTime to) { return Millis((to.value - from.value) / 1'000'000); }

// Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual ProcTime now() const = 0;  // wall clock, milliseconds since 1970 UTC
  [[nodiscard]] virtual MonotonicTime monotonic() const = 0;
};

}  // namespace millstream::env

// Strong integers: units and identities that the compiler keeps apart. No bare int64_t crosses a module border.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <limits>

namespace millstream {

// An integer that only compares, and adds, with its own kind. `.value` is the way out.
template <typename Tag, typename Rep>
struct StrongInt {
  Rep value{};

  constexpr StrongInt() = default;
  constexpr explicit StrongInt(Rep v) : value(v) {}
  constexpr auto operator<=>(const StrongInt&) const = default;
  constexpr StrongInt operator+(StrongInt other) const { return StrongInt(static_cast<Rep>(value + other.value)); }
  constexpr StrongInt operator-(StrongInt other) const { return StrongInt(static_cast<Rep>(value - other.value)); }
  constexpr StrongInt& operator+=(StrongInt other) {
    value += other.value;
    return *this;
  }
  constexpr StrongInt& operator-=(StrongInt other) {
    value -= other.value;
    return *this;
  }
  constexpr StrongInt& operator++() {
    ++value;
    return *this;
  }
  static constexpr StrongInt min() { return StrongInt(std::numeric_limits<Rep>::min()); }
  static constexpr StrongInt max() { return StrongInt(std::numeric_limits<Rep>::max()); }
};

using Offset = StrongInt<struct OffsetTag, int64_t>;              // of a record in a partition
using PartitionId = StrongInt<struct PartitionIdTag, int32_t>;    // of a topic
using EventTime = StrongInt<struct EventTimeTag, int64_t>;        // milliseconds since 1970 UTC, from the data
using ProcTime = StrongInt<struct ProcTimeTag, int64_t>;          // milliseconds since 1970 UTC, from Env's clock
using Millis = StrongInt<struct MillisTag, int64_t>;              // a duration
using Bytes = StrongInt<struct BytesTag, int64_t>;                // a size
using CheckpointId = StrongInt<struct CheckpointIdTag, int64_t>;  // counts from 1 in each job; 0: start positions only
using AttemptId = StrongInt<struct AttemptIdTag, int64_t>;        // counts a job's starts from 1
using KeyGroup = StrongInt<struct KeyGroupTag, uint16_t>;         // 0 to kKeyGroups - 1

constexpr ProcTime operator+(ProcTime t, Millis d) { return ProcTime(t.value + d.value); }
constexpr Millis elapsed(ProcTime from, ProcTime to) { return Millis(to.value - from.value); }
constexpr Bytes operator""_KiB(unsigned long long n) { return Bytes(static_cast<int64_t>(n) << 10); }
constexpr Bytes operator""_MiB(unsigned long long n) { return Bytes(static_cast<int64_t>(n) << 20); }
constexpr Bytes operator""_GiB(unsigned long long n) { return Bytes(static_cast<int64_t>(n) << 30); }
constexpr Millis operator""_ms(unsigned long long n) { return Millis(static_cast<int64_t>(n)); }

}  // namespace millstream

template <typename Tag, typename Rep>
struct std::hash<millstream::StrongInt<Tag, Rep>> {
  size_t operator()(millstream::StrongInt<Tag, Rep> id) const { return std::hash<Rep>()(id.value); }
};

// Units of time by name, and what EXTRACT, FLOOR, CEIL, TIMESTAMPADD and TIMESTAMPDIFF do with them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "column/calendar.h"

namespace millstream::function::internal {

enum class TimeUnit : uint8_t {
  kMillennium,
  kCentury,
  kDecade,
  kYear,
  kIsoYear,
  kQuarter,
  kMonth,
  kWeek,
  kDayOfYear,
  kDayOfWeek,
  kIsoDayOfWeek,
  kDay,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kMicrosecond,
  kNanosecond,
  kEpoch,
};

// Any case; "DOY", "DOW", "SQL_TSI_DAY" and the like too.
[[nodiscard]] std::optional<TimeUnit> find_unit(std::string_view name);

// EXTRACT(unit FROM a local date and time).
[[nodiscard]] int64_t extract_unit(TimeUnit unit, column::ParsedTime time);
// EXTRACT from intervals: months, or milliseconds.
[[nodiscard]] int64_t extract_from_months(TimeUnit unit, int32_t months);
[[nodiscard]] int64_t extract_from_millis(TimeUnit unit, int64_t millis);

// The start of the unit that contains the time; weeks start on Sunday. And the start of the next, unless it is one.
[[nodiscard]] int64_t floor_to_unit(TimeUnit unit, int64_t micros);
[[nodiscard]] int64_t ceil_to_unit(TimeUnit unit, int64_t micros);

// Months in the unit, or 0 if it is not made of months; microseconds in it, or 0.
[[nodiscard]] int64_t months_in(TimeUnit unit);
[[nodiscard]] int64_t micros_in(TimeUnit unit);

// Whole units from one time to another, cut towards zero.
[[nodiscard]] int64_t difference_in_units(TimeUnit unit, int64_t from_micros, int64_t to_micros);

}  // namespace millstream::function::internal

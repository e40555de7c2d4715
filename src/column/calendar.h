// The proleptic Gregorian calendar without time zones: days and years, and dates and times as text.
//
// Day arithmetic follows Howard Hinnant's "chrono-compatible low-level date algorithms". Everything is a pure function
// and writes to a buffer of the caller's. Time zones: function/.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "column/vector.h"

namespace millstream::column {

constexpr int64_t kMillisPerDay = 86'400'000;
constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = kMillisPerDay * 1000;

struct CivilDate {
  int32_t year = 1970;
  int32_t month = 1;  // 1 to 12
  int32_t day = 1;    // 1 to 31
};

// Rounds towards minus infinity, as calendars want it.
constexpr int64_t floor_divide(int64_t a, int64_t b) { return a / b - ((a % b != 0) && ((a < 0) != (b < 0)) ? 1 : 0); }
constexpr int64_t floor_modulo(int64_t a, int64_t b) { return a - floor_divide(a, b) * b; }

constexpr bool is_leap_year(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }
constexpr int32_t days_in_month(int64_t year, int32_t month) {
  constexpr int8_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap_year(year) ? 29 : kDays[month - 1];
}

// Days since 1970-01-01.
constexpr int32_t days_of(int64_t year, int32_t month, int32_t day) {
  year -= month <= 2;
  const int64_t era = floor_divide(year, 400);
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return static_cast<int32_t>(era * 146097 + day_of_era - 719468);
}
constexpr int32_t days_of(const CivilDate& date) { return days_of(date.year, date.month, date.day); }

constexpr CivilDate civil_of(int64_t days) {
  days += 719468;
  const int64_t era = floor_divide(days, 146097);
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const auto month = static_cast<int32_t>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {static_cast<int32_t>(year_of_era + era * 400 + (month <= 2)), month,
          static_cast<int32_t>(day_of_year - (153 * shifted_month + 2) / 5 + 1)};
}

constexpr int32_t day_of_year(const CivilDate& date) { return days_of(date) - days_of(date.year, 1, 1) + 1; }
// 1 is Monday, 7 is Sunday (ISO 8601).
constexpr int32_t iso_day_of_week(int64_t days) { return static_cast<int32_t>(floor_modulo(days + 3, 7)) + 1; }

// "2024-02-29"; years before 0 or after 9999 as Java writes them. At most kMaxTimestampText characters.
constexpr size_t kMaxTimestampText = 48;
char* write_date(char* out, int64_t days);
// "12:34:56" and, with digits > 0, ".789": `digits` of `nanos_of_second`, cut.
char* write_time(char* out, int32_t second_of_day, int32_t nanos_of_second, int digits);
// As CAST writes a TIME(digits): zeros at the fraction's end are left out but for the first, "12:34:56.0".
char* write_time_shortly(char* out, int32_t millis_of_day, int digits);
// `micros` since 1970 and 0 to 999 nanoseconds more; `digits` after the point; `separator` between date and time.
char* write_timestamp(char* out, int64_t micros, int32_t nanos, int digits, char separator = ' ');
// "+1-02" and "+1 02:03:04.500".
char* write_year_month(char* out, int32_t months);
char* write_day_time(char* out, int64_t millis);

// What is read from text: microseconds since 1970 (or of the day) and the nanoseconds beyond.
struct ParsedTime {
  int64_t micros = 0;
  int32_t nanos = 0;
};
// "2024-2-9" and "2024-02-09": one or two digits for month and day. Nothing if it is no date.
[[nodiscard]] std::optional<int32_t> parse_date(std::string_view text);
// "12:34", "12:34:56", "12:34:56.123456789" (digits beyond nine are cut).
[[nodiscard]] std::optional<ParsedTime> parse_time(std::string_view text);
// A date, or a date and a time with `separator` between them ('\0': a space or a T).
[[nodiscard]] std::optional<ParsedTime> parse_timestamp(std::string_view text, char separator = '\0');

}  // namespace millstream::column

// What both kinds of Java date patterns share: names of months and days, numbers, weeks and offsets as text.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "column/calendar.h"

namespace millstream::function::internal {

inline constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                             "May",       "June",     "July",     "August",
                                                             "September", "October",  "November", "December"};
inline constexpr std::array<std::string_view, 7> kDays = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                          "Friday", "Saturday", "Sunday"};

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

inline void append_padded(std::string& out, int64_t value, int width) {
  char digits[24];
  if (value < 0) {
    out += '-';
    value = -value;
  }
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  for (auto have = end - digits; have < width; ++have) out += '0';
  out.append(digits, end);
}

// The Sunday on or before a day.
inline int64_t us_week_start(int64_t day) { return day - column::iso_day_of_week(day) % 7; }
// Weeks as the United States count them: from Sunday, and 1 January is in week 1.
inline int64_t us_week(const column::CivilDate& date, int64_t days, int64_t& week_year) {
  const int64_t next_first = us_week_start(column::days_of(date.year + 1, 1, 1));
  week_year = days >= next_first ? date.year + 1 : date.year;
  const int64_t first = days >= next_first ? next_first : us_week_start(column::days_of(date.year, 1, 1));
  return (days - first) / 7 + 1;
}

inline void append_offset(std::string& out, char letter, int count, int64_t offset_micros) {
  const int64_t minutes = std::abs(offset_micros) / (60 * column::kMicrosPerSecond);
  if (letter == 'X' && minutes == 0) {
    out += 'Z';
    return;
  }
  out += offset_micros < 0 ? '-' : '+';
  append_padded(out, minutes / 60, 2);
  if (letter != 'Z' && count == 1 && minutes % 60 == 0) return;
  if (letter != 'Z' && count >= 3) out += ':';
  append_padded(out, minutes % 60, 2);
}

}  // namespace millstream::function::internal

// Readers for the texts that CAST and TO_TIMESTAMP accept; the common fixed layout first.
#include "function/internal/time_text.h"

#include <cstring>

namespace millstream::function::internal {
namespace {

using column::ParsedTime;

constexpr int32_t kNanoPowers[] = {1,       10,        100,        1000,        10'000,
                                   100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

// A whole number of at most nine digits and nothing else.
std::optional<int32_t> whole_number(std::string_view text) {
  if (text.empty() || text.size() > 9) return std::nullopt;
  int32_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

// Digits at `at`, `least` to `most`; moves `at` behind them, or returns -1 and leaves it.
int32_t number_at(std::string_view text, size_t& at, int least, int most) {
  int32_t value = 0;
  int count = 0;
  while (count < most && at + count < text.size() && is_digit(text[at + count])) {
    value = value * 10 + (text[at + count] - '0');
    ++count;
  }
  if (count < least) return -1;
  at += count;
  return value;
}

int32_t two_digits(const char* p) { return (p[0] - '0') * 10 + (p[1] - '0'); }

// "dddd-dd-dd", as one comparison of the separators and a check of the digits.
bool is_plain_date(const char* p) {
  if (p[4] != '-' || p[7] != '-') return false;
  for (const int i : {0, 1, 2, 3, 5, 6, 8, 9}) {
    if (!is_digit(p[i])) return false;
  }
  return true;
}

// Consecutive rows mostly share their date: the last ten characters and their day.
int32_t plain_date(const char* p) {
  thread_local char last_text[10] = {};
  thread_local int32_t last_days = INT32_MIN;
  if (last_days != INT32_MIN && std::memcmp(p, last_text, 10) == 0) return last_days;
  if (!is_plain_date(p)) return INT32_MIN;
  const int32_t year = two_digits(p) * 100 + two_digits(p + 2);
  const int32_t month = two_digits(p + 5);
  const int32_t day = two_digits(p + 8);
  if (month < 1 || month > 12 || day < 1 || day > column::days_in_month(year, month)) return INT32_MIN;
  last_days = column::days_of(year, month, day);
  std::memcpy(last_text, p, 10);
  return last_days;
}

}  // namespace

bool read_plain_date(const char* text, int32_t& days) {
  days = plain_date(text);
  return days != INT32_MIN;
}

std::optional<int32_t> parse_date_loosely(std::string_view text) {
  text = trimmed(text);
  text = text.substr(0, text.find(' '));
  int32_t parts[3] = {0, 1, 1};
  for (int i = 0; i < 3; ++i) {
    const size_t end = i < 2 ? text.find('-') : std::string_view::npos;
    const auto number = whole_number(text.substr(0, end));
    if (!number) return std::nullopt;
    parts[i] = *number;
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  const auto [year, month, day] = parts;
  if (year > 9999 || month < 1 || month > 12 || day < 1 || day > column::days_in_month(year, month))
    return std::nullopt;
  return column::days_of(year, month, day);
}

std::optional<int32_t> parse_time_loosely(std::string_view text) {
  text = trimmed(text);
  size_t at = 0;
  int32_t parts[3] = {0, 0, 0};
  constexpr int32_t kLimits[] = {23, 59, 59};
  int part = 0;
  for (; part < 3; ++part) {
    parts[part] = number_at(text, at, 1, 2);
    if (parts[part] < 0 || parts[part] > kLimits[part]) return std::nullopt;
    if (at == text.size() || text[at] != ':') break;
    ++at;
  }
  if (part == 3) return std::nullopt;
  int32_t millis = 0;
  if (at < text.size() && text[at] == '.' && part == 2) {
    ++at;
    int32_t scale = 100;
    bool any = false;
    for (; at < text.size() && is_digit(text[at]); ++at) {
      if (scale > 0) {
        millis += (text[at] - '0') * scale;
      } else if (scale == 0) {
        millis += text[at] >= '5' ? 1 : 0;
        scale = -1;
      }
      if (scale > 0) scale /= 10;
      any = true;
    }
    if (!any) return std::nullopt;
  }
  if (at != text.size()) return std::nullopt;
  return (parts[0] * 3600 + parts[1] * 60 + parts[2]) * 1000 + millis;
}

std::optional<ParsedTime> parse_timestamp_strictly(std::string_view text, size_t& error_index) {
  size_t at = 0;
  const auto fail_at = [&](size_t index) {
    error_index = index;
    return std::nullopt;
  };
  int64_t days;
  int32_t fast;
  if (text.size() >= 10 && (text.size() == 10 || text[10] == ' ') && !text.starts_with("0000") &&
      (fast = plain_date(text.data())) != INT32_MIN) {
    days = fast;
    at = 10;
  } else {
    const int32_t year = number_at(text, at, 4, 9);
    if (year < 1 || year > 9999) return fail_at(0);
    if (at >= text.size() || text[at] != '-') return fail_at(at);
    ++at;
    const size_t month_at = at;
    const int32_t month = number_at(text, at, 1, 2);
    if (month < 0) return fail_at(month_at);
    if (month < 1 || month > 12) return fail_at(0);
    if (at >= text.size() || text[at] != '-') return fail_at(at);
    ++at;
    const size_t day_at = at;
    int32_t day = number_at(text, at, 1, 2);
    if (day < 0) return fail_at(day_at);
    if (day < 1 || day > 31) return fail_at(0);
    day = std::min(day, column::days_in_month(year, month));
    days = column::days_of(year, month, day);
  }
  ParsedTime result{days * column::kMicrosPerDay, 0};
  if (at == text.size()) return result;
  if (text[at] != ' ') return fail_at(at);
  ++at;
  int32_t parts[3] = {0, 0, 0};
  for (int part = 0; part < 3; ++part) {
    if (part > 0) {
      if (at >= text.size() || text[at] != ':') return fail_at(10);
      ++at;
    }
    parts[part] = number_at(text, at, 1, 2);
    if (parts[part] < 0) return fail_at(10);
  }
  int32_t nanos = 0;
  if (at < text.size() && text[at] == '.') {
    ++at;
    int count = 0;
    for (; count < 9 && at < text.size() && is_digit(text[at]); ++at, ++count)
      nanos += (text[at] - '0') * kNanoPowers[8 - count];
  }
  if (at != text.size()) return fail_at(at);
  const bool midnight = parts[0] == 24 && parts[1] == 0 && parts[2] == 0 && nanos == 0;
  if ((parts[0] > 23 && !midnight) || parts[1] > 59 || parts[2] > 59) return fail_at(0);
  result.micros += (parts[0] * 3600 + parts[1] * 60 + parts[2]) * column::kMicrosPerSecond + nanos / 1000;
  result.nanos = nanos % 1000;
  return result;
}

column::ParsedTime cut_to_precision(column::ParsedTime time, int precision) {
  if (precision >= 9) return time;
  if (precision > 6) {
    const int32_t unit = kNanoPowers[9 - precision];
    time.nanos -= time.nanos % unit;
    return time;
  }
  const int64_t unit = kNanoPowers[6 - precision];
  return {time.micros - column::floor_modulo(time.micros, unit), 0};
}

}  // namespace millstream::function::internal

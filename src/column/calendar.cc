// Writing and reading dates, times and intervals.
#include "column/calendar.h"

#include <charconv>
#include <cstdlib>

namespace millstream::column {
namespace {

constexpr int32_t kPowers[] = {1, 10, 100, 1000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};

char* write_two(char* out, int32_t value) {
  out[0] = static_cast<char>('0' + value / 10);
  out[1] = static_cast<char>('0' + value % 10);
  return out + 2;
}

char* write_padded(char* out, int32_t value, int width) {
  for (int i = width - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return out + width;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads `least` to `most` digits and moves `text` behind them; -1 if there are fewer.
int32_t take_number(std::string_view& text, int least, int most) {
  int32_t value = 0;
  int count = 0;
  while (count < most && static_cast<size_t>(count) < text.size() && is_digit(text[count])) {
    value = value * 10 + (text[count] - '0');
    ++count;
  }
  if (count < least) return -1;
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

char* write_date(char* out, int64_t days) {
  const CivilDate date = civil_of(days);
  if (date.year >= 0 && date.year <= 9999) {
    out = write_padded(out, date.year, 4);
  } else {
    // Java: a sign, and at least four digits.
    *out++ = date.year < 0 ? '-' : '+';
    const int32_t size = std::abs(date.year);
    out = size <= 9999 ? write_padded(out, size, 4) : std::to_chars(out, out + 12, size).ptr;
  }
  *out++ = '-';
  out = write_two(out, date.month);
  *out++ = '-';
  return write_two(out, date.day);
}

char* write_time(char* out, int32_t second_of_day, int32_t nanos_of_second, int digits) {
  out = write_two(out, second_of_day / 3600);
  *out++ = ':';
  out = write_two(out, second_of_day / 60 % 60);
  *out++ = ':';
  out = write_two(out, second_of_day % 60);
  if (digits > 0) {
    *out++ = '.';
    out = write_padded(out, nanos_of_second / kPowers[9 - digits], digits);
  }
  return out;
}

char* write_time_shortly(char* out, int32_t millis_of_day, int digits) {
  out = write_time(out, millis_of_day / 1000, 0, 0);
  if (digits <= 0) return out;
  *out++ = '.';
  int32_t rest = millis_of_day % 1000;
  do {
    *out++ = static_cast<char>('0' + rest / 100);
    rest = rest % 100 * 10;
  } while (--digits > 0 && rest != 0);
  return out;
}

char* write_timestamp(char* out, int64_t micros, int32_t nanos, int digits, char separator) {
  const int64_t days = floor_divide(micros, kMicrosPerDay);
  const int64_t of_day = micros - days * kMicrosPerDay;
  out = write_date(out, days);
  *out++ = separator;
  return write_time(out, static_cast<int32_t>(of_day / kMicrosPerSecond),
                    static_cast<int32_t>(of_day % kMicrosPerSecond) * 1000 + nanos, digits);
}

char* write_year_month(char* out, int32_t months) {
  const int64_t size = std::abs(int64_t{months});
  *out++ = months < 0 ? '-' : '+';
  out = std::to_chars(out, out + 12, size / 12).ptr;
  *out++ = '-';
  return write_two(out, static_cast<int32_t>(size % 12));
}

char* write_day_time(char* out, int64_t millis) {
  *out++ = millis < 0 ? '-' : '+';
  const uint64_t size = millis < 0 ? ~static_cast<uint64_t>(millis) + 1 : static_cast<uint64_t>(millis);
  out = std::to_chars(out, out + 20, size / kMillisPerDay).ptr;
  *out++ = ' ';
  const auto of_day = static_cast<int32_t>(size % kMillisPerDay);
  return write_time(out, of_day / 1000, of_day % 1000 * 1'000'000, 3);
}

std::optional<int32_t> parse_date(std::string_view text) {
  const bool negative = take(text, '-');
  const int32_t year = take_number(text, 1, 9);
  if (year < 0 || !take(text, '-')) return std::nullopt;
  const int32_t month = take_number(text, 1, 2);
  if (month < 1 || month > 12 || !take(text, '-')) return std::nullopt;
  const int32_t day = take_number(text, 1, 2);
  if (day < 1 || !text.empty()) return std::nullopt;
  const int32_t signed_year = negative ? -year : year;
  if (day > days_in_month(signed_year, month)) return std::nullopt;
  return days_of(signed_year, month, day);
}

std::optional<ParsedTime> parse_time(std::string_view text) {
  const int32_t hour = take_number(text, 1, 2);
  if (hour < 0 || hour > 23 || !take(text, ':')) return std::nullopt;
  const int32_t minute = take_number(text, 1, 2);
  if (minute < 0 || minute > 59) return std::nullopt;
  int32_t second = 0;
  int32_t nanos = 0;
  if (take(text, ':')) {
    second = take_number(text, 1, 2);
    if (second < 0 || second > 59) return std::nullopt;
    if (take(text, '.')) {
      int count = 0;
      while (!text.empty() && is_digit(text[0])) {
        if (count < 9) nanos += (text[0] - '0') * kPowers[8 - count];
        ++count;
        text.remove_prefix(1);
      }
      if (count == 0) return std::nullopt;
    }
  }
  if (!text.empty()) return std::nullopt;
  return ParsedTime{(hour * 3600 + minute * 60 + second) * kMicrosPerSecond + nanos / 1000, nanos % 1000};
}

std::optional<ParsedTime> parse_timestamp(std::string_view text, char separator) {
  const size_t middle = separator == '\0' ? text.find_first_of(" T") : text.find(separator);
  const auto days = parse_date(text.substr(0, middle));
  if (!days) return std::nullopt;
  ParsedTime result;
  if (middle != std::string_view::npos) {
    const auto time = parse_time(text.substr(middle + 1));
    if (!time) return std::nullopt;
    result = *time;
  }
  result.micros += int64_t{*days} * kMicrosPerDay;
  return result;
}

}  // namespace millstream::column

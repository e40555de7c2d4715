// Java's and Flink's readings of numbers, dates, times and base64.
#include "format/internal/json_values.h"

#include <array>
#include <cmath>

#include "column/number_text.h"

namespace millstream::format {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Exactly `count` digits at `at`, or -1.
int digits(std::string_view text, size_t at, int count) {
  if (at + static_cast<size_t>(count) > text.size()) return -1;
  int value = 0;
  for (int i = 0; i < count; ++i) {
    const char c = text[at + static_cast<size_t>(i)];
    if (!is_digit(c)) return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

struct DateFields {
  int64_t year = 0;
  int month = 0, day = 0;
  size_t end = 0;
};

// yyyy-MM-dd; more than four digits of year want a sign, as ISO_LOCAL_DATE says. Ranges of month and day, not of the
// month's length.
std::optional<DateFields> read_date(std::string_view text) {
  DateFields fields;
  size_t at = 0;
  const bool negative = !text.empty() && text[0] == '-';
  const bool positive = !text.empty() && text[0] == '+';
  if (negative || positive) ++at;
  size_t year_digits = 0;
  while (at + year_digits < text.size() && is_digit(text[at + year_digits])) ++year_digits;
  if (year_digits < 4 || year_digits > 9) return std::nullopt;
  if (positive ? year_digits == 4 : (!negative && year_digits > 4)) return std::nullopt;
  fields.year = digits(text, at, static_cast<int>(year_digits));
  if (negative) {
    if (fields.year == 0) return std::nullopt;
    fields.year = -fields.year;
  }
  at += year_digits;
  if (at + 6 > text.size() || text[at] != '-' || text[at + 3] != '-') return std::nullopt;
  fields.month = digits(text, at + 1, 2);
  fields.day = digits(text, at + 4, 2);
  if (fields.month < 1 || fields.month > 12 || fields.day < 1 || fields.day > 31) return std::nullopt;
  fields.end = at + 6;
  return fields;
}

struct TimeFields {
  int hour = 0, minute = 0, second = 0, nanos = 0;
  size_t end = 0;
};

// HH:mm[:ss[.fraction]]. The point may stand without digits.
std::optional<TimeFields> read_time(std::string_view text, bool seconds_optional) {
  TimeFields fields;
  fields.hour = digits(text, 0, 2);
  fields.minute = text.size() > 2 && text[2] == ':' ? digits(text, 3, 2) : -1;
  if (fields.hour < 0 || fields.hour > 24 || fields.minute < 0 || fields.minute > 59) return std::nullopt;
  fields.end = 5;
  if (text.size() > 5 && text[5] == ':') {
    fields.second = digits(text, 6, 2);
    if (fields.second < 0 || fields.second > 59) return std::nullopt;
    fields.end = 8;
    if (text.size() > 8 && text[8] == '.') {
      size_t at = 9;
      int scale = 0;
      while (at < text.size() && is_digit(text[at]) && scale < 9) {
        fields.nanos = fields.nanos * 10 + (text[at] - '0');
        ++at;
        ++scale;
      }
      for (; scale < 9; ++scale) fields.nanos *= 10;
      fields.end = at;
    }
  } else if (!seconds_optional) {
    return std::nullopt;
  }
  // 24:00 is the end of the day and nothing later is.
  if (fields.hour == 24 && (fields.minute | fields.second | fields.nanos) != 0) return std::nullopt;
  return fields;
}

}  // namespace

std::string_view java_trim(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

std::optional<int64_t> parse_java_integer(std::string_view text, int64_t low, int64_t high) {
  text = java_trim(text);
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty()) return std::nullopt;
  int64_t value = 0;  // negative all along: the range has one more there
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, c - '0', &value))
      return std::nullopt;
  }
  if (!negative && __builtin_sub_overflow(int64_t{0}, value, &value)) return std::nullopt;
  if (value < low || value > high) return std::nullopt;
  return value;
}

JsonNumber scan_json_number(const char* p, const char* limit) {
  JsonNumber number;
  if (p < limit && *p == '-') {
    number.negative = true;
    ++p;
  }
  const char* first = p;
  while (p < limit && is_digit(*p)) number.mantissa = number.mantissa * 10 + static_cast<uint64_t>(*p++ - '0');
  int64_t count = p - first;
  if (count == 0 || (*first == '0' && count > 1)) return number;
  if (p < limit && *p == '.') {
    number.is_float = true;
    const char* fraction = ++p;
    while (p < limit && is_digit(*p)) number.mantissa = number.mantissa * 10 + static_cast<uint64_t>(*p++ - '0');
    if (p == fraction) return number;
    number.exponent = static_cast<int32_t>(-(p - fraction));
    count += p - fraction;
    // Leading zeros are no significant digits.
    if (count > 19 && *first == '0') {
      const char* zero = fraction;
      --count;
      while (zero < p && *zero == '0') {
        ++zero;
        --count;
      }
    }
  }
  bool huge_exponent = false;
  if (p < limit && (*p == 'e' || *p == 'E')) {
    number.is_float = true;
    ++p;
    bool negative = false;
    if (p < limit && (*p == '+' || *p == '-')) negative = *p++ == '-';
    const char* digits_start = p;
    int64_t exponent = 0;
    while (p < limit && is_digit(*p)) {
      if (exponent < 100000) exponent = exponent * 10 + (*p - '0');
      ++p;
    }
    if (p == digits_start) return number;
    huge_exponent = exponent > 9999;
    number.exponent += static_cast<int32_t>(negative ? -exponent : exponent);
  }
  number.exact = count <= 19 && !huge_exponent;
  number.valid = true;
  number.end = p;
  return number;
}

double json_number_to_double(const JsonNumber& number, std::string_view text) {
  // Clinger's fast path: both parts are exact doubles, so one operation rounds once.
  static constexpr std::array<double, 23> kPowers = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  if (number.exact && number.mantissa <= (uint64_t{1} << 53) && number.exponent >= -22 && number.exponent <= 22) {
    double value = static_cast<double>(number.mantissa);
    value = number.exponent < 0 ? value / kPowers[static_cast<size_t>(-number.exponent)]
                                : value * kPowers[static_cast<size_t>(number.exponent)];
    return number.negative ? -value : value;
  }
  return column::parse_double(text).value_or(NAN);
}

std::optional<int32_t> parse_json_date(std::string_view text) {
  const auto date = read_date(text);
  if (!date || date->end != text.size() || date->day > column::days_in_month(date->year, date->month))
    return std::nullopt;
  return column::days_of(date->year, date->month, date->day);
}

std::optional<int32_t> parse_json_time(std::string_view text) {
  const auto time = read_time(text, false);
  if (!time || time->end != text.size()) return std::nullopt;
  return ((time->hour % 24 * 60 + time->minute) * 60 + time->second) * 1000 + time->nanos / 1'000'000;
}

std::optional<column::ParsedTime> parse_json_timestamp(std::string_view text, TimestampStandard standard, bool zoned) {
  const bool iso = standard == TimestampStandard::kIso8601;
  if (zoned) {
    if (text.empty() || text.back() != 'Z') return std::nullopt;
    text.remove_suffix(1);
  }
  auto date = read_date(text);
  if (!date || date->end >= text.size()) return std::nullopt;
  const char separator = text[date->end];
  if (iso ? (separator != 'T' && (zoned || separator != 't')) : separator != ' ') return std::nullopt;
  const auto time = read_time(text.substr(date->end + 1), iso);
  if (!time || date->end + 1 + time->end != text.size()) return std::nullopt;
  const int last_day = column::days_in_month(date->year, date->month);
  // Only ISO_LOCAL_DATE_TIME by itself is strict; the composed formatters resolve "smart": the month's last day.
  if (date->day > last_day) {
    if (iso && !zoned) return std::nullopt;
    date->day = last_day;
  }
  if (time->hour == 24 && iso && !zoned) return std::nullopt;
  const int64_t days = column::days_of(date->year, date->month, date->day);
  const int64_t seconds = (int64_t{time->hour} * 60 + time->minute) * 60 + time->second;
  return column::ParsedTime{days * column::kMicrosPerDay + seconds * column::kMicrosPerSecond + time->nanos / 1000,
                            time->nanos % 1000};
}

bool decode_base64(std::string_view text, std::string& out) {
  static constexpr auto kValues = [] {
    std::array<int8_t, 256> values{};
    values.fill(-1);
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < kAlphabet.size(); ++i)
      values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<int8_t>(i);
    return values;
  }();
  for (size_t i = 0; i < text.size(); i += 4) {
    while (i < text.size() && static_cast<unsigned char>(text[i]) <= ' ') ++i;
    if (i == text.size()) break;
    const std::string_view group = text.substr(i, 4);
    if (group.size() < 4) return false;
    const size_t given = group.ends_with("==") ? 2 : group.ends_with('=') ? 3 : 4;
    uint32_t bits = 0;
    for (size_t k = 0; k < given; ++k) {
      const int8_t value = kValues[static_cast<unsigned char>(group[k])];
      if (value < 0) return false;
      bits |= static_cast<uint32_t>(value) << (18 - 6 * k);
    }
    out.push_back(static_cast<char>(bits >> 16));
    if (given > 2) out.push_back(static_cast<char>(bits >> 8));
    if (given > 3) out.push_back(static_cast<char>(bits));
  }
  return true;
}

}  // namespace millstream::format

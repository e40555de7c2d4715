// Compiling, reading and writing Java date patterns.
#include "function/internal/time_pattern.h"

#include <algorithm>
#include <array>

#include "function/internal/time_pattern_parts.h"
#include "function/internal/time_text.h"

namespace millstream::function::internal {
namespace {

using column::CivilDate;
using column::ParsedTime;

constexpr std::string_view kLetters = "yuYMLdDHhKkmsSnaEQwXxZzV";
constexpr int32_t kNanoPowers[] = {1,       10,        100,        1000,        10'000,
                                   100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};

bool is_number(char letter, int count) {
  switch (letter) {
    case 'M':
    case 'L':
    case 'Q':
      return count <= 2;
    case 'y':
    case 'u':
    case 'Y':
    case 'd':
    case 'D':
    case 'H':
    case 'h':
    case 'K':
    case 'k':
    case 'm':
    case 's':
    case 'S':
    case 'n':
    case 'w':
      return true;
    default:
      return false;
  }
}

bool has_fixed_width(char letter, int count) { return is_number(letter, count) && (count >= 2 || letter == 'S'); }

// Reads `least` to `most` digits at `at`.
bool read_digits(std::string_view text, size_t& at, int least, int most, int64_t& out) {
  int64_t value = 0;
  int count = 0;
  while (count < most && at + count < text.size() && is_digit(text[at + count])) {
    value = value * 10 + (text[at + count] - '0');
    ++count;
  }
  if (count < least) return false;
  at += count;
  out = value;
  return true;
}

// The index of the name that the text has at `at`, or -1; `length` 0 means the whole name.
template <size_t N>
int read_name(std::string_view text, size_t& at, const std::array<std::string_view, N>& names, size_t length) {
  for (size_t i = 0; i < N; ++i) {
    const std::string_view name = length == 0 ? names[i] : names[i].substr(0, length);
    if (text.substr(at).starts_with(name)) {
      at += name.size();
      return static_cast<int>(i);
    }
  }
  return -1;
}

bool read_offset_or_zone(char letter, std::string_view text, size_t& at) {
  if (at >= text.size()) return false;
  if ((letter == 'X' || letter == 'Z') && text[at] == 'Z') {
    ++at;
    return true;
  }
  if (text[at] == '+' || text[at] == '-') {
    size_t end = at + 1;
    while (end < text.size() && (is_digit(text[end]) || text[end] == ':')) ++end;
    if (end - at < 3) return false;
    at = end;
    return true;
  }
  if (letter != 'z' && letter != 'V') return false;
  size_t end = at;
  while (end < text.size() && (is_letter(text[end]) || text[end] == '/' || text[end] == '_')) ++end;
  if (end == at) return false;
  at = end;
  return true;
}

}  // namespace

struct TimePattern::Fields {
  int64_t year = 1970, month = 1, day = 1, day_of_year = -1;
  int64_t hour = 0, hour_of_half = -1, half = -1, minute = 0, second = 0, nanos = 0;
  int day_of_week = -1;  // 0: Monday
};

Result<TimePattern> TimePattern::compile(std::string_view pattern) {
  TimePattern compiled;
  std::vector<size_t> open;
  const auto literal = [&compiled](char c) {
    if (compiled.parts_.empty() || compiled.parts_.back().letter != 0) compiled.parts_.emplace_back();
    compiled.parts_.back().text += c;
  };
  for (size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    if (is_letter(c)) {
      size_t end = i;
      while (end < pattern.size() && pattern[end] == c) ++end;
      if (kLetters.find(c) == std::string_view::npos) {
        return fail(ErrorCode::kInvalidArgument, std::string("Illegal pattern character '") + c + "'");
      }
      Part part;
      part.letter = c;
      part.count = static_cast<int>(end - i);
      compiled.parts_.push_back(std::move(part));
      i = end;
    } else if (c == '\'') {
      ++i;
      if (i < pattern.size() && pattern[i] == '\'') {
        literal('\'');
        ++i;
        continue;
      }
      while (i < pattern.size() && !(pattern[i] == '\'' && (i + 1 == pattern.size() || pattern[i + 1] != '\''))) {
        if (pattern[i] == '\'') ++i;
        literal(pattern[i++]);
      }
      if (i == pattern.size()) {
        return fail(ErrorCode::kInvalidArgument,
                    "Pattern ends with an incomplete string literal: " + std::string(pattern));
      }
      ++i;
    } else if (c == '[') {
      open.push_back(compiled.parts_.size());
      compiled.parts_.emplace_back().letter = '[';
      ++i;
    } else if (c == ']') {
      if (open.empty()) {
        return fail(ErrorCode::kInvalidArgument, "Pattern invalid as it contains ] without previous [");
      }
      compiled.parts_.emplace_back().letter = ']';
      compiled.parts_[open.back()].section_end = compiled.parts_.size();
      open.pop_back();
      ++i;
    } else if (c == '{' || c == '}' || c == '#') {
      return fail(ErrorCode::kInvalidArgument, std::string("Pattern includes reserved character: '") + c + "'");
    } else {
      literal(c);
      ++i;
    }
  }
  for (const size_t section : open) compiled.parts_[section].section_end = compiled.parts_.size();
  // A number of variable width leaves the digits to the numbers of fixed width right behind it.
  for (size_t i = 0; i < compiled.parts_.size(); ++i) {
    for (size_t next = i + 1; next < compiled.parts_.size(); ++next) {
      const Part& part = compiled.parts_[next];
      if (!has_fixed_width(part.letter, part.count) || part.letter == 'S') break;
      compiled.parts_[i].adjacent += part.count;
    }
  }

  if (pattern.starts_with("yyyy-MM-dd")) {
    std::string_view rest = pattern.substr(10);
    char separator = 0;
    if (rest.starts_with(" ")) {
      separator = ' ';
      rest.remove_prefix(1);
    } else if (rest.starts_with("'T'")) {
      separator = 'T';
      rest.remove_prefix(3);
    }
    if (separator != 0 && rest.starts_with("HH:mm:ss")) {
      rest.remove_prefix(8);
      const size_t fraction = rest.starts_with(".") ? rest.size() - 1 : 0;
      if (rest.empty() ||
          (fraction >= 1 && fraction <= 9 && rest.find_first_not_of('S', 1) == std::string_view::npos)) {
        compiled.iso_separator_ = separator;
        compiled.iso_fraction_ = static_cast<int>(fraction);
      }
    }
  }
  return compiled;
}

std::optional<ParsedTime> TimePattern::parse_iso(std::string_view text) const {
  const size_t size = 19 + (iso_fraction_ > 0 ? static_cast<size_t>(iso_fraction_) + 1 : 0);
  if (text.size() != size) return std::nullopt;
  const char* p = text.data();
  int32_t days;
  if (p[10] != iso_separator_ || p[13] != ':' || p[16] != ':' || !read_plain_date(p, days)) return std::nullopt;
  unsigned bad = 0;
  for (const int i : {11, 12, 14, 15, 17, 18}) bad |= static_cast<unsigned>(static_cast<unsigned char>(p[i] - '0') > 9);
  if (bad != 0) return std::nullopt;
  const int32_t hour = (p[11] - '0') * 10 + (p[12] - '0');
  const int32_t minute = (p[14] - '0') * 10 + (p[15] - '0');
  const int32_t second = (p[17] - '0') * 10 + (p[18] - '0');
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  int32_t nanos = 0;
  if (iso_fraction_ > 0) {
    if (p[19] != '.') return std::nullopt;
    for (int i = 0; i < iso_fraction_; ++i) {
      if (!is_digit(p[20 + i])) return std::nullopt;
      nanos += (p[20 + i] - '0') * kNanoPowers[8 - i];
    }
  }
  return ParsedTime{
      days * column::kMicrosPerDay + (hour * 3600 + minute * 60 + second) * column::kMicrosPerSecond + nanos / 1000,
      nanos % 1000};
}

bool TimePattern::parse_part(const Part& part, std::string_view text, size_t& at, Fields& fields) {
  if (part.letter == 0) {
    if (!text.substr(at).starts_with(part.text)) return false;
    at += part.text.size();
    return true;
  }
  const auto number = [&](int64_t& field, int64_t least, int64_t most) {
    int width = part.count >= 2 ? part.count : 19;
    if (part.count < 2 && part.adjacent > 0) {
      size_t digits = at;
      while (digits < text.size() && is_digit(text[digits])) ++digits;
      width = std::max<int>(1, static_cast<int>(digits - at) - part.adjacent);
    }
    return read_digits(text, at, part.count >= 2 ? part.count : 1, std::min(width, 18), field) && field >= least &&
           field <= most;
  };
  switch (part.letter) {
    case 'y':
    case 'u':
    case 'Y': {
      if (part.count == 2) {
        if (!read_digits(text, at, 2, 2, fields.year)) return false;
        fields.year += 2000;
        return true;
      }
      const bool negative = at < text.size() && text[at] == '-';
      if (negative) ++at;
      if (!number(fields.year, 0, 999'999'999)) return false;
      if (negative) fields.year = -fields.year;
      return true;
    }
    case 'M':
    case 'L':
      if (part.count <= 2) return number(fields.month, 1, 12);
      fields.month = read_name(text, at, kMonths, part.count == 3 ? 3 : 0) + 1;
      return fields.month > 0;
    case 'd':
      return number(fields.day, 1, 31);
    case 'D':
      return number(fields.day_of_year, 1, 366);
    case 'H':
      return number(fields.hour, 0, 24);
    case 'k': {
      if (!number(fields.hour, 1, 24)) return false;
      fields.hour %= 24;
      return true;
    }
    case 'h': {
      if (!number(fields.hour_of_half, 1, 12)) return false;
      fields.hour_of_half %= 12;
      return true;
    }
    case 'K':
      return number(fields.hour_of_half, 0, 11);
    case 'm':
      return number(fields.minute, 0, 59);
    case 's':
      return number(fields.second, 0, 59);
    case 'n':
      return number(fields.nanos, 0, 999'999'999);
    case 'S': {
      if (part.count > 9 || !read_digits(text, at, part.count, part.count, fields.nanos)) return false;
      fields.nanos *= kNanoPowers[9 - part.count];
      return true;
    }
    case 'a': {
      constexpr std::array<std::string_view, 2> kHalves = {"AM", "PM"};
      fields.half = read_name(text, at, kHalves, 0);
      return fields.half >= 0;
    }
    case 'E':
      return (fields.day_of_week = read_name(text, at, kDays, part.count <= 3 ? 3 : 0)) >= 0;
    case 'Q':
    case 'w': {
      int64_t ignored;
      return number(ignored, 1, 53);
    }
    default:
      return read_offset_or_zone(part.letter, text, at);
  }
}

bool TimePattern::parse_range(size_t from, size_t to, std::string_view text, size_t& at, Fields& fields) const {
  for (size_t i = from; i < to;) {
    const Part& part = parts_[i];
    if (part.letter == ']') {
      ++i;
    } else if (part.letter == '[') {
      Fields attempt = fields;
      size_t end = at;
      if (parse_range(i + 1, part.section_end, text, end, attempt)) {
        fields = attempt;
        at = end;
      }
      i = part.section_end;
    } else {
      if (!parse_part(part, text, at, fields)) return false;
      ++i;
    }
  }
  return true;
}

std::optional<ParsedTime> TimePattern::parse(std::string_view text) const {
  if (iso_separator_ != 0) {
    const auto fast = parse_iso(text);
    if (fast) return fast;
  }
  Fields fields;
  size_t at = 0;
  if (!parse_range(0, parts_.size(), text, at, fields) || at != text.size()) return std::nullopt;
  if (fields.half >= 0 && fields.hour_of_half >= 0) fields.hour = fields.half * 12 + fields.hour_of_half;
  if (fields.hour == 24 && (fields.minute != 0 || fields.second != 0 || fields.nanos != 0)) return std::nullopt;
  int64_t days;
  if (fields.day_of_year > 0) {
    days = column::days_of(fields.year, 1, 1) + fields.day_of_year - 1;
  } else {
    const auto month = static_cast<int32_t>(fields.month);
    days = column::days_of(fields.year, month,
                           std::min(static_cast<int32_t>(fields.day), column::days_in_month(fields.year, month)));
  }
  if (fields.day_of_week >= 0 && column::iso_day_of_week(days) != fields.day_of_week + 1) return std::nullopt;
  return ParsedTime{days * column::kMicrosPerDay +
                        (fields.hour * 3600 + fields.minute * 60 + fields.second) * column::kMicrosPerSecond +
                        fields.nanos / 1000,
                    static_cast<int32_t>(fields.nanos % 1000)};
}

void TimePattern::format(ParsedTime local, std::string_view zone, int64_t offset_micros, std::string& out) const {
  const int64_t days = column::floor_divide(local.micros, column::kMicrosPerDay);
  const int64_t of_day = local.micros - days * column::kMicrosPerDay;
  const auto second_of_day = static_cast<int32_t>(of_day / column::kMicrosPerSecond);
  const int32_t nanos = static_cast<int32_t>(of_day % column::kMicrosPerSecond) * 1000 + local.nanos;
  const CivilDate date = column::civil_of(days);
  const int32_t hour = second_of_day / 3600;
  for (const Part& part : parts_) {
    switch (part.letter) {
      case 0:
        out += part.text;
        break;
      case '[':
      case ']':
        break;
      case 'y':
      case 'u':
        if (part.count == 2)
          append_padded(out, column::floor_modulo(date.year, 100), 2);
        else
          append_padded(out, date.year, part.count);
        break;
      case 'Y': {
        int64_t week_year = 0;
        us_week(date, days, week_year);
        append_padded(out, part.count == 2 ? column::floor_modulo(week_year, 100) : week_year, part.count);
        break;
      }
      case 'M':
      case 'L':
        if (part.count <= 2)
          append_padded(out, date.month, part.count);
        else
          out += part.count == 3 ? kMonths[date.month - 1].substr(0, 3) : kMonths[date.month - 1];
        break;
      case 'd':
        append_padded(out, date.day, part.count);
        break;
      case 'D':
        append_padded(out, column::day_of_year(date), part.count);
        break;
      case 'H':
        append_padded(out, hour, part.count);
        break;
      case 'k':
        append_padded(out, hour == 0 ? 24 : hour, part.count);
        break;
      case 'K':
        append_padded(out, hour % 12, part.count);
        break;
      case 'h':
        append_padded(out, hour % 12 == 0 ? 12 : hour % 12, part.count);
        break;
      case 'm':
        append_padded(out, second_of_day / 60 % 60, part.count);
        break;
      case 's':
        append_padded(out, second_of_day % 60, part.count);
        break;
      case 'n':
        append_padded(out, nanos, part.count);
        break;
      case 'S':
        append_padded(out, nanos / kNanoPowers[9 - std::min(part.count, 9)], std::min(part.count, 9));
        break;
      case 'a':
        out += hour < 12 ? "AM" : "PM";
        break;
      case 'E': {
        const std::string_view name = kDays[column::iso_day_of_week(days) - 1];
        out += part.count <= 3 ? name.substr(0, 3) : name;
        break;
      }
      case 'Q':
        if (part.count == 3) out += 'Q';
        append_padded(out, (date.month + 2) / 3, part.count <= 2 ? part.count : 1);
        break;
      case 'w': {
        int64_t week_year = 0;
        append_padded(out, us_week(date, days, week_year), part.count);
        break;
      }
      case 'z':
      case 'V':
        out += zone;
        break;
      default:
        append_offset(out, part.letter, part.count, offset_micros);
        break;
    }
  }
}

std::optional<ParsedTime> parse_by_pattern(const TimePattern& pattern, std::string_view text) {
  const auto parsed = pattern.parse(text);
  if (parsed) return parsed;
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  size_t at = 0;
  const auto sign = [&](char c) { return at < text.size() && text[at++] == c; };
  int64_t year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, nanos = 0;
  if (!read_digits(text, at, 4, 4, year) || !sign('-') || !read_digits(text, at, 1, 2, month) || !sign('-') ||
      !read_digits(text, at, 1, 2, day) || month < 1 || month > 12 || day < 1 || day > 31) {
    return std::nullopt;
  }
  if (at < text.size()) {
    if (!sign(' ') || !read_digits(text, at, 1, 9, hour) || !sign(':') || !read_digits(text, at, 1, 9, minute) ||
        !sign(':') || !read_digits(text, at, 1, 9, second)) {
      return std::nullopt;
    }
    if (at < text.size()) {
      const size_t fraction = at + 1;
      if (!sign('.') || !read_digits(text, at, 1, 9, nanos)) return std::nullopt;
      nanos *= kNanoPowers[9 - (at - fraction)];
    }
  }
  if (at != text.size()) return std::nullopt;
  const int64_t days = column::days_of(year, static_cast<int32_t>(month), 1) + day - 1;
  return ParsedTime{
      days * column::kMicrosPerDay + ((hour * 60 + minute) * 60 + second) * column::kMicrosPerSecond + nanos / 1000,
      static_cast<int32_t>(nanos % 1000)};
}

}  // namespace millstream::function::internal

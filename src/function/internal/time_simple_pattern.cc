// Compiling, reading and writing the patterns of java.text.SimpleDateFormat.
#include "function/internal/time_simple_pattern.h"

#include <algorithm>

#include "base/text.h"
#include "function/internal/time_pattern_parts.h"
#include "function/internal/zone.h"

namespace millstream::function::internal {
namespace {

using column::CivilDate;

constexpr std::string_view kLetters = "GyYMLwWDdFEuaHkKhmsSzZX";
constexpr std::array<std::string_view, 2> kHalves = {"AM", "PM"};
constexpr std::array<std::string_view, 2> kEras = {"BC", "AD"};
constexpr int64_t kMillisPerMinute = 60'000;

bool is_name(char letter, int count) {
  return letter == 'E' || letter == 'a' || letter == 'G' || ((letter == 'M' || letter == 'L') && count > 2);
}

// Digits with or without a minus; beyond an INT they count as the nearest one. At most `most` characters.
bool read_number(std::string_view text, size_t& at, size_t most, int64_t& out) {
  const std::string_view rest = text.substr(at, most);
  const bool negative = rest.starts_with('-');
  size_t used = negative ? 1 : 0;
  int64_t value = 0;
  for (; used < rest.size() && is_digit(rest[used]); ++used) {
    value = std::min<int64_t>(value * 10 + (rest[used] - '0'), INT32_MAX);
  }
  if (used == (negative ? 1 : 0)) return false;
  at += used;
  out = negative ? -value : value;
  return true;
}

// The index of the name that the text has at `at`, in full or else its first `length` characters; or -1.
template <size_t N>
int read_name(std::string_view text, size_t& at, const std::array<std::string_view, N>& names, size_t length) {
  for (const size_t size : {std::string_view::npos, length}) {
    for (size_t i = 0; i < N; ++i) {
      const std::string_view name = names[i].substr(0, size);
      if (!equals_ignoring_case(text.substr(at, name.size()), name)) continue;
      at += name.size();
      return static_cast<int>(i);
    }
  }
  return -1;
}

// "+02:00", "+0200" or "+02"; `at` is at the sign. An hour of one digit needs the colon.
struct OffsetForm {
  bool minutes;
  bool colon;
  bool short_hour;
};
bool read_offset(std::string_view text, size_t& at, OffsetForm form, int64_t& offset_millis) {
  if (at >= text.size() || (text[at] != '+' && text[at] != '-')) return false;
  size_t end = at + 1;
  const auto two_digits = [&](bool or_one, int64_t& out) {
    const size_t start = end;
    for (out = 0; end < text.size() && end < start + 2 && is_digit(text[end]); ++end) {
      out = out * 10 + (text[end] - '0');
    }
    return end == start + 2 || (or_one && end == start + 1);
  };
  int64_t hours = 0;
  int64_t minutes = 0;
  if (!two_digits(form.short_hour, hours)) return false;
  if (form.minutes) {
    if (form.colon && (end >= text.size() || text[end++] != ':')) return false;
    if (!two_digits(false, minutes)) return false;
  }
  if (hours > 23 || minutes > 59) return false;
  offset_millis = (text[at] == '-' ? -1 : 1) * (hours * 60 + minutes) * kMillisPerMinute;
  at = end;
  return true;
}

bool is_zone_character(char c) { return is_letter(c) || c == '/' || c == '_'; }

}  // namespace

struct SimplePattern::Fields {
  int64_t year = 1970, month = 1, day = 1, day_of_year = 1;
  int64_t hour = 0, hour_of_half = 0, minute = 0, second = 0, millis = 0;
  int64_t week = 1, weekday = 0;  // from Sunday
  int half = 0, era = 1;
  bool has_day = false, has_weekday = false;
  bool by_day_of_year = false, by_week = false, by_half = false;  // what came last decides
  std::optional<int64_t> offset_millis;
  std::string_view zone;
};

Result<SimplePattern> SimplePattern::compile(std::string_view pattern) {
  SimplePattern compiled;
  const auto literal = [&compiled](char c) {
    if (compiled.parts_.empty() || compiled.parts_.back().letter != 0) compiled.parts_.emplace_back();
    compiled.parts_.back().text += c;
  };
  bool quoted = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\'') {
      if (i + 1 < pattern.size() && pattern[i + 1] == '\'') {
        literal(c);
        ++i;
      } else {
        quoted = !quoted;
      }
    } else if (quoted || !is_letter(c)) {
      literal(c);
    } else if (kLetters.find(c) == std::string_view::npos) {
      return fail(ErrorCode::kInvalidArgument, std::string("Illegal pattern character '") + c + "'");
    } else if (!compiled.parts_.empty() && compiled.parts_.back().letter == c && pattern[i - 1] == c) {
      ++compiled.parts_.back().count;
    } else {
      if (!compiled.parts_.empty()) compiled.parts_.back().abuts = compiled.parts_.back().letter != 0;
      compiled.parts_.push_back({.letter = c, .count = 1, .abuts = false, .text = {}});
    }
  }
  if (quoted) return fail(ErrorCode::kInvalidArgument, "Unterminated quote");
  for (const Part& part : compiled.parts_) {
    if (part.letter == 'X' && part.count > 3) {
      return fail(ErrorCode::kInvalidArgument, "invalid ISO 8601 format: length=" + std::to_string(part.count));
    }
  }
  return compiled;
}

bool SimplePattern::parse_part(const Part& part, std::string_view text, size_t& at, int64_t this_year,
                               Fields& fields) {
  if (part.letter == 0) {
    if (!text.substr(at).starts_with(part.text)) return false;
    at += part.text.size();
    return true;
  }
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  const auto number = [&](int64_t& field) {
    const size_t exactly = part.abuts ? static_cast<size_t>(part.count) : std::string_view::npos;
    return (!part.abuts || at + exactly <= text.size()) && read_number(text, at, exactly, field);
  };
  int64_t ignored = 0;
  switch (part.letter) {
    case 'G':
      return (fields.era = read_name(text, at, kEras, 2)) >= 0;
    case 'y':
    case 'Y': {
      fields.by_week = part.letter == 'Y';
      const size_t start = at;
      if (!number(fields.year)) return false;
      if (part.count <= 2 && at - start == 2 && fields.year >= 0) {
        const int64_t first = this_year - 80;
        fields.year += first - first % 100;
        if (fields.year < first) fields.year += 100;
      }
      return true;
    }
    case 'M':
    case 'L':
      if (!is_name(part.letter, part.count)) return number(fields.month);
      fields.month = read_name(text, at, kMonths, 3) + 1;
      return fields.month > 0;
    case 'd':
      fields.has_day = true;
      fields.by_day_of_year = false;
      return number(fields.day);
    case 'D':
      fields.has_day = true;
      fields.by_day_of_year = true;
      return number(fields.day_of_year);
    case 'H':
      fields.by_half = false;
      return number(fields.hour);
    case 'k':
      fields.by_half = false;
      if (!number(fields.hour)) return false;
      if (fields.hour == 24) fields.hour = 0;
      return true;
    case 'K':
      fields.by_half = true;
      return number(fields.hour_of_half);
    case 'h':
      fields.by_half = true;
      if (!number(fields.hour_of_half)) return false;
      if (fields.hour_of_half == 12) fields.hour_of_half = 0;
      return true;
    case 'a':
      return (fields.half = read_name(text, at, kHalves, 2)) >= 0;
    case 'm':
      return number(fields.minute);
    case 's':
      return number(fields.second);
    case 'S':
      return number(fields.millis);
    case 'E': {
      const int day = read_name(text, at, kDays, 3);
      fields.weekday = (day + 1) % 7;
      fields.has_weekday = true;
      return day >= 0;
    }
    case 'u': {
      const bool read = number(fields.weekday);
      fields.weekday = column::floor_modulo(fields.weekday, 7);
      fields.has_weekday = true;
      return read;
    }
    case 'w':
      return number(fields.week);
    case 'X': {
      if (at < text.size() && text[at] == 'Z') {
        ++at;
        fields.offset_millis = 0;
        return true;
      }
      const OffsetForm form{.minutes = part.count > 1, .colon = part.count > 2, .short_hour = false};
      return read_offset(text, at, form, fields.offset_millis.emplace());
    }
    case 'Z':
    case 'z': {
      size_t end = at;
      while (end < text.size() && is_zone_character(text[end])) ++end;
      const std::string_view name = text.substr(at, end - at);
      at = end;
      const bool is_gmt = equals_ignoring_case(name, "GMT");
      if (is_gmt && (end == text.size() || (text[end] != '+' && text[end] != '-'))) {
        fields.offset_millis = 0;
        return true;
      }
      if (name.empty() || is_gmt) {
        return read_offset(text, at, {.minutes = true, .colon = is_gmt, .short_hour = is_gmt},
                           fields.offset_millis.emplace());
      }
      fields.zone = name;
      return Zone::find(name) != nullptr;
    }
    default:
      // W and F decide nothing where a day or a month is read.
      return number(ignored);
  }
}

std::optional<SimplePattern::Read> SimplePattern::parse(std::string_view text, int64_t this_year) const {
  Fields fields;
  size_t at = 0;
  for (const Part& part : parts_) {
    if (!parse_part(part, text, at, this_year, fields)) return std::nullopt;
  }
  if (at == 0) return std::nullopt;
  constexpr int64_t kMostYears = 200'000;
  const int64_t months = fields.month - 1;
  const int64_t year = (fields.era == 0 ? 1 - fields.year : fields.year) + column::floor_divide(months, 12);
  if (year > kMostYears || year < -kMostYears) return std::nullopt;
  int64_t days = column::days_of(year, static_cast<int32_t>(column::floor_modulo(months, 12)) + 1, 1) + fields.day - 1;
  if (fields.by_day_of_year) days = column::days_of(year, 1, 1) + fields.day_of_year - 1;
  // Only a day of the week is its first one in the month.
  if (fields.has_weekday && !fields.has_day) {
    days += column::floor_modulo(fields.weekday - column::iso_day_of_week(days), 7);
  }
  if (fields.by_week) {
    days = us_week_start(column::days_of(fields.year, 1, 1)) + (fields.week - 1) * 7 + fields.weekday;
  }
  const int64_t hour = fields.by_half ? fields.half * 12 + fields.hour_of_half : fields.hour;
  const int64_t seconds = ((days * 24 + hour) * 60 + fields.minute) * 60 + fields.second;
  Read read{seconds * 1000 + fields.millis, fields.offset_millis};
  if (std::abs(read.millis) > INT64_MAX / 1000) return std::nullopt;
  if (!fields.zone.empty()) {
    read.offset_millis = read.millis - Zone::get(fields.zone).to_utc(read.millis * 1000) / 1000;
  }
  return read;
}

void SimplePattern::format(int64_t local_millis, std::string_view zone, int64_t offset_micros, std::string& out) const {
  const int64_t days = column::floor_divide(local_millis, column::kMicrosPerDay / 1000);
  const auto of_day = static_cast<int32_t>(local_millis - days * (column::kMicrosPerDay / 1000));
  const CivilDate date = column::civil_of(days);
  const int32_t hour = of_day / 3'600'000;
  const int32_t first_weekday = column::iso_day_of_week(days - date.day + 1) % 7;  // 0: Sunday
  int64_t week_year = 0;
  const int64_t week = us_week(date, days, week_year);
  for (const Part& part : parts_) {
    const auto number = [&](int64_t value) { append_padded(out, value, part.count); };
    const auto name = [&](std::string_view whole) { out += part.count >= 4 ? whole : whole.substr(0, 3); };
    switch (part.letter) {
      case 0:
        out += part.text;
        break;
      case 'G':
        out += kEras[date.year > 0 ? 1 : 0];
        break;
      case 'y':
      case 'Y': {
        const int64_t year = part.letter == 'Y' ? week_year : date.year > 0 ? date.year : 1 - date.year;
        number(part.count == 2 ? column::floor_modulo(year, 100) : year);
        break;
      }
      case 'M':
      case 'L':
        if (is_name(part.letter, part.count))
          name(kMonths[date.month - 1]);
        else
          number(date.month);
        break;
      case 'w':
        number(week);
        break;
      case 'W':
        number((date.day - 1 + first_weekday) / 7 + 1);
        break;
      case 'D':
        number(column::day_of_year(date));
        break;
      case 'd':
        number(date.day);
        break;
      case 'F':
        number((date.day - 1) / 7 + 1);
        break;
      case 'E':
        name(kDays[column::iso_day_of_week(days) - 1]);
        break;
      case 'u':
        number(column::iso_day_of_week(days));
        break;
      case 'a':
        out += kHalves[hour / 12];
        break;
      case 'H':
        number(hour);
        break;
      case 'k':
        number(hour == 0 ? 24 : hour);
        break;
      case 'K':
        number(hour % 12);
        break;
      case 'h':
        number(hour % 12 == 0 ? 12 : hour % 12);
        break;
      case 'm':
        number(of_day / 60'000 % 60);
        break;
      case 's':
        number(of_day / 1000 % 60);
        break;
      case 'S':
        number(of_day % 1000);
        break;
      case 'z':
        out += zone;
        break;
      default:
        append_offset(out, part.letter, part.count, offset_micros);
        break;
    }
  }
}

}  // namespace millstream::function::internal

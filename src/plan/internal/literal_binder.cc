// Reading numbers, times and intervals as they are written in SQL.
#include "plan/internal/literal_binder.h"

#include <charconv>
#include <chrono>
#include <limits>

#include "base/text.h"

namespace millstream::plan {
namespace {

using column::Int128;
using column::Type;
using column::Value;

constexpr int64_t kMillisPerDay = 86'400'000;

std::unexpected<Error> out_of_range(std::string_view text, bool negative) {
  return fail(ErrorCode::kInvalidArgument,
              "Numeric literal '" + std::string(negative ? "-" : "") + std::string(text) + "' out of range");
}

// Reads exactly `digits` (or, for 0, one or more) decimal digits and moves on.
std::optional<int64_t> take_digits(std::string_view& text, size_t digits) {
  size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
  if (count == 0 || count > 18 || (digits != 0 && count != digits)) return std::nullopt;
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + count, value);
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<int64_t> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 0);
  if (!month || *month > 12 || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 0);
  if (!day || *day > 31) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

struct TimeOfDay {
  int64_t seconds = 0;
  int64_t nanos = 0;
  int digits = 0;  // of the fraction
};

std::optional<TimeOfDay> take_time(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59 || !take(text, ':')) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || *second > 59) return std::nullopt;
  TimeOfDay time{*hour * 3600 + *minute * 60 + *second, 0, 0};
  if (take(text, '.')) {
    int64_t scale = 100'000'000;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      if (time.digits < 9) {
        time.nanos += (text.front() - '0') * scale;
        scale /= 10;
        ++time.digits;
      }
      text.remove_prefix(1);
    }
  }
  return time;
}

std::unexpected<Error> illegal(std::string_view kind, std::string_view text, std::string_view format) {
  return fail(ErrorCode::kInvalidArgument, "Illegal " + std::string(kind) + " literal '" + std::string(text) +
                                               "': not in format '" + std::string(format) + "'");
}

// The units of an interval, coarsest first, from its first to its last.
enum IntervalPart { kYears, kMonths, kDays, kHours, kMinutes, kSeconds, kParts };

std::optional<IntervalPart> part_of(sql::TimeUnit unit) {
  switch (unit) {
    case sql::TimeUnit::kYear:
      return kYears;
    case sql::TimeUnit::kMonth:
      return kMonths;
    case sql::TimeUnit::kDay:
      return kDays;
    case sql::TimeUnit::kHour:
      return kHours;
    case sql::TimeUnit::kMinute:
      return kMinutes;
    case sql::TimeUnit::kSecond:
      return kSeconds;
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<TypedValue> number_literal(std::string_view text, bool negative) {
  if (text.find_first_of("eE") != std::string_view::npos) {
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size()) return out_of_range(text, negative);
    // SQL's literals have no negative zero.
    return TypedValue{Type::double_precision().not_null(), Value(negative && value != 0 ? -value : value)};
  }
  const size_t dot = text.find('.');
  int scale = 0;
  Int128 unscaled = 0;
  int digits = 0;  // as Calcite counts: all written ones
  int significant = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == dot) continue;
    ++digits;
    if (significant > 0 || text[i] != '0') ++significant;
    if (significant > 38) return out_of_range(text, negative);
    unscaled = unscaled * 10 + (text[i] - '0');
    if (dot != std::string_view::npos && i > dot) ++scale;
  }
  if (negative) unscaled = -unscaled;
  if (scale == 0) {
    if (unscaled >= std::numeric_limits<int32_t>::min() && unscaled <= std::numeric_limits<int32_t>::max()) {
      return TypedValue{Type::integer().not_null(), Value(static_cast<int64_t>(unscaled))};
    }
    if (unscaled >= std::numeric_limits<int64_t>::min() && unscaled <= std::numeric_limits<int64_t>::max()) {
      return TypedValue{Type::bigint().not_null(), Value(static_cast<int64_t>(unscaled))};
    }
    return out_of_range(text, negative);
  }
  const int precision = std::max(digits, scale);
  if (precision > column::kMaxDecimalPrecision) return out_of_range(text, negative);
  // The layout follows the type's precision, not the value.
  return TypedValue{Type::decimal(precision, scale).not_null(),
                    precision <= 18 ? Value(static_cast<int64_t>(unscaled)) : Value(unscaled)};
}

TypedValue text_literal(std::string text) {
  int units = 0;
  for (const char byte : text) {
    const auto bits = static_cast<unsigned char>(byte);
    if ((bits & 0xC0) == 0x80) continue;
    units += bits >= 0xF0 ? 2 : 1;  // four bytes of UTF-8 are a surrogate pair
  }
  return {Type::character(units).not_null(), Value(std::move(text))};
}

Result<TypedValue> temporal_literal(sql::TemporalKind kind, std::string_view text) {
  std::string_view rest = text;
  switch (kind) {
    case sql::TemporalKind::kDate: {
      const auto days = take_date(rest);
      if (!days || !rest.empty()) return illegal("DATE", text, "yyyy-MM-dd");
      return TypedValue{Type::date().not_null(), Value(*days)};
    }
    case sql::TemporalKind::kTime: {
      const auto time = take_time(rest);
      if (!time || !rest.empty()) return illegal("TIME", text, "HH:mm:ss");
      // Calcite keeps three digits.
      return TypedValue{Type::time(std::min(time->digits, 3)).not_null(),
                        Value(time->seconds * 1000 + time->nanos / 1'000'000)};
    }
    case sql::TemporalKind::kTimestamp: {
      const auto days = take_date(rest);
      std::optional<TimeOfDay> time;
      if (days && rest.empty()) time.emplace();
      if (days && take(rest, ' ')) time = take_time(rest);
      if (!time || !rest.empty()) return illegal("TIMESTAMP", text, "yyyy-MM-dd HH:mm:ss");
      const int64_t micros = (*days * 86'400 + time->seconds) * 1'000'000 + time->nanos / 1000;
      const Type type = Type::timestamp(time->digits).not_null();
      if (time->digits > 6) {
        return TypedValue{type, Value(column::WideTimestamp{micros, static_cast<int32_t>(time->nanos % 1000), 0})};
      }
      return TypedValue{type, Value(micros)};
    }
    case sql::TemporalKind::kTimestampLtz:
      break;  // depends on the session's zone
  }
  return fail(ErrorCode::kInternal, "a kind of literal that the binder does not know");
}

Result<TypedValue> interval_literal(const sql::IntervalLiteral& literal) {
  const auto qualifier_text = [&] {
    std::string words(sql::name_of(literal.qualifier.from));
    if (literal.qualifier.to) words += " TO " + std::string(sql::name_of(*literal.qualifier.to));
    return words;
  };
  const auto bad_format = [&] {
    return fail(ErrorCode::kInvalidArgument,
                "Illegal interval literal format '" + literal.text + "' for INTERVAL " + qualifier_text());
  };
  sql::TimeUnit unit = literal.qualifier.from;
  int64_t factor = 1;
  // Units that are multiples of another one.
  if (unit == sql::TimeUnit::kWeek) {
    unit = sql::TimeUnit::kDay;
    factor = 7;
  }
  if (unit == sql::TimeUnit::kQuarter) {
    unit = sql::TimeUnit::kMonth;
    factor = 3;
  }
  const auto from = part_of(unit);
  const auto to = literal.qualifier.to ? part_of(*literal.qualifier.to) : from;
  if (!from || !to || *to < *from || (*from <= kMonths) != (*to <= kMonths)) {
    return fail(ErrorCode::kInvalidArgument, "INTERVAL " + qualifier_text() + " is not an interval");
  }

  std::string_view rest = trim(literal.text);
  bool negative = literal.negative;
  if (take(rest, '-'))
    negative = !negative;
  else
    take(rest, '+');
  int64_t values[kParts] = {};
  int64_t millis = 0;
  for (int part = *from; part <= *to; ++part) {
    if (part > *from) {
      const char separator = part == kMonths ? '-' : part == kHours ? ' ' : ':';
      if (!take(rest, separator)) return bad_format();
      if (separator == ' ') rest = trim(rest);
    }
    const auto value = take_digits(rest, 0);
    if (!value) return bad_format();
    // Only the first unit may be larger than the next coarser one holds.
    constexpr int64_t kLimits[kParts] = {0, 11, 0, 23, 59, 59};
    if (part > *from && *value > kLimits[part]) return bad_format();
    values[part] = *value;
    if (part == kSeconds && take(rest, '.')) {
      int64_t scale = 100;
      if (rest.empty()) return bad_format();
      while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
        millis += (rest.front() - '0') * scale;
        scale /= 10;
        rest.remove_prefix(1);
      }
    }
  }
  if (!rest.empty()) return bad_format();
  const int precision = static_cast<int>(literal.qualifier.precision.value_or(2));
  int64_t bound = 1;
  for (int i = 0; i < precision && i < 18; ++i) bound *= 10;
  if (values[*from] >= bound) {
    return fail(ErrorCode::kInvalidArgument,
                "Interval field value " + std::to_string(values[*from]) + " exceeds precision of " +
                    std::string(sql::name_of(literal.qualifier.from)) + "(" + std::to_string(precision) + ") field",
                "write " + std::string(sql::name_of(literal.qualifier.from)) + "(" +
                    std::to_string(std::to_string(values[*from]).size()) + ")");
  }
  if (*from <= kMonths) {
    int64_t months = (values[kYears] * 12 + values[kMonths]) * factor;
    return TypedValue{Type::interval_year_month().not_null(), Value(negative ? -months : months)};
  }
  int64_t total = (values[kDays] * kMillisPerDay + values[kHours] * 3'600'000 + values[kMinutes] * 60'000 +
                   values[kSeconds] * 1000 + millis) *
                  factor;
  return TypedValue{Type::interval_day_time().not_null(), Value(negative ? -total : total)};
}

}  // namespace millstream::plan

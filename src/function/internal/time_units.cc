// Arithmetic with units of the calendar and of the clock.
#include "function/internal/time_units.h"

#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "function/internal/time_parts.h"

namespace millstream::function::internal {
namespace {

using column::CivilDate;
using column::floor_divide;
using column::floor_modulo;
using column::kMicrosPerDay;
using column::kMicrosPerSecond;

constexpr std::pair<std::string_view, TimeUnit> kNames[] = {{"MILLENNIUM", TimeUnit::kMillennium},
                                                            {"CENTURY", TimeUnit::kCentury},
                                                            {"DECADE", TimeUnit::kDecade},
                                                            {"YEAR", TimeUnit::kYear},
                                                            {"ISOYEAR", TimeUnit::kIsoYear},
                                                            {"QUARTER", TimeUnit::kQuarter},
                                                            {"MONTH", TimeUnit::kMonth},
                                                            {"WEEK", TimeUnit::kWeek},
                                                            {"DOY", TimeUnit::kDayOfYear},
                                                            {"DOW", TimeUnit::kDayOfWeek},
                                                            {"ISODOW", TimeUnit::kIsoDayOfWeek},
                                                            {"DAY", TimeUnit::kDay},
                                                            {"HOUR", TimeUnit::kHour},
                                                            {"MINUTE", TimeUnit::kMinute},
                                                            {"SECOND", TimeUnit::kSecond},
                                                            {"MILLISECOND", TimeUnit::kMillisecond},
                                                            {"MICROSECOND", TimeUnit::kMicrosecond},
                                                            {"NANOSECOND", TimeUnit::kNanosecond},
                                                            {"EPOCH", TimeUnit::kEpoch},
                                                            {"FRAC_SECOND", TimeUnit::kMicrosecond}};

// ISO 8601: week 1 has the year's first Thursday.
int64_t iso_week(int64_t days, int64_t& iso_year) {
  const int64_t thursday = days - (column::iso_day_of_week(days) - 1) + 3;
  iso_year = column::civil_of(thursday).year;
  return (thursday - column::days_of(iso_year, 1, 1)) / 7 + 1;
}

// 1 for years 1 to size, and so on; 0 for those before.
int64_t counted(int64_t year, int64_t size) {
  return year > 0 ? (year + size - 1) / size : -((-year + size - 1) / size);
}

int64_t months_of(const CivilDate& date) { return int64_t{date.year} * 12 + date.month - 1; }

// As many months as can be added to the earlier day without passing the later one.
int64_t months_between_days(int64_t from, int64_t to) {
  if (to < from) return -months_between_days(to, from);
  int64_t months = (to - from) / 31;
  while (add_months(from * kMicrosPerDay, months + 1) <= to * kMicrosPerDay) ++months;
  return months;
}

// Calcite's rule: by days, and one less where the times of day leave a rest, also between falling times.
int64_t months_between(int64_t from, int64_t to) {
  const int64_t from_day = floor_divide(from, kMicrosPerDay), to_day = floor_divide(to, kMicrosPerDay);
  int64_t months = months_between_days(from_day, to_day);
  const bool same_day = add_months(from_day * kMicrosPerDay, months) == to_day * kMicrosPerDay;
  if (same_day && floor_modulo(to, kMicrosPerDay) < floor_modulo(from, kMicrosPerDay)) --months;
  return months;
}

}  // namespace

std::optional<TimeUnit> find_unit(std::string_view name) {
  std::string upper = to_upper(name);
  std::string_view plain = upper;
  if (plain.starts_with("SQL_TSI_")) plain.remove_prefix(8);
  for (const auto& [known, unit] : kNames) {
    if (plain == known || (plain.size() == known.size() + 1 && plain.starts_with(known) && plain.back() == 'S'))
      return unit;
  }
  return std::nullopt;
}

int64_t extract_unit(TimeUnit unit, column::ParsedTime time) {
  const int64_t days = floor_divide(time.micros, kMicrosPerDay);
  const int64_t of_day = time.micros - days * kMicrosPerDay;
  const int64_t of_second = of_day % kMicrosPerSecond;
  int64_t iso_year = 0;
  switch (unit) {
    case TimeUnit::kHour:
      return of_day / (3600 * kMicrosPerSecond);
    case TimeUnit::kMinute:
      return of_day / (60 * kMicrosPerSecond) % 60;
    case TimeUnit::kSecond:
      return of_day / kMicrosPerSecond % 60;
    case TimeUnit::kMillisecond:
      return of_second / 1000;
    case TimeUnit::kMicrosecond:
      return of_second;
    case TimeUnit::kNanosecond:
      return of_second * 1000 + time.nanos;
    case TimeUnit::kEpoch:
      return floor_divide(time.micros, kMicrosPerSecond);
    case TimeUnit::kDayOfWeek:
      return column::iso_day_of_week(days) % 7 + 1;
    case TimeUnit::kIsoDayOfWeek:
      return column::iso_day_of_week(days);
    case TimeUnit::kWeek:
      return iso_week(days, iso_year);
    case TimeUnit::kIsoYear:
      iso_week(days, iso_year);
      return iso_year;
    default:
      break;
  }
  const CivilDate date = column::civil_of(days);
  switch (unit) {
    case TimeUnit::kMillennium:
      return counted(date.year, 1000);
    case TimeUnit::kCentury:
      return counted(date.year, 100);
    case TimeUnit::kDecade:
      return floor_divide(date.year, 10);
    case TimeUnit::kYear:
      return date.year;
    case TimeUnit::kQuarter:
      return (date.month + 2) / 3;
    case TimeUnit::kMonth:
      return date.month;
    case TimeUnit::kDayOfYear:
      return column::day_of_year(date);
    default:
      return date.day;
  }
}

int64_t extract_from_months(TimeUnit unit, int32_t months) {
  switch (unit) {
    case TimeUnit::kYear:
      return months / 12;
    case TimeUnit::kQuarter:
      return months % 12 / 3 + 1;
    case TimeUnit::kMonth:
      return months % 12;
    case TimeUnit::kDecade:
      return months / 120;
    case TimeUnit::kCentury:
      return months / 1200;
    default:
      return 0;
  }
}

int64_t extract_from_millis(TimeUnit unit, int64_t millis) {
  switch (unit) {
    case TimeUnit::kDay:
      return millis / column::kMillisPerDay;
    case TimeUnit::kHour:
      return millis / 3'600'000 % 24;
    case TimeUnit::kMinute:
      return millis / 60'000 % 60;
    case TimeUnit::kSecond:
      return millis / 1000 % 60;
    case TimeUnit::kMillisecond:
      return millis % 1000;
    case TimeUnit::kMicrosecond:
      return millis % 1000 * 1000;
    case TimeUnit::kNanosecond:
      return millis % 1000 * 1'000'000;
    case TimeUnit::kEpoch:
      return millis / 1000;
    default:
      return 0;
  }
}

int64_t months_in(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kMonth:
      return 1;
    case TimeUnit::kQuarter:
      return 3;
    case TimeUnit::kYear:
      return 12;
    case TimeUnit::kDecade:
      return 120;
    case TimeUnit::kCentury:
      return 1200;
    case TimeUnit::kMillennium:
      return 12000;
    default:
      return 0;
  }
}

int64_t micros_in(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kWeek:
      return 7 * kMicrosPerDay;
    case TimeUnit::kDay:
      return kMicrosPerDay;
    case TimeUnit::kHour:
      return 3600 * kMicrosPerSecond;
    case TimeUnit::kMinute:
      return 60 * kMicrosPerSecond;
    case TimeUnit::kSecond:
      return kMicrosPerSecond;
    case TimeUnit::kMillisecond:
      return 1000;
    case TimeUnit::kMicrosecond:
      return 1;
    default:
      return 0;
  }
}

int64_t floor_to_unit(TimeUnit unit, int64_t micros) {
  const int64_t days = floor_divide(micros, kMicrosPerDay);
  if (unit == TimeUnit::kWeek) return (days - column::iso_day_of_week(days) % 7) * kMicrosPerDay;
  if (const int64_t months = months_in(unit)) {
    const CivilDate date = column::civil_of(days);
    // Centuries and millennia begin with a year 1.
    const int64_t shift = unit == TimeUnit::kCentury || unit == TimeUnit::kMillennium ? 12 : 0;
    const int64_t first = floor_divide(months_of(date) - shift, months) * months + shift;
    return int64_t{column::days_of(floor_divide(first, 12), static_cast<int32_t>(floor_modulo(first, 12)) + 1, 1)} *
           kMicrosPerDay;
  }
  const int64_t size = micros_in(unit);
  return size == 0 ? micros : micros - floor_modulo(micros, size);
}

int64_t ceil_to_unit(TimeUnit unit, int64_t micros) {
  const int64_t start = floor_to_unit(unit, micros);
  if (start == micros) return micros;
  if (const int64_t months = months_in(unit)) {
    const CivilDate date = column::civil_of(floor_divide(start, kMicrosPerDay));
    const int64_t next = months_of(date) + months;
    return int64_t{column::days_of(floor_divide(next, 12), static_cast<int32_t>(floor_modulo(next, 12)) + 1, 1)} *
           kMicrosPerDay;
  }
  return start + micros_in(unit);
}

int64_t difference_in_units(TimeUnit unit, int64_t from, int64_t to) {
  const int64_t months_each = months_in(unit);
  if (months_each == 0) return (to - from) / std::max<int64_t>(micros_in(unit), 1);
  return months_between(from, to) / months_each;
}

}  // namespace millstream::function::internal

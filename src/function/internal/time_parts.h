// Reads DATE, TIME and TIMESTAMP of any precision as microseconds and nanoseconds, and writes them back cut to theirs.
#pragma once

#include <algorithm>

#include "column/calendar.h"
#include "function/internal/kernel.h"
#include "function/internal/time_text.h"
#include "function/internal/zone.h"

namespace millstream::function::internal {

// Milliseconds of one unit of TIME(precision).
constexpr int32_t time_unit_of(int precision) {
  return precision <= 0 ? 1000 : precision == 1 ? 100 : precision == 2 ? 10 : 1;
}
// TIME has no date, so a zone cannot move it; TIMESTAMP_LTZ to and from everything else goes through the zone.
constexpr bool zone_matters(column::TypeKind from, column::TypeKind to) {
  return from != column::TypeKind::kTime && !(from == column::TypeKind::kTime && to == column::TypeKind::kTimestampLtz);
}

// Moves by calendar months; a day that the month lacks becomes its last.
inline int64_t add_months(int64_t micros, int64_t months) {
  const int64_t days = column::floor_divide(micros, column::kMicrosPerDay);
  const column::CivilDate date = column::civil_of(days);
  const int64_t total = int64_t{date.year} * 12 + (date.month - 1) + months;
  const int64_t year = column::floor_divide(total, 12);
  const auto month = static_cast<int32_t>(column::floor_modulo(total, 12)) + 1;
  const int32_t day = std::min(date.day, column::days_in_month(year, month));
  return micros + (int64_t{column::days_of(year, month, day)} - days) * column::kMicrosPerDay;
}

class TimeReader {
 public:
  explicit TimeReader(const Vector& vector)
      : vector_(vector), kind_(vector.type().kind()), physical_(vector.type().physical()) {}
  column::ParsedTime operator[](size_t i) const {
    switch (physical_) {
      case column::PhysicalKind::kInt64: {
        const int64_t value = Reader<int64_t>(vector_)[i];
        return {kind_ == column::TypeKind::kIntervalDayTime ? value * 1000 : value, 0};
      }
      case column::PhysicalKind::kTimestamp: {
        const WideTimestamp& value = Reader<WideTimestamp>(vector_)[i];
        return {value.micros, value.nanos};
      }
      default: {
        const int32_t value = Reader<int32_t>(vector_)[i];
        return {kind_ == column::TypeKind::kDate ? value * column::kMicrosPerDay : value * int64_t{1000}, 0};
      }
    }
  }

 private:
  const Vector& vector_;
  column::TypeKind kind_;
  column::PhysicalKind physical_;
};

class TimeWriter {
 public:
  explicit TimeWriter(Vector& vector)
      : vector_(vector),
        kind_(vector.type().kind()),
        physical_(vector.type().physical()),
        precision_(vector.type().precision()) {}
  void store(size_t i, column::ParsedTime time) const {
    switch (kind_) {
      case column::TypeKind::kDate:
        vector_.mutable_values<int32_t>()[i] =
            static_cast<int32_t>(column::floor_divide(time.micros, column::kMicrosPerDay));
        return;
      case column::TypeKind::kTime: {
        const auto millis = static_cast<int32_t>(column::floor_modulo(time.micros, column::kMicrosPerDay) / 1000);
        vector_.mutable_values<int32_t>()[i] = millis - millis % time_unit_of(precision_);
        return;
      }
      default:
        break;
    }
    time = cut_to_precision(time, precision_);
    if (physical_ == column::PhysicalKind::kTimestamp) {
      vector_.mutable_values<WideTimestamp>()[i] = WideTimestamp{time.micros, time.nanos};
    } else {
      vector_.mutable_values<int64_t>()[i] = time.micros;
    }
  }

 private:
  Vector& vector_;
  column::TypeKind kind_;
  column::PhysicalKind physical_;
  int precision_;
};

}  // namespace millstream::function::internal

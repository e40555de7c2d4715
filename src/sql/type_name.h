// SQL types as written: INT NOT NULL, ROW<a ARRAY<STRING>>, TIMESTAMP_LTZ(3), INTERVAL DAY(2) TO SECOND(3).
//
// Spellings that mean one type in Flink (STRING and VARCHAR(2147483647), DEC and DECIMAL) are one kind here; whether
// a precision is in range, and what an absent one means, is for the binder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sql/identifier.h"

namespace millstream::sql {

enum class TimeUnit {
  kNanosecond,
  kMicrosecond,
  kMillisecond,
  kSecond,
  kMinute,
  kHour,
  kDay,
  kWeek,
  kMonth,
  kQuarter,
  kYear,
  kDecade,
  kCentury,
  kMillennium,
  kDayOfWeek,
  kIsoDayOfWeek,
  kDayOfYear,
  kIsoYear,
  kEpoch,
};

// DAY(2) TO SECOND(3): precision of the first unit, fraction digits of the last.
struct IntervalQualifier {
  SourceSpan span;
  TimeUnit from = TimeUnit::kSecond;
  std::optional<TimeUnit> to;
  std::optional<uint32_t> precision;
  std::optional<uint32_t> fraction;

  bool operator==(const IntervalQualifier&) const = default;
};

enum class TypeKind {
  kBoolean,
  kTinyint,
  kSmallint,
  kInteger,
  kBigint,
  kFloat,
  kDouble,
  kDecimal,
  kChar,
  kVarchar,
  kString,  // STRING is kept apart only so that it prints as written
  kBinary,
  kVarbinary,
  kBytes,
  kDate,
  kTime,
  kTimestamp,
  kTimestampLtz,
  kInterval,
  kArray,
  kMap,
  kMultiset,
  kRow,
  kNull,
};

struct RowField;

struct TypeName {
  SourceSpan span;
  TypeKind kind = TypeKind::kNull;
  bool not_null = false;                      // NOT NULL was written
  std::optional<uint32_t> precision;          // or length
  std::optional<uint32_t> scale;              // only with precision
  std::optional<IntervalQualifier> interval;  // set exactly for kInterval
  std::vector<TypeName> arguments;            // element of ARRAY and MULTISET; key and value of MAP
  std::vector<RowField> fields;               // of ROW

  bool operator==(const TypeName&) const;
};

struct RowField {
  SourceSpan span;
  Identifier name;
  TypeName type;
  std::optional<std::string> comment;

  bool operator==(const RowField&) const = default;
};

// DAY, MILLISECOND, DOW: the spelling that the printer uses.
[[nodiscard]] std::string_view name_of(TimeUnit unit);
// INT, VARCHAR, TIMESTAMP_LTZ: without parameters.
[[nodiscard]] std::string_view name_of(TypeKind kind);

}  // namespace millstream::sql

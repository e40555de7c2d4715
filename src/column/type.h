// Flink SQL's types as values, and which of the few physical layouts each one is stored in.
//
// Immutable; copies share nested parts. Any thread. Physical layouts: docs/format/column.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace millstream::column {

enum class TypeKind : uint8_t {
  kNull,  // of the bare literal NULL only
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
  kBinary,
  kVarbinary,
  kDate,
  kTime,
  kTimestamp,
  kTimestampLtz,
  kIntervalYearMonth,
  kIntervalDayTime,
  kArray,
  kMap,
  kMultiset,
  kRow,
};

// How values lie in a Vector. Logical types of one physical kind share kernels.
enum class PhysicalKind : uint8_t {
  kBool,  // uint8_t 0 or 1
  kInt8,
  kInt16,
  kInt32,  // INTEGER; DATE: days since 1970-01-01; TIME: milliseconds of the day; INTERVAL YEAR TO MONTH: months
  kInt64,  // BIGINT; DECIMAL(p <= 18): unscaled; TIMESTAMP and _LTZ(p <= 6): microseconds since 1970 (UTC for _LTZ);
           // INTERVAL DAY TO SECOND: milliseconds
  kFloat,
  kDouble,
  kInt128,     // DECIMAL(p > 18): unscaled
  kTimestamp,  // TIMESTAMP and _LTZ(7..9): WideTimestamp
  kString,     // CHAR, VARCHAR, BINARY, VARBINARY: StringRef
  kRow,        // one child vector per field, as long as this one
  kArray,      // Slice per row into one child
  kMap,        // Slice per row into two children, keys and values; MULTISET<t> is MAP<t, INTEGER>
};

constexpr int32_t kMaxLength = 2147483647;  // VARCHAR(kMaxLength) is STRING, VARBINARY(kMaxLength) is BYTES
constexpr int32_t kMaxDecimalPrecision = 38;

class Type {
 public:
  struct Field;

  Type() = default;  // NULL
  static Type boolean() { return Type(TypeKind::kBoolean); }
  static Type tinyint() { return Type(TypeKind::kTinyint); }
  static Type smallint() { return Type(TypeKind::kSmallint); }
  static Type integer() { return Type(TypeKind::kInteger); }
  static Type bigint() { return Type(TypeKind::kBigint); }
  static Type floating() { return Type(TypeKind::kFloat); }
  static Type double_precision() { return Type(TypeKind::kDouble); }
  static Type decimal(int precision, int scale) { return Type(TypeKind::kDecimal, precision, scale); }
  static Type character(int length) { return Type(TypeKind::kChar, length); }
  static Type varchar(int length) { return Type(TypeKind::kVarchar, length); }
  static Type string() { return varchar(kMaxLength); }
  static Type binary(int length) { return Type(TypeKind::kBinary, length); }
  static Type varbinary(int length) { return Type(TypeKind::kVarbinary, length); }
  static Type bytes() { return varbinary(kMaxLength); }
  static Type date() { return Type(TypeKind::kDate); }
  static Type time(int precision = 0) { return Type(TypeKind::kTime, precision); }
  static Type timestamp(int precision = 6) { return Type(TypeKind::kTimestamp, precision); }
  static Type timestamp_ltz(int precision = 6) { return Type(TypeKind::kTimestampLtz, precision); }
  static Type interval_year_month() { return Type(TypeKind::kIntervalYearMonth); }
  static Type interval_day_time() { return Type(TypeKind::kIntervalDayTime); }
  static Type array(Type element);
  static Type map(Type key, Type value);
  static Type multiset(Type element);
  static Type row(std::vector<Field> fields);

  [[nodiscard]] TypeKind kind() const { return kind_; }
  [[nodiscard]] PhysicalKind physical() const;
  [[nodiscard]] bool nullable() const { return nullable_; }
  [[nodiscard]] Type as_nullable(bool nullable = true) const;
  [[nodiscard]] Type not_null() const { return as_nullable(false); }
  [[nodiscard]] int precision() const { return parameter_; }  // DECIMAL, TIME, TIMESTAMP
  [[nodiscard]] int scale() const { return scale_; }          // DECIMAL
  [[nodiscard]] int length() const { return parameter_; }     // CHAR, VARCHAR, BINARY, VARBINARY
  [[nodiscard]] const std::vector<Field>& fields() const;     // ROW; ARRAY, MULTISET: one; MAP: key, value
  [[nodiscard]] const Type& element() const;                  // ARRAY, MULTISET
  [[nodiscard]] const Type& key() const;                      // MAP
  [[nodiscard]] const Type& value() const;                    // MAP

  [[nodiscard]] bool is_integer() const { return kind_ >= TypeKind::kTinyint && kind_ <= TypeKind::kBigint; }
  [[nodiscard]] bool is_exact_numeric() const { return is_integer() || kind_ == TypeKind::kDecimal; }
  [[nodiscard]] bool is_numeric() const { return kind_ >= TypeKind::kTinyint && kind_ <= TypeKind::kDecimal; }
  [[nodiscard]] bool is_character() const { return kind_ == TypeKind::kChar || kind_ == TypeKind::kVarchar; }
  [[nodiscard]] bool is_binary() const { return kind_ == TypeKind::kBinary || kind_ == TypeKind::kVarbinary; }
  [[nodiscard]] bool is_timestamp() const { return kind_ == TypeKind::kTimestamp || kind_ == TypeKind::kTimestampLtz; }
  [[nodiscard]] bool is_nested() const { return kind_ >= TypeKind::kArray; }

  // As Flink prints it: "DECIMAL(10, 2) NOT NULL", "STRING", "ROW<`a` INT, `b` STRING>".
  [[nodiscard]] std::string to_sql() const;
  // The SQL Gateway's logicalType object, as JSON text.
  [[nodiscard]] std::string to_gateway_json() const;

  // Equal in everything, nullability at every level included.
  bool operator==(const Type& other) const;
  // Equal but for nullability at every level.
  [[nodiscard]] bool same_but_nullability(const Type& other) const;

 private:
  explicit Type(TypeKind kind, int parameter = 0, int scale = 0)
      : kind_(kind), scale_(static_cast<int16_t>(scale)), parameter_(parameter) {}

  TypeKind kind_ = TypeKind::kNull;
  bool nullable_ = true;
  int16_t scale_ = 0;
  int32_t parameter_ = 0;
  std::shared_ptr<const std::vector<Field>> fields_;
};

struct Type::Field {
  std::string name;
  Type type;
  std::string comment;
};

// Names and types of a row of columns; a table's physical columns, an operator's output.
struct Schema {
  std::vector<Type::Field> fields;
  [[nodiscard]] size_t size() const { return fields.size(); }
  [[nodiscard]] int index_of(std::string_view name) const;  // exact case; -1 if absent
};

}  // namespace millstream::column

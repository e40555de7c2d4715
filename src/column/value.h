// A single value of any type: literals, option values, test cells. Never used per row on the data path.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "column/vector.h"

namespace millstream::column {

class Value {
 public:
  using List = std::vector<Value>;  // ROW fields; ARRAY elements; MAP: key, value, key, value, …

  Value() = default;  // NULL
  explicit Value(bool b) : data_(b) {}
  explicit Value(int64_t n) : data_(n) {}  // every type stored as kInt8 … kInt64
  explicit Value(Int128 n) : data_(n) {}
  explicit Value(double d) : data_(d) {}  // FLOAT and DOUBLE
  explicit Value(WideTimestamp t) : data_(t) {}
  explicit Value(std::string s) : data_(std::move(s)) {}
  explicit Value(List list) : data_(std::move(list)) {}

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  [[nodiscard]] bool as_bool() const { return std::get<bool>(data_); }
  [[nodiscard]] int64_t as_int() const { return std::get<int64_t>(data_); }
  [[nodiscard]] Int128 as_int128() const;  // also from int64
  [[nodiscard]] double as_double() const { return std::get<double>(data_); }
  [[nodiscard]] WideTimestamp as_timestamp() const { return std::get<WideTimestamp>(data_); }
  [[nodiscard]] const std::string& as_string() const { return std::get<std::string>(data_); }
  [[nodiscard]] const List& as_list() const { return std::get<List>(data_); }
  bool operator==(const Value&) const = default;

 private:
  std::variant<std::monostate, bool, int64_t, Int128, double, WideTimestamp, std::string, List> data_;
};

// The value with NULL in place of what `path` leads to through ROWs; with an empty path NULL.
[[nodiscard]] Value without_field(const Value& value, std::span<const int> path);
// Reads position `position`, of any type.
[[nodiscard]] Value value_at(const Vector& vector, size_t position);
// Builds a vector of `type` from values; each must fit the type's physical layout.
[[nodiscard]] VectorPtr make_vector(const Type& type, std::span<const Value> values);
[[nodiscard]] VectorPtr make_constant_vector(const Type& type, const Value& value, size_t length);

// Text of a value as Flink's CAST(x AS STRING) gives it; `null` for NULL at the top. For printing tables and tests.
[[nodiscard]] std::string to_text(const Type& type, const Value& value);

}  // namespace millstream::column

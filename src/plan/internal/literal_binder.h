// Literals: the types that Calcite gives them, and their values.
#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"
#include "column/value.h"
#include "sql/expression.h"

namespace millstream::plan {

struct TypedValue {
  column::Type type;  // NOT NULL
  column::Value value;
};

// 1 is INT or BIGINT, 1.0 is DECIMAL(2, 1), 1e0 is DOUBLE. Errors have no position.
[[nodiscard]] Result<TypedValue> number_literal(std::string_view text, bool negative);
[[nodiscard]] Result<TypedValue> temporal_literal(sql::TemporalKind kind, std::string_view text);
[[nodiscard]] Result<TypedValue> interval_literal(const sql::IntervalLiteral& literal);
// CHAR(n), n in UTF-16 units as in Java.
[[nodiscard]] TypedValue text_literal(std::string text);

}  // namespace millstream::plan

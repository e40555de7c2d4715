// Building blocks of type inference: shapes of arguments, and refusals in Flink's words.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "function/definition.h"

namespace millstream::function::internal {

// As Calcite names types in messages: INTEGER, CHAR(3), INTEGER ARRAY.
[[nodiscard]] std::string name_in_messages(const column::Type& type);
// "Cannot apply 'SUM' to arguments of type 'SUM(<CHAR(1)>)'"; the hint lists the supported forms.
[[nodiscard]] std::unexpected<Error> cannot_apply(std::string_view name, std::span<const Argument> arguments,
                                                  std::initializer_list<std::string> forms);
[[nodiscard]] std::unexpected<Error> wrong_count(std::string_view name, std::string_view expected);

[[nodiscard]] bool any_nullable(std::span<const Argument> arguments);
// The type, nullable if any argument is.
[[nodiscard]] column::Type nullable_as(const column::Type& type, std::span<const Argument> arguments);
[[nodiscard]] inline bool is_null_literal(const Argument& argument) {
  return argument.type.kind() == column::TypeKind::kNull;
}
[[nodiscard]] inline bool is_interval(const column::Type& type) {
  return type.kind() == column::TypeKind::kIntervalDayTime || type.kind() == column::TypeKind::kIntervalYearMonth;
}
[[nodiscard]] inline bool is_datetime(const column::Type& type) {
  return type.is_timestamp() || type.kind() == column::TypeKind::kDate || type.kind() == column::TypeKind::kTime;
}
// Every argument with the type it has.
[[nodiscard]] Signature as_given(column::Type result, std::span<const Argument> arguments);

// A signature by families, one letter per argument: s text, i integer (cast to INT), l integer (cast to BIGINT),
// n number (cast to DOUBLE), b BOOLEAN, x binary, t datetime, a anything; '?' before the optional rest, '*' behind the
// last one that repeats. An untyped NULL matches every letter. The result is nullable if any argument is.
struct Pattern {
  std::string_view name;
  std::string_view letters;
  column::Type result;
  std::initializer_list<std::string> forms;
};
[[nodiscard]] Result<Signature> infer_by_pattern(const Pattern& pattern, std::span<const Argument> arguments);

}  // namespace millstream::function::internal

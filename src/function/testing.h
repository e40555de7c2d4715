// Building blocks of this module's tests: expressions by name, and cells as text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "column/value.h"
#include "function/definition.h"

namespace millstream::function::testing {

// A call by name, with the casts that its signature asks for. A refused call is a failed CHECK; see infer_error().
ExpressionPtr call(std::string_view name, std::vector<ExpressionPtr> arguments);
// What inference says against it, or "".
std::string infer_error(std::string_view name, const std::vector<ExpressionPtr>& arguments);
ExpressionPtr cast(ExpressionPtr input, column::Type type, bool null_on_failure = false);

ExpressionPtr text(std::string_view value);  // CHAR literal, as in SQL
ExpressionPtr number(int64_t value);         // INT literal, BIGINT beyond
ExpressionPtr decimal(std::string_view value);
ExpressionPtr floating(double value);
ExpressionPtr boolean(bool value);
ExpressionPtr null(column::Type type);
ExpressionPtr read(std::string_view value, const column::Type& type);  // CAST('…' AS type), folded
ExpressionPtr days(double count);                                      // INTERVAL DAY TO SECOND
ExpressionPtr months(int count);

// One row's result as CAST(… AS STRING) prints it; "NULL"; or "error: …" if the row is refused.
std::string run(const ExpressionPtr& expression, const EvaluationContext& context = {});

}  // namespace millstream::function::testing

// Expressions for tests.
#include "function/testing.h"

#include "base/check.h"
#include "column/decimal.h"
#include "function/evaluator.h"

namespace millstream::function::testing {
namespace {

using column::Type;
using column::Value;

Result<Signature> infer(std::string_view name, const std::vector<ExpressionPtr>& arguments) {
  const ScalarFunction* function = find_scalar_function(name);
  CHECK(function != nullptr);
  std::vector<Argument> known;
  for (const ExpressionPtr& argument : arguments) {
    const auto* literal = std::get_if<Literal>(&argument->node);
    known.push_back({argument->type, literal != nullptr ? &literal->value : nullptr});
  }
  return function->infer(known);
}

}  // namespace

ExpressionPtr call(std::string_view name, std::vector<ExpressionPtr> arguments) {
  const auto signature = infer(name, arguments);
  CHECK(signature.has_value());
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i]->type.same_but_nullability(signature->arguments[i])) {
      arguments[i] = cast(arguments[i], signature->arguments[i]);
    }
  }
  return std::make_shared<const Expression>(
      Expression{signature->result, Call{find_scalar_function(name), std::move(arguments)}, {}});
}

std::string infer_error(std::string_view name, const std::vector<ExpressionPtr>& arguments) {
  const auto signature = infer(name, arguments);
  return signature ? "" : signature.error().message;
}

ExpressionPtr cast(ExpressionPtr input, Type type, bool null_on_failure) {
  return std::make_shared<const Expression>(Expression{std::move(type), Cast{std::move(input), null_on_failure}, {}});
}

ExpressionPtr text(std::string_view value) {
  const auto length = static_cast<int>(value.size());
  return literal((length == 0 ? Type::string() : Type::character(length)).not_null(), Value(std::string(value)));
}
ExpressionPtr number(int64_t value) {
  const bool small = value >= INT32_MIN && value <= INT32_MAX;
  return literal((small ? Type::integer() : Type::bigint()).not_null(), Value(value));
}
ExpressionPtr decimal(std::string_view value) {
  const size_t point = value.find('.');
  const int scale = point == std::string_view::npos ? 0 : static_cast<int>(value.size() - point - 1);
  int digits = 0;
  for (const char c : value) digits += c >= '0' && c <= '9' ? 1 : 0;
  column::Int128 unscaled = 0;
  CHECK(column::parse_decimal(value, {38, scale}, unscaled) == column::DecimalParse::kOk);
  return literal(Type::decimal(digits, scale).not_null(),
                 digits <= 18 ? Value(static_cast<int64_t>(unscaled)) : Value(unscaled));
}
ExpressionPtr floating(double value) { return literal(Type::double_precision().not_null(), Value(value)); }
ExpressionPtr boolean(bool value) { return literal(Type::boolean().not_null(), Value(value)); }
ExpressionPtr null(Type type) { return literal(std::move(type), Value()); }
ExpressionPtr read(std::string_view value, const Type& type) {
  const ExpressionPtr expression = cast(text(value), type.not_null());
  auto result = evaluate_constant(*expression, {});
  CHECK(result.has_value());
  return literal(type.not_null(), *std::move(result));
}
ExpressionPtr days(double count) {
  return literal(Type::interval_day_time().not_null(), Value(static_cast<int64_t>(count * 86'400'000)));
}
ExpressionPtr months(int count) { return literal(Type::interval_year_month().not_null(), Value(int64_t{count})); }

std::string run(const ExpressionPtr& expression, const EvaluationContext& context) {
  const auto value = evaluate_constant(*expression, context);
  if (!value) return "error: " + value.error().message;
  return value->is_null() ? "NULL" : to_text(expression->type, *value);
}

}  // namespace millstream::function::testing

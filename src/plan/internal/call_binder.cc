// Binding of function calls: special forms, scalar functions, aggregates.
#include "base/text.h"
#include "plan/internal/expression_binder.h"
#include "plan/internal/expression_tree.h"
#include "plan/internal/literal_binder.h"
#include "plan/internal/type_binder.h"

namespace millstream::plan {

using column::Type;
using column::TypeKind;
using function::ExpressionPtr;

namespace {

// Calcite's names of type families, in its message about unknown functions.
std::string family_of(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kNull:
      return "NULL";
    case TypeKind::kBoolean:
      return "BOOLEAN";
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInteger:
    case TypeKind::kBigint:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kDecimal:
      return "NUMERIC";
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      return "CHARACTER";
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      return "BINARY";
    case TypeKind::kDate:
      return "DATE";
    case TypeKind::kTime:
      return "TIME";
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return "TIMESTAMP";
    case TypeKind::kIntervalYearMonth:
      return "INTERVAL_YEAR_MONTH";
    case TypeKind::kIntervalDayTime:
      return "INTERVAL_DAY_TIME";
    case TypeKind::kArray:
      return "ARRAY";
    case TypeKind::kMap:
      return "MAP";
    case TypeKind::kMultiset:
      return "MULTISET";
    case TypeKind::kRow:
      return "ROW";
  }
  return "ANY";
}

std::vector<function::Argument> inference_arguments(const std::vector<ExpressionPtr>& arguments) {
  std::vector<function::Argument> result;
  result.reserve(arguments.size());
  for (const ExpressionPtr& argument : arguments) {
    const auto* literal = std::get_if<function::Literal>(&argument->node);
    result.push_back({argument->type, literal != nullptr ? &literal->value : nullptr});
  }
  return result;
}

// Functions of windows that Flink's older syntax has in GROUP BY and SELECT.
bool is_group_window(std::string_view name) {
  for (const std::string_view window : {"TUMBLE", "HOP", "SESSION"}) {
    if (!name.starts_with(window)) continue;
    const std::string_view rest = name.substr(window.size());
    if (rest.empty() || rest == "_START" || rest == "_END" || rest == "_ROWTIME" || rest == "_PROCTIME") return true;
  }
  return false;
}

bool needs_over(std::string_view name) {
  for (const std::string_view function :
       {"LAG", "LEAD", "ROW_NUMBER", "RANK", "DENSE_RANK", "NTILE", "PERCENT_RANK", "CUME_DIST"}) {
    if (name == function) return true;
  }
  return false;
}

}  // namespace

ExpressionBinder::Bound ExpressionBinder::call(std::string_view name, Arguments arguments, sql::SourceSpan span) {
  const function::ScalarFunction* function = function::find_scalar_function(name);
  if (function == nullptr) {
    return context_.unsupported(span, "The function " + std::string(name) + " is");
  }
  const std::vector<function::Argument> given = inference_arguments(arguments);
  auto signature = function->infer(given);
  if (!signature) return std::unexpected(context_.placed(std::move(signature).error(), span));
  if (function->form == function::CallForm::kNullIf) {
    MS_ASSIGN(ExpressionPtr equal, equality(arguments[0], arguments[1], span));
    ExpressionPtr null = make_expression(Type(), function::Literal{}, context_.locate(span));
    return case_of({{std::move(equal), std::move(null)}}, arguments[0], span);
  }
  for (size_t i = 0; i < arguments.size() && i < signature->arguments.size(); ++i) {
    const Type& wanted = signature->arguments[i];
    if (signature->null_on_failure && !arguments[i]->type.same_but_nullability(wanted)) {
      const SourcePosition position = arguments[i]->position;
      arguments[i] = make_expression(wanted.as_nullable(), function::Cast{std::move(arguments[i]), true}, position);
    } else {
      arguments[i] = cast_to(std::move(arguments[i]), wanted);
    }
  }
  return make_expression(std::move(signature->result), function::Call{function, std::move(arguments)},
                         context_.locate(span));
}

ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::Keyword& keyword, const sql::Expression& whole) {
  // Words such as DAY and LEADING reach a function as text; it knows which argument is one.
  TypedValue typed = text_literal(keyword.text);
  return make_expression(typed.type, function::Literal{std::move(typed.value)}, context_.locate(whole.span));
}

ExpressionBinder::Bound ExpressionBinder::aggregate(const function::AggregateFunction& function, const sql::Call& call,
                                                    const sql::Expression& whole) {
  if (aggregates_ == nullptr) {
    if (inside_aggregate_) {
      return context_.fail_at(whole.span, ErrorCode::kInvalidArgument, "Aggregate expressions cannot be nested");
    }
    return context_.fail_at(whole.span, ErrorCode::kInvalidArgument,
                            "Aggregate expression is illegal in " + (clause_.empty() ? "this place" : clause_));
  }
  met_aggregate_ = true;
  if (!call.within_group.empty() || !call.argument_order.empty()) {
    return context_.unsupported(whole.span, "ORDER BY inside an aggregate function is");
  }
  FoundAggregate found;
  found.function = &function;
  found.distinct = call.quantifier == sql::SetQuantifier::kDistinct;
  found.text = std::string(context_.words(whole.span));
  ExpressionBinder inner(context_, scope_);
  inner.inside_aggregate_ = true;
  for (const sql::Argument& argument : call.arguments) {
    if (argument.value.as<sql::Star>() != nullptr) {
      if (function.name != "COUNT" || call.arguments.size() != 1) {
        return context_.fail_at(argument.value.span, ErrorCode::kInvalidArgument,
                                "'*' stands for columns only in a SELECT list and in COUNT(*)");
      }
      continue;
    }
    MS_ASSIGN(ExpressionPtr bound, inner.bind_value(argument.value));
    found.arguments.push_back(std::move(bound));
  }
  if (call.filter) {
    MS_ASSIGN(found.filter, inner.bind_condition(**call.filter, "FILTER clause"));
  }
  const std::vector<function::Argument> given = inference_arguments(found.arguments);
  auto signature = function.infer(given);
  if (!signature) return std::unexpected(context_.placed(std::move(signature).error(), whole.span));
  found.signature = *std::move(signature);
  for (size_t i = 0; i < found.arguments.size() && i < found.signature.arguments.size(); ++i) {
    found.arguments[i] = cast_to(std::move(found.arguments[i]), found.signature.arguments[i]);
  }
  // One call that is written twice is computed once.
  const auto same = [&](const FoundAggregate& other) {
    if (other.function != found.function || other.distinct != found.distinct ||
        other.arguments.size() != found.arguments.size() || (other.filter == nullptr) != (found.filter == nullptr)) {
      return false;
    }
    if (found.filter && other.filter->to_text() != found.filter->to_text()) return false;
    for (size_t i = 0; i < found.arguments.size(); ++i) {
      if (other.arguments[i]->to_text() != found.arguments[i]->to_text()) return false;
    }
    return true;
  };
  size_t index = 0;
  while (index < aggregates_->size() && !same((*aggregates_)[index])) ++index;
  const Type type = found.signature.result;
  if (index == aggregates_->size()) aggregates_->push_back(std::move(found));
  return make_expression(type, function::ColumnReference{kAggregateBase + static_cast<int>(index)},
                         context_.locate(whole.span));
}

ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::Call& call, const sql::Expression& whole) {
  const std::string name = to_upper(call.function.last());
  if (!std::holds_alternative<std::monostate>(call.over)) {
    return context_.unsupported(whole.span, "OVER is",
                                "GROUP BY and window table functions (TUMBLE, HOP, CUMULATE) work");
  }
  if (call.function.parts.size() > 1) {
    return context_.unsupported(call.function.span, "A function of a catalog is", "built-in functions have one name");
  }
  if (call.null_treatment != sql::NullTreatment::kNone) {
    return context_.unsupported(whole.span, "IGNORE NULLS is");
  }
  for (const sql::Argument& argument : call.arguments) {
    if (argument.name) return context_.unsupported(argument.name->span, "A named argument of a scalar function is");
  }
  if (const function::AggregateFunction* found = function::find_aggregate_function(name)) {
    return aggregate(*found, call, whole);
  }
  if (call.quantifier != sql::SetQuantifier::kNone) {
    return context_.fail_at(whole.span, ErrorCode::kInvalidArgument,
                            "DISTINCT/ALL not allowed with " + name + " function");
  }
  if (call.filter) {
    return context_.fail_at(whole.span, ErrorCode::kInvalidArgument, "FILTER must be applied to aggregate function");
  }
  if (is_group_window(name)) {
    return context_.unsupported(whole.span, "The group window function " + name + " is",
                                "use the window table function: FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL "
                                "'1' HOUR)) GROUP BY window_start, window_end");
  }
  if (needs_over(name)) {
    return context_.fail_at(whole.span, ErrorCode::kInvalidArgument, "OVER clause is necessary for window functions");
  }

  Arguments arguments;
  for (const sql::Argument& argument : call.arguments) {
    MS_ASSIGN(ExpressionPtr bound, bind(argument.value));
    arguments.push_back(std::move(bound));
  }
  if (function::find_scalar_function(name) == nullptr) {
    std::string families;
    for (const ExpressionPtr& argument : arguments) {
      families += (families.empty() ? "<" : ", <") + family_of(argument->type) + ">";
    }
    const auto near = nearest(name, function::all_function_names());
    return context_.fail_at(whole.span, ErrorCode::kNotFound,
                            "No match found for function signature " + call.function.last() + "(" + families + ")",
                            near ? "did you mean " + *near + "?" : "docs/functions.md lists the functions");
  }
  return this->call(name, std::move(arguments), whole.span);
}

ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::JsonAccess& access, const sql::Expression& whole) {
  const bool plain = access.wrapper == sql::JsonWrapper::kUnspecified &&
                     access.on_empty.behavior == sql::JsonBehavior::kUnspecified &&
                     access.on_error.behavior == sql::JsonBehavior::kUnspecified;
  const std::string_view name = access.kind == sql::JsonAccessKind::kExists  ? "JSON_EXISTS"
                                : access.kind == sql::JsonAccessKind::kValue ? "JSON_VALUE"
                                                                             : "JSON_QUERY";
  if (!plain) {
    return context_.unsupported(whole.span, std::string(name) + " with ON EMPTY, ON ERROR or WRAPPER is",
                                std::string(name) + "(input, path) works");
  }
  if (function::find_scalar_function(name) == nullptr) {
    return context_.unsupported(whole.span, "The function " + std::string(name) + " is");
  }
  MS_ASSIGN(ExpressionPtr input, bind(*access.input));
  MS_ASSIGN(ExpressionPtr path, bind(*access.path));
  MS_ASSIGN(ExpressionPtr result, call(name, {std::move(input), std::move(path)}, whole.span));
  if (!access.returning) return result;
  MS_ASSIGN(Type type, bind_type(context_, *access.returning));
  // A value that is not of the type is an error ON ERROR NULL, the default.
  if (result->type.same_but_nullability(type)) return result;
  return make_expression(type.as_nullable(), function::Cast{std::move(result), true}, context_.locate(whole.span));
}

ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::JsonObject& object, const sql::Expression& whole) {
  return context_.unsupported(whole.span, object.aggregate ? "JSON_OBJECTAGG is" : "JSON_OBJECT is");
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::JsonArray& array, const sql::Expression& whole) {
  return context_.unsupported(whole.span, array.aggregate ? "JSON_ARRAYAGG is" : "JSON_ARRAY is");
}

}  // namespace millstream::plan

// Binding of names, literals, CASE and casts. Operators: operator_binder.cc; calls: call_binder.cc.
#include "plan/internal/expression_binder.h"

#include "base/text.h"
#include "plan/internal/expression_tree.h"
#include "plan/internal/literal_binder.h"
#include "plan/internal/type_binder.h"

namespace millstream::plan {

using column::Type;
using column::TypeKind;
using function::ExpressionPtr;

ExpressionPtr cast_to(ExpressionPtr expression, const Type& type) {
  const Type wanted = type.as_nullable(expression->type.nullable());
  if (expression->type.same_but_nullability(type)) return expression;
  if (is_null_literal(*expression)) {
    return make_expression(type.as_nullable(), function::Literal{}, expression->position);
  }
  const SourcePosition position = expression->position;
  return make_expression(wanted, function::Cast{std::move(expression), false}, position);
}

bool is_null_literal(const function::Expression& expression) { return expression.type.kind() == TypeKind::kNull; }

TimeAttribute time_attribute_of(const function::Expression& expression, const std::vector<LogicalColumn>& input) {
  if (const auto* reference = std::get_if<function::ColumnReference>(&expression.node)) {
    const auto index = static_cast<size_t>(reference->index);
    return index < input.size() ? input[index].time : TimeAttribute::kNone;
  }
  if (const auto* call = std::get_if<function::Call>(&expression.node)) {
    if (call->function->name == "PROCTIME") return TimeAttribute::kProctime;
  }
  return TimeAttribute::kNone;
}

bool looks_at_time(const function::Expression& expression) {
  struct Visitor {
    bool operator()(const function::ColumnReference&) const { return false; }
    bool operator()(const function::Literal&) const { return false; }
    bool operator()(const function::Call& call) const {
      if (function::depends_on_time(*call.function, call.arguments.size())) return true;
      for (const auto& argument : call.arguments) {
        if (looks_at_time(*argument)) return true;
      }
      return false;
    }
    bool operator()(const function::Cast& cast) const { return looks_at_time(*cast.input); }
    bool operator()(const function::Logic& logic) const {
      for (const auto& operand : logic.operands) {
        if (looks_at_time(*operand)) return true;
      }
      return false;
    }
    bool operator()(const function::Case& cases) const {
      for (const auto& [condition, result] : cases.branches) {
        if (looks_at_time(*condition) || looks_at_time(*result)) return true;
      }
      return looks_at_time(*cases.otherwise);
    }
    bool operator()(const function::Coalesce& coalesce) const {
      for (const auto& operand : coalesce.operands) {
        if (looks_at_time(*operand)) return true;
      }
      return false;
    }
    bool operator()(const function::FieldAccess& access) const { return looks_at_time(*access.input); }
  };
  return std::visit(Visitor{}, expression.node);
}

ExpressionBinder::Bound ExpressionBinder::bind(const sql::Expression& expression) {
  return std::visit([&](const auto& node) -> Bound { return bind_node(node, expression); }, expression.node);
}

ExpressionBinder::Bound ExpressionBinder::bind_condition(const sql::Expression& expression, std::string_view clause) {
  MS_ASSIGN(ExpressionPtr bound, bind(expression));
  if (is_null_literal(*bound)) return cast_to(std::move(bound), Type::boolean());
  if (bound->type.kind() != TypeKind::kBoolean) {
    return context_.fail_at(expression.span, ErrorCode::kInvalidArgument, std::string(clause) + " must be a condition",
                            "this is a " + bound->type.to_sql() + ", not a BOOLEAN");
  }
  return bound;
}

ExpressionBinder::Bound ExpressionBinder::bind_value(const sql::Expression& expression) {
  MS_ASSIGN(ExpressionPtr bound, bind(expression));
  if (is_null_literal(*bound)) {
    return context_.fail_at(expression.span, ErrorCode::kInvalidArgument, "Illegal use of 'NULL'",
                            "say of which type: CAST(NULL AS INT)");
  }
  return bound;
}

Result<ExpressionBinder::Arguments> ExpressionBinder::bind_all(const std::vector<sql::Expression>& expressions) {
  Arguments bound;
  bound.reserve(expressions.size());
  for (const sql::Expression& expression : expressions) {
    MS_ASSIGN(ExpressionPtr one, bind(expression));
    bound.push_back(std::move(one));
  }
  return bound;
}

// --- Literals and names ---------------------------------------------------------------------------------------------

ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::NullLiteral&, const sql::Expression& whole) {
  return make_expression(Type(), function::Literal{}, context_.locate(whole.span));
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::BooleanLiteral& literal, const sql::Expression& whole) {
  if (!literal.value) return make_expression(Type::boolean(), function::Literal{}, context_.locate(whole.span));
  return make_expression(Type::boolean().not_null(), function::Literal{column::Value(*literal.value)},
                         context_.locate(whole.span));
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::NumberLiteral& literal, const sql::Expression& whole) {
  auto typed = number_literal(literal.text, false);
  if (!typed) return std::unexpected(context_.placed(typed.error(), whole.span));
  return make_expression(typed->type, function::Literal{std::move(typed->value)}, context_.locate(whole.span));
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::StringLiteral& literal, const sql::Expression& whole) {
  TypedValue typed = text_literal(literal.value);
  return make_expression(typed.type, function::Literal{std::move(typed.value)}, context_.locate(whole.span));
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::BinaryLiteral& literal, const sql::Expression& whole) {
  return make_expression(Type::binary(static_cast<int>(literal.bytes.size())).not_null(),
                         function::Literal{column::Value(literal.bytes)}, context_.locate(whole.span));
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::TemporalLiteral& literal, const sql::Expression& whole) {
  if (literal.kind == sql::TemporalKind::kTimestampLtz) {
    return context_.unsupported(whole.span, "A TIMESTAMP_LTZ literal is",
                                "CAST(TIMESTAMP '…' AS TIMESTAMP_LTZ(3)) works");
  }
  auto typed = temporal_literal(literal.kind, literal.text);
  if (!typed) return std::unexpected(context_.placed(typed.error(), whole.span));
  return make_expression(typed->type, function::Literal{std::move(typed->value)}, context_.locate(whole.span));
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::IntervalLiteral& literal, const sql::Expression& whole) {
  auto typed = interval_literal(literal);
  if (!typed) return std::unexpected(context_.placed(typed.error(), whole.span));
  return make_expression(typed->type, function::Literal{std::move(typed->value)}, context_.locate(whole.span));
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::IntervalOf& interval, const sql::Expression& whole) {
  MS_ASSIGN(ExpressionPtr amount, bind(*interval.amount));
  // n units are n times one unit.
  auto one = interval_literal({false, "1", interval.qualifier});
  if (!one) return std::unexpected(context_.placed(one.error(), whole.span));
  ExpressionPtr unit =
      make_expression(one->type, function::Literal{std::move(one->value)}, context_.locate(whole.span));
  return call("*", {std::move(amount), std::move(unit)}, whole.span);
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::ColumnReference& reference, const sql::Expression&) {
  return resolve_name(context_, scope_, reference.name);
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::Star&, const sql::Expression& whole) {
  return context_.fail_at(whole.span, ErrorCode::kInvalidArgument,
                          "'*' stands for columns only in a SELECT list and in COUNT(*)");
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::FieldAccess& access, const sql::Expression& whole) {
  MS_ASSIGN(ExpressionPtr operand, bind(*access.operand));
  return access_field(context_, std::move(operand), access.field, whole.span);
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::Subscript& subscript, const sql::Expression& whole) {
  MS_ASSIGN(ExpressionPtr operand, bind(*subscript.operand));
  MS_ASSIGN(ExpressionPtr index, bind(*subscript.index));
  if (operand->type.kind() == TypeKind::kRow) {
    // row[1] and row['name']: a field, so the index must be known now.
    const auto* literal = std::get_if<function::Literal>(&index->node);
    const auto& fields = operand->type.fields();
    int field = -1;
    if (literal != nullptr && index->type.is_integer()) {
      const int64_t at = literal->value.as_int();
      if (at >= 1 && at <= static_cast<int64_t>(fields.size())) field = static_cast<int>(at - 1);
    } else if (literal != nullptr && index->type.is_character()) {
      for (size_t i = 0; i < fields.size(); ++i) {
        if (fields[i].name == literal->value.as_string()) field = static_cast<int>(i);
      }
    }
    if (field < 0) {
      return context_.fail_at(subscript.index->span, ErrorCode::kInvalidArgument,
                              "A row is accessed by the number of a field, from 1, or by its name, as a literal");
    }
    Type type = fields[static_cast<size_t>(field)].type;
    if (operand->type.nullable()) type = type.as_nullable();
    return make_expression(std::move(type), function::FieldAccess{std::move(operand), field},
                           context_.locate(whole.span));
  }
  return call("ITEM", {std::move(operand), std::move(index)}, whole.span);
}

// --- CASE, CAST and constructors ------------------------------------------------------------------------------------

ExpressionBinder::Bound ExpressionBinder::case_of(std::vector<std::pair<ExpressionPtr, ExpressionPtr>> branches,
                                                  ExpressionPtr otherwise, sql::SourceSpan span) {
  std::vector<Type> types;
  bool nullable = false;
  const auto see = [&](const ExpressionPtr& result) {
    if (!is_null_literal(*result)) types.push_back(result->type);
    nullable = nullable || result->type.nullable();
  };
  for (const auto& [condition, result] : branches) see(result);
  see(otherwise);
  if (types.empty()) {
    return context_.fail_at(span, ErrorCode::kInvalidArgument,
                            "ELSE clause or at least one THEN clause must be non-NULL");
  }
  const auto common = function::common_type(types);
  if (!common) {
    return context_.fail_at(span, ErrorCode::kInvalidArgument, "Illegal mixing of types in CASE or COALESCE statement",
                            common.error().message);
  }
  for (auto& [condition, result] : branches) result = cast_to(std::move(result), *common);
  otherwise = cast_to(std::move(otherwise), *common);
  return make_expression(common->as_nullable(nullable), function::Case{std::move(branches), std::move(otherwise)},
                         context_.locate(span));
}

ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::Case& cases, const sql::Expression& whole) {
  ExpressionPtr operand;
  if (cases.operand) {
    MS_ASSIGN(operand, bind(**cases.operand));
  }
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> branches;
  for (const sql::CaseBranch& branch : cases.branches) {
    Arguments conditions;
    for (const sql::Expression& condition : branch.conditions) {
      if (operand) {
        MS_ASSIGN(ExpressionPtr value, bind(condition));
        MS_ASSIGN(ExpressionPtr comparison, equality(operand, value, condition.span));
        conditions.push_back(std::move(comparison));
      } else {
        Bound bound = bind(condition);
        if (!bound) return bound;
        if (is_null_literal(**bound)) bound = cast_to(*bound, Type::boolean());
        if ((*bound)->type.kind() != TypeKind::kBoolean) {
          return context_.fail_at(condition.span, ErrorCode::kInvalidArgument, "Expected a boolean type",
                                  "this is a " + (*bound)->type.to_sql());
        }
        conditions.push_back(*std::move(bound));
      }
    }
    MS_ASSIGN(ExpressionPtr condition, logic(function::Logic::Kind::kOr, std::move(conditions), whole.span));
    MS_ASSIGN(ExpressionPtr result, bind(*branch.result));
    branches.emplace_back(std::move(condition), std::move(result));
  }
  ExpressionPtr otherwise = make_expression(Type(), function::Literal{}, context_.locate(whole.span));
  if (cases.otherwise) {
    MS_ASSIGN(otherwise, bind(**cases.otherwise));
  }
  return case_of(std::move(branches), std::move(otherwise), whole.span);
}

ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::Cast& cast, const sql::Expression& whole) {
  MS_ASSIGN(ExpressionPtr operand, bind(*cast.operand));
  MS_ASSIGN(Type type, bind_type(context_, cast.type));
  type = type.as_nullable();
  if (is_null_literal(*operand)) return cast_to(std::move(operand), type);
  if (!function::can_cast(operand->type, type)) {
    if (operand->type.is_timestamp() && type.is_numeric()) {
      return context_.fail_at(whole.span, ErrorCode::kInvalidArgument,
                              "The cast from TIMESTAMP type to NUMERIC type is not allowed. It's recommended to use "
                              "UNIX_TIMESTAMP(CAST(timestamp_col AS STRING)) instead.");
    }
    return context_.fail_at(whole.span, ErrorCode::kInvalidArgument,
                            "Cast function cannot convert value of type " +
                                operand->type.not_null().as_nullable().to_sql() + " to type " + type.to_sql());
  }
  const bool nullable = operand->type.nullable() || cast.null_on_failure;
  if (operand->type.same_but_nullability(type) && !cast.null_on_failure &&
      time_attribute_of(*operand, scope_.columns) == TimeAttribute::kNone) {
    return operand;
  }
  // A time attribute that is cast to its own type is a Cast node all the same: it is a plain TIMESTAMP from here on.
  return make_expression(type.as_nullable(nullable), function::Cast{std::move(operand), cast.null_on_failure},
                         context_.locate(whole.span));
}

ExpressionBinder::Bound ExpressionBinder::collection(std::string_view name,
                                                     const std::vector<sql::Expression>& elements,
                                                     sql::SourceSpan span) {
  MS_ASSIGN(Arguments arguments, bind_all(elements));
  if (function::find_scalar_function(name) == nullptr) {
    return context_.unsupported(span, "The constructor " + std::string(name) + " is");
  }
  return call(name, std::move(arguments), span);
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::RowConstructor& row, const sql::Expression& whole) {
  return collection("ROW", row.elements, whole.span);
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::ArrayConstructor& array, const sql::Expression& whole) {
  return collection("ARRAY", array.elements, whole.span);
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::MapConstructor& map, const sql::Expression& whole) {
  return collection("MAP", map.keys_and_values, whole.span);
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::MultisetConstructor& multiset,
                                                    const sql::Expression& whole) {
  return collection("MULTISET", multiset.elements, whole.span);
}

// --- What is not there yet ------------------------------------------------------------------------------------------

ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::InSubquery&, const sql::Expression& whole) {
  return context_.unsupported(whole.span, "IN with a subquery is", "a list of values works: x IN (1, 2)");
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::Exists&, const sql::Expression& whole) {
  return context_.unsupported(whole.span, "EXISTS is");
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::ScalarSubquery&, const sql::Expression& whole) {
  return context_.unsupported(whole.span, "A subquery as a value is", "subqueries work in FROM");
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::Quantified&, const sql::Expression& whole) {
  return context_.unsupported(whole.span, "A comparison with ANY or ALL is");
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::CollectionQuery&, const sql::Expression& whole) {
  return context_.unsupported(whole.span, "A collection made by a query is");
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::Default&, const sql::Expression& whole) {
  return context_.unsupported(whole.span, "DEFAULT as an argument is");
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::TableArgument&, const sql::Expression& whole) {
  return context_.fail_at(whole.span, ErrorCode::kInvalidArgument,
                          "a table can be the argument of a table function only");
}
ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::Descriptor&, const sql::Expression& whole) {
  return context_.fail_at(whole.span, ErrorCode::kInvalidArgument,
                          "DESCRIPTOR can be the argument of a table function only");
}

}  // namespace millstream::plan

// Binding of operators: arithmetic, comparisons, AND, OR and NOT, IS, BETWEEN, IN, LIKE.
#include "plan/internal/expression_binder.h"
#include "plan/internal/expression_tree.h"
#include "plan/internal/literal_binder.h"

namespace millstream::plan {

using column::Type;
using column::TypeKind;
using function::ExpressionPtr;

namespace {

std::string_view operator_name(sql::BinaryOperator op) {
  switch (op) {
    case sql::BinaryOperator::kMultiply:
      return "*";
    case sql::BinaryOperator::kDivide:
      return "/";
    case sql::BinaryOperator::kModulo:
      return "%";
    case sql::BinaryOperator::kAdd:
      return "+";
    case sql::BinaryOperator::kSubtract:
      return "-";
    case sql::BinaryOperator::kConcat:
      return "||";
    case sql::BinaryOperator::kEqual:
      return "=";
    case sql::BinaryOperator::kNotEqual:
      return "<>";
    case sql::BinaryOperator::kLess:
      return "<";
    case sql::BinaryOperator::kLessEqual:
      return "<=";
    case sql::BinaryOperator::kGreater:
      return ">";
    case sql::BinaryOperator::kGreaterEqual:
      return ">=";
    case sql::BinaryOperator::kIsDistinctFrom:
      return "IS DISTINCT FROM";
    case sql::BinaryOperator::kIsNotDistinctFrom:
      return "IS NOT DISTINCT FROM";
    case sql::BinaryOperator::kOverlaps:
      return "OVERLAPS";
    case sql::BinaryOperator::kContains:
      return "CONTAINS";
    case sql::BinaryOperator::kEquals:
      return "EQUALS";
    case sql::BinaryOperator::kPrecedes:
      return "PRECEDES";
    case sql::BinaryOperator::kSucceeds:
      return "SUCCEEDS";
    case sql::BinaryOperator::kImmediatelyPrecedes:
      return "IMMEDIATELY PRECEDES";
    case sql::BinaryOperator::kImmediatelySucceeds:
      return "IMMEDIATELY SUCCEEDS";
  }
  return "?";
}

std::string_view trait_name(sql::Trait trait) {
  switch (trait) {
    case sql::Trait::kNull:
      return "NULL";
    case sql::Trait::kTrue:
      return "TRUE";
    case sql::Trait::kFalse:
      return "FALSE";
    case sql::Trait::kUnknown:
      return "UNKNOWN";
    case sql::Trait::kJsonValue:
      return "JSON VALUE";
    case sql::Trait::kJsonObject:
      return "JSON OBJECT";
    case sql::Trait::kJsonArray:
      return "JSON ARRAY";
    case sql::Trait::kJsonScalar:
      return "JSON SCALAR";
  }
  return "?";
}

}  // namespace

ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::Unary& unary, const sql::Expression& whole) {
  if (unary.op == sql::UnaryOperator::kMinus) {
    // -2147483648 is an INT although 2147483648 is not.
    if (const auto* number = unary.operand->as<sql::NumberLiteral>()) {
      auto typed = number_literal(number->text, true);
      if (!typed) return std::unexpected(context_.placed(typed.error(), whole.span));
      return make_expression(typed->type, function::Literal{std::move(typed->value)}, context_.locate(whole.span));
    }
  }
  MS_ASSIGN(ExpressionPtr operand, bind(*unary.operand));
  switch (unary.op) {
    case sql::UnaryOperator::kPlus:
      if (!operand->type.is_numeric()) {
        return context_.fail_at(whole.span, ErrorCode::kInvalidArgument,
                                "Cannot apply '+' to arguments of type '+<" + operand->type.to_sql() +
                                    ">'. Supported form(s): '+<NUMERIC>'");
      }
      return operand;
    case sql::UnaryOperator::kMinus:
      return call("-", {std::move(operand)}, whole.span);
    case sql::UnaryOperator::kNot:
      return call("NOT", {std::move(operand)}, whole.span);
  }
  return context_.fail_at(whole.span, ErrorCode::kInternal, "an operator that the binder does not know");
}

ExpressionBinder::Bound ExpressionBinder::negate(Bound operand, sql::SourceSpan span) {
  if (!operand) return operand;
  return call("NOT", {*std::move(operand)}, span);
}

ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::Binary& binary, const sql::Expression& whole) {
  MS_ASSIGN(ExpressionPtr left, bind(*binary.left));
  MS_ASSIGN(ExpressionPtr right, bind(*binary.right));
  const std::string_view name = operator_name(binary.op);
  if (function::find_scalar_function(name) == nullptr) {
    return context_.unsupported(whole.span, "The operator " + std::string(name) + " is");
  }
  const bool distinct = binary.op == sql::BinaryOperator::kIsDistinctFrom;
  const bool compares_values = distinct || binary.op == sql::BinaryOperator::kIsNotDistinctFrom;
  const bool reads_text =
      left->type.is_character() != right->type.is_character() && !is_null_literal(*left) && !is_null_literal(*right);
  if (!compares_values || !reads_text) return call(name, {std::move(left), std::move(right)}, whole.span);
  // Text that is no time is read as NULL, but it is distinct from NULL, too.
  MS_ASSIGN(ExpressionPtr compared, call(name, {left, right}, whole.span));
  MS_ASSIGN(ExpressionPtr left_null, call("IS NULL", {std::move(left)}, whole.span));
  MS_ASSIGN(ExpressionPtr right_null, call("IS NULL", {std::move(right)}, whole.span));
  MS_ASSIGN(ExpressionPtr nulls,
            call(distinct ? "<>" : "=", {std::move(left_null), std::move(right_null)}, whole.span));
  return logic(distinct ? function::Logic::Kind::kOr : function::Logic::Kind::kAnd,
               {std::move(nulls), std::move(compared)}, whole.span);
}

ExpressionBinder::Bound ExpressionBinder::logic(function::Logic::Kind kind, Arguments operands, sql::SourceSpan span) {
  bool nullable = false;
  for (ExpressionPtr& operand : operands) {
    if (is_null_literal(*operand)) operand = cast_to(operand, Type::boolean());
    if (operand->type.kind() != TypeKind::kBoolean) {
      const std::string name = kind == function::Logic::Kind::kAnd ? "AND" : "OR";
      std::string types;
      for (const ExpressionPtr& each : operands) {
        if (!types.empty()) types += " " + name + " ";
        types += "<" + each->type.not_null().to_sql() + ">";
      }
      // The types as Calcite names them: without NOT NULL.
      for (size_t at = types.find(" NOT NULL"); at != std::string::npos; at = types.find(" NOT NULL"))
        types.erase(at, 9);
      return context_.fail_at(span, ErrorCode::kInvalidArgument,
                              "Cannot apply '" + name + "' to arguments of type '" + types +
                                  "'. Supported form(s): '<BOOLEAN> " + name + " <BOOLEAN>'");
    }
    nullable = nullable || operand->type.nullable();
  }
  if (operands.size() == 1) return operands.front();
  return make_expression(Type::boolean().as_nullable(nullable), function::Logic{kind, std::move(operands)},
                         context_.locate(span));
}

ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::Logical& logical, const sql::Expression& whole) {
  MS_ASSIGN(Arguments operands, bind_all(logical.operands));
  return logic(logical.op == sql::LogicalOperator::kAnd ? function::Logic::Kind::kAnd : function::Logic::Kind::kOr,
               std::move(operands), whole.span);
}

ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::IsTest& test, const sql::Expression& whole) {
  MS_ASSIGN(ExpressionPtr operand, bind(*test.operand));
  // UNKNOWN is the NULL of BOOLEAN.
  const sql::Trait trait = test.trait == sql::Trait::kUnknown ? sql::Trait::kNull : test.trait;
  const std::string name = std::string(test.negated ? "IS NOT " : "IS ") + std::string(trait_name(trait));
  if (function::find_scalar_function(name) != nullptr) return call(name, {std::move(operand)}, whole.span);
  const std::string plain = "IS " + std::string(trait_name(trait));
  if (test.negated && function::find_scalar_function(plain) != nullptr) {
    return negate(call(plain, {std::move(operand)}, whole.span), whole.span);
  }
  return context_.unsupported(whole.span, "The operator " + name + " is");
}

ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::Between& between, const sql::Expression& whole) {
  MS_ASSIGN(ExpressionPtr operand, bind(*between.operand));
  MS_ASSIGN(ExpressionPtr low, bind(*between.low));
  MS_ASSIGN(ExpressionPtr high, bind(*between.high));
  const auto inside = [&](const ExpressionPtr& from, const ExpressionPtr& to) -> Bound {
    MS_ASSIGN(ExpressionPtr above, call(">=", {operand, from}, whole.span));
    MS_ASSIGN(ExpressionPtr below, call("<=", {operand, to}, whole.span));
    return logic(function::Logic::Kind::kAnd, {std::move(above), std::move(below)}, whole.span);
  };
  Bound result = inside(low, high);
  if (result && between.symmetric) {
    MS_ASSIGN(ExpressionPtr swapped, inside(high, low));
    result = logic(function::Logic::Kind::kOr, {*std::move(result), std::move(swapped)}, whole.span);
  }
  return between.negated ? negate(std::move(result), whole.span) : result;
}

ExpressionBinder::Bound ExpressionBinder::equality(const ExpressionPtr& left, const ExpressionPtr& right,
                                                   sql::SourceSpan span) {
  return call("=", {left, right}, span);
}

ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::InList& list, const sql::Expression& whole) {
  MS_ASSIGN(ExpressionPtr operand, bind(*list.operand));
  MS_ASSIGN(Arguments arguments, bind_all(list.elements));
  arguments.insert(arguments.begin(), std::move(operand));
  Bound result = call("IN", std::move(arguments), whole.span);
  return list.negated ? negate(std::move(result), whole.span) : result;
}

ExpressionBinder::Bound ExpressionBinder::bind_node(const sql::Like& like, const sql::Expression& whole) {
  MS_ASSIGN(ExpressionPtr operand, bind(*like.operand));
  MS_ASSIGN(ExpressionPtr pattern, bind(*like.pattern));
  Arguments arguments{std::move(operand), std::move(pattern)};
  if (like.escape) {
    MS_ASSIGN(ExpressionPtr escape, bind(**like.escape));
    arguments.push_back(std::move(escape));
  }
  const std::string_view name = like.kind == sql::LikeKind::kLike ? "LIKE" : "SIMILAR TO";
  if (function::find_scalar_function(name) == nullptr) {
    return context_.unsupported(whole.span, "The operator " + std::string(name) + " is");
  }
  Bound result = call(name, std::move(arguments), whole.span);
  return like.negated ? negate(std::move(result), whole.span) : result;
}

}  // namespace millstream::plan

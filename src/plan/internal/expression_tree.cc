// Walks over bound expressions.
#include "plan/internal/expression_tree.h"

#include "function/definition.h"
#include "function/evaluator.h"

namespace millstream::plan {

using function::Expression;
using function::ExpressionPtr;

namespace {

using Change = std::function<Result<ExpressionPtr>(const ExpressionPtr&)>;

Result<std::vector<ExpressionPtr>> change_all(const std::vector<ExpressionPtr>& before, const Change& change,
                                              bool& changed) {
  std::vector<ExpressionPtr> after;
  after.reserve(before.size());
  for (const ExpressionPtr& child : before) {
    MS_ASSIGN(ExpressionPtr one, change(child));
    changed = changed || one != child;
    after.push_back(std::move(one));
  }
  return after;
}

}  // namespace

ExpressionPtr make_expression(column::Type type, decltype(Expression::node) node, SourcePosition position) {
  return std::make_shared<const Expression>(Expression{std::move(type), std::move(node), position});
}

Result<ExpressionPtr> map_children(const ExpressionPtr& expression, const Change& change) {
  struct Visitor {
    const ExpressionPtr& whole;
    const Change& change;
    using Node = decltype(Expression::node);

    [[nodiscard]] ExpressionPtr rebuilt(Node node) const {
      return make_expression(whole->type, std::move(node), whole->position);
    }
    Result<ExpressionPtr> operator()(const function::ColumnReference&) const { return whole; }
    Result<ExpressionPtr> operator()(const function::Literal&) const { return whole; }
    Result<ExpressionPtr> operator()(const function::Call& call) const {
      bool changed = false;
      MS_ASSIGN(auto arguments, change_all(call.arguments, change, changed));
      return changed ? rebuilt(function::Call{call.function, std::move(arguments)}) : whole;
    }
    Result<ExpressionPtr> operator()(const function::Cast& cast) const {
      MS_ASSIGN(ExpressionPtr input, change(cast.input));
      return input != cast.input ? rebuilt(function::Cast{std::move(input), cast.null_on_failure}) : whole;
    }
    Result<ExpressionPtr> operator()(const function::Logic& logic) const {
      bool changed = false;
      MS_ASSIGN(auto operands, change_all(logic.operands, change, changed));
      return changed ? rebuilt(function::Logic{logic.kind, std::move(operands)}) : whole;
    }
    Result<ExpressionPtr> operator()(const function::Case& cases) const {
      bool changed = false;
      function::Case after;
      for (const auto& [condition, result] : cases.branches) {
        MS_ASSIGN(ExpressionPtr new_condition, change(condition));
        MS_ASSIGN(ExpressionPtr new_result, change(result));
        changed = changed || new_condition != condition || new_result != result;
        after.branches.emplace_back(std::move(new_condition), std::move(new_result));
      }
      MS_ASSIGN(after.otherwise, change(cases.otherwise));
      changed = changed || after.otherwise != cases.otherwise;
      return changed ? rebuilt(std::move(after)) : whole;
    }
    Result<ExpressionPtr> operator()(const function::Coalesce& coalesce) const {
      bool changed = false;
      MS_ASSIGN(auto operands, change_all(coalesce.operands, change, changed));
      return changed ? rebuilt(function::Coalesce{std::move(operands)}) : whole;
    }
    Result<ExpressionPtr> operator()(const function::FieldAccess& access) const {
      MS_ASSIGN(ExpressionPtr input, change(access.input));
      return input != access.input ? rebuilt(function::FieldAccess{std::move(input), access.field}) : whole;
    }
  };
  return std::visit(Visitor{expression, change}, expression->node);
}

std::vector<ExpressionPtr> children_of(const Expression& expression) {
  std::vector<ExpressionPtr> children;
  // A borrowed pointer that frees nothing: map_children wants to share the node it may return.
  const ExpressionPtr borrowed(std::shared_ptr<void>(), &expression);
  (void)map_children(borrowed, [&](const ExpressionPtr& child) -> Result<ExpressionPtr> {
    children.push_back(child);
    return child;
  });
  return children;
}

ExpressionPtr fold_constants(const ExpressionPtr& expression, const std::string& time_zone) {
  if (std::holds_alternative<function::Literal>(expression->node)) return expression;
  ExpressionPtr folded = *map_children(expression, [&](const ExpressionPtr& child) -> Result<ExpressionPtr> {
    return fold_constants(child, time_zone);
  });
  if (!folded->is_constant()) return folded;
  function::EvaluationContext context;
  context.time_zone = time_zone;
  auto value = function::evaluate_constant(*folded, context);
  if (!value) return folded;
  return make_expression(folded->type, function::Literal{*std::move(value)}, folded->position);
}

void split_conjunction(const ExpressionPtr& condition, std::vector<ExpressionPtr>& operands) {
  if (condition == nullptr) return;
  const auto* logic = std::get_if<function::Logic>(&condition->node);
  if (logic == nullptr || logic->kind != function::Logic::Kind::kAnd) {
    operands.push_back(condition);
    return;
  }
  for (const ExpressionPtr& operand : logic->operands) split_conjunction(operand, operands);
}

ExpressionPtr join_conjunction(std::vector<ExpressionPtr> operands) {
  if (operands.empty()) return nullptr;
  if (operands.size() == 1) return operands.front();
  bool nullable = false;
  for (const ExpressionPtr& operand : operands) nullable = nullable || operand->type.nullable();
  const SourcePosition position = operands.front()->position;
  return make_expression(column::Type::boolean().as_nullable(nullable),
                         function::Logic{function::Logic::Kind::kAnd, std::move(operands)}, position);
}

uint64_t hash_text(std::string_view text, uint64_t seed) {
  uint64_t hash = seed;
  for (const char byte : text) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 1099511628211ULL;
  }
  return hash;
}

uint64_t hash_combine(uint64_t a, uint64_t b) {
  char bytes[16];
  for (int i = 0; i < 8; ++i) {
    bytes[i] = static_cast<char>(a >> (8 * i));
    bytes[8 + i] = static_cast<char>(b >> (8 * i));
  }
  return hash_text({bytes, sizeof bytes});
}

uint64_t meaning_of(const Expression& expression, std::span<const uint64_t> columns) {
  if (const auto* reference = std::get_if<function::ColumnReference>(&expression.node)) {
    return columns[static_cast<size_t>(reference->index)];
  }
  std::string words = std::to_string(expression.node.index()) + ":" + expression.type.to_sql();
  if (const auto* literal = std::get_if<function::Literal>(&expression.node)) {
    words += "=" + column::to_text(expression.type, literal->value);
    if (literal->value.is_null()) words += " null";
  } else if (const auto* call = std::get_if<function::Call>(&expression.node)) {
    words += std::string(call->function->name);
  } else if (const auto* cast = std::get_if<function::Cast>(&expression.node)) {
    words += cast->null_on_failure ? "try" : "";
  } else if (const auto* logic = std::get_if<function::Logic>(&expression.node)) {
    words += logic->kind == function::Logic::Kind::kAnd ? "and" : "or";
  } else if (const auto* access = std::get_if<function::FieldAccess>(&expression.node)) {
    words += "." + std::to_string(access->field);
  }
  uint64_t hash = hash_text(words);
  for (const ExpressionPtr& child : children_of(expression)) hash = hash_combine(hash, meaning_of(*child, columns));
  return hash;
}

bool is_trivial(const Expression& expression) {
  if (const auto* access = std::get_if<function::FieldAccess>(&expression.node)) return is_trivial(*access->input);
  return std::holds_alternative<function::ColumnReference>(expression.node) ||
         std::holds_alternative<function::Literal>(expression.node);
}

}  // namespace millstream::plan

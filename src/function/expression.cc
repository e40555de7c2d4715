// Expression trees: text, properties, and copies with other columns.
#include "function/expression.h"

#include <algorithm>

#include "base/check.h"
#include "function/definition.h"

namespace millstream::function {
namespace {

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

std::string hexadecimal(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "x'";
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out + "'";
}

std::string literal_text(const column::Type& type, const column::Value& value) {
  if (value.is_null()) return "NULL:" + type.as_nullable().to_sql();
  if (type.is_character()) return quoted(value.as_string());
  if (type.is_binary()) return hexadecimal(value.as_string());
  std::string text = to_text(type, value);
  switch (type.kind()) {
    case column::TypeKind::kBoolean:
    case column::TypeKind::kInteger:
    case column::TypeKind::kDecimal:
      return text;
    default:
      return text + ":" + type.as_nullable().to_sql();
  }
}

std::string joined(const std::vector<ExpressionPtr>& parts, std::string_view separator) {
  std::string out;
  for (const ExpressionPtr& part : parts) {
    if (&part != &parts.front()) out += separator;
    out += part->to_text();
  }
  return out;
}

bool is_sign(std::string_view name) {
  return !name.empty() && std::string_view("+-*/%=<>|").find(name[0]) != std::string_view::npos;
}

std::string call_text(const Call& call) {
  const std::string name(call.function->name);
  if (is_sign(name) && call.arguments.size() == 2) return "(" + joined(call.arguments, " " + name + " ") + ")";
  return name + "(" + joined(call.arguments, ", ") + ")";
}

template <typename F>
void for_each_child(const Expression& expression, F f) {
  const auto all = [&f](const std::vector<ExpressionPtr>& children) {
    for (const ExpressionPtr& child : children) f(child);
  };
  std::visit(
      Overloaded{[](const ColumnReference&) {}, [](const Literal&) {}, [&](const Call& node) { all(node.arguments); },
                 [&](const Cast& node) { f(node.input); }, [&](const Logic& node) { all(node.operands); },
                 [&](const Case& node) {
                   for (const auto& [condition, result] : node.branches) {
                     f(condition);
                     f(result);
                   }
                   f(node.otherwise);
                 },
                 [&](const Coalesce& node) { all(node.operands); }, [&](const FieldAccess& node) { f(node.input); }},
      expression.node);
}

// A copy with every child replaced by f(child); the same object if nothing changed.
template <typename F>
ExpressionPtr with_children(const ExpressionPtr& expression, F f) {
  bool changed = false;
  Expression copy = *expression;
  const auto replace = [&](ExpressionPtr& child) {
    ExpressionPtr replaced = f(child);
    changed |= replaced != child;
    child = std::move(replaced);
  };
  const auto replace_all = [&](std::vector<ExpressionPtr>& children) {
    for (ExpressionPtr& child : children) replace(child);
  };
  std::visit(
      Overloaded{[](ColumnReference&) {}, [](Literal&) {}, [&](Call& node) { replace_all(node.arguments); },
                 [&](Cast& node) { replace(node.input); }, [&](Logic& node) { replace_all(node.operands); },
                 [&](Case& node) {
                   for (auto& [condition, result] : node.branches) {
                     replace(condition);
                     replace(result);
                   }
                   replace(node.otherwise);
                 },
                 [&](Coalesce& node) { replace_all(node.operands); }, [&](FieldAccess& node) { replace(node.input); }},
      copy.node);
  return changed ? std::make_shared<const Expression>(std::move(copy)) : expression;
}

void collect_columns(const Expression& expression, std::vector<int>& columns) {
  if (const auto* reference = std::get_if<ColumnReference>(&expression.node)) columns.push_back(reference->index);
  for_each_child(expression, [&](const ExpressionPtr& child) { collect_columns(*child, columns); });
}

}  // namespace

std::string Expression::to_text() const {
  return std::visit(
      Overloaded{[](const ColumnReference& node) { return "$" + std::to_string(node.index); },
                 [this](const Literal& node) { return literal_text(type, node.value); },
                 [](const Call& node) { return call_text(node); },
                 [this](const Cast& node) {
                   return std::string(node.null_on_failure ? "TRY_CAST(" : "CAST(") + node.input->to_text() + " AS " +
                          type.to_sql() + ")";
                 },
                 [](const Logic& node) {
                   return "(" + joined(node.operands, node.kind == Logic::Kind::kAnd ? " AND " : " OR ") + ")";
                 },
                 [](const Case& node) {
                   std::string out = "CASE";
                   for (const auto& [condition, result] : node.branches) {
                     out += " WHEN " + condition->to_text() + " THEN " + result->to_text();
                   }
                   return out + " ELSE " + node.otherwise->to_text() + " END";
                 },
                 [](const Coalesce& node) { return "COALESCE(" + joined(node.operands, ", ") + ")"; },
                 [](const FieldAccess& node) { return node.input->to_text() + ".$" + std::to_string(node.field); }},
      node);
}

bool Expression::is_constant() const {
  if (std::holds_alternative<ColumnReference>(node)) return false;
  if (const auto* call = std::get_if<Call>(&node)) {
    if (!call->function->deterministic || depends_on_time(*call->function, call->arguments.size())) return false;
  }
  bool constant = true;
  for_each_child(*this, [&](const ExpressionPtr& child) { constant = constant && child->is_constant(); });
  return constant;
}

bool Expression::is_deterministic() const {
  if (const auto* call = std::get_if<Call>(&node)) {
    if (!call->function->deterministic || depends_on_time(*call->function, call->arguments.size())) return false;
  }
  bool deterministic = true;
  for_each_child(*this,
                 [&](const ExpressionPtr& child) { deterministic = deterministic && child->is_deterministic(); });
  return deterministic;
}

ExpressionPtr column_reference(int index, column::Type type) {
  return std::make_shared<const Expression>(Expression{std::move(type), ColumnReference{index}, {}});
}

ExpressionPtr literal(column::Type type, column::Value value) {
  return std::make_shared<const Expression>(Expression{std::move(type), Literal{std::move(value)}, {}});
}

std::vector<int> referenced_columns(const Expression& expression) {
  std::vector<int> columns;
  collect_columns(expression, columns);
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  return columns;
}

ExpressionPtr remap_columns(const ExpressionPtr& expression, const std::vector<int>& mapping) {
  if (const auto* reference = std::get_if<ColumnReference>(&expression->node)) {
    CHECK(static_cast<size_t>(reference->index) < mapping.size() && mapping[reference->index] >= 0);
    if (mapping[reference->index] == reference->index) return expression;
    Expression copy = *expression;
    copy.node = ColumnReference{mapping[reference->index]};
    return std::make_shared<const Expression>(std::move(copy));
  }
  return with_children(expression, [&](const ExpressionPtr& child) { return remap_columns(child, mapping); });
}

ExpressionPtr substitute_columns(const ExpressionPtr& expression, const std::vector<ExpressionPtr>& by) {
  if (const auto* reference = std::get_if<ColumnReference>(&expression->node)) {
    CHECK(static_cast<size_t>(reference->index) < by.size());
    return by[reference->index];
  }
  return with_children(expression, [&](const ExpressionPtr& child) { return substitute_columns(child, by); });
}

}  // namespace millstream::function

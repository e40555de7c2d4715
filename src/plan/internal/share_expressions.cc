// Common subexpressions of one Calc.
#include "plan/internal/share_expressions.h"

#include <algorithm>
#include <map>
#include <string>

#include "function/definition.h"
#include "plan/internal/expression_tree.h"

namespace millstream::plan {

using function::ExpressionPtr;

namespace {

struct Occurrences {
  ExpressionPtr expression;
  int count = 0;
  bool unconditional = false;  // at least one is evaluated for every row
};
using Found = std::map<std::string, Occurrences>;

void count(const ExpressionPtr& expression, bool conditional, Found& found) {
  if (is_trivial(*expression)) return;
  // BOOLEAN operators are cheap and short-circuit: only what they work on is shared.
  const auto* logic = std::get_if<function::Logic>(&expression->node);
  if (logic == nullptr && expression->is_deterministic() && !expression->is_constant()) {
    Occurrences& entry = found[expression->to_text()];
    entry.expression = expression;
    ++entry.count;
    entry.unconditional = entry.unconditional || !conditional;
  }
  const auto* call = std::get_if<function::Call>(&expression->node);
  const bool is_lazy = call != nullptr && call->function->form != function::CallForm::kCall;
  const bool later_are_conditional = logic != nullptr || is_lazy ||
                                     std::holds_alternative<function::Case>(expression->node) ||
                                     std::holds_alternative<function::Coalesce>(expression->node);
  bool first = true;
  for (const ExpressionPtr& child : children_of(*expression)) {
    count(child, conditional || (later_are_conditional && !first), found);
    first = false;
  }
}

bool contains(const ExpressionPtr& expression, const std::string& text) {
  if (expression->to_text() == text) return true;
  for (const ExpressionPtr& child : children_of(*expression)) {
    if (contains(child, text)) return true;
  }
  return false;
}

// The largest expressions that occur at least twice and are evaluated for every row.
std::vector<ExpressionPtr> worth_sharing(const Found& found) {
  std::vector<ExpressionPtr> chosen;
  for (const auto& candidate : found) {
    const auto& text = candidate.first;
    const auto& entry = candidate.second;
    if (entry.count < 2 || !entry.unconditional) continue;
    const bool only_inside_another = std::ranges::any_of(found, [&](const auto& other) {
      return other.first != text && other.second.count == entry.count && other.second.unconditional &&
             contains(other.second.expression, text);
    });
    if (!only_inside_another) chosen.push_back(entry.expression);
  }
  return chosen;
}

ExpressionPtr replace(const ExpressionPtr& expression, const std::map<std::string, int>& columns) {
  if (is_trivial(*expression)) return expression;
  if (const auto found = columns.find(expression->to_text()); found != columns.end()) {
    return make_expression(expression->type, function::ColumnReference{found->second}, expression->position);
  }
  return *map_children(expression,
                       [&](const ExpressionPtr& child) -> Result<ExpressionPtr> { return replace(child, columns); });
}

// Splits `calc` in two if `chosen` is not empty: below the inputs and the chosen, above the rest.
CalcStage stage_below(CalcStage& above, const std::vector<ExpressionPtr>& chosen, size_t width, bool condition_below) {
  // References first, in their own order, so that only the numbers behind them are new.
  std::vector<bool> used(width, false);
  const auto use = [&](const ExpressionPtr& expression) {
    for (const int column : function::referenced_columns(*expression)) {
      if (column < static_cast<int>(width)) used[static_cast<size_t>(column)] = true;
    }
  };
  std::map<std::string, int> replaced;
  for (size_t i = 0; i < chosen.size(); ++i) replaced[chosen[i]->to_text()] = static_cast<int>(width + i);
  CalcStage below;
  std::vector<column::Type> types(width);
  const auto see_types = [&](const ExpressionPtr& expression, const auto& self) -> void {
    if (const auto* reference = std::get_if<function::ColumnReference>(&expression->node)) {
      if (reference->index < static_cast<int>(width)) types[static_cast<size_t>(reference->index)] = expression->type;
      return;
    }
    for (const ExpressionPtr& child : children_of(*expression)) self(child, self);
  };
  if (above.condition != nullptr) see_types(above.condition, see_types);
  for (const ExpressionPtr& projection : above.projections) see_types(projection, see_types);

  if (condition_below) {
    below.condition = std::move(above.condition);
    above.condition = nullptr;
  } else if (above.condition != nullptr) {
    above.condition = replace(above.condition, replaced);
    use(above.condition);
  }
  for (ExpressionPtr& projection : above.projections) {
    projection = replace(projection, replaced);
    use(projection);
  }
  std::vector<int> mapping(width + chosen.size(), -1);
  for (size_t i = 0; i < width; ++i) {
    if (!used[i]) continue;
    mapping[i] = static_cast<int>(below.projections.size());
    below.projections.push_back(function::column_reference(static_cast<int>(i), types[i]));
  }
  for (size_t i = 0; i < chosen.size(); ++i) {
    mapping[width + i] = static_cast<int>(below.projections.size());
    below.projections.push_back(chosen[i]);
  }
  if (above.condition != nullptr) above.condition = function::remap_columns(above.condition, mapping);
  for (ExpressionPtr& projection : above.projections) projection = function::remap_columns(projection, mapping);
  return below;
}

}  // namespace

std::vector<CalcStage> share_expressions(CalcStage calc, size_t input_width) {
  std::vector<CalcStage> stages;
  if (calc.condition != nullptr) {
    // What the condition computes for every row anyway, and somebody else again.
    Found in_condition;
    count(calc.condition, false, in_condition);
    Found everywhere = in_condition;
    for (const ExpressionPtr& projection : calc.projections) count(projection, true, everywhere);
    const std::vector<ExpressionPtr> chosen = worth_sharing(everywhere);
    if (!chosen.empty()) {
      stages.push_back(stage_below(calc, chosen, input_width, false));
      input_width = stages.back().projections.size();
    }
  }
  Found in_projections;
  for (const ExpressionPtr& projection : calc.projections) count(projection, false, in_projections);
  const std::vector<ExpressionPtr> chosen = worth_sharing(in_projections);
  if (!chosen.empty()) stages.push_back(stage_below(calc, chosen, input_width, true));
  stages.push_back(std::move(calc));
  return stages;
}

}  // namespace millstream::plan

// Constant folding and predicate push-down.
#include "plan/internal/rewrite.h"

#include "plan/internal/expression_tree.h"

namespace millstream::plan {

using function::ExpressionPtr;

namespace {

class Rewriter {
 public:
  explicit Rewriter(const std::string& time_zone) : time_zone_(time_zone) {}

  LogicalPtr rewrite(const LogicalPtr& node) {
    if (const auto* filter = node->as<LogicalFilter>()) {
      std::vector<ExpressionPtr> operands;
      split_conjunction(fold_constants(filter->condition, time_zone_), operands);
      std::erase_if(operands, [](const ExpressionPtr& operand) {
        const auto* literal = std::get_if<function::Literal>(&operand->node);
        return literal != nullptr && !literal->value.is_null() && literal->value.as_bool();
      });
      return push(rewrite(node->inputs[0]), std::move(operands), node->position);
    }
    LogicalNode copy = *node;
    for (LogicalPtr& input : copy.inputs) input = rewrite(input);
    if (auto* project = std::get_if<LogicalProject>(&copy.node)) {
      for (ExpressionPtr& expression : project->expressions) expression = fold_constants(expression, time_zone_);
    }
    return std::make_shared<const LogicalNode>(std::move(copy));
  }

 private:
  static LogicalPtr filtered(LogicalPtr input, std::vector<ExpressionPtr> operands, SourcePosition position) {
    if (operands.empty()) return input;
    LogicalNode node;
    node.columns = input->columns;
    node.position = position;
    node.inputs.push_back(std::move(input));
    node.node = LogicalFilter{join_conjunction(std::move(operands))};
    return std::make_shared<const LogicalNode>(std::move(node));
  }

  // `input` with a filter of `operands`, as far down as they can go. The order of operands stays.
  LogicalPtr push(const LogicalPtr& input, std::vector<ExpressionPtr> operands, SourcePosition position) {
    if (operands.empty()) return input;
    if (const auto* below = input->as<LogicalFilter>()) {
      std::vector<ExpressionPtr> all;
      split_conjunction(below->condition, all);
      all.insert(all.end(), operands.begin(), operands.end());
      return filtered(input->inputs[0], std::move(all), position);
    }
    if (const auto* project = input->as<LogicalProject>()) {
      std::vector<ExpressionPtr> staying, moving;
      for (const ExpressionPtr& operand : operands) {
        bool can_move = true;
        for (const int column : function::referenced_columns(*operand)) {
          can_move = can_move && project->expressions[static_cast<size_t>(column)]->is_deterministic();
        }
        if (can_move)
          moving.push_back(fold_constants(function::substitute_columns(operand, project->expressions), time_zone_));
        else
          staying.push_back(operand);
      }
      return filtered(with_input(input, 0, push(input->inputs[0], std::move(moving), position)), std::move(staying),
                      position);
    }
    if (input->as<LogicalUnion>() != nullptr) {
      LogicalPtr result = input;
      for (const ExpressionPtr& operand : operands) {
        if (!operand->is_deterministic()) return filtered(input, std::move(operands), position);
      }
      for (size_t i = 0; i < input->inputs.size(); ++i) {
        result = with_input(result, i, push(input->inputs[i], operands, position));
      }
      return result;
    }
    if (input->as<LogicalWindow>() != nullptr) {
      const int width = static_cast<int>(input->inputs[0]->columns.size());
      return push_where(input, operands, position, [width](int column) { return column < width ? column : -1; });
    }
    if (const auto* aggregate = input->as<LogicalAggregate>()) {
      const std::vector<int>& keys = aggregate->keys;
      // Without keys there is one row, filter or not.
      if (keys.empty()) return filtered(input, std::move(operands), position);
      // A window's own columns do not exist below the window function.
      const auto& below = input->inputs[0]->columns;
      return push_where(input, operands, position, [&](int column) {
        if (column >= static_cast<int>(keys.size())) return -1;
        const int key = keys[static_cast<size_t>(column)];
        return below[static_cast<size_t>(key)].window == WindowRole::kNone ? key : -1;
      });
    }
    return filtered(input, std::move(operands), position);
  }

  // Moves the operands all of whose columns `below` maps (to the input's), and keeps the others.
  template <typename F>
  LogicalPtr push_where(const LogicalPtr& node, const std::vector<ExpressionPtr>& operands, SourcePosition position,
                        F below) {
    std::vector<ExpressionPtr> staying, moving;
    for (const ExpressionPtr& operand : operands) {
      std::vector<int> mapping(node->columns.size(), -1);
      const std::vector<int> columns = function::referenced_columns(*operand);
      bool can_move = operand->is_deterministic() && !columns.empty();
      for (const int column : columns) {
        mapping[static_cast<size_t>(column)] = below(column);
        can_move = can_move && mapping[static_cast<size_t>(column)] >= 0;
      }
      if (can_move)
        moving.push_back(function::remap_columns(operand, mapping));
      else
        staying.push_back(operand);
    }
    return filtered(with_input(node, 0, push(node->inputs[0], std::move(moving), position)), std::move(staying),
                    position);
  }

  static LogicalPtr with_input(const LogicalPtr& node, size_t index, LogicalPtr input) {
    if (node->inputs[index] == input) return node;
    LogicalNode copy = *node;
    copy.inputs[index] = std::move(input);
    return std::make_shared<const LogicalNode>(std::move(copy));
  }

  const std::string& time_zone_;
};

}  // namespace

LogicalPtr rewrite(const LogicalPtr& node, const std::string& time_zone) { return Rewriter(time_zone).rewrite(node); }

}  // namespace millstream::plan

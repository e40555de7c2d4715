// Binding of GROUP BY, HAVING and aggregate functions: keys and arguments below, results above an aggregate node.
#include "base/check.h"
#include "base/text.h"
#include "plan/internal/expression_tree.h"
#include "plan/internal/query_binder.h"

namespace millstream::plan {

using column::Type;
using function::ExpressionPtr;

namespace {

// Replaces group keys and aggregate calls in an expression over the source by columns of the aggregate's output. A
// source column that is left over is not grouped: `error` says so.
class Regrouper {
 public:
  Regrouper(const BindContext& context, const Scope& scope, const std::vector<ExpressionPtr>& keys,
            const std::vector<FoundAggregate>& calls, const std::vector<Type>& call_types)
      : context_(context), scope_(scope), calls_(calls), call_types_(call_types) {
    for (const ExpressionPtr& key : keys) {
      key_texts_.push_back(key->to_text());
      key_types_.push_back(key->type);
    }
  }

  Result<ExpressionPtr> regroup(const ExpressionPtr& expression) {
    const std::string text = expression->to_text();
    for (size_t i = 0; i < key_texts_.size(); ++i) {
      if (key_texts_[i] == text) return reference(static_cast<int>(i), key_types_[i], expression->position);
    }
    if (const auto* column = std::get_if<function::ColumnReference>(&expression->node)) {
      if (column->index >= kAggregateBase) {
        const auto call = static_cast<size_t>(column->index - kAggregateBase);
        return reference(static_cast<int>(key_texts_.size() + call), call_types_[call], expression->position);
      }
      Error error;
      error.code = ErrorCode::kInvalidArgument;
      error.message =
          "Expression '" + scope_.columns[static_cast<size_t>(column->index)].name + "' is not being grouped";
      error.hint =
          "add it to GROUP BY, or aggregate it: MAX(" + scope_.columns[static_cast<size_t>(column->index)].name + ")";
      error.position = expression->position;
      return std::unexpected(std::move(error));
    }
    return map_children(expression, [this](const ExpressionPtr& child) { return regroup(child); });
  }

 private:
  static ExpressionPtr reference(int index, const Type& type, SourcePosition position) {
    return make_expression(type, function::ColumnReference{index}, position);
  }

  const BindContext& context_;
  const Scope& scope_;
  const std::vector<FoundAggregate>& calls_;
  const std::vector<Type>& call_types_;
  std::vector<std::string> key_texts_;
  std::vector<Type> key_types_;
};

}  // namespace

Result<std::vector<ExpressionPtr>> QueryBinder::bind_group_keys(const sql::Select& select, const Source& source,
                                                                const std::vector<Output>& outputs) {
  (void)outputs;
  std::vector<ExpressionPtr> keys;
  if (!select.group_by) return keys;
  for (const sql::GroupingElement& element : *select.group_by) {
    if (element.kind != sql::GroupingKind::kExpression) {
      const char* name = element.kind == sql::GroupingKind::kRollup ? "ROLLUP is"
                         : element.kind == sql::GroupingKind::kCube ? "CUBE is"
                                                                    : "GROUPING SETS is";
      return context_.unsupported(element.span, name);
    }
    for (const sql::Expression& expression : element.expressions) {
      // Neither aliases nor ordinals: a number is a constant here, as in Flink.
      ExpressionBinder binder(context_, source.scope, "GROUP BY clause");
      MS_ASSIGN(ExpressionPtr key, binder.bind_value(expression));
      if (key->is_constant()) continue;
      const std::string text = key->to_text();
      bool known = false;
      for (const ExpressionPtr& other : keys) known = known || other->to_text() == text;
      if (!known) keys.push_back(std::move(key));
    }
  }
  return keys;
}

Result<LogicalPtr> QueryBinder::bind_grouped_select(const sql::Select& select, const Source& source,
                                                    const std::vector<Output>& outputs) {
  MS_ASSIGN(std::vector<ExpressionPtr> keys, bind_group_keys(select, source, outputs));
  std::vector<FoundAggregate> calls;
  std::vector<ExpressionPtr> results;
  for (const Output& output : outputs) {
    MS_ASSIGN(ExpressionPtr expression, bind_output(output, source, &calls));
    results.push_back(std::move(expression));
  }
  ExpressionPtr having;
  if (select.having) {
    ExpressionBinder binder(context_, source.scope, "HAVING clause");
    binder.collect_aggregates(&calls);
    MS_ASSIGN(having, binder.bind_condition(*select.having, "HAVING clause"));
  }

  // Below the aggregate: its keys, arguments and filters, each expression once.
  std::vector<ExpressionPtr> inputs;
  std::vector<std::string> input_names;
  std::vector<std::string> input_texts;
  const auto input_column = [&](const ExpressionPtr& expression) {
    const std::string text = expression->to_text();
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (input_texts[i] == text) return static_cast<int>(i);
    }
    std::string name = "$f" + std::to_string(inputs.size());
    if (const auto* reference = std::get_if<function::ColumnReference>(&expression->node)) {
      name = source.scope.columns[static_cast<size_t>(reference->index)].name;
    }
    inputs.push_back(expression);
    input_names.push_back(std::move(name));
    input_texts.push_back(text);
    return static_cast<int>(inputs.size() - 1);
  };
  LogicalAggregate aggregate;
  for (const ExpressionPtr& key : keys) aggregate.keys.push_back(input_column(key));
  std::vector<Type> call_types;
  for (size_t i = 0; i < calls.size(); ++i) {
    const FoundAggregate& found = calls[i];
    AggregateCall call;
    call.function = found.function;
    call.signature = found.signature;
    call.distinct = found.distinct;
    call.name = "EXPR$" + std::to_string(i);
    for (const ExpressionPtr& argument : found.arguments) call.arguments.push_back(input_column(argument));
    if (found.filter) call.filter = input_column(found.filter);
    // A group always has a row, so SUM of NOT NULL is NOT NULL; not so over no rows, or where a filter may refuse all.
    Type type = found.signature.result;
    if (found.function->name != "COUNT" && found.function->name != "COLLECT") {
      bool may_be_null = keys.empty() || found.filter != nullptr;
      for (const ExpressionPtr& argument : found.arguments) may_be_null = may_be_null || argument->type.nullable();
      type = type.as_nullable(may_be_null);
    }
    call.signature.result = type;
    call_types.push_back(type);
    aggregate.calls.push_back(std::move(call));
  }
  const SourcePosition position = context_.locate(select.span);
  LogicalPtr below = make_project(source.node, inputs, input_names, position);

  LogicalNode node;
  for (size_t i = 0; i < keys.size(); ++i) {
    const LogicalColumn& column = below->columns[static_cast<size_t>(aggregate.keys[i])];
    // Of the times only a window's own survives grouping.
    node.columns.push_back({column.name, column.type,
                            column.window == WindowRole::kTime ? column.time : TimeAttribute::kNone,
                            WindowRole::kNone});
  }
  for (size_t i = 0; i < calls.size(); ++i) {
    node.columns.push_back({aggregate.calls[i].name, call_types[i], TimeAttribute::kNone, WindowRole::kNone});
  }
  node.position = position;
  node.node = std::move(aggregate);
  node.inputs.push_back(std::move(below));
  LogicalPtr result = std::make_shared<const LogicalNode>(std::move(node));

  Regrouper regrouper(context_, source.scope, keys, calls, call_types);
  if (having) {
    MS_ASSIGN(having, regrouper.regroup(having));
    result = make_filter(result, std::move(having), context_.locate(select.having->span));
  }
  std::vector<ExpressionPtr> expressions;
  std::vector<std::string> names;
  for (size_t i = 0; i < outputs.size(); ++i) {
    MS_ASSIGN(ExpressionPtr expression, regrouper.regroup(results[i]));
    expressions.push_back(std::move(expression));
    names.push_back(outputs[i].name);
  }
  return make_project(result, std::move(expressions), std::move(names), position);
}

}  // namespace millstream::plan

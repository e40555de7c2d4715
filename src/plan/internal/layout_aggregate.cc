// The layout of GROUP BY, with and without windows: which columns reach it, and the identity of its state.
#include <algorithm>

#include "plan/internal/expression_binder.h"
#include "plan/internal/expression_tree.h"
#include "plan/internal/layout_builder.h"
#include "plan/internal/rewrite.h"
#include "plan/internal/split_aggregates.h"

namespace millstream::plan {

using function::ExpressionPtr;

namespace {

// What a call keeps, by what its arguments mean: part of the rows' identity. A sum that is split may be another number.
uint64_t meaning_of(const AggregateCall& call, const Draft& input) {
  uint64_t meaning =
      hash_text(std::string(call.function->name) + (call.distinct ? " distinct " : " ") +
                call.signature.result.to_sql() + (call.split && call.function->bind_split != nullptr ? " split" : ""));
  for (const int argument : call.arguments)
    meaning = hash_combine(meaning, input.column_meanings[static_cast<size_t>(argument)]);
  if (call.filter >= 0)
    meaning = hash_combine(meaning, hash_combine(input.column_meanings[static_cast<size_t>(call.filter)], 1));
  return meaning;
}

// Equal for calls that do the same over one input.
std::string digest_of(const AggregateCall& call) {
  return std::string(call.function->name) + (call.distinct ? " distinct" : "") + "(" + join_numbers(call.arguments) +
         ")" + std::to_string(call.filter) + call.signature.result.to_sql();
}

bool is_value_of_one_row(const AggregateCall& call) {
  const std::string_view name = call.function->name;
  return call.filter < 0 && (name == "SUM" || name == "MIN" || name == "MAX");
}

// Whether no two rows of `node` are equal in all of `columns`.
bool tells_rows_apart(const LogicalNode& node, const std::vector<int>& columns) {
  const auto contains = [&](int column) { return std::ranges::find(columns, column) != columns.end(); };
  if (const auto* scan = node.as<LogicalScan>()) {
    const std::vector<std::string>& key = scan->table->primary_key;
    return !key.empty() && std::ranges::all_of(key, [&](const std::string& name) {
      return std::ranges::any_of(columns, [&](int i) { return node.columns[static_cast<size_t>(i)].name == name; });
    });
  }
  if (const auto* aggregate = node.as<LogicalAggregate>()) {
    for (size_t i = 0; i < aggregate->keys.size(); ++i) {
      if (!contains(static_cast<int>(i))) return false;
    }
    return true;
  }
  if (const auto* project = node.as<LogicalProject>()) {
    std::vector<int> below;
    for (const int column : columns) {
      const auto* reference =
          std::get_if<function::ColumnReference>(&project->expressions[static_cast<size_t>(column)]->node);
      if (reference != nullptr) below.push_back(reference->index);
    }
    return tells_rows_apart(*node.inputs[0], below);
  }
  if (node.as<LogicalFilter>() != nullptr) return tells_rows_apart(*node.inputs[0], columns);
  const auto* values = node.as<LogicalValues>();
  return values != nullptr && values->rows.size() <= 1;
}

// Puts the calls' results behind the keys that `draft` has already; gives their digest.
std::string add_calls(const std::vector<AggregateCall>& calls, const Draft& input, Draft& draft) {
  std::string digest;
  const size_t keys = draft.column_meanings.size();
  for (const AggregateCall& call : calls) {
    digest += "|" + digest_of(call);
    draft.output.fields.push_back({call.name, call.signature.result, ""});
    draft.column_meanings.push_back(hash_combine(draft.meaning, meaning_of(call, input)));
  }
  // The calls are part of the rows' identity: another call has other state.
  for (size_t i = keys; i < draft.column_meanings.size(); ++i) {
    draft.meaning = hash_combine(draft.meaning, draft.column_meanings[i]);
  }
  return digest;
}

}  // namespace

Result<Built> LayoutBuilder::build_aggregate(const LogicalNode& node, const LogicalAggregate& aggregate,
                                             const Required& required) {
  const LogicalPtr& below = node.inputs[0];
  bool start = false, end = false, any_window = false;
  for (const int key : aggregate.keys) {
    const WindowRole role = below->columns[static_cast<size_t>(key)].window;
    start = start || role == WindowRole::kStart;
    end = end || role == WindowRole::kEnd;
    any_window = any_window || role != WindowRole::kNone;
  }
  if (start && end) return build_window_aggregate(node, aggregate);
  if (any_window) {
    return std::unexpected(Error{ErrorCode::kUnsupported, "GROUP BY one column of a window only is not supported yet.",
                                 "group by both: GROUP BY window_start, window_end", node.position});
  }

  Required needed(below->columns.size(), false);
  for (const int key : aggregate.keys) needed[static_cast<size_t>(key)] = true;
  std::vector<const AggregateCall*> kept;
  std::vector<int> columns(node.columns.size(), -1);
  for (size_t i = 0; i < aggregate.keys.size(); ++i) columns[i] = static_cast<int>(i);
  for (size_t i = 0; i < aggregate.calls.size(); ++i) {
    const size_t output = aggregate.keys.size() + i;
    if (!required[output]) continue;
    const AggregateCall& call = aggregate.calls[i];
    columns[output] = static_cast<int>(aggregate.keys.size() + kept.size());
    for (const int argument : call.arguments) needed[static_cast<size_t>(argument)] = true;
    if (call.filter >= 0) needed[static_cast<size_t>(call.filter)] = true;
    kept.push_back(&call);
  }
  if (!aggregate.keys.empty() && tells_rows_apart(*below, aggregate.keys) &&
      std::ranges::all_of(kept, [](const AggregateCall* call) { return is_value_of_one_row(*call); })) {
    return build_groups_of_one(node, aggregate, required);
  }
  MS_ASSIGN(const Built input, build(below, needed));

  GroupAggregate result;
  for (const int key : aggregate.keys) result.keys.push_back(input.columns[static_cast<size_t>(key)]);
  Draft* arrived = exchange(input.draft, result.keys, node.position);
  Draft draft;
  draft.inputs = {arrived};
  draft.position = node.position;
  draft.bounded = arrived->bounded;
  result.input_retracts = !arrived->insert_only();
  result.state_ttl = context_.settings().state_ttl();
  result.at_end = !context_.is_streaming();
  draft.updates = !result.at_end;
  draft.deletes = !result.at_end && result.input_retracts;
  std::string digest = join_numbers(result.keys) + "/" + (result.input_retracts ? "retracts" : "") + "/" +
                       std::to_string(result.state_ttl.value);
  // The settings are part of the state's identity, column numbers are not.
  draft.meaning =
      hash_combine(arrived->meaning, hash_text("group " + std::string(result.input_retracts ? "retracts " : "") +
                                               std::to_string(result.state_ttl.value)));
  std::vector<int> output_keys;
  for (size_t i = 0; i < result.keys.size(); ++i) {
    const auto key = static_cast<size_t>(result.keys[i]);
    draft.output.fields.push_back({node.columns[i].name, node.columns[i].type, ""});
    draft.column_meanings.push_back(arrived->column_meanings[key]);
    draft.meaning = hash_combine(draft.meaning,
                                 hash_combine(arrived->column_meanings[key], hash_text(node.columns[i].type.to_sql())));
    output_keys.push_back(static_cast<int>(i));
  }
  for (const AggregateCall* call : kept) {
    AggregateCall& laid = result.calls.emplace_back(*call);
    for (int& argument : laid.arguments) argument = input.columns[static_cast<size_t>(argument)];
    if (laid.filter >= 0) laid.filter = input.columns[static_cast<size_t>(laid.filter)];
  }
  split_aggregates(result.calls);
  digest += add_calls(result.calls, *arrived, draft);
  draft.upsert_keys = {output_keys};
  draft.hashed_by = output_keys;
  draft.node = std::move(result);
  return Built{drafts_.intern(std::move(draft), digest), std::move(columns)};
}

// Each group has one row, which passes with its changes; Flink removes such aggregates too.
Result<Built> LayoutBuilder::build_groups_of_one(const LogicalNode& node, const LogicalAggregate& aggregate,
                                                 const Required& required) {
  const LogicalNode& below = *node.inputs[0];
  const auto source_of = [&](size_t output) {
    const size_t keys = aggregate.keys.size();
    return output < keys ? aggregate.keys[output] : aggregate.calls[output - keys].arguments[0];
  };
  Required needed(below.columns.size(), false);
  for (size_t i = 0; i < required.size(); ++i) {
    if (required[i]) needed[static_cast<size_t>(source_of(i))] = true;
  }
  MS_ASSIGN(const Built input, build(node.inputs[0], needed));
  std::vector<ExpressionPtr> projections;
  std::vector<std::string> names;
  std::vector<int> columns(required.size(), -1);
  for (size_t i = 0; i < required.size(); ++i) {
    if (!required[i]) continue;
    columns[i] = static_cast<int>(projections.size());
    const auto source = static_cast<size_t>(source_of(i));
    projections.push_back(
        cast_to(function::column_reference(input.columns[source], below.columns[source].type), node.columns[i].type));
    names.push_back(node.columns[i].name);
  }
  return Built{calc(input.draft, nullptr, std::move(projections), std::move(names), node.position), std::move(columns)};
}

Result<Built> LayoutBuilder::build_window_aggregate(const LogicalNode& node, const LogicalAggregate& aggregate) {
  // Everything between the aggregate and the window function is folded into expressions over the function's input.
  const LogicalNode* at = node.inputs[0].get();
  std::vector<ExpressionPtr> expressions;
  for (size_t i = 0; i < at->columns.size(); ++i) {
    expressions.push_back(function::column_reference(static_cast<int>(i), at->columns[i].type));
  }
  std::vector<ExpressionPtr> conditions;
  while (at->as<LogicalWindow>() == nullptr) {
    if (const auto* project = at->as<LogicalProject>()) {
      for (ExpressionPtr& expression : expressions) {
        expression = function::substitute_columns(expression, project->expressions);
      }
      for (ExpressionPtr& condition : conditions) {
        condition = function::substitute_columns(condition, project->expressions);
      }
    } else if (const auto* filter = at->as<LogicalFilter>()) {
      split_conjunction(filter->condition, conditions);
    } else {
      return std::unexpected(Error{ErrorCode::kUnsupported,
                                   "An aggregate of windows over the result of another one is not supported yet.",
                                   "aggregate the window function's rows directly", node.position});
    }
    at = at->inputs[0].get();
  }
  const auto& window = *at->as<LogicalWindow>();
  const LogicalPtr& below = at->inputs[0];
  const auto width = static_cast<int>(below->columns.size());

  const auto stays_below = [&](const function::Expression& expression) {
    const std::vector<int> columns = function::referenced_columns(expression);
    return columns.empty() || columns.back() < width;
  };
  for (const ExpressionPtr& condition : conditions) {
    if (!stays_below(*condition)) {
      return std::unexpected(Error{ErrorCode::kUnsupported,
                                   "A condition on a window's columns below its aggregate is not supported yet.",
                                   "use HAVING, or WHERE outside the aggregate", condition->position});
    }
  }

  WindowAggregate result;
  result.window = window.window;
  std::vector<int> columns(node.columns.size(), -1);
  // The columns that reach the aggregate: its time, then keys and arguments.
  std::vector<ExpressionPtr> projections{
      function::column_reference(window.time_column, below->columns[static_cast<size_t>(window.time_column)].type)};
  std::vector<std::string> names{below->columns[static_cast<size_t>(window.time_column)].name};
  std::vector<int> placed(expressions.size(), -1);
  const auto place = [&](int column) -> Result<int> {
    int& slot = placed[static_cast<size_t>(column)];
    if (slot >= 0) return slot;
    const ExpressionPtr& expression = expressions[static_cast<size_t>(column)];
    if (!stays_below(*expression)) {
      return std::unexpected(Error{ErrorCode::kUnsupported,
                                   "Computing with a window's columns below its aggregate is not supported yet.",
                                   "compute with them in SELECT", expression->position});
    }
    slot = static_cast<int>(projections.size());
    projections.push_back(expression);
    names.push_back(node.inputs[0]->columns[static_cast<size_t>(column)].name);
    return slot;
  };
  std::vector<std::pair<size_t, WindowAggregate::Property>> properties;  // output column, property
  for (size_t i = 0; i < aggregate.keys.size(); ++i) {
    switch (node.inputs[0]->columns[static_cast<size_t>(aggregate.keys[i])].window) {
      case WindowRole::kNone: {
        MS_ASSIGN(const int key, place(aggregate.keys[i]));
        columns[i] = static_cast<int>(result.keys.size());
        result.keys.push_back(key);
        break;
      }
      case WindowRole::kStart:
        properties.emplace_back(i, WindowAggregate::Property::kStart);
        break;
      case WindowRole::kEnd:
        properties.emplace_back(i, WindowAggregate::Property::kEnd);
        break;
      case WindowRole::kTime:
        properties.emplace_back(i, WindowAggregate::Property::kTime);
        break;
    }
  }
  for (size_t i = 0; i < aggregate.calls.size(); ++i) {
    AggregateCall call = aggregate.calls[i];
    for (int& argument : call.arguments) {
      MS_ASSIGN(argument, place(argument));
    }
    if (call.filter >= 0) {
      MS_ASSIGN(call.filter, place(call.filter));
    }
    columns[aggregate.keys.size() + i] = static_cast<int>(result.keys.size() + i);
    result.calls.push_back(std::move(call));
  }
  for (const auto& [column, property] : properties) {
    columns[column] = static_cast<int>(result.keys.size() + result.calls.size() + result.properties.size());
    result.properties.push_back(property);
  }

  Required needed(below->columns.size(), false);
  for (const ExpressionPtr& projection : projections) require_references(*projection, needed);
  for (const ExpressionPtr& condition : conditions) require_references(*condition, needed);
  // In batch mode there is no event time: no row is late, and the windows fire at the end.
  MS_ASSIGN(const Built input, build(below, needed));
  if (!input.draft->insert_only()) {
    return std::unexpected(Error{ErrorCode::kUnsupported, "A window aggregate over updating rows is not supported yet.",
                                 "it works over insert-only input", node.position});
  }
  for (ExpressionPtr& projection : projections) projection = function::remap_columns(projection, input.columns);
  for (ExpressionPtr& condition : conditions) condition = function::remap_columns(condition, input.columns);
  Draft* prepared = calc(input.draft, join_conjunction(std::move(conditions)), projections, names, node.position);
  Draft* arrived = exchange(prepared, result.keys, node.position);

  split_aggregates(result.calls);
  Draft draft;
  draft.inputs = {arrived};
  draft.position = node.position;
  draft.bounded = arrived->bounded;
  const Window& w = result.window;
  std::string digest = std::to_string(static_cast<int>(w.kind)) + "," + std::to_string(w.size.value) + "," +
                       std::to_string(w.slide.value) + "," + std::to_string(w.gap.value) + "," +
                       std::to_string(w.offset.value) + "/" + join_numbers(result.keys);
  draft.meaning = hash_combine(arrived->meaning, hash_text("window " + digest.substr(0, digest.find('/'))));
  draft.meaning = hash_combine(draft.meaning, arrived->column_meanings[0]);
  std::vector<int> key_columns;
  for (size_t i = 0; i < result.keys.size(); ++i) {
    const auto key = static_cast<size_t>(result.keys[i]);
    draft.output.fields.push_back({arrived->output.fields[key].name, arrived->output.fields[key].type, ""});
    draft.column_meanings.push_back(arrived->column_meanings[key]);
    draft.meaning = hash_combine(draft.meaning, arrived->column_meanings[key]);
    key_columns.push_back(static_cast<int>(i));
  }
  digest += add_calls(result.calls, *arrived, draft);
  for (const auto& [column, property] : properties) {
    digest += "|p" + std::to_string(static_cast<int>(property));
    const auto position = static_cast<size_t>(columns[column]);
    draft.output.fields.push_back({node.columns[column].name, node.columns[column].type, ""});
    draft.column_meanings.push_back(hash_combine(draft.meaning, static_cast<uint64_t>(property) + 11));
    // A window of a cumulation shares its start with others; any other bound tells a window.
    if (w.kind == Window::Kind::kCumulate && property == WindowAggregate::Property::kStart) continue;
    std::vector<int> key = key_columns;
    key.push_back(static_cast<int>(position));
    draft.upsert_keys.push_back(std::move(key));
  }
  if (w.kind == Window::Kind::kCumulate) {
    // Nor does an end alone: windows of different starts never share one, but start and end together are what Flink
    // says.
    draft.upsert_keys.clear();
    std::vector<int> key = key_columns;
    for (const auto& [column, property] : properties) key.push_back(columns[column]);
    draft.upsert_keys.push_back(std::move(key));
  }
  draft.hashed_by = key_columns;
  draft.node = std::move(result);
  return Built{drafts_.intern(std::move(draft), digest), std::move(columns)};
}

}  // namespace millstream::plan

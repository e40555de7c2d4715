// The layout of projections, filters, unions, sorts and limits. Scans: layout_scan.cc; aggregates:
// layout_aggregate.cc; sinks: layout_sink.cc.
#include "plan/internal/layout.h"

#include <algorithm>
#include <functional>

#include "base/check.h"
#include "plan/internal/expression_binder.h"
#include "plan/internal/expression_tree.h"
#include "plan/internal/layout_builder.h"
#include "plan/internal/rewrite.h"
#include "plan/internal/unread_fields.h"

namespace millstream::plan {

using function::ExpressionPtr;

std::string join_numbers(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += std::to_string(number) + ",";
  return text;
}

void require_references(const function::Expression& expression, Required& required) {
  for (const int column : function::referenced_columns(expression)) required[static_cast<size_t>(column)] = true;
}

namespace {

// Where the input's column is in the output of `projections`; -1 if it is not passed on.
std::vector<int> passed_on(const std::vector<ExpressionPtr>& projections, size_t input_width) {
  std::vector<int> where(input_width, -1);
  for (size_t i = 0; i < projections.size(); ++i) {
    const auto* reference = std::get_if<function::ColumnReference>(&projections[i]->node);
    if (reference != nullptr && where[static_cast<size_t>(reference->index)] < 0) {
      where[static_cast<size_t>(reference->index)] = static_cast<int>(i);
    }
  }
  return where;
}

std::optional<std::vector<int>> map_columns(const std::vector<int>& columns, const std::vector<int>& where) {
  std::vector<int> mapped;
  for (const int column : columns) {
    if (where[static_cast<size_t>(column)] < 0) return std::nullopt;
    mapped.push_back(where[static_cast<size_t>(column)]);
  }
  return mapped;
}

std::vector<int> identity(size_t count) {
  std::vector<int> columns(count);
  for (size_t i = 0; i < count; ++i) columns[i] = static_cast<int>(i);
  return columns;
}

bool is_identity(const std::vector<ExpressionPtr>& projections, const Draft& input,
                 const std::vector<std::string>& names) {
  if (projections.size() != input.output.size()) return false;
  for (size_t i = 0; i < projections.size(); ++i) {
    const auto* reference = std::get_if<function::ColumnReference>(&projections[i]->node);
    if (reference == nullptr || reference->index != static_cast<int>(i) || names[i] != input.output.fields[i].name)
      return false;
  }
  return true;
}

// A projection of the columns that are wanted above, and where each of them is in it; -1 for the others.
struct Projection {
  std::vector<ExpressionPtr> expressions;
  std::vector<std::string> names;
  std::vector<int> columns;
};
// `expression_of(i)` makes column i of the node.
template <typename ExpressionOf>
Projection project_required(const LogicalNode& node, const Required& required, ExpressionOf expression_of) {
  Projection projection;
  projection.columns.assign(required.size(), -1);
  for (size_t i = 0; i < required.size(); ++i) {
    if (!required[i]) continue;
    projection.columns[i] = static_cast<int>(projection.expressions.size());
    projection.expressions.push_back(expression_of(i));
    projection.names.push_back(node.columns[i].name);
  }
  return projection;
}

}  // namespace

void LayoutBuilder::start_second_pass() {
  learning_ = false;
  drafts_ = DraftTable();
}

Draft* LayoutBuilder::calc(Draft* input, ExpressionPtr condition, std::vector<ExpressionPtr> projections,
                           std::vector<std::string> names, SourcePosition position) {
  if (condition == nullptr && is_identity(projections, *input, names)) return input;
  // A projection on a projection is one, unless that would compute something random twice.
  if (const auto* below = std::get_if<Calc>(&input->node)) {
    const bool merges =
        std::ranges::all_of(below->projections, [](const ExpressionPtr& e) { return e->is_deterministic(); });
    if (merges) {
      const std::string zone = context_.settings().time_zone();
      std::vector<ExpressionPtr> conditions;
      split_conjunction(below->condition, conditions);
      if (condition != nullptr) {
        split_conjunction(fold_constants(function::substitute_columns(condition, below->projections), zone),
                          conditions);
      }
      std::vector<ExpressionPtr> merged;
      for (const ExpressionPtr& projection : projections) {
        merged.push_back(fold_constants(function::substitute_columns(projection, below->projections), zone));
      }
      return calc(input->inputs[0], join_conjunction(std::move(conditions)), std::move(merged), std::move(names),
                  position);
    }
  }
  Draft draft;
  draft.inputs = {input};
  draft.position = position;
  draft.bounded = input->bounded;
  draft.updates = input->updates;
  draft.deletes = input->deletes;
  draft.deletes_by_key = input->deletes_by_key;
  const std::vector<int> where = passed_on(projections, input->output.size());
  for (const auto& key : input->upsert_keys) {
    if (auto mapped = map_columns(key, where)) draft.upsert_keys.push_back(*std::move(mapped));
  }
  if (input->hashed_by) draft.hashed_by = map_columns(*input->hashed_by, where);
  draft.meaning = condition == nullptr ? input->meaning
                                       : hash_combine(input->meaning, meaning_of(*condition, input->column_meanings));
  std::string digest = condition == nullptr ? "" : condition->to_text();
  for (size_t i = 0; i < projections.size(); ++i) {
    draft.output.fields.push_back({names[i], projections[i]->type, ""});
    draft.column_meanings.push_back(meaning_of(*projections[i], input->column_meanings));
    digest += "|" + names[i] + "=" + projections[i]->to_text() + ":" + projections[i]->type.to_sql();
    // Random projections of two places are two things.
    if (!projections[i]->is_deterministic()) digest += "@" + std::to_string(projections[i]->position.offset);
  }
  draft.node = Calc{std::move(condition), std::move(projections)};
  return drafts_.intern(std::move(draft), digest);
}

Draft* LayoutBuilder::exchange(Draft* input, std::vector<int> keys, SourcePosition position) {
  if (input->hashed_by && *input->hashed_by == keys) return input;
  Draft draft;
  draft.inputs = {input};
  draft.output = input->output;
  draft.position = position;
  draft.bounded = input->bounded;
  draft.updates = input->updates;
  draft.deletes = input->deletes;
  draft.deletes_by_key = input->deletes_by_key;
  draft.upsert_keys = input->upsert_keys;
  draft.hashed_by = keys;
  draft.meaning = input->meaning;
  draft.column_meanings = input->column_meanings;
  const std::string digest = join_numbers(keys);
  draft.node = Exchange{std::move(keys)};
  return drafts_.intern(std::move(draft), digest);
}

Result<Built> LayoutBuilder::build(const LogicalPtr& node, const Required& required) {
  struct Visitor {
    LayoutBuilder& builder;
    const LogicalNode& node;
    const Required& required;
    Result<Built> operator()(const LogicalScan& scan) const {
      return builder.build_scan(node, scan, required, nullptr);
    }
    Result<Built> operator()(const LogicalValues& values) const { return builder.build_values(node, values); }
    Result<Built> operator()(const LogicalFilter& filter) const { return builder.build_filter(node, filter, required); }
    Result<Built> operator()(const LogicalProject& project) const {
      return builder.build_project(node, project, required);
    }
    Result<Built> operator()(const LogicalAggregate& aggregate) const {
      return builder.build_aggregate(node, aggregate, required);
    }
    Result<Built> operator()(const LogicalWindow&) const {
      return std::unexpected(
          Error{ErrorCode::kUnsupported,
                "A window table function without GROUP BY window_start, window_end is not supported yet.",
                "group its rows: GROUP BY window_start, window_end", node.position});
    }
    Result<Built> operator()(const LogicalUnion&) const { return builder.build_union(node, required); }
    Result<Built> operator()(const LogicalSort& sort) const { return builder.build_sort(node, sort, required); }
    Result<Built> operator()(const LogicalLimit& limit) const { return builder.build_limit(node, limit, required); }
  };
  return std::visit(Visitor{*this, *node, required}, node->node);
}

Result<Built> LayoutBuilder::build_values(const LogicalNode& node, const LogicalValues& values) {
  Draft draft;
  std::string digest;
  for (const LogicalColumn& column : node.columns) {
    draft.output.fields.push_back({column.name, column.type, ""});
    draft.column_meanings.push_back(hash_text("values:" + column.name));
    digest += column.name + ":" + column.type.to_sql() + "|";
  }
  for (const auto& row : values.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      digest += row[i].is_null() ? "N" : "'" + column::to_text(node.columns[i].type, row[i]) + "'";
    }
    digest += ";";
  }
  draft.position = node.position;
  draft.meaning = hash_text(digest);
  if (values.rows.size() <= 1) draft.upsert_keys.push_back({});
  draft.node = Values{values.rows};
  return Built{drafts_.intern(std::move(draft), digest), identity(node.columns.size())};
}

Result<Built> LayoutBuilder::build_filter(const LogicalNode& node, const LogicalFilter& filter,
                                          const Required& required) {
  const LogicalPtr& below = node.inputs[0];
  if (const auto* scan = below->as<LogicalScan>()) {
    return build_scan(*below, *scan, required, filter.condition);
  }
  Required needed = required;
  require_references(*filter.condition, needed);
  MS_ASSIGN(const Built input, build(below, needed));
  Projection projection = project_required(
      node, required, [&](size_t i) { return function::column_reference(input.columns[i], node.columns[i].type); });
  Draft* draft = calc(input.draft, function::remap_columns(filter.condition, input.columns),
                      std::move(projection.expressions), std::move(projection.names), node.position);
  return Built{draft, std::move(projection.columns)};
}

Result<Built> LayoutBuilder::build_project(const LogicalNode& node, const LogicalProject& project,
                                           const Required& required) {
  const LogicalPtr& below = node.inputs[0];
  Required needed(below->columns.size(), false);
  for (size_t i = 0; i < required.size(); ++i) {
    if (required[i]) require_references(*project.expressions[i], needed);
  }
  MS_ASSIGN(const Built input, build(below, needed));
  Projection projection = project_required(
      node, required, [&](size_t i) { return function::remap_columns(project.expressions[i], input.columns); });
  Draft* draft =
      calc(input.draft, nullptr, std::move(projection.expressions), std::move(projection.names), node.position);
  return Built{draft, std::move(projection.columns)};
}

Result<Built> LayoutBuilder::build_union(const LogicalNode& node, const Required& required) {
  Draft draft;
  draft.position = node.position;
  std::vector<int> columns(required.size(), -1);
  int width = 0;
  for (size_t i = 0; i < required.size(); ++i) {
    if (!required[i]) continue;
    columns[i] = width++;
    draft.output.fields.push_back({node.columns[i].name, node.columns[i].type, ""});
  }
  for (const LogicalPtr& side : node.inputs) {
    MS_ASSIGN(const Built input, build(side, required));
    std::vector<ExpressionPtr> projections;
    std::vector<std::string> names;
    for (size_t i = 0; i < required.size(); ++i) {
      if (!required[i]) continue;
      projections.push_back(function::column_reference(input.columns[i], side->columns[i].type));
      names.push_back(node.columns[i].name);
    }
    Draft* conformed = calc(input.draft, nullptr, std::move(projections), std::move(names), node.position);
    draft.bounded = draft.bounded && conformed->bounded;
    draft.updates = draft.updates || conformed->updates;
    draft.deletes = draft.deletes || conformed->deletes;
    draft.deletes_by_key = draft.deletes_by_key || conformed->deletes_by_key;
    draft.meaning = hash_combine(draft.meaning, conformed->meaning);
    if (draft.column_meanings.empty()) draft.column_meanings.resize(conformed->column_meanings.size());
    for (size_t i = 0; i < conformed->column_meanings.size(); ++i) {
      draft.column_meanings[i] = hash_combine(draft.column_meanings[i], conformed->column_meanings[i]);
    }
    draft.inputs.push_back(conformed);
  }
  draft.node = UnionAll{};
  return Built{drafts_.intern(std::move(draft), "union"), std::move(columns)};
}

Result<Built> LayoutBuilder::build_sort(const LogicalNode& node, const LogicalSort& sort, const Required& required) {
  Required needed = required;
  for (const int column : sort.columns) needed[static_cast<size_t>(column)] = true;
  MS_ASSIGN(const Built input, build(node.inputs[0], needed));
  Sort result;
  result.descending = sort.descending;
  result.nulls_last = sort.nulls_last;
  for (const int column : sort.columns) result.columns.push_back(input.columns[static_cast<size_t>(column)]);
  Draft* gathered = exchange(input.draft, {}, node.position);
  Draft draft = *gathered;
  draft.inputs = {gathered};
  draft.position = node.position;
  draft.needs_before = draft.needs_normalized = draft.visited = false;
  std::string digest = join_numbers(result.columns);
  for (size_t i = 0; i < result.columns.size(); ++i) {
    digest += std::string(result.descending[i] ? "d" : "a") + (result.nulls_last[i] ? "l" : "f");
  }
  draft.meaning = hash_combine(gathered->meaning, hash_text("sort"));
  draft.node = std::move(result);
  return Built{drafts_.intern(std::move(draft), digest), input.columns};
}

Result<Built> LayoutBuilder::build_limit(const LogicalNode& node, const LogicalLimit& limit, const Required& required) {
  MS_ASSIGN(const Built input, build(node.inputs[0], required));
  if (!input.draft->insert_only()) {
    return std::unexpected(Error{ErrorCode::kUnsupported, "LIMIT over updating rows is not supported yet.",
                                 "it works over insert-only rows, and in batch mode", node.position});
  }
  Draft* gathered = exchange(input.draft, {}, node.position);
  Draft draft = *gathered;
  draft.inputs = {gathered};
  draft.position = node.position;
  draft.needs_before = draft.needs_normalized = draft.visited = false;
  draft.meaning = hash_combine(gathered->meaning,
                               hash_text("limit " + std::to_string(limit.offset) + " " + std::to_string(limit.count)));
  draft.node = Limit{limit.offset, limit.count};
  return Built{drafts_.intern(std::move(draft), std::to_string(limit.offset) + "/" + std::to_string(limit.count)),
               input.columns};
}

Result<PhysicalPlan> lay_out(BindContext& context, const std::vector<LogicalSink>& sinks) {
  const std::string zone = context.settings().time_zone();
  std::vector<LogicalSink> rewritten = sinks;
  for (LogicalSink& sink : rewritten) sink.input = rewrite(sink.input, zone);
  LayoutBuilder builder(context);
  MS_TRY(builder.build_sinks(rewritten));
  builder.start_second_pass();
  MS_ASSIGN(const std::vector<Draft*> drafts, builder.build_sinks(rewritten));
  find_unread_fields(drafts);
  return finish(drafts);
}

}  // namespace millstream::plan

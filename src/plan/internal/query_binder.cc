// Binding of SELECT, VALUES, set operations, ORDER BY and LIMIT. Grouping: group_binder.cc; FROM: table_binder.cc.
#include "plan/internal/query_binder.h"

#include "base/text.h"
#include "function/evaluator.h"
#include "plan/internal/expression_tree.h"

namespace millstream::plan {

using column::Type;
using function::ExpressionPtr;

LogicalPtr make_filter(LogicalPtr input, ExpressionPtr condition, SourcePosition position) {
  LogicalNode node;
  node.columns = input->columns;
  node.position = position;
  node.inputs.push_back(std::move(input));
  node.node = LogicalFilter{std::move(condition)};
  return std::make_shared<const LogicalNode>(std::move(node));
}

LogicalPtr make_project(LogicalPtr input, std::vector<ExpressionPtr> expressions, std::vector<std::string> names,
                        SourcePosition position) {
  LogicalNode node;
  for (size_t i = 0; i < expressions.size(); ++i) {
    LogicalColumn column{std::move(names[i]), expressions[i]->type, time_attribute_of(*expressions[i], input->columns),
                         WindowRole::kNone};
    if (const auto* reference = std::get_if<function::ColumnReference>(&expressions[i]->node)) {
      column.window = input->columns[static_cast<size_t>(reference->index)].window;
    }
    node.columns.push_back(std::move(column));
  }
  node.position = position;
  node.inputs.push_back(std::move(input));
  node.node = LogicalProject{std::move(expressions)};
  return std::make_shared<const LogicalNode>(std::move(node));
}

Result<LogicalPtr> QueryBinder::bind(const sql::Query& query) {
  const size_t before = context_.common_tables.size();
  for (const sql::CommonTable& common : query.with) {
    context_.common_tables.push_back({&common, context_.common_tables.size()});
  }
  Result<LogicalPtr> bound = bind_body(query);
  context_.common_tables.resize(before);
  return bound;
}

Result<LogicalPtr> QueryBinder::bind_body(const sql::Query& query) {
  if (const auto* select = query.as<sql::Select>()) return bind_select(*select, query);
  LogicalPtr node;
  if (const auto* values = query.as<sql::Values>()) {
    MS_ASSIGN(node, bind_values(*values));
  } else if (const auto* table = query.as<sql::ExplicitTable>()) {
    MS_ASSIGN(node, bind_named_table(sql::NamedTable{table->name, {}, {}}, table->name.span));
  } else if (const auto* operation = query.as<sql::SetOperation>()) {
    MS_ASSIGN(node, bind_set_operation(*operation, query));
  } else {
    MS_ASSIGN(node, bind(*std::get<sql::NestedQuery>(query.body).query));
  }
  return order_and_limit(std::move(node), query);
}

Result<LogicalPtr> QueryBinder::bind_set_operation(const sql::SetOperation& operation, const sql::Query& query) {
  if (operation.op != sql::SetOperator::kUnion) {
    const bool intersect = operation.op == sql::SetOperator::kIntersect;
    return context_.unsupported(query.span, intersect ? "INTERSECT is" : "EXCEPT is", "UNION and UNION ALL work");
  }
  const std::string name = operation.all ? "UNION ALL" : "UNION";
  MS_ASSIGN(LogicalPtr left, bind(*operation.left));
  MS_ASSIGN(LogicalPtr right, bind(*operation.right));
  if (left->columns.size() != right->columns.size()) {
    return context_.fail_at(operation.right->span, ErrorCode::kInvalidArgument, "Column count mismatch in " + name,
                            std::to_string(left->columns.size()) + " columns on the left, " +
                                std::to_string(right->columns.size()) + " on the right");
  }
  std::vector<Type> types;
  for (size_t i = 0; i < left->columns.size(); ++i) {
    const Type pair[] = {left->columns[i].type, right->columns[i].type};
    auto common = function::common_type(pair);
    if (!common) {
      return context_.fail_at(operation.left->span, ErrorCode::kInvalidArgument,
                              "Type mismatch in column " + std::to_string(i + 1) + " of " + name,
                              pair[0].to_sql() + " on the left, " + pair[1].to_sql() + " on the right");
    }
    types.push_back(common->as_nullable(pair[0].nullable() || pair[1].nullable()));
  }
  LogicalNode node;
  const auto conform = [&](const LogicalPtr& side) {
    bool differs = false;
    std::vector<ExpressionPtr> expressions;
    std::vector<std::string> names;
    for (size_t i = 0; i < types.size(); ++i) {
      ExpressionPtr reference = function::column_reference(static_cast<int>(i), side->columns[i].type);
      ExpressionPtr cast = cast_to(reference, types[i]);
      differs = differs || cast != reference;
      expressions.push_back(std::move(cast));
      names.push_back(side->columns[i].name);
    }
    return differs ? make_project(side, std::move(expressions), std::move(names), side->position) : side;
  };
  left = conform(left);
  right = conform(right);
  for (size_t i = 0; i < types.size(); ++i) {
    // Both sides must carry the stream's time for the union to.
    const bool same_time = left->columns[i].time == right->columns[i].time;
    node.columns.push_back(
        {left->columns[i].name, types[i], same_time ? left->columns[i].time : TimeAttribute::kNone, WindowRole::kNone});
  }
  node.position = context_.locate(query.span);
  node.inputs = {std::move(left), std::move(right)};
  node.node = LogicalUnion{};
  LogicalPtr result = std::make_shared<const LogicalNode>(std::move(node));
  if (operation.all) return result;

  LogicalAggregate distinct;
  LogicalNode aggregate;
  aggregate.position = result->position;
  for (size_t i = 0; i < types.size(); ++i) {
    distinct.keys.push_back(static_cast<int>(i));
    aggregate.columns.push_back({result->columns[i].name, types[i], TimeAttribute::kNone, WindowRole::kNone});
  }
  aggregate.node = std::move(distinct);
  aggregate.inputs.push_back(std::move(result));
  return std::make_shared<const LogicalNode>(std::move(aggregate));
}

Result<LogicalPtr> QueryBinder::bind_values(const sql::Values& values) {
  Scope nothing;
  std::vector<std::vector<ExpressionPtr>> rows;
  for (const sql::Expression& row : values.rows) {
    const auto* constructor = row.as<sql::RowConstructor>();
    if (constructor == nullptr) return context_.fail_at(row.span, ErrorCode::kInternal, "VALUES of what is no row");
    if (!rows.empty() && constructor->elements.size() != rows.front().size()) {
      return context_.fail_at(values.span, ErrorCode::kInvalidArgument,
                              "Values passed to VALUES operator must have compatible types",
                              "the rows have different numbers of columns");
    }
    std::vector<ExpressionPtr> cells;
    for (const sql::Expression& element : constructor->elements) {
      ExpressionBinder binder(context_, nothing, "VALUES");
      MS_ASSIGN(ExpressionPtr cell, binder.bind_value(element));
      if (!cell->is_constant()) {
        return context_.unsupported(element.span, "A value that depends on time or chance in VALUES is",
                                    "SELECT works: SELECT NOW()");
      }
      cells.push_back(std::move(cell));
    }
    rows.push_back(std::move(cells));
  }
  LogicalNode node;
  LogicalValues result;
  result.rows.resize(rows.size());
  function::EvaluationContext evaluation;
  evaluation.time_zone = context_.settings().time_zone();
  for (size_t column = 0; column < rows.front().size(); ++column) {
    std::vector<Type> types;
    bool nullable = false;
    for (const auto& row : rows) {
      types.push_back(row[column]->type);
      nullable = nullable || row[column]->type.nullable();
    }
    auto common = function::common_type(types);
    if (!common) {
      return context_.fail_at(values.span, ErrorCode::kInvalidArgument,
                              "Values passed to VALUES operator must have compatible types", common.error().message);
    }
    for (size_t row = 0; row < rows.size(); ++row) {
      auto value = function::evaluate_constant(*cast_to(rows[row][column], *common), evaluation);
      if (!value) {
        Error error = value.error();
        if (!error.position) error.position = rows[row][column]->position;
        return std::unexpected(std::move(error));
      }
      result.rows[row].push_back(*std::move(value));
    }
    node.columns.push_back(
        {"EXPR$" + std::to_string(column), common->as_nullable(nullable), TimeAttribute::kNone, WindowRole::kNone});
  }
  node.position = context_.locate(values.span);
  node.node = std::move(result);
  return std::make_shared<const LogicalNode>(std::move(node));
}

Result<std::vector<QueryBinder::Output>> QueryBinder::expand_items(const sql::Select& select, const Scope& scope) {
  std::vector<Output> outputs;
  for (const sql::SelectItem& item : select.items) {
    if (const auto* star = item.value.as<sql::Star>()) {
      if (!select.from) {
        return context_.fail_at(item.span, ErrorCode::kInvalidArgument, "SELECT * requires a FROM clause");
      }
      MS_ASSIGN(const std::vector<int> columns, columns_of_star(context_, scope, star->qualifier, item.span));
      for (const int column : columns) {
        outputs.push_back({scope.columns[static_cast<size_t>(column)].name, item.span, nullptr, column});
      }
      continue;
    }
    std::string name = "EXPR$" + std::to_string(outputs.size());
    if (item.alias) {
      name = item.alias->text;
    } else if (const auto* reference = item.value.as<sql::ColumnReference>()) {
      name = reference->name.last();
    }
    outputs.push_back({std::move(name), item.span, &item.value, -1});
  }
  return outputs;
}

Result<LogicalPtr> QueryBinder::bind_select(const sql::Select& select, const sql::Query& query) {
  for (const sql::Hint& hint : select.hints) {
    return context_.unsupported(hint.span, "The hint " + hint.name.text + " is", "OPTIONS behind a table works");
  }
  if (!select.windows.empty()) {
    return context_.unsupported(select.windows.front().name.span, "The WINDOW clause is");
  }
  if (select.qualify) return context_.unsupported(select.qualify->span, "QUALIFY is");

  Source source;
  if (select.from) {
    MS_ASSIGN(source, bind_from(*select.from));
  } else {
    LogicalNode one_row;
    one_row.node = LogicalValues{{{}}};
    one_row.position = context_.locate(select.span);
    source.node = std::make_shared<const LogicalNode>(std::move(one_row));
  }
  if (select.where) {
    ExpressionBinder binder(context_, source.scope, "WHERE clause");
    MS_ASSIGN(ExpressionPtr condition, binder.bind_condition(*select.where, "WHERE clause"));
    if (looks_at_time(*condition)) {
      context_.note(
          "WHERE compares with the current time: it is evaluated once per row, when the row arrives, as Flink does.");
    }
    source.node = make_filter(source.node, std::move(condition), context_.locate(select.where->span));
  }
  MS_ASSIGN(std::vector<Output> outputs, expand_items(select, source.scope));

  // Names that ORDER BY can mean but SELECT does not give are added behind the items and taken away at the end.
  const size_t visible = outputs.size();
  const bool distinct = select.quantifier == sql::SetQuantifier::kDistinct;
  std::vector<sql::OrderItem const*> hidden;
  std::vector<int> order_columns;
  for (const sql::OrderItem& item : query.order_by) {
    int column = -1;
    if (const auto* number = item.value.as<sql::NumberLiteral>()) {
      const auto ordinal = parse_integer(number->text);
      if (!ordinal || *ordinal < 1 || *ordinal > static_cast<int64_t>(visible)) {
        return context_.fail_at(item.value.span, ErrorCode::kInvalidArgument, "Ordinal out of range");
      }
      column = static_cast<int>(*ordinal - 1);
    } else if (const auto* reference = item.value.as<sql::ColumnReference>();
               reference != nullptr && reference->name.parts.size() == 1) {
      for (size_t i = 0; i < visible && column < 0; ++i) {
        if (outputs[i].name == reference->name.last()) column = static_cast<int>(i);
      }
    }
    if (column < 0) {
      // The same expression as an item?
      for (size_t i = 0; i < visible && column < 0; ++i) {
        if (outputs[i].expression != nullptr && *outputs[i].expression == item.value) column = static_cast<int>(i);
      }
    }
    if (column < 0) {
      if (distinct) {
        return context_.fail_at(
            item.value.span, ErrorCode::kInvalidArgument,
            "Expression '" + std::string(context_.words(item.value.span)) + "' is not in the select clause");
      }
      column = static_cast<int>(outputs.size());
      outputs.push_back({"$order" + std::to_string(hidden.size()), item.value.span, &item.value, -1});
      hidden.push_back(&item);
    }
    order_columns.push_back(column);
  }

  LogicalPtr node;
  const auto has_aggregate = [&] {
    if (select.group_by || select.having) return true;
    for (const Output& output : outputs) {
      if (output.expression == nullptr) continue;
      std::vector<FoundAggregate> found;
      ExpressionBinder binder(context_, source.scope);
      binder.collect_aggregates(&found);
      // An error is reported by the real binding below.
      const auto bound = binder.bind(*output.expression);
      if (!found.empty() || (!bound && binder.met_aggregate())) return true;
    }
    return false;
  };
  if (has_aggregate()) {
    MS_ASSIGN(node, bind_grouped_select(select, source, outputs));
  } else {
    MS_ASSIGN(node, bind_plain_select(select, source, outputs));
  }
  if (distinct) {
    LogicalAggregate all;
    LogicalNode aggregate;
    aggregate.position = context_.locate(select.span);
    for (size_t i = 0; i < node->columns.size(); ++i) {
      all.keys.push_back(static_cast<int>(i));
      LogicalColumn column = node->columns[i];
      column.time = TimeAttribute::kNone;
      column.window = WindowRole::kNone;
      aggregate.columns.push_back(std::move(column));
    }
    aggregate.node = std::move(all);
    aggregate.inputs.push_back(std::move(node));
    node = std::make_shared<const LogicalNode>(std::move(aggregate));
  }

  if (!query.order_by.empty()) {
    const bool by_time = node->columns[static_cast<size_t>(order_columns.front())].time == TimeAttribute::kRowtime &&
                         query.order_by.front().direction != sql::SortDirection::kDescending;
    if (context_.is_streaming()) {
      // Flink sorts a stream by time only, or keeps the first rows of an order (Top-N).
      if (query.limit) {
        return context_.unsupported(query.order_by.front().value.span, "ORDER BY with LIMIT over a stream is",
                                    "SET 'execution.runtime-mode' = 'batch' sorts bounded input");
      }
      if (by_time) {
        return context_.unsupported(query.order_by.front().value.span, "ORDER BY a time attribute over a stream is",
                                    "SET 'execution.runtime-mode' = 'batch' sorts bounded input");
      }
      return context_.fail_at(query.order_by.front().value.span, ErrorCode::kInvalidArgument,
                              "Sort on a non-time-attribute field is not supported.",
                              "a stream never ends, so it cannot be sorted; SET 'execution.runtime-mode' = 'batch' "
                              "sorts bounded input");
    }
    LogicalNode sort;
    LogicalSort keys;
    for (size_t i = 0; i < query.order_by.size(); ++i) {
      const sql::OrderItem& item = query.order_by[i];
      const bool descending = item.direction == sql::SortDirection::kDescending;
      keys.columns.push_back(order_columns[i]);
      keys.descending.push_back(descending);
      // Flink: NULL is the smallest value unless said otherwise.
      keys.nulls_last.push_back(item.nulls == sql::NullOrder::kUnspecified ? descending
                                                                           : item.nulls == sql::NullOrder::kLast);
    }
    sort.columns = node->columns;
    sort.position = context_.locate(query.order_by.front().value.span);
    sort.node = std::move(keys);
    sort.inputs.push_back(std::move(node));
    node = std::make_shared<const LogicalNode>(std::move(sort));
  }
  MS_ASSIGN(node, order_and_limit(std::move(node), query));
  if (outputs.size() == visible) return node;
  std::vector<ExpressionPtr> expressions;
  std::vector<std::string> names;
  for (size_t i = 0; i < visible; ++i) {
    expressions.push_back(function::column_reference(static_cast<int>(i), node->columns[i].type));
    names.push_back(node->columns[i].name);
  }
  return make_project(node, std::move(expressions), std::move(names), node->position);
}

Result<ExpressionPtr> QueryBinder::bind_output(const Output& output, const Source& source,
                                               std::vector<FoundAggregate>* aggregates) {
  if (output.expression == nullptr) {
    return make_expression(source.scope.columns[static_cast<size_t>(output.column)].type,
                           function::ColumnReference{output.column}, context_.locate(output.span));
  }
  ExpressionBinder binder(context_, source.scope);
  binder.collect_aggregates(aggregates);
  return binder.bind_value(*output.expression);
}

Result<LogicalPtr> QueryBinder::bind_plain_select(const sql::Select& select, const Source& source,
                                                  const std::vector<Output>& outputs) {
  std::vector<ExpressionPtr> expressions;
  std::vector<std::string> names;
  for (const Output& output : outputs) {
    MS_ASSIGN(ExpressionPtr expression, bind_output(output, source, nullptr));
    expressions.push_back(std::move(expression));
    names.push_back(output.name);
  }
  return make_project(source.node, std::move(expressions), std::move(names), context_.locate(select.span));
}

// For bodies other than SELECT, whose ORDER BY can only mean their columns; and LIMIT for all.
Result<LogicalPtr> QueryBinder::order_and_limit(LogicalPtr input, const sql::Query& query) {
  if (!query.order_by.empty() && query.as<sql::Select>() == nullptr) {
    MS_ASSIGN(input, sorted(std::move(input), query.order_by));
  }
  if (!query.limit && !query.offset) return input;
  Scope nothing;
  const auto count_of = [&](const std::optional<sql::Expression>& written, int64_t fallback) -> Result<int64_t> {
    if (!written) return fallback;
    ExpressionBinder binder(context_, nothing, "LIMIT");
    MS_ASSIGN(ExpressionPtr bound, binder.bind(*written));
    if (!bound->type.is_integer()) {
      return context_.fail_at(written->span, ErrorCode::kInvalidArgument, "LIMIT and OFFSET take a whole number");
    }
    MS_ASSIGN(const column::Value value, constant_value(context_, *bound, written->span, "LIMIT"));
    if (value.is_null() || value.as_int() < 0) {
      return context_.fail_at(written->span, ErrorCode::kInvalidArgument, "LIMIT and OFFSET take a whole number");
    }
    return value.as_int();
  };
  LogicalLimit limit;
  MS_ASSIGN(limit.count, count_of(query.limit, -1));
  MS_ASSIGN(limit.offset, count_of(query.offset, 0));
  LogicalNode node;
  node.columns = input->columns;
  node.position = context_.locate(query.limit ? query.limit->span : query.offset->span);
  node.inputs.push_back(std::move(input));
  node.node = limit;
  return std::make_shared<const LogicalNode>(std::move(node));
}

Result<LogicalPtr> QueryBinder::sorted(LogicalPtr input, const std::vector<sql::OrderItem>& items) {
  if (context_.is_streaming()) {
    return context_.fail_at(items.front().value.span, ErrorCode::kInvalidArgument,
                            "Sort on a non-time-attribute field is not supported.",
                            "SET 'execution.runtime-mode' = 'batch' sorts bounded input");
  }
  LogicalNode node;
  LogicalSort sort;
  Scope scope{input->columns, {}};
  for (const sql::OrderItem& item : items) {
    int column = -1;
    if (const auto* number = item.value.as<sql::NumberLiteral>()) {
      const auto ordinal = parse_integer(number->text);
      if (ordinal && *ordinal >= 1 && *ordinal <= static_cast<int64_t>(input->columns.size())) {
        column = static_cast<int>(*ordinal - 1);
      }
      if (column < 0) return context_.fail_at(item.value.span, ErrorCode::kInvalidArgument, "Ordinal out of range");
    } else {
      ExpressionBinder binder(context_, scope);
      MS_ASSIGN(ExpressionPtr bound, binder.bind(item.value));
      const auto* reference = std::get_if<function::ColumnReference>(&bound->node);
      if (reference == nullptr) {
        return context_.unsupported(item.value.span, "ORDER BY an expression behind UNION or VALUES is",
                                    "wrap the query: SELECT * FROM (…) ORDER BY …");
      }
      column = reference->index;
    }
    const bool descending = item.direction == sql::SortDirection::kDescending;
    sort.columns.push_back(column);
    sort.descending.push_back(descending);
    sort.nulls_last.push_back(item.nulls == sql::NullOrder::kUnspecified ? descending
                                                                         : item.nulls == sql::NullOrder::kLast);
  }
  node.columns = input->columns;
  node.position = context_.locate(items.front().value.span);
  node.inputs.push_back(std::move(input));
  node.node = std::move(sort);
  return std::make_shared<const LogicalNode>(std::move(node));
}

}  // namespace millstream::plan

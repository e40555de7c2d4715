// Queries to logical plans: FROM, WHERE, GROUP BY, SELECT, set operations, ORDER BY, common tables and views.
#pragma once

#include "base/error.h"
#include "plan/internal/bind_context.h"
#include "plan/internal/expression_binder.h"
#include "plan/internal/scope.h"
#include "plan/logical_plan.h"
#include "sql/query.h"

namespace millstream::plan {

class QueryBinder {
 public:
  explicit QueryBinder(BindContext& context) : context_(context) {}

  // Columns are named as Flink names them: EXPR$0 for expressions without a name, duplicates kept.
  Result<LogicalPtr> bind(const sql::Query& query);
  // A table for reading, with hints applied; for INSERT's own checks too.
  Result<LogicalPtr> scan_table(const sql::Name& name, const std::vector<sql::Hint>& hints, sql::SourceSpan span);

 private:
  struct Source {  // what FROM gives
    LogicalPtr node;
    Scope scope;
  };
  struct Output {  // one item of SELECT
    std::string name;
    sql::SourceSpan span;
    const sql::Expression* expression = nullptr;  // null: column `column` of the source
    int column = -1;
  };

  Result<LogicalPtr> bind_body(const sql::Query& query);
  Result<LogicalPtr> bind_select(const sql::Select& select, const sql::Query& query);
  Result<LogicalPtr> bind_values(const sql::Values& values);
  Result<LogicalPtr> bind_set_operation(const sql::SetOperation& operation, const sql::Query& query);
  Result<LogicalPtr> order_and_limit(LogicalPtr input, const sql::Query& query);
  Result<LogicalPtr> sorted(LogicalPtr input, const std::vector<sql::OrderItem>& items);

  Result<Source> bind_from(const sql::TableReference& reference);
  Result<LogicalPtr> bind_named_table(const sql::NamedTable& table, sql::SourceSpan span);
  Result<LogicalPtr> bind_common_table(const CommonTableEntry& entry, sql::SourceSpan span);
  Result<LogicalPtr> bind_view(const catalog::ObjectPath& path, const catalog::View& view, sql::SourceSpan span);
  Result<LogicalPtr> bind_window_function(const sql::Call& call, sql::SourceSpan span);

  // `aggregates`: where calls of such functions go; null refuses them.
  Result<function::ExpressionPtr> bind_output(const Output& output, const Source& source,
                                              std::vector<FoundAggregate>* aggregates);
  Result<std::vector<Output>> expand_items(const sql::Select& select, const Scope& scope);
  Result<LogicalPtr> bind_plain_select(const sql::Select& select, const Source& source,
                                       const std::vector<Output>& outputs);
  Result<LogicalPtr> bind_grouped_select(const sql::Select& select, const Source& source,
                                         const std::vector<Output>& outputs);
  Result<std::vector<function::ExpressionPtr>> bind_group_keys(const sql::Select& select, const Source& source,
                                                               const std::vector<Output>& outputs);

  BindContext& context_;
};

[[nodiscard]] LogicalPtr make_project(LogicalPtr input, std::vector<function::ExpressionPtr> expressions,
                                      std::vector<std::string> names, SourcePosition position);
[[nodiscard]] LogicalPtr make_filter(LogicalPtr input, function::ExpressionPtr condition, SourcePosition position);

// A scan of `table`: binds its computed columns and watermark. Errors are placed at `mentioned`.
[[nodiscard]] Result<LogicalPtr> make_scan(BindContext& context, const catalog::ObjectPath& path,
                                           catalog::TablePtr table, sql::SourceSpan mentioned);

// The constant value of an expression without columns; an error at `span` if it has some.
[[nodiscard]] Result<column::Value> constant_value(const BindContext& context, const function::Expression& expression,
                                                   sql::SourceSpan span, std::string_view what);

}  // namespace millstream::plan

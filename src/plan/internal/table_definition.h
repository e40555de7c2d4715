// CREATE TABLE and ALTER TABLE: from written elements to a checked catalog::Table.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "plan/internal/bind_context.h"
#include "plan/logical_plan.h"
#include "sql/statement.h"

namespace millstream::plan {

class TableDefinition {
 public:
  explicit TableDefinition(BindContext& context) : context_(context) {}
  // Starts from a table that is there.
  TableDefinition(BindContext& context, catalog::Table table) : context_(context), table_(std::move(table)) {}

  Status add(const sql::TableElement& element);
  // LIKE: what the options say of the other table.
  Status add_like(const sql::LikeClause& like);
  // CREATE TABLE AS: the query's columns, those that are declared already kept.
  Status add_query_columns(const std::vector<LogicalColumn>& columns, sql::SourceSpan span);
  Status drop_column(const std::string& name, sql::SourceSpan span);

  catalog::Table& table() { return table_; }
  // Derives the types of computed columns and checks keys and watermark. `path` is for messages.
  Result<catalog::Table> finish(const catalog::ObjectPath& path);

 private:
  Status add_column(const sql::ColumnDefinition& definition);
  Status set_primary_key(const std::vector<sql::Identifier>& columns, sql::SourceSpan span);
  Result<function::ExpressionPtr> bind_stored(const std::string& text, const std::vector<LogicalColumn>& columns,
                                              sql::SourceSpan span);

  BindContext& context_;
  catalog::Table table_;
  std::vector<sql::SourceSpan> spans_;  // of the columns written here, from the back
  sql::SourceSpan key_span_;
  sql::SourceSpan watermark_span_;
  // Expressions written in this statement, bound in place for exact positions; others are bound from their text.
  std::vector<std::pair<std::string, const sql::Expression*>> written_;
  const sql::Expression* written_watermark_ = nullptr;
};

}  // namespace millstream::plan

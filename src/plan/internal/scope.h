// The tables and columns that names in a query block can mean.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "function/expression.h"
#include "plan/internal/bind_context.h"
#include "plan/logical_plan.h"
#include "sql/identifier.h"

namespace millstream::plan {

struct ScopeTable {
  std::vector<std::string> name;  // the alias, or the table's name as written: database and catalog may stand in front
  int first = 0;                  // index of its first column in Scope::columns
  int count = 0;
};

struct Scope {
  std::vector<LogicalColumn> columns;
  std::vector<ScopeTable> tables;
};

// Finds what a dotted name means: [table.]column[.field …]. Errors in Calcite's words with the nearest name.
[[nodiscard]] Result<function::ExpressionPtr> resolve_name(const BindContext& context, const Scope& scope,
                                                           const sql::Name& name);
// The columns of t.*; all for an empty qualifier.
[[nodiscard]] Result<std::vector<int>> columns_of_star(const BindContext& context, const Scope& scope,
                                                       const std::vector<sql::Identifier>& qualifier,
                                                       sql::SourceSpan span);
// input.field; an error if there is none.
[[nodiscard]] Result<function::ExpressionPtr> access_field(const BindContext& context, function::ExpressionPtr input,
                                                           const sql::Identifier& field, sql::SourceSpan span);

}  // namespace millstream::plan

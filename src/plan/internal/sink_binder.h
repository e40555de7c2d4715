// INSERT and plain queries to logical sinks: columns matched with the table's, implicit casts, Flink's complaints.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "plan/internal/bind_context.h"
#include "plan/logical_plan.h"
#include "sql/statement.h"

namespace millstream::plan {

[[nodiscard]] Result<LogicalSink> bind_insert(BindContext& context, const sql::Insert& insert, sql::SourceSpan span);
// Into a table that is being created from this query.
[[nodiscard]] Result<LogicalSink> bind_into(BindContext& context, const catalog::ObjectPath& path,
                                            catalog::TablePtr table, const LogicalPtr& query, sql::SourceSpan span);
[[nodiscard]] Result<LogicalSink> bind_collect(BindContext& context, const sql::Query& query);

// "TIMESTAMP(3) *ROWTIME*": a column's type as Flink prints it in schemas.
[[nodiscard]] std::string type_text(const column::Type& type, TimeAttribute time);

}  // namespace millstream::plan

// Answers of SHOW and DESCRIBE as rows, spelled as Flink prints them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "plan/internal/bind_context.h"
#include "plan/planner.h"
#include "sql/statement.h"

namespace millstream::plan {

// One column of names, those that the pattern lets through.
[[nodiscard]] StatementResult name_list(const std::string& header, const std::vector<std::string>& names,
                                        const std::optional<sql::ShowPattern>& pattern);
[[nodiscard]] StatementResult one_text(const std::string& header, std::string text);
// name, type, null, key, extras, watermark, and comment if any column has one.
[[nodiscard]] Result<StatementResult> describe(BindContext& context, const catalog::ObjectPath& path,
                                               const catalog::Object& object, sql::SourceSpan span,
                                               const std::optional<sql::ShowPattern>& pattern);

}  // namespace millstream::plan

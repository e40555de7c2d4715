// Rows of a result as the SQL Gateway writes them: JSON values, or every field as SQL text.
#pragma once

#include <string>

#include "column/batch.h"
#include "column/value.h"

namespace millstream::api {

enum class RowFormat { kJson, kPlainText };

// Appends {"kind":"INSERT","fields":[…]}.
void append_row(std::string& out, const column::Schema& schema, std::span<const column::Value> values,
                column::RowKind kind, RowFormat format);
// [{"name":…,"logicalType":…,"comment":…}]
[[nodiscard]] std::string columns_text(const column::Schema& schema);

}  // namespace millstream::api

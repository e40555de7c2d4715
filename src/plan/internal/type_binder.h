// SQL type names to types, with Flink's defaults and limits.
#pragma once

#include "base/error.h"
#include "column/type.h"
#include "plan/internal/bind_context.h"
#include "sql/type_name.h"

namespace millstream::plan {

// Nullable unless NOT NULL was written. Errors are placed at the type.
[[nodiscard]] Result<column::Type> bind_type(const BindContext& context, const sql::TypeName& name);

}  // namespace millstream::plan

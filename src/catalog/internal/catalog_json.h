// Tables, views and types as JSON, for the changes that Catalog stores. The format: docs/format/catalog.md.
#pragma once

#include "base/error.h"
#include "base/json.h"
#include "catalog/catalog.h"
#include "column/type.h"

namespace millstream::catalog {

[[nodiscard]] Json to_json(const column::Type& type);
[[nodiscard]] Result<column::Type> type_from_json(const Json& json);

[[nodiscard]] Json to_json(const Object& object);
// kCorrupt if the JSON is not what to_json() writes.
[[nodiscard]] Result<Object> object_from_json(const Json& json);

[[nodiscard]] Json to_json(const Options& options);
[[nodiscard]] Options options_from_json(const Json& json);

}  // namespace millstream::catalog

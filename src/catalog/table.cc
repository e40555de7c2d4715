// Lookups in a table's columns and options.
#include "catalog/table.h"

namespace millstream::catalog {

column::Schema Table::physical_schema() const {
  column::Schema schema;
  for (const Column& column : columns) {
    if (column.kind == Column::Kind::kPhysical) schema.fields.push_back({column.name, column.type, column.comment});
  }
  return schema;
}

int Table::index_of(std::string_view column) const {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == column) return static_cast<int>(i);
  }
  return -1;
}

std::string Table::option_or(std::string_view key, std::string_view fallback) const {
  const auto found = options.find(std::string(key));
  return found == options.end() ? std::string(fallback) : found->second;
}

}  // namespace millstream::catalog

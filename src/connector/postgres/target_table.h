// A sink's table as PostgreSQL has it: names resolved, types compared, the key's index found. And its epochs' layout.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "column/type.h"
#include "connector/postgres/connection.h"

namespace millstream::connector::postgres {

// One column on its way: staged with PostgreSQL's type for our SQL type, then assigned to the table's.
struct TargetColumn {
  std::string name;         // in SQL
  std::string target_name;  // in PostgreSQL
  std::string stage_type;   // "numeric", "timestamp"
  std::string cast;         // type to cast to explicitly on assignment; empty: PostgreSQL's assignment does it
  bool is_key = false;
};
struct TargetTable {
  std::string table;   // in SQL
  std::string schema;  // in PostgreSQL
  std::string name;
  std::vector<TargetColumn> columns;
  [[nodiscard]] bool has_key() const;
  [[nodiscard]] std::string full_name() const { return quoted(schema) + "." + quoted(name); }
};

// Finds 'table-name' ("name" or "schema.name") and checks every column; `keys` are indexes of the primary key, or empty.
// Names are taken exactly as written if PostgreSQL has them so, else in lower case, as it folds unquoted names.
// Errors name SQL column, table column and what to change.
Result<TargetTable> describe_target(Connection& connection, const std::string& sql_table, const std::string& table_name,
                                    const column::Schema& schema, std::span<const int> keys);

// The stage's type of a SQL type; kUnsupported for those PostgreSQL has no equal of.
Result<std::string> stage_type_of(const column::Type& type);

// One writer's rows of one epoch and table. Rows are fields in PostgreSQL's binary COPY layout, without the field count.
struct Epoch {
  TargetTable target;
  std::vector<ByteSpan> upserts;  // all columns
  std::vector<ByteSpan> deletes;  // key columns
};
// Format 1, docs/format/postgres-committable.md. parse_epoch's rows point into `payload`.
[[nodiscard]] ByteBuffer write_epoch(const Epoch& epoch);
Result<Epoch> parse_epoch(ByteSpan payload);

}  // namespace millstream::connector::postgres

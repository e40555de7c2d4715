// The table that a sink writes, as PostgreSQL's catalog has it, matched with the SQL table column by column.
//
// Made by Sink::check() on a connection of its own; immutable afterwards.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "column/type.h"
#include "connector/postgres/internal/connection.h"
#include "connector/postgres/internal/wire_column.h"

namespace millstream::connector::postgres {

// 'table-name' taken apart: table, schema.table or database.schema.table, each part perhaps in double quotes.
struct TableName {
  struct Part {
    std::string text;
    bool quoted = false;  // then it is never folded to lower case
  };
  Part schema;  // empty: by the search path
  Part table;
};
Result<TableName> parse_table_name(std::string_view text, const std::string& database);

struct TargetTable {
  std::string sql_name;             // of the SQL table
  std::string shown_name;           // "public.orders", for messages
  std::string quoted_name;          // "public"."orders"
  std::vector<WireColumn> columns;  // one per SQL column, in its order
};

// Finds the table and its columns, compares types, looks for columns that must be written and are not, for the unique
// index that ON CONFLICT needs, and for privileges. `keys`: columns of `input` that are the primary key; may be empty.
Result<TargetTable> find_target_table(Connection& connection, const ConnectionSettings& settings,
                                      const std::string& sql_table, std::string_view table_name,
                                      const column::Schema& input, std::span<const int> keys);

}  // namespace millstream::connector::postgres

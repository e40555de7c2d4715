// How one SQL column travels to PostgreSQL: its binary form, the type that names it there, and the cast at the end.
//
// Binary forms are those of PostgreSQL's send and receive functions (src/backend/utils/adt of PostgreSQL 15).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "column/type.h"

namespace millstream::connector::postgres {

enum class WireKind : uint8_t {
  kBool,
  kInt2,
  kInt4,
  kInt8,
  kFloat4,
  kFloat8,
  kNumeric,
  kText,
  kBytea,
  kDate,
  kTime,
  kTimestamp,
  kTimestampTz,
};
constexpr int kWireKinds = 13;

struct WireType {
  WireKind kind = WireKind::kText;
  bool is_array = false;
  bool operator==(const WireType&) const = default;
};
[[nodiscard]] std::string sql_name_of(WireType type);  // "bigint", "text[]"
[[nodiscard]] uint32_t oid_of(WireType type);          // fixed in PostgreSQL's catalog
[[nodiscard]] uint32_t element_oid_of(WireKind kind);

// A column of the target table, as its catalog describes it. Domains are resolved to their base type.
struct TargetColumn {
  std::string name;
  uint32_t type_oid = 0;
  int32_t type_modifier = -1;
  uint32_t element_oid = 0;  // of arrays
  char type_category = 0;    // pg_type.typcategory: 'E' is an enum
  std::string type_text;     // "character varying(64)", for messages
  std::string cast_name;     // schema-qualified and quoted, without modifier
  bool is_not_null = false;
  bool has_default = false;
  bool is_generated = false;  // GENERATED ALWAYS AS (…) STORED or AS IDENTITY
};

struct WireColumn {
  std::string name;  // of the target column
  WireType type;
  std::string cast;  // "" or what the INSERT casts to: json, jsonb, uuid, an enum
  bool is_key = false;
  bool is_direct = false;  // the wire form is the column's own: COPY into the table itself works
  bool operator==(const WireColumn&) const = default;
};

// The wire form for values of `sql` in `target`, or kInvalidArgument with the fix as hint: nothing is cut or shifted by
// a time zone on the way, and only digits of a second that the target does not have are rounded. `sql_column` and
// `table` are for the message.
Result<WireColumn> match_column(const std::string& sql_column, const column::Type& sql, const TargetColumn& target,
                                const std::string& table);

}  // namespace millstream::connector::postgres

// The bytes of one writer's epoch: which table and columns, then rows as COPY tuples, then deletes.
//
// Format 1, docs/format/postgres-committable.md. The header's bytes are equal for all writers of one table, so that
// their rows can be sent together.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "connector/postgres/internal/target_table.h"

namespace millstream::connector::postgres {

// What the committer must know of a table; the keyed ones have key columns.
struct EpochHeader {
  std::string sql_name;
  std::string shown_name;
  std::string quoted_name;
  std::vector<WireColumn> columns;
  [[nodiscard]] std::vector<WireColumn> key_columns() const;
};

struct EpochPayload {
  EpochHeader header;
  ByteSpan header_bytes;  // views into the payload
  uint64_t row_count = 0;
  ByteSpan rows;  // tuples of all columns
  uint64_t delete_count = 0;
  ByteSpan deletes;  // tuples of the key columns
};

// Version and header; rows follow, then deletes, then write_footer().
[[nodiscard]] ByteBuffer write_header(const TargetTable& table);
void write_footer(ByteBuffer& payload, uint64_t row_count, uint64_t row_bytes, uint64_t delete_count,
                  uint64_t delete_bytes);
// kCorrupt, or kUnsupported for a version that this program does not know. The tuples are walked: they are whole.
Result<EpochPayload> read_payload(ByteSpan payload);

// The size of the tuple at the start of `tuples`; 0 if it is cut off or has not `fields` fields.
[[nodiscard]] size_t tuple_size(ByteSpan tuples, size_t fields);

}  // namespace millstream::connector::postgres

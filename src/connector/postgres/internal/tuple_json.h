// A COPY tuple as a JSON object, for rows that PostgreSQL refused.
#pragma once

#include <span>
#include <string>

#include "base/bytes.h"
#include "connector/postgres/internal/wire_column.h"

namespace millstream::connector::postgres {

// {"id": 7, "note": "a", "at": "2024-01-01 00:00:00.5"}: numbers as numbers (NaN and infinities as text), bytes in
// base64, times as Flink's JSON format writes them, by the names of the target's columns. The tuple is whole.
[[nodiscard]] std::string tuple_to_json(std::span<const WireColumn> columns, ByteSpan tuple);

}  // namespace millstream::connector::postgres

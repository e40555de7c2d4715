// ROW, ARRAY and MAP values as bytes in which equal values are equal, for cells of state rows and lists of rows.
//
// Format: docs/format/checkpoint.md, "Nested cells". The same bytes hold any other type too.
#pragma once

#include <string>

#include "base/bytes.h"
#include "column/value.h"
#include "column/vector.h"

namespace millstream::state {

// Appends position `position` of `vector`, NULL included. Map entries are sorted; -0.0 and NaN are normalised.
void encode_cell(const column::Vector& vector, size_t position, ByteWriter& out);
// Reads one value of that type; reader.ok() is false afterwards if the bytes are not one.
[[nodiscard]] column::Value decode_cell(const column::Type& type, ByteReader& reader);

}  // namespace millstream::state

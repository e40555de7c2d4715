// Rows of a batch as PostgreSQL binary COPY tuples: column by column, two passes, no allocation per value.
//
// A tuple is what COPY … WITH (FORMAT binary) takes (https://www.postgresql.org/docs/15/sql-copy.html): the number of
// fields as int16, then per field its size as int32 (-1: NULL) and its bytes; big-endian. One encoder per writer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "column/batch.h"
#include "connector/postgres/internal/wire_column.h"

namespace millstream::connector::postgres {

class RowEncoder {
 public:
  // `inputs[i]` is the batch's column that is written as columns[i].
  RowEncoder(std::vector<WireColumn> columns, std::vector<int> inputs);

  // Appends one tuple per position to `out`; sizes() then has each one's bytes.
  void encode(const column::Batch& batch, std::span<const uint32_t> positions, ByteBuffer& out);
  [[nodiscard]] std::span<const uint32_t> sizes() const { return sizes_; }

 private:
  // Values that need work to know their size are encoded once into `bytes`; ends[i] is where row i's field ends.
  struct Prepared {
    ByteBuffer bytes;
    std::vector<uint32_t> ends;
  };
  void measure(size_t index, const column::Vector& vector, std::span<const uint32_t> positions);
  void write(size_t index, const column::Vector& vector, std::span<const uint32_t> positions, std::byte* out);

  std::vector<WireColumn> columns_;
  std::vector<int> inputs_;
  std::vector<Prepared> prepared_;
  std::vector<uint32_t> sizes_;
  std::vector<uint32_t> cursors_;
};

// PostgreSQL's numeric in binary; at most kMaxNumericBytes. Returns the end.
constexpr size_t kMaxNumericBytes = 8 + 2 * 12;
std::byte* write_numeric(std::byte* out, column::Int128 unscaled, int scale);

}  // namespace millstream::connector::postgres

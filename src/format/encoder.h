// The encoder contract: rows of a batch become one run of bytes per row.
//
// An encoder belongs to one writer and is called on its thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "column/batch.h"
#include "format/decoder.h"

namespace millstream::format {

// Rows behind each other in one buffer; row i is bytes[ends[i - 1] .. ends[i]).
struct EncodedRows {
  std::string bytes;
  std::vector<size_t> ends;

  void clear() {
    bytes.clear();
    ends.clear();
  }
  [[nodiscard]] size_t size() const { return ends.size(); }
  [[nodiscard]] std::string_view operator[](size_t i) const {
    const size_t start = i == 0 ? 0 : ends[i - 1];
    return std::string_view(bytes).substr(start, ends[i] - start);
  }
};

class Encoder {
 public:
  virtual ~Encoder() = default;
  // Appends one entry per row of `rows` to `out`. `columns` are in the order of the schema given at the start.
  // kBadRow for a value the format cannot say, in Flink's words where it has some; `out` then holds the rows before it.
  virtual Status encode(std::span<const column::VectorPtr> columns, column::Rows rows, EncodedRows& out) = 0;
};

Result<std::unique_ptr<Encoder>> make_encoder(std::string_view format, const column::Schema& fields,
                                              const FormatOptions& options);

}  // namespace millstream::format

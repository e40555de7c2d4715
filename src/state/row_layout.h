// Where the columns of a state row lie: hash, live and null bits, fixed-size cells, aggregate slots.
//
// Part of the checkpoint format (docs/format/checkpoint.md, "Rows"). Immutable; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "column/type.h"

namespace millstream::state {

struct TableSchema {
  std::vector<column::Type> keys;  // may be empty: one row at most
  std::vector<column::Type> values;
  uint32_t slot_bytes = 0;  // mutable memory of aggregates in each row, zeroed at creation; 16-byte aligned
};

// How one column is kept in a row. ROW, ARRAY and MAP are kept as their encoded bytes (state/nested_cell.h).
enum class CellKind : uint8_t { k1, k2, k4, k8, k16, kFloat, kDouble, kText, kNested };

class RowLayout {
 public:
  explicit RowLayout(const TableSchema& schema);

  struct Cell {
    column::Type type;
    CellKind kind = CellKind::k8;
    uint32_t offset = 0;  // from the row's start
    uint32_t bit = 0;     // in the bits that begin at kBitsOffset: 1 is NULL
  };
  static constexpr uint32_t kBitsOffset = 8;  // behind the 64-bit hash; bit 0: the row is live

  [[nodiscard]] const std::vector<Cell>& cells() const { return cells_; }  // keys, then values
  [[nodiscard]] size_t key_count() const { return key_count_; }
  [[nodiscard]] uint32_t row_bytes() const { return row_bytes_; }        // multiple of 16
  [[nodiscard]] uint32_t slots_offset() const { return slots_offset_; }  // multiple of 16
  [[nodiscard]] bool has_heap() const { return has_heap_; }
  // "INT,STRING,;BIGINT,;24": equal text, equal layout.
  [[nodiscard]] const std::string& to_text() const { return text_; }

 private:
  std::vector<Cell> cells_;
  size_t key_count_ = 0;
  uint32_t row_bytes_ = 0;
  uint32_t slots_offset_ = 0;
  bool has_heap_ = false;
  std::string text_;
};

}  // namespace millstream::state

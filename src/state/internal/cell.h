// Reading, writing and comparing single cells of state rows; keys are normalised when written.
#pragma once

#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>

#include "column/vector.h"
#include "state/nested_cell.h"
#include "state/row_layout.h"

namespace millstream::state::internal {

// Text of at most 12 bytes lies in the cell, longer text in the page's heap. The unused bytes are zero.
struct TextCell {
  uint32_t size = 0;
  char prefix[4] = {};
  union {
    char rest[8] = {};
    uint64_t offset;  // from the page's start
  };
  [[nodiscard]] bool is_inline() const { return size <= column::StringRef::kInline; }
};
static_assert(sizeof(TextCell) == 16);

inline bool is_null_cell(const std::byte* row, const RowLayout::Cell& cell) {
  uint64_t word;
  std::memcpy(&word, row + RowLayout::kBitsOffset + size_t{cell.bit >> 6} * 8, 8);
  return (word >> (cell.bit & 63)) & 1;
}
inline void set_null_cell(std::byte* row, const RowLayout::Cell& cell, bool null) {
  std::byte* at = row + RowLayout::kBitsOffset + size_t{cell.bit >> 6} * 8;
  uint64_t word;
  std::memcpy(&word, at, 8);
  word = (word & ~(uint64_t{1} << (cell.bit & 63))) | (uint64_t{null} << (cell.bit & 63));
  std::memcpy(at, &word, 8);
}
inline bool is_live_row(const std::byte* row) { return (static_cast<uint8_t>(row[RowLayout::kBitsOffset]) & 1) != 0; }
inline void set_live_row(std::byte* row, bool live) {
  row[RowLayout::kBitsOffset] = (row[RowLayout::kBitsOffset] & std::byte{0xfe}) | std::byte{live};
}

template <typename T>
T normalise(T value) {
  if (std::isnan(value)) return std::numeric_limits<T>::quiet_NaN();
  return value == 0 ? T{0} : value;
}

inline std::string_view text_in_cell(const std::byte* page, const std::byte* cell) {
  TextCell text;
  std::memcpy(&text, cell, sizeof text);
  if (text.is_inline()) return {reinterpret_cast<const char*>(cell) + 4, text.size};
  return {reinterpret_cast<const char*>(page) + text.offset, text.size};
}

// The text a cell must hold for a position: the string itself, or the encoding of a nested value into `scratch`.
inline std::string_view text_for_cell(CellKind kind, const column::Vector& vector, size_t position,
                                      std::string& scratch) {
  if (kind == CellKind::kText) {
    const column::StringRef& value = vector.values<column::StringRef>()[vector.is_constant() ? 0 : position];
    return value.view();
  }
  ByteWriter writer;
  encode_cell(vector, position, writer);
  scratch = as_text(writer.view());
  return scratch;
}

// Whether a cell equals the value at `position`; both not NULL.
inline bool equals_cell(const std::byte* page, const std::byte* cell, CellKind kind, const column::Vector& vector,
                        size_t position) {
  if (vector.is_constant()) position = 0;
  // Cells hold normalised numbers, so equal ones have equal bits, a NaN too.
  const auto same = [&](auto value) {
    return std::memcmp(&value, cell, sizeof value) == 0;  // NOLINT(bugprone-suspicious-memory-comparison): see above
  };
  switch (kind) {
    case CellKind::k1:
      return same(vector.values<uint8_t>()[position]);
    case CellKind::k2:
      return same(vector.values<uint16_t>()[position]);
    case CellKind::k4:
      return same(vector.values<uint32_t>()[position]);
    case CellKind::k8:
      return same(vector.values<uint64_t>()[position]);
    case CellKind::k16:
      return same(vector.values<column::Int128>()[position]);
    case CellKind::kFloat:
      return same(normalise(vector.values<float>()[position]));
    case CellKind::kDouble:
      return same(normalise(vector.values<double>()[position]));
    case CellKind::kText:
      return text_in_cell(page, cell) == vector.values<column::StringRef>()[position].view();
    case CellKind::kNested: {
      std::string scratch;
      return text_in_cell(page, cell) == text_for_cell(kind, vector, position, scratch);
    }
  }
  return false;
}

}  // namespace millstream::state::internal

// Lays cells out widest first, so that no padding lies between them.
#include "state/row_layout.h"

#include <algorithm>
#include <numeric>

namespace millstream::state {
namespace {

using column::PhysicalKind;

CellKind cell_kind_of(PhysicalKind kind) {
  switch (kind) {
    case PhysicalKind::kBool:
    case PhysicalKind::kInt8:
      return CellKind::k1;
    case PhysicalKind::kInt16:
      return CellKind::k2;
    case PhysicalKind::kInt32:
      return CellKind::k4;
    case PhysicalKind::kInt64:
      return CellKind::k8;
    case PhysicalKind::kFloat:
      return CellKind::kFloat;
    case PhysicalKind::kDouble:
      return CellKind::kDouble;
    case PhysicalKind::kInt128:
    case PhysicalKind::kTimestamp:
      return CellKind::k16;
    case PhysicalKind::kString:
      return CellKind::kText;
    case PhysicalKind::kRow:
    case PhysicalKind::kArray:
    case PhysicalKind::kMap:
      return CellKind::kNested;
  }
  return CellKind::k8;
}

uint32_t bytes_of(CellKind kind) {
  switch (kind) {
    case CellKind::k1:
      return 1;
    case CellKind::k2:
      return 2;
    case CellKind::k4:
    case CellKind::kFloat:
      return 4;
    case CellKind::k8:
    case CellKind::kDouble:
      return 8;
    case CellKind::k16:
    case CellKind::kText:
    case CellKind::kNested:
      return 16;
  }
  return 8;
}

constexpr uint32_t round_up(uint32_t n, uint32_t to) { return (n + to - 1) / to * to; }

}  // namespace

RowLayout::RowLayout(const TableSchema& schema) : key_count_(schema.keys.size()) {
  for (const auto* types : {&schema.keys, &schema.values}) {
    for (const column::Type& type : *types) {
      Cell cell{type, cell_kind_of(type.physical()), 0, static_cast<uint32_t>(cells_.size() + 1)};
      has_heap_ |= cell.kind == CellKind::kText || cell.kind == CellKind::kNested;
      text_ += type.to_sql();
      text_ += ',';
      cells_.push_back(std::move(cell));
    }
    text_ += ';';
  }
  text_ += std::to_string(schema.slot_bytes);

  // Bits are read in words of 64.
  uint32_t offset = kBitsOffset + round_up(static_cast<uint32_t>(cells_.size()) + 1, 64) / 8;
  std::vector<size_t> order(cells_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return bytes_of(cells_[a].kind) > bytes_of(cells_[b].kind); });
  for (const size_t c : order) {
    cells_[c].offset = offset;
    offset += bytes_of(cells_[c].kind);
  }
  slots_offset_ = round_up(offset, 16);
  row_bytes_ = schema.slot_bytes > 0 ? slots_offset_ + round_up(schema.slot_bytes, 16) : slots_offset_;
}

}  // namespace millstream::state

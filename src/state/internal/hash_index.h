// Open addressing from a key's hash to a row: 64 sub-tables of 8-byte slots (16-bit tag, 48-bit row) that grow one at a
// time.
//
// Knows nothing of rows: callers compare keys, and give the hashes when a sub-table grows. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/memory_budget.h"

namespace millstream::state::internal {

class HashIndex {
 public:
  static constexpr uint64_t kEmpty = 0;
  static constexpr uint64_t kDeleted = 1;
  static constexpr uint64_t kRowMask = (uint64_t{1} << 48) - 1;

  explicit HashIndex(MemoryBudget& budget) : budget_(&budget) {}

  // Bits 51–56 choose the sub-table, the low 32 the place, 32–47 are the tag. The top seven (the key group) take no
  // part: with several tasks they differ little within one.
  struct Table {
    std::unique_ptr<uint64_t[]> slots;
    uint32_t mask = 0;  // capacity - 1; slots is null while empty
    uint32_t live = 0;
    uint32_t occupied = 0;  // live and deleted
  };
  [[nodiscard]] Table& table_of(uint64_t hash) { return tables_[(hash >> 51) & 63]; }
  [[nodiscard]] const Table& table_of(uint64_t hash) const { return tables_[(hash >> 51) & 63]; }
  [[nodiscard]] static uint64_t tag_of(uint64_t hash) { return ((hash >> 32) & 0xffff) << 48; }
  // Rows are stored plus two: 0 and 1 are the marks above.
  [[nodiscard]] static uint64_t slot_for(uint64_t hash, uint64_t row) { return tag_of(hash) | (row + 2); }
  [[nodiscard]] static uint64_t row_in(uint64_t slot) { return (slot & kRowMask) - 2; }
  [[nodiscard]] static bool is_row(uint64_t slot) { return (slot & kRowMask) > kDeleted; }

  void prefetch(uint64_t hash) const {
    const Table& table = table_of(hash);
    if (table.slots) __builtin_prefetch(&table.slots[hash & table.mask]);
  }

  // The slot of the first row with this tag for which matches(row) is true, or null.
  template <typename Matches>
  uint64_t* find(uint64_t hash, Matches&& matches) const {
    const Table& table = table_of(hash);
    if (!table.slots) return nullptr;
    const uint64_t tag = tag_of(hash);
    for (uint32_t at = static_cast<uint32_t>(hash) & table.mask;; at = (at + 1) & table.mask) {
      const uint64_t slot = table.slots[at];
      if (slot == kEmpty) return nullptr;
      if ((slot & ~kRowMask) == tag && is_row(slot) && matches(row_in(slot))) return &table.slots[at];
    }
  }
  // Where a tag match would be looked at first, without comparing keys; for prefetching rows. kRowMask if there is
  // none.
  [[nodiscard]] uint64_t candidate(uint64_t hash) const {
    const Table& table = table_of(hash);
    if (!table.slots) return kRowMask;
    const uint64_t tag = tag_of(hash);
    for (uint32_t at = static_cast<uint32_t>(hash) & table.mask;; at = (at + 1) & table.mask) {
      const uint64_t slot = table.slots[at];
      if (slot == kEmpty) return kRowMask;
      if ((slot & ~kRowMask) == tag && is_row(slot)) return row_in(slot);
    }
  }

  // Adds a row that is not in the index. hash_of(row) gives the hashes of rows that move. kOutOfMemory: nothing added.
  template <typename HashOf>
  Status insert(uint64_t hash, uint64_t row, HashOf&& hash_of) {
    Table& table = table_of(hash);
    if (!table.slots || (table.occupied + 1) * 4 > (table.mask + 1) * 3) MS_TRY(grow(table, hash_of));
    place(table, hash, row);
    return {};
  }
  // `slot` as find() gave it.
  void erase(uint64_t hash, uint64_t* slot) {
    *slot = kDeleted;
    --table_of(hash).live;
  }
  [[nodiscard]] size_t memory_size() const { return memory_size_; }
  static void replace(uint64_t* slot, uint64_t row) { *slot = (*slot & ~kRowMask) | (row + 2); }

 private:
  static void place(Table& table, uint64_t hash, uint64_t row) {
    uint32_t at = static_cast<uint32_t>(hash) & table.mask;
    while (is_row(table.slots[at])) at = (at + 1) & table.mask;
    if (table.slots[at] == kEmpty) ++table.occupied;
    table.slots[at] = slot_for(hash, row);
    ++table.live;
  }

  // To at most half full by live rows; also sheds deleted slots.
  template <typename HashOf>
  Status grow(Table& table, HashOf&& hash_of) {
    uint32_t capacity = 8;
    while (capacity < (table.live + 1) * 2) capacity *= 2;
    MS_ASSIGN(MemoryCharge charge, MemoryCharge::take(*budget_, Bytes(int64_t{capacity} * 8)));
    Table grown;
    grown.slots = std::make_unique<uint64_t[]>(capacity);
    grown.mask = capacity - 1;
    if (table.slots) {
      constexpr uint32_t kAhead = 8;  // rows are far apart: ask for their hashes a little early
      for (uint32_t at = 0; at <= table.mask; ++at) {
        if (at + kAhead <= table.mask && is_row(table.slots[at + kAhead]))
          hash_of.prefetch(row_in(table.slots[at + kAhead]));
        if (is_row(table.slots[at])) {
          const uint64_t row = row_in(table.slots[at]);
          place(grown, hash_of(row), row);
        }
      }
    }
    memory_size_ += size_t{capacity} * 8 - (table.slots ? (size_t{table.mask} + 1) * 8 : 0);
    charges_[&table - tables_.data()] = std::move(charge);
    table = std::move(grown);
    return {};
  }

  MemoryBudget* budget_;
  std::array<Table, 64> tables_;
  std::array<MemoryCharge, 64> charges_;
  size_t memory_size_ = 0;
};

}  // namespace millstream::state::internal

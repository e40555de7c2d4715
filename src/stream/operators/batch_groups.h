// Small numbers for the state rows that occur in a batch, in the order of their first occurrence.
#pragma once

#include <algorithm>
#include <bit>
#include <span>
#include <vector>

#include "column/batch.h"
#include "column/key.h"
#include "state/state_table.h"

namespace millstream::stream {

class BatchGroups {
 public:
  // refs[i] is the state row of the batch's row i.
  void number(std::span<const state::RowRef> refs) {
    const size_t capacity = std::bit_ceil(std::max<size_t>(refs.size() * 2, 16));
    slots_.assign(capacity, {state::kNoRow.value, 0});
    rows_.clear();
    group_of_.resize(refs.size());
    for (size_t i = 0; i < refs.size(); ++i) {
      const uint64_t ref = refs[i].value;
      size_t at = ((ref * 0x9e3779b97f4a7c15u) >> 32) & (capacity - 1);
      while (slots_[at].first != ref && slots_[at].first != state::kNoRow.value) at = (at + 1) & (capacity - 1);
      if (slots_[at].first == state::kNoRow.value) {
        slots_[at] = {ref, static_cast<uint32_t>(rows_.size())};
        rows_.push_back(refs[i]);
      }
      group_of_[i] = slots_[at].second;
    }
  }
  // The table's rows with the batch's keys, made where there are none: the result is which of the batch's rows those
  // were made for.
  Result<std::vector<uint32_t>> find(state::StateTable& table, const column::Batch& batch,
                                     const std::vector<int>& key_columns) {
    const column::Rows rows = batch.rows();
    std::vector<column::VectorPtr> keys;
    for (const int key : key_columns) keys.push_back(batch.columns[static_cast<size_t>(key)]);
    std::vector<uint64_t> hashes(rows.count);
    column::hash_keys(keys, rows, hashes);
    std::vector<state::RowRef> refs(rows.count);
    std::vector<uint32_t> created;
    MS_TRY(table.probe(keys, hashes, rows, refs, created));
    number(refs);
    return created;
  }
  [[nodiscard]] uint32_t of(size_t i) const { return group_of_[i]; }
  [[nodiscard]] const std::vector<state::RowRef>& rows() const { return rows_; }

 private:
  std::vector<std::pair<uint64_t, uint32_t>> slots_;
  std::vector<state::RowRef> rows_;
  std::vector<uint32_t> group_of_;
};

}  // namespace millstream::stream

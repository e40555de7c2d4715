// The groups of an aggregation (of one window, if it has windows): found, updated and read a batch at a time.
//
// load() finds the groups of a batch and numbers those that occur; effects() decides per call which rows count (FILTER,
// DISTINCT, sign); update() applies some of the rows; result() writes results. One task's thread.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "column/batch.h"
#include "state/state_table.h"
#include "stream/operators/aggregate_layout.h"
#include "stream/operators/batch_groups.h"
#include "stream/operators/kept_values.h"

namespace millstream::stream {

class AggregateState {
 public:
  AggregateState(std::shared_ptr<const AggregateLayout> layout, MemoryBudget& budget);

  // Row i of the batch is at position rows[i]. After it: group(i) for each row, and per group its state.
  // `now` counts with a TTL only. Groups that are new have count 0.
  Status load(const column::Batch& batch, std::span<const column::VectorPtr> keys, column::Rows rows, ProcTime now);
  [[nodiscard]] uint32_t group(size_t i) const { return numbers_.of(i); }
  [[nodiscard]] size_t group_count() const { return groups_.size(); }
  [[nodiscard]] int64_t& count(uint32_t group) {
    return *reinterpret_cast<int64_t*>(groups_[group].slots + AggregateLayout::kCountOffset);
  }

  // signs[i]: +1 adds row i, -1 takes it back, 0 leaves it out. In row order, once per batch.
  Status effects(std::span<const int8_t> signs);
  // Applies the rows with these numbers, in their order where it matters; a group may occur more than once.
  Status update(std::span<const uint32_t> row_numbers);
  // out[positions[k]] = result of call `call` for groups[k].
  void result(size_t call, std::span<const uint32_t> groups, std::span<const uint32_t> positions,
              column::Vector& out) const;
  // Whether rows only come and slots hold all there is: then run() does what update() and result() do, row after row.
  [[nodiscard]] bool can_run() const { return !layout_->retracting && kept_.empty(); }
  // Applies rows 0 … count-1 in order; results[call][first + i] = what the call gives for row i's group after it.
  void run(size_t count, uint32_t first, std::span<const std::shared_ptr<column::Vector>> results);
  // The group begins anew: as if it had been erased and made again.
  void reset(uint32_t group);
  // Erases the loaded groups whose count is 0 (with retraction), and frees sparse pages. Ends the batch.
  Status finish_batch();

  // All groups, for firing a window: loads up to `most` groups from `row` on as the current groups; key columns by
  // read_keys(). False at the end.
  bool load_next(size_t& page, size_t pages);
  [[nodiscard]] std::vector<column::VectorPtr> read_keys() const;

  // With a TTL: drops expired groups of some pages, the next ones at every call.
  void sweep(ProcTime now);

  void snapshot(state::SnapshotWriter& writer, const std::string& prefix);
  Status restore(state::SnapshotReader& reader, const std::string& prefix);
  [[nodiscard]] int64_t memory_size() const;
  [[nodiscard]] size_t size() const { return table_.size(); }

 private:
  struct Group {
    state::RowRef row;
    std::byte* slots = nullptr;
  };
  void initialise(std::byte* slots) const;
  Status distinct_effects(size_t set, std::span<const int8_t> signs);
  [[nodiscard]] bool passes(const AggregateLayout::Call& call, size_t position) const;
  [[nodiscard]] int64_t& handle(const AggregateLayout::Call& call, std::byte* slots) const {
    return *reinterpret_cast<int64_t*>(slots + call.offset);
  }

  std::shared_ptr<const AggregateLayout> layout_;
  MemoryBudget* budget_;
  state::StateTable table_;
  std::vector<state::StateTable> distincts_;
  std::vector<KeptValues> kept_;
  std::vector<std::vector<column::Value>> constants_;  // per call, as seen in the first batch

  // Of the batch that is loaded.
  const column::Batch* batch_ = nullptr;
  std::vector<column::VectorPtr> keys_;
  column::Rows rows_;
  ProcTime now_{0};
  std::vector<uint64_t> hashes_;
  std::vector<state::RowRef> refs_;
  std::vector<uint32_t> created_;
  BatchGroups numbers_;
  std::vector<Group> groups_;
  std::vector<std::vector<int8_t>> effects_;  // [call][row]
  size_t sweep_page_ = 0;

  // Scratch of update().
  std::vector<std::byte*> slots_;
  std::vector<uint32_t> positions_;
};

}  // namespace millstream::stream

// Values kept beside the groups of an aggregation: for MIN and MAX that retract, text, first, last and lists.
//
// The values are rows of a state table; the order per group (by value, or of arrival) is rebuilt in memory at a
// restore. A group names its values by a handle in its slot, 0 while it has none.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "state/state_table.h"
#include "stream/operators/aggregate_layout.h"

namespace millstream::stream {

class KeptValues {
 public:
  KeptValues(const AggregateLayout& layout, const AggregateLayout::Kept& kept, MemoryBudget& budget);

  // The value at `position` is added to or taken from the group whose key is there and whose handle this is.
  Status add(std::span<const column::VectorPtr> keys, const column::VectorPtr& values, size_t position,
             int64_t& handle);
  void remove(const column::Vector& values, size_t position, int64_t handle);
  // The group is gone.
  void clear(int64_t& handle);
  // out[positions[i]] = result of the group with handles[i].
  void result(std::span<const int64_t> handles, std::span<const uint32_t> positions, const AggregateLayout::Call& call,
              std::span<const column::Value> constants, column::Vector& out) const;

  void snapshot(state::SnapshotWriter& writer, const std::string& name) { table_.snapshot(writer, name); }
  Status restore(state::SnapshotReader& reader, const std::string& name);
  // After a restore: the group of each row is found by its key. `handle_of(rows)` gives the handles to fill, in order.
  template <typename HandlesOf>
  Status rebuild(HandlesOf&& handles_of) {
    std::vector<state::RowRef> rows;
    table_.scan([&](state::RowRef row) { rows.push_back(row); });
    if (rows.empty()) return {};
    std::vector<column::VectorPtr> keys;
    for (size_t k = 0; k < key_count_; ++k) keys.push_back(table_.read_column(k, rows));
    MS_ASSIGN(const std::vector<int64_t*> handles, handles_of(keys, rows.size()));
    attach(rows, handles);
    return {};
  }
  [[nodiscard]] int64_t memory_size() const { return table_.memory_size(); }

 private:
  // by_value: equal values; by_arrival: sequence numbers, for the kinds that need them.
  struct Group {
    std::map<std::string, std::vector<state::RowRef>> by_value;
    std::map<int64_t, state::RowRef> by_arrival;
  };
  void attach(const std::vector<state::RowRef>& rows, const std::vector<int64_t*>& handles);
  Group& group_of(int64_t& handle);
  void erase(Group& group, const std::string& key, state::RowRef row);
  [[nodiscard]] bool ordered_by_value() const {
    return kept_.keeps == function::Keeps::kLeast || kept_.keeps == function::Keeps::kGreatest;
  }

  AggregateLayout::Kept kept_;
  bool retracting_;
  size_t key_count_;
  state::StateTable table_;  // key: the group's, then a sequence number; value; slot: how often (ordered by value)
  int64_t next_sequence_ = 0;
  std::deque<Group> groups_;  // handle - 1
  std::vector<int64_t> free_;
};

}  // namespace millstream::stream

// How the calls of an aggregation lie in a group's state: offsets of slots, distinct sets, values kept beside the row.
#pragma once

#include <memory>
#include <vector>

#include "column/type.h"
#include "function/definition.h"
#include "plan/physical_plan.h"
#include "state/row_layout.h"

namespace millstream::stream {

struct AggregateLayout {
  struct Call {
    function::AggregateKernel kernel;  // null pointers if `kept`
    const function::AggregateFunction* function = nullptr;
    column::Type result;
    int argument = -1;           // column of the input; -1: COUNT(*)
    std::vector<int> constants;  // columns of the arguments behind the first
    std::vector<column::Type> constant_types;
    int filter = -1;      // BOOLEAN column, or none
    int distinct = -1;    // of `distincts`, or none
    uint32_t user = 0;    // which of the set's users this call is
    int kept = -1;        // of `kept`, or none
    uint32_t offset = 0;  // of the slot; kept values: of a handle of 8 bytes
  };
  // One set of values for all DISTINCT calls over one column.
  struct Distinct {
    int column = 0;
    column::Type type;
    uint32_t users = 0;
  };
  struct Kept {
    column::Type type;
    function::Keeps keeps = function::Keeps::kNothing;
    bool nulls = false;  // ARRAY_AGG
  };
  static constexpr uint32_t kCountOffset = 0;  // rows of the group: int64
  static constexpr uint32_t kTimeOffset = 8;   // last write, milliseconds: int64; used with a TTL

  std::vector<column::Type> keys;
  std::vector<Call> calls;
  std::vector<Distinct> distincts;
  std::vector<Kept> kept;
  uint32_t slot_bytes = 0;
  bool retracting = false;
  bool order_matters = false;  // to some call: rows are applied as they come, and a group that empties begins anew
  Millis ttl{0};

  // kUnsupported names a call that has no implementation.
  static Result<std::shared_ptr<const AggregateLayout>> make(const std::vector<int>& keys,
                                                             const std::vector<plan::AggregateCall>& calls,
                                                             const column::Schema& input, bool retracting, Millis ttl);
  [[nodiscard]] state::TableSchema groups() const { return {keys, {}, slot_bytes}; }
};

// The hash of something that belongs to a group: it goes to the task that the group goes to (its key group is the
// group's), and is spread like `own` otherwise.
[[nodiscard]] constexpr uint64_t hash_in_group(uint64_t group, uint64_t own) {
  constexpr uint64_t kKeyGroupBits = ~(~uint64_t{0} >> 7);
  return (group & kKeyGroupBits) | ((own ^ (group * 0xff51afd7ed558ccdu)) & ~kKeyGroupBits);
}

}  // namespace millstream::stream

// A physical node in the making: what it will be, and what the layout knows of its rows.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plan/physical_plan.h"

namespace millstream::plan {

struct Draft {
  decltype(PhysicalNode::node) node;
  std::vector<Draft*> inputs;
  column::Schema output;
  SourcePosition position;
  bool bounded = true;

  // The changes that its rows can be. Whether -U travels in front of +U is decided from above: `needs_before`.
  bool updates = false;
  bool deletes = false;
  bool source_gives_before = false;  // of a scan
  bool deletes_by_key = false;       // a -D may have its key only, unless a normalisation below completes it

  // Sets of columns that identify a row each; an empty set: there is at most one row.
  std::vector<std::vector<int>> upsert_keys;
  // Rows with equal values of these columns are in one task, hashed in this order; no columns: all rows are.
  std::optional<std::vector<int>> hashed_by;

  // What the rows and each column mean, independent of positions and pruning: for state ids.
  uint64_t meaning = 0;
  std::vector<uint64_t> column_meanings;

  // Set by consumers.
  bool needs_before = false;      // +U must come behind its -U
  bool needs_normalized = false;  // repeated rows and deletes of unknown keys do harm
  bool visited = false;           // by require()

  [[nodiscard]] bool insert_only() const { return !updates && !deletes; }
};

// Owns drafts and gives one object for equal ones: that is how common sub-plans become one.
class DraftTable {
 public:
  // `digest` says everything that makes the node what it is, but its inputs.
  Draft* intern(Draft draft, const std::string& digest);

 private:
  std::deque<Draft> drafts_;
  std::map<std::string, Draft*> by_digest_;
};

}  // namespace millstream::plan

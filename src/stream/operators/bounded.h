// ORDER BY and LIMIT over bounded, insert-only input: sorting waits for the end, a limit counts rows.
#pragma once

#include <vector>

#include "base/memory_budget.h"
#include "plan/physical_plan.h"
#include "stream/operator.h"

namespace millstream::stream {

// Holds its input in memory, charged to its budget. Not kept in checkpoints: a restart reads the input again, so the
// planner uses it only where the whole job is bounded.
class Sort final : public Operator {
 public:
  explicit Sort(const plan::Sort& node) : node_(node) {}
  Status open(const OperatorContext& context, state::SnapshotReader* restored) override;
  Status process(int input, column::Batch batch, Output& out) override;
  Status on_end(Output& out) override;
  Status snapshot(state::SnapshotWriter& writer) override;

 private:
  plan::Sort node_;
  OperatorContext context_;
  std::vector<column::Batch> batches_;
  std::vector<MemoryCharge> charges_;
  bool done_ = false;
};

class Limit final : public Operator {
 public:
  explicit Limit(const plan::Limit& node) : node_(node) {}
  Status open(const OperatorContext& context, state::SnapshotReader* restored) override;
  Status process(int input, column::Batch batch, Output& out) override;
  Status snapshot(state::SnapshotWriter& writer) override;

 private:
  plan::Limit node_;
  int64_t seen_ = 0;
};

}  // namespace millstream::stream

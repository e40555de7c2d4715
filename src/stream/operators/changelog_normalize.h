// Turns an upsert stream into a full changelog: keeps the last row of each key, rebuilds -U, drops what changes
// nothing.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "function/evaluator.h"
#include "plan/physical_plan.h"
#include "state/state_table.h"
#include "stream/operator.h"

namespace millstream::stream {

class ChangelogNormalize final : public Operator {
 public:
  ChangelogNormalize(const plan::ChangelogNormalize& node, const column::Schema& input);
  Status open(const OperatorContext& context, state::SnapshotReader* restored) override;
  Status process(int input, column::Batch batch, Output& out) override;
  Status snapshot(state::SnapshotWriter& writer) override;

 private:
  // Which rows the condition lets be there; all without one.
  Result<std::vector<bool>> present(const column::Batch& batch);

  plan::ChangelogNormalize node_;
  std::optional<function::Evaluator> condition_;
  std::vector<int> value_columns_;  // of the input, those that are not keys
  state::TableSchema schema_;
  OperatorContext context_;
  std::unique_ptr<state::StateTable> table_;
};

}  // namespace millstream::stream

// Filter and projection: keeps rows whose condition is TRUE and computes the output columns of those.
//
// A row whose kernel reports an error is refused through the bad-row policy. Row kinds pass through.
#pragma once

#include <optional>
#include <vector>

#include "function/evaluator.h"
#include "plan/physical_plan.h"
#include "stream/operator.h"

namespace millstream::stream {

class Calc final : public Operator {
 public:
  explicit Calc(const plan::Calc& node);
  Status open(const OperatorContext& context, state::SnapshotReader* restored) override;
  Status process(int input, column::Batch batch, Output& out) override;

 private:
  Status refuse(const column::Batch& batch);

  OperatorContext context_;
  std::optional<function::Evaluator> condition_;
  std::vector<function::Evaluator> projections_;
  std::vector<function::RowError> errors_;
  std::vector<uint32_t> kept_;
};

}  // namespace millstream::stream

// Evaluates bound expressions over batches, a vector at a time.
//
// Owned by one operator and used from its task's thread only; keeps scratch vectors between batches.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "column/batch.h"
#include "env/clock.h"
#include "function/expression.h"

namespace millstream::function {

// A row that a kernel refused: what the job's policy (fail, null, dead letter) is applied to.
struct RowError {
  uint32_t position = 0;  // in the batch
  ErrorCode code = ErrorCode::kBadRow;
  std::string message;    // "For input string: 'x'"
  SourcePosition source;  // the expression in the statement
};

// What functions of time, zone and chance see; the same for all rows of one call.
struct EvaluationContext {
  ProcTime now{0};
  std::string time_zone = "UTC";  // IANA name of table.local-time-zone
  std::vector<RowError>* errors =
      nullptr;  // refused rows are added here and their result is NULL. Never null in evaluate().
};

class Evaluator {
 public:
  explicit Evaluator(const ExpressionPtr& expression);
  ~Evaluator();
  Evaluator(Evaluator&&) noexcept;
  Evaluator& operator=(Evaluator&&) noexcept;

  // A vector of input.length positions of which `rows` are valid results. Column references and constants share, copy
  // nothing.
  column::VectorPtr evaluate(const column::Batch& input, column::Rows rows, EvaluationContext& context);
  // For BOOLEAN expressions: appends to `kept` the rows of `rows` for which the result is TRUE, in order.
  void filter(const column::Batch& input, column::Rows rows, EvaluationContext& context, std::vector<uint32_t>& kept);

 private:
  struct Program;
  std::unique_ptr<Program> program_;
};

// The value of an expression without column references; for constant folding, options and VALUES.
[[nodiscard]] Result<column::Value> evaluate_constant(const Expression& expression, const EvaluationContext& context);

}  // namespace millstream::function

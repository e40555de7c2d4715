// Finds what a projection computes more than once, and puts it into a stage below.
#pragma once

#include <vector>

#include "function/expression.h"

namespace millstream::plan {

struct CalcStage {
  function::ExpressionPtr condition;  // null: none
  std::vector<function::ExpressionPtr> projections;
};

// The stages, lowest first; one if nothing is worth sharing. Each works on the columns of the stage below. An
// expression is only computed earlier if it is computed anyway, for the same rows: a branch of CASE that a row does not
// reach cannot fail for it.
[[nodiscard]] std::vector<CalcStage> share_expressions(CalcStage calc, size_t input_width);

}  // namespace millstream::plan

// CAST between any two types, a vector at a time.
//
// Flink 2.3's results: integers wrap, floating point saturates, DECIMAL overflow is NULL, text that does not parse is a
// refused row (NULL with TRY_CAST). Which pairs exist: can_cast in definition.h.
#pragma once

#include <string>

#include "function/definition.h"

namespace millstream::function::internal {

struct CastCall {
  EvaluationContext& context;
  SourcePosition source;
  bool null_on_failure = false;
};

// A vector of `to` with as many positions as `from`; `rows` are valid. A constant gives a constant.
[[nodiscard]] column::VectorPtr cast_vector(const column::VectorPtr& from, column::Rows rows, const column::Type& to,
                                            CastCall& call);

}  // namespace millstream::function::internal

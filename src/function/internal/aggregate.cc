// Aggregates over fixed slots.
#include "function/internal/tables.h"

namespace millstream::function::internal {

std::span<const AggregateFunction> aggregate_functions() { return {}; }

}  // namespace millstream::function::internal

// From logical to physical: scans shared and pruned, exchanges placed, changelog modes inferred, state named.
#pragma once

#include <vector>

#include "base/error.h"
#include "plan/internal/bind_context.h"
#include "plan/logical_plan.h"
#include "plan/physical_plan.h"

namespace millstream::plan {

// All sinks of one job. Rewritten logical plans in, an immutable graph out.
[[nodiscard]] Result<PhysicalPlan> lay_out(BindContext& context, const std::vector<LogicalSink>& sinks);

}  // namespace millstream::plan

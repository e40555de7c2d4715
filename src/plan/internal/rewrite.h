// Rewrites of logical plans that do not depend on changelog modes: constants folded, filters moved down.
#pragma once

#include <string>

#include "plan/logical_plan.h"

namespace millstream::plan {

// A filter moves below projections, unions, window functions and, on group keys, aggregates, until it stands on a scan
// if it can. It never passes an expression that is not deterministic. Watermarks are not affected: a scan filters
// behind its watermark.
[[nodiscard]] LogicalPtr rewrite(const LogicalPtr& node, const std::string& time_zone);

}  // namespace millstream::plan

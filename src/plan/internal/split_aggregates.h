// Which aggregations Flink works out from sums and counts instead of by SUM and AVG themselves: seen where sums
// overflow.
#pragma once

#include <vector>

#include "plan/physical_plan.h"

namespace millstream::plan {

// Sets AggregateCall::split in all calls of one aggregation, or in none. Follows Flink 2.3's plans: its optimiser may
// put $SUM0(x) and COUNT(x) in the place of SUM(x) and AVG(x) (Calcite's AggregateReduceFunctionsRule), and does so
// where that leaves fewer calls, or where a variance or deviation, which has no other form, is among them.
void split_aggregates(std::vector<AggregateCall>& calls);

}  // namespace millstream::plan

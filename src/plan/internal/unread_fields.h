// Which fields of scanned ROW columns nobody reads, so that decoders need not store them.
#pragma once

#include <vector>

#include "plan/internal/draft.h"

namespace millstream::plan {

// Sets TableScan::unread of every scan below `sinks`, which are the whole of the job.
void find_unread_fields(const std::vector<Draft*>& sinks);

}  // namespace millstream::plan

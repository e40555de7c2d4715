// One sink writer's epoch on its way through a checkpoint to its committer.
#pragma once

#include <string>

#include "base/bytes.h"

namespace millstream::stream {

// `target` names the committer (for PostgreSQL the database: all its tables commit in one transaction). The payload's
// format is the connector's, versioned by its first byte.
struct Committable {
  std::string target;
  std::string table;
  ByteBuffer payload;
  bool operator==(const Committable&) const = default;
};

}  // namespace millstream::stream

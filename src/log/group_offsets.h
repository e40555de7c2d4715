// Committed offsets of consumer groups, as connector/kafka uses them for local topics; broker/ implements it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/ids.h"

namespace millstream::log {

// Any thread.
class GroupOffsets {
 public:
  virtual ~GroupOffsets() = default;
  // `offset` is the next one to read. Calls back once it is on the disk; never blocks. kConflict if the group has
  // members that commit for themselves.
  virtual void commit(const std::string& group, const std::string& topic, PartitionId partition, Offset offset,
                      std::function<void(Status)> done) = 0;
  // Nothing if the group never committed for that partition.
  virtual Result<std::optional<Offset>> fetch(const std::string& group, const std::string& topic,
                                              PartitionId partition) = 0;
};

}  // namespace millstream::log

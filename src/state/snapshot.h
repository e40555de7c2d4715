// How operators hand state to a checkpoint and get it back: named sections of bytes per key group, or shared pages.
//
// The stream layer owns where the bytes go (docs/format/checkpoint.md). Called on the task's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/ids.h"

namespace millstream::state {

// An immutable page of state, stored once by the writer thread and referenced by every checkpoint that still has it.
struct PageRef {
  uint64_t id = 0;                                   // unique in the operator's task over its attempts
  std::shared_ptr<const ByteBuffer> bytes;           // stays unchanged: later writes go to a copy
};

class SnapshotWriter {
 public:
  virtual ~SnapshotWriter() = default;
  // A small value of this task (positions, counters). One per name.
  virtual void put(std::string_view name, ByteBuffer value) = 0;
  // A page of table `table` with the rows of `groups` only (usually the task's whole range: rescaling filters rows).
  virtual void add_page(std::string_view table, PageRef page) = 0;
};

class SnapshotReader {
 public:
  virtual ~SnapshotReader() = default;
  // Values of that name from every task of the old attempt, in task order.
  virtual Result<std::vector<ByteBuffer>> get(std::string_view name) = 0;
  // Pages of that table from every old task whose key groups overlap this task's.
  virtual Status for_each_page(std::string_view table, const std::function<Status(ByteSpan page)>& visit) = 0;
  // The key groups that this task owns now: rows of others are skipped.
  [[nodiscard]] virtual bool owns(KeyGroup group) const = 0;
};

}  // namespace millstream::state

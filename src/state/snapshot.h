// How operators hand state to a checkpoint and get it back: small named values per task, and tables of shared pages.
//
// The stream layer owns where the bytes go (docs/format/checkpoint.md). Called on the task's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/ids.h"

namespace millstream::state {

// An immutable page of state, stored once by the writer thread and referenced by every checkpoint that still has it.
struct PageRef {
  uint64_t id = 0;                          // of these bytes; never used twice in a process
  std::shared_ptr<const ByteBuffer> bytes;  // stays unchanged: later writes go to a copy
  // Unused bytes [hole_begin, hole_end) are zero for the reader and need not be stored.
  uint32_t hole_begin = 0;
  uint32_t hole_end = 0;
};

class SnapshotWriter {
 public:
  virtual ~SnapshotWriter() = default;
  // A small value of this task (positions, counters). One per name.
  virtual void put(std::string_view name, ByteBuffer value) = 0;
  // Before the pages of a table. `schema` is text that must be equal when the table is restored.
  virtual void begin_table(std::string_view table, std::string_view schema) = 0;
  // A page of a table that was begun. Rows of any key group of the task: restoring filters them.
  virtual void add_page(std::string_view table, PageRef page) = 0;
};

class SnapshotReader {
 public:
  virtual ~SnapshotReader() = default;
  // Values of that name from every task of the old attempt, in task order.
  virtual Result<std::vector<ByteBuffer>> get(std::string_view name) = 0;
  // kConflict if the table was written with another schema. No such table is no page.
  virtual Status for_each_page(std::string_view table, std::string_view schema,
                               const std::function<Status(ByteSpan page)>& visit) = 0;
  // The key groups that this task owns now: rows of others are skipped.
  [[nodiscard]] virtual bool owns(KeyGroup group) const = 0;
};

}  // namespace millstream::state

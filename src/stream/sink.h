// The sink contract: writers per task, committables in the checkpoint, one committer per job and target.
//
// At barrier N a writer hands its epoch over as a committable, which becomes part of checkpoint N. Once the manifest of
// N is durable, the job's committer for that target applies all committables of N at once. A restart replays them if
// the target is behind. One uncommitted epoch at most.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "column/batch.h"
#include "stream/committable.h"
#include "stream/operator.h"

namespace millstream::stream {

// Belongs to one task, called on its thread.
class SinkWriter {
 public:
  virtual ~SinkWriter() = default;
  virtual Status open(const OperatorContext& context) = 0;
  virtual Status write(const column::Batch& batch) = 0;
  // Whether the epoch has reached its bound in bytes: sources pause until the next barrier, which is sent at once.
  // What is on its way still arrives and must be taken.
  [[nodiscard]] virtual bool is_full() const { return false; }
  // At barrier N: everything written since the last one. Empty for sinks that write through (print, blackhole).
  virtual Result<std::vector<Committable>> prepare(CheckpointId checkpoint) = 0;
  // End of bounded input, after the last prepare() was committed.
  virtual Status close() { return {}; }
};

// Applies committables outside the process. Called by the job's coordinator, one call at a time, off the data path;
// never blocks: answers by callback from any thread.
class Committer {
 public:
  virtual ~Committer() = default;
  // Fences earlier attempts and says which checkpoint the target holds (0: none). kUnavailable is retried with
  // back-off.
  virtual void recover(AttemptId attempt, std::function<void(Result<CheckpointId>)> done) = 0;
  // Applies the epoch atomically. kConflict: fenced by a newer attempt, stop. kUnavailable: retried with back-off.
  virtual void commit(CheckpointId checkpoint, std::vector<Committable> epoch, std::function<void(Status)> done) = 0;
};

struct SinkIdentity {
  std::string job;  // stable name or id of the job over its restarts
  AttemptId attempt{1};
};

// A table sink of one job. Immutable; any thread.
class Sink {
 public:
  virtual ~Sink() = default;
  // Before the job starts: the target exists and its columns fit, in words that name SQL column, target column and fix.
  // May block (called on Env's executor). kUnavailable is retried with back-off.
  virtual Status check() { return {}; }
  virtual Result<std::unique_ptr<SinkWriter>> make_writer() = 0;
  // What the table's options ask of the checkpoints that commit it, whatever the job has. Nothing by default.
  struct Wishes {
    std::optional<Millis> longest_interval;  // from one checkpoint to the next
    std::optional<int64_t> most_retries;     // of a commit that is kUnavailable, before the job restarts
  };
  [[nodiscard]] virtual Wishes wishes() const { return {}; }
  // The committer's name for Committable::target; empty: writes through, nothing to commit.
  [[nodiscard]] virtual std::string target() const { return {}; }
  // One per job and target, made from whichever sink of that target comes first.
  virtual Result<std::unique_ptr<Committer>> make_committer(const SinkIdentity& identity) {
    (void)identity;
    return fail(ErrorCode::kInternal, "this sink has nothing to commit");
  }
};

}  // namespace millstream::stream

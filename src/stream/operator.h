// The operator contract: what one stage of a pipeline does with batches, watermarks, barriers and time.
//
// An operator belongs to one task and is called on that task's thread only: no locks inside. It never blocks and never
// holds a batch longer than a call unless the batch is charged to its budget. The task aligns barriers and combines
// watermarks before it calls; operators see each once, in order, between batches.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "base/memory_budget.h"
#include "column/batch.h"
#include "env/env.h"
#include "state/snapshot.h"
#include "stream/committable.h"

namespace millstream::stream {

constexpr EventTime kNoWatermark = EventTime::min();
constexpr EventTime kFinalWatermark = EventTime::max();  // at the end of input: fires everything

// Where an operator's results go; the next operator of the task, or its outgoing channels.
class Output {
 public:
  virtual ~Output() = default;
  virtual Status emit(column::Batch batch) = 0;
};

// Rows that a stateless operator refused, before the first stateful one. The table's error-handling.mode decides:
// fail returns an error; ignore counts; log hands the raw record to the dead-letter writer.
struct BadRow {
  ErrorCode code = ErrorCode::kBadRow;
  std::string message;
  std::string operator_name;
  const column::Origin* origin = nullptr;  // null behind an exchange
  uint32_t position = 0;                   // in the batch and the origin
};
class BadRowPolicy {
 public:
  virtual ~BadRowPolicy() = default;
  // Ok: the row is dropped, accounted for. Error: the job fails with it.
  virtual Status refuse(const BadRow& row) = 0;
  // A field set to NULL where Flink gives NULL (json.ignore-parse-errors, DECIMAL overflow); only counted and logged.
  virtual void nulled(std::string_view column, const BadRow& row) = 0;
  // At a barrier, as SinkWriter::prepare: the dead letters of the epoch, which become part of the checkpoint and are
  // applied by the committer that PipelineHooks::make_dead_letter_committer gives for their target. So they are
  // exactly-once too.
  virtual Result<std::vector<Committable>> prepare(CheckpointId checkpoint) {
    (void)checkpoint;
    return std::vector<Committable>{};
  }
  // The epoch's dead letters have reached their bound: the source pauses until the next barrier.
  [[nodiscard]] virtual bool is_full() const { return false; }
};

// Plain integers written by the task's thread, published once per run() for readers on other threads.
struct OperatorCounters {
  int64_t records_in = 0, records_out = 0, batches_in = 0, batches_out = 0;
  int64_t late_rows = 0, bad_rows = 0, nulled_fields = 0;
  int64_t state_bytes = 0;
  EventTime watermark = kNoWatermark;
};

struct OperatorContext {
  const env::Clock* clock = nullptr;
  MemoryBudget* budget = nullptr;
  OperatorCounters* counters = nullptr;
  BadRowPolicy* bad_rows = nullptr;
  std::string time_zone = "UTC";
  int task_index = 0;
  int parallelism = 1;
  bool rows_one_by_one = false;  // cut batches to single rows (a test mode: results must not change)
};

// What an operator at the end of a chain asks of those in front of it.
enum class Hold {
  kNone,
  kPauseSources,  // the epoch is full: no new rows before the next barrier
  kStopReading,   // the receiver is full: the task stops taking input until it is woken
};

class Operator {
 public:
  virtual ~Operator() = default;
  // First call. `restored` holds the state of the key groups that this task owns, or is null on a fresh start.
  virtual Status open(const OperatorContext& context, state::SnapshotReader* restored) = 0;
  virtual Status process(int input, column::Batch batch, Output& out) = 0;
  // The combined watermark of all inputs rose. Fire event-time timers; the task forwards the watermark afterwards.
  virtual Status on_watermark(EventTime watermark, Output& out) {
    (void)watermark;
    (void)out;
    return {};
  }
  // The earliest processing time at which on_time wants to be called, or ProcTime::max().
  [[nodiscard]] virtual ProcTime next_time() const { return ProcTime::max(); }
  virtual Status on_time(ProcTime now, Output& out) {
    (void)now;
    (void)out;
    return {};
  }
  // All inputs ended (after the final watermark).
  virtual Status on_end(Output& out) {
    (void)out;
    return {};
  }
  // At a barrier: hand the state over. Must not wait for the disk: snapshots are copy-on-write pages.
  virtual Status snapshot(state::SnapshotWriter& writer) {
    (void)writer;
    return {};
  }
  // Right after snapshot(); sinks only.
  virtual Result<std::vector<Committable>> prepare(CheckpointId checkpoint) {
    (void)checkpoint;
    return std::vector<Committable>{};
  }
  [[nodiscard]] virtual Hold hold() const { return Hold::kNone; }
  // After the end of input and the last commit; the task no longer runs. Not called when a job fails or is cancelled.
  virtual Status close() { return {}; }
};

}  // namespace millstream::stream

// The source contract: splits with positions, non-blocking readers, exactly-once positions in checkpoints.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "column/batch.h"
#include "stream/operator.h"

namespace millstream::stream {

// One part of a source that is read in order by one task at a time (a Kafka partition, a file), and where reading
// stands: everything before `position` has been emitted. The position's text is the connector's own, JSON by custom.
struct SplitState {
  std::string split;
  std::string position;
  bool finished = false;
  bool operator==(const SplitState&) const = default;
};

// Where a reader puts its batches; every call belongs to one split, so that watermarks are kept per split.
class SourceOutput {
 public:
  virtual ~SourceOutput() = default;
  // The batch's columns are TableScan.decoded then TableScan.metadata; its origin is set. Error: stop and return it.
  virtual Status emit(const std::string& split, column::Batch batch) = 0;
  // A record that could not be decoded (no batch position exists for it): see BadRowPolicy. Raw bytes are copied.
  virtual Status refuse(const std::string& split, const BadRow& row) = 0;
  virtual BadRowPolicy& bad_rows() = 0;
  // No data for now: the split does not hold back the watermark (table.exec.source.idle-timeout is the task's matter).
  virtual void idle(const std::string& split) = 0;
  // The split came to its end: it never holds back the watermark again. Implied for all by PollResult::kFinished.
  virtual void finished(const std::string& split) { (void)split; }
};

enum class PollResult {
  kReady,     // something was emitted or there is more: call again
  kWaiting,   // nothing now; the reader calls `wake` when there is, or next_time() comes
  kFinished,  // every split came to its end
};

struct SourceContext {
  const OperatorContext* base = nullptr;
  std::function<void()> wake;  // from any thread, also after the reader is gone
};

// Reads the splits of one task, on the task's thread. Never blocks: slow work goes to Env's executor or the client
// library.
class SourceReader {
 public:
  virtual ~SourceReader() = default;
  virtual Status open(const SourceContext& context, std::vector<SplitState> splits) = 0;
  virtual Status add_splits(std::vector<SplitState> splits) = 0;  // discovered while running
  // Emits at most about `max_rows` rows, in batches of up to kBatchRows.
  virtual Result<PollResult> poll(SourceOutput& out, size_t max_rows) = 0;
  // Positions behind the last emitted row: exactly what has gone downstream before the barrier.
  virtual Result<std::vector<SplitState>> snapshot() = 0;
  // Before the checkpoint with these positions becomes durable: makes the records before them durable (a local
  // partition is flushed). Calls back once, from any thread.
  virtual void make_durable(const std::vector<SplitState>& positions, std::function<void(Status)> done) {
    (void)positions;
    done({});
  }
  // The checkpoint is complete: for example commit the group's offsets.
  virtual void checkpoint_complete(const std::vector<SplitState>& positions) { (void)positions; }
  // When to poll again although nobody called wake, or ProcTime::max(): for readers that give rows by the clock.
  [[nodiscard]] virtual ProcTime next_time() const { return ProcTime::max(); }
  // Records between the position and the end of the split, or -1 if unknown; for lag metrics.
  [[nodiscard]] virtual int64_t lag() const { return -1; }
};

// A table scan of one job. Immutable after creation; any thread.
class Source {
 public:
  virtual ~Source() = default;
  // All splits with their start positions resolved (latest-offset too). kUnavailable: not there yet, the job waits,
  // shows the message as its state, and asks again. Called on Env's executor: may block.
  virtual Result<std::vector<SplitState>> discover() = 0;
  // The same for splits found later, while running or after a restore: those the job does not know yet begin at their
  // first record whatever the start mode, as nothing of them was seen.
  virtual Result<std::vector<SplitState>> discover_more() { return discover(); }
  // Milliseconds between calls of discover_more() while running; 0: never.
  [[nodiscard]] virtual Millis discovery_interval() const { return Millis(0); }
  virtual Result<std::unique_ptr<SourceReader>> make_reader() = 0;
};

}  // namespace millstream::stream

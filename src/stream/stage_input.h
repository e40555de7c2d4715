// Where a task's rows come from: a source's splits, the channels of other tasks, or a list of values.
//
// Used by StageTask on the task's thread only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stream/chain.h"
#include "stream/task.h"

namespace millstream::stream {

// Watermark and idleness of one split, for "which partition holds back the watermark".
struct SplitStatus {
  std::string split;
  EventTime watermark = kNoWatermark;
  bool idle = false;
  bool finished = false;
  ProcTime last_row{0};
};

class StageInput {
 public:
  virtual ~StageInput() = default;
  // Before the first step; `restored` as for operators. What was known before a restart (watermarks) is sent on.
  virtual Status open(state::SnapshotReader* restored) {
    (void)restored;
    return {};
  }
  // Takes one piece of input and hands it on. kReady: call again; kFinished: all input ended and the end was handed
  // on (barriers may still have to be).
  virtual Result<StepResult> step(ProcTime now) = 0;
  // The checkpoint whose barrier has arrived on every way in, once: the task then takes its snapshot.
  virtual std::optional<CheckpointId> take_barrier() = 0;
  // Adds what the input itself must remember. `durable` is called once, from any thread, when what was read before
  // the positions is safe.
  virtual Status snapshot(CheckpointId checkpoint, TaskSnapshot& into, std::function<void(Status)> durable) {
    (void)checkpoint;
    (void)into;
    durable({});
    return {};
  }
  virtual void checkpoint_complete(CheckpointId checkpoint) { (void)checkpoint; }
  // Asked between steps, as Operator::hold().
  [[nodiscard]] virtual Hold hold() const { return Hold::kNone; }
  // Timers of the input (periodic watermarks, idleness), asked after time().
  virtual Status time(ProcTime now) {
    (void)now;
    return {};
  }
  [[nodiscard]] virtual ProcTime next_time() const { return ProcTime::max(); }
  // After a step that took something: those who may wait for room.
  virtual void wake_producers() {}
  [[nodiscard]] virtual int64_t lag() const { return -1; }
  [[nodiscard]] virtual const OperatorCounters* counters() const { return nullptr; }
  [[nodiscard]] virtual std::vector<SplitStatus> splits() const { return {}; }
};

}  // namespace millstream::stream

// What the scheduler runs: something that works for about a millisecond and then says what it waits for.
#pragma once

#include <cstdint>

#include "base/ids.h"

namespace millstream::stream {

enum class StepResult {
  kReady,       // has more to do now
  kNeedsInput,  // waits for a channel or a reader: woken by whoever puts something in
  kOutputFull,  // waits for room behind it: woken by whoever takes something out
  kWaiting,     // waits for a time (next_time) or an answer from outside
  kFinished,    // never has anything to do again
};

class Task {
 public:
  virtual ~Task() = default;
  // On one worker at a time; never blocks. What one run writes the next one sees, whichever worker it is on.
  virtual StepResult run() = 0;
  // Asked after run(), on the same thread: when to run again even if nobody wakes it.
  [[nodiscard]] virtual ProcTime next_time() const { return ProcTime::max(); }

 private:
  friend class Scheduler;
  enum class Place : uint8_t { kIdle, kQueued, kRunning, kRunningAndWoken, kGone };
  Place place_ = Place::kGone;      // under the scheduler's lock, like due_
  ProcTime due_ = ProcTime::max();  // next_time() as of the last run
};

}  // namespace millstream::stream

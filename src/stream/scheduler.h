// Runs tasks on worker threads, or on the caller's thread when a test wants every step in a fixed order.
//
// One per process, shared by all pipelines. A task runs on at most one worker at a time, for about a millisecond, and
// never blocks; it is queued again when something wakes it: a batch, room in a channel, a reader, a barrier, a time.
#pragma once

#include <memory>

#include "base/ids.h"
#include "env/env.h"

namespace millstream::stream {

class Task;

class Scheduler {
 public:
  // threads == 0: deterministic mode. Nothing runs until run_until_idle(), then on the caller's thread, in the order
  // of tasks' creation. Otherwise that many workers start at once.
  Scheduler(env::Env& env, int threads);
  // Stops the workers after the step they are in. Pipelines must be gone before.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  [[nodiscard]] bool is_deterministic() const;
  // Deterministic mode only: runs every task until none can go on without new input, a new time or an answer from
  // outside. Times that are due by env's clock are served.
  void run_until_idle();
  // Deterministic mode only: the earliest processing time that any task waits for, or ProcTime::max().
  [[nodiscard]] ProcTime next_time();

  // For pipelines and tasks. add: the task may be woken from now on, and is woken once. remove: returns when the task
  // is not running and will never run again; not from inside the task. wake: any thread, cheap if already queued.
  void add(std::shared_ptr<Task> task);
  void remove(Task& task);
  void wake(Task& task);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millstream::stream

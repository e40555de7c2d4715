// The outside world of one process: clock, files, randomness, background work. The real one, and env/fake.h for tests.
//
// One Env per process (or test), handed down by reference from main; nothing global.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>

#include "env/clock.h"
#include "env/file_system.h"

namespace millstream::env {

// A few threads for what may block: fsync, cold reads, name resolution. Jobs run in any order; those that have not
// begun when the executor ends run then.
class Executor {
 public:
  // A job that is not due yet.
  struct Delayed {
    MonotonicTime due;
    uint64_t number = 0;
    auto operator<=>(const Delayed&) const = default;
  };

  virtual ~Executor() = default;
  virtual void submit(std::function<void()> job) = 0;
  // Not before `due`, by a finer clock than timers have; no thread is held meanwhile.
  virtual Delayed submit_at(MonotonicTime due, std::function<void()> job) = 0;
  // The job does not wait any longer. Nothing happens if it runs or has run.
  virtual void hasten(Delayed job) = 0;
};

class Env {
 public:
  virtual ~Env() = default;
  [[nodiscard]] virtual const Clock& clock() const = 0;
  virtual FileSystem& files() = 0;
  virtual Executor& executor() = 0;  // the fake runs jobs inline, or when told to, due or not
  virtual uint64_t random() = 0;     // 64 uniform bits; the fake's are seeded
};

[[nodiscard]] std::unique_ptr<Env> make_real_env(int executor_threads = 2);

}  // namespace millstream::env

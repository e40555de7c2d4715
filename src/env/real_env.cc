// The operating system's clocks and random bytes.
#include <sys/random.h>
#include <time.h>

#include "base/check.h"
#include "env/env.h"
#include "env/internal/real.h"

namespace millstream::env {
namespace {

int64_t read_clock(clockid_t which) {
  timespec t;
  clock_gettime(which, &t);
  return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

class RealClock final : public Clock {
 public:
  [[nodiscard]] ProcTime now() const override { return ProcTime(read_clock(CLOCK_REALTIME) / 1'000'000); }
  [[nodiscard]] MonotonicTime monotonic() const override { return MonotonicTime(read_clock(CLOCK_MONOTONIC)); }
};

class RealEnv final : public Env {
 public:
  explicit RealEnv(int threads)
      : files_(internal::make_real_file_system()), executor_(internal::make_real_executor(threads, clock_)) {}

  [[nodiscard]] const Clock& clock() const override { return clock_; }
  FileSystem& files() override { return *files_; }
  Executor& executor() override { return *executor_; }
  uint64_t random() override {
    uint64_t bits = 0;
    CHECK(getrandom(&bits, sizeof bits, 0) == sizeof bits);  // up to 256 bytes are never cut short
    return bits;
  }

 private:
  RealClock clock_;
  std::unique_ptr<FileSystem> files_;
  std::unique_ptr<Executor> executor_;
};

}  // namespace

std::unique_ptr<Env> make_real_env(int executor_threads) { return std::make_unique<RealEnv>(executor_threads); }

}  // namespace millstream::env

// The operating system's clocks and random bytes, and a small pool of threads for what blocks.
#include <sys/random.h>
#include <time.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

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

class RealExecutor final : public Executor {
 public:
  explicit RealExecutor(int count) {
    CHECK(count > 0);
    for (int i = 0; i < count; ++i) threads_.emplace_back([this] { run(); });
  }

  // Everything submitted is run: somebody may wait for an fsync's answer.
  ~RealExecutor() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  void submit(std::function<void()> job) override {
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      std::function<void()> job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      job = nullptr;  // what it holds is freed outside the lock
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

class RealEnv final : public Env {
 public:
  explicit RealEnv(int threads) : files_(internal::make_real_file_system()), executor_(threads) {}

  [[nodiscard]] const Clock& clock() const override { return clock_; }
  FileSystem& files() override { return *files_; }
  Executor& executor() override { return executor_; }
  uint64_t random() override {
    uint64_t bits = 0;
    CHECK(getrandom(&bits, sizeof bits, 0) == sizeof bits);  // up to 256 bytes are never cut short
    return bits;
  }

 private:
  RealClock clock_;
  std::unique_ptr<FileSystem> files_;
  RealExecutor executor_;
};

}  // namespace

std::unique_ptr<Env> make_real_env(int executor_threads) { return std::make_unique<RealEnv>(executor_threads); }

}  // namespace millstream::env

// A small pool of threads for what blocks, one of which keeps the time of delayed jobs.
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/check.h"
#include "env/internal/real.h"

namespace millstream::env::internal {
namespace {

class RealExecutor final : public Executor {
 public:
  RealExecutor(int count, const Clock& clock) : clock_(clock) {
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
    wake_timekeeper_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  void submit(std::function<void()> job) override {
    std::unique_lock lock(mutex_);
    jobs_.push_back(std::move(job));
    wake_one(lock);
  }

  Delayed submit_at(MonotonicTime due, std::function<void()> job) override {
    std::unique_lock lock(mutex_);
    const Delayed delayed{due, ++last_number_};
    delayed_.emplace(delayed, std::move(job));
    if (delayed_.begin()->first == delayed) wake_one(lock);  // else somebody waits for an earlier one already
    return delayed;
  }

  void hasten(Delayed job) override {
    std::unique_lock lock(mutex_);
    auto found = delayed_.extract(job);
    if (found.empty()) return;
    jobs_.push_back(std::move(found.mapped()));
    wake_one(lock);
  }

 private:
  // The timekeeper first: a job that was hastened then wakes one thread, and leaves none behind that waits for its
  // time.
  void wake_one(std::unique_lock<std::mutex>& lock) {
    std::condition_variable& waiting = timekeeper_ ? wake_timekeeper_ : wake_;
    lock.unlock();
    waiting.notify_one();
  }

  void run() {
    std::unique_lock lock(mutex_);
    while (std::function<void()> job = next(lock)) {
      // What is left, jobs and the time, is for another thread.
      if (!jobs_.empty() || (!delayed_.empty() && !timekeeper_)) wake_.notify_one();
      lock.unlock();
      job();
      job = nullptr;  // what it holds is freed outside the lock
      lock.lock();
    }
  }

  // Waits for a job; none when the executor ends.
  std::function<void()> next(std::unique_lock<std::mutex>& lock) {
    for (;;) {
      if (!jobs_.empty()) {
        std::function<void()> job = std::move(jobs_.front());
        jobs_.pop_front();
        return job;
      }
      if (!delayed_.empty() && (ending_ || delayed_.begin()->first.due <= clock_.monotonic())) {
        return std::move(delayed_.extract(delayed_.begin()).mapped());
      }
      if (ending_) return {};
      if (delayed_.empty() || timekeeper_) {
        wake_.wait(lock);
        continue;
      }
      timekeeper_ = true;
      const std::chrono::nanoseconds due(delayed_.begin()->first.due.value);
      wake_timekeeper_.wait_until(lock, std::chrono::steady_clock::time_point(due));
      timekeeper_ = false;
    }
  }

  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_, wake_timekeeper_;
  bool timekeeper_ = false;  // a thread waits until the first delayed job is due
  bool ending_ = false;
  std::deque<std::function<void()>> jobs_;
  std::map<Delayed, std::function<void()>> delayed_;
  uint64_t last_number_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<Executor> make_real_executor(int threads, const Clock& clock) {
  return std::make_unique<RealExecutor>(threads, clock);
}

}  // namespace millstream::env::internal

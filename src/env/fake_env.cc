// The fake executor and the fake environment around the fake files.
#include "env/fake.h"

namespace millstream::env {

namespace {

// The jobs that this thread still has to run before its outermost submit() returns.
thread_local std::deque<std::function<void()>>* chain = nullptr;

}  // namespace

void FakeExecutor::submit(std::function<void()> job) { submit(Job{std::move(job), {}}); }

Executor::Delayed FakeExecutor::submit_at(MonotonicTime due, std::function<void()> job) {
  Delayed delayed{due};
  {
    const std::lock_guard lock(mutex_);
    delayed.number = ++last_number_;
  }
  submit(Job{std::move(job), delayed});
  return delayed;
}

void FakeExecutor::hasten(Delayed delayed) {
  const std::lock_guard lock(mutex_);
  for (Job& job : jobs_) {
    if (job.delayed == delayed) job.delayed.reset();
  }
}

void FakeExecutor::submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (holding_) {
      jobs_.push_back(std::move(job));
      return;
    }
  }
  if (chain != nullptr) {
    chain->push_back(std::move(job.run));
    return;
  }
  std::deque<std::function<void()>> jobs;
  jobs.push_back(std::move(job.run));
  chain = &jobs;
  while (!jobs.empty()) {
    const std::function<void()> next = std::move(jobs.front());
    jobs.pop_front();
    next();
  }
  chain = nullptr;
}

void FakeExecutor::hold() {
  const std::lock_guard lock(mutex_);
  holding_ = true;
}

void FakeExecutor::run_inline() {
  {
    const std::lock_guard lock(mutex_);
    holding_ = false;
  }
  run_all();
}

bool FakeExecutor::run_one() {
  std::function<void()> job;
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.empty()) return false;
    job = std::move(jobs_.front().run);
    jobs_.pop_front();
  }
  job();
  return true;
}

void FakeExecutor::run_all() {
  while (run_one()) {
  }
}

void FakeExecutor::drop_all() {
  std::deque<Job> dropped;
  const std::lock_guard lock(mutex_);
  dropped.swap(jobs_);
}

size_t FakeExecutor::waiting() {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

std::optional<MonotonicTime> FakeExecutor::due() {
  const std::lock_guard lock(mutex_);
  if (jobs_.empty() || !jobs_.front().delayed) return {};
  return jobs_.front().delayed->due;
}

uint64_t FakeEnv::random() {
  const std::lock_guard lock(mutex_);
  return random_();
}

void FakeEnv::power_cut(FakeFileSystem::Unsynced unsynced) {
  executor_.drop_all();
  files_.power_cut(unsynced);
}

}  // namespace millstream::env

// One queue and one lock for all workers: a step is about a millisecond, so the lock is taken some thousand times a
// second.
#include "stream/scheduler.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "base/check.h"
#include "stream/task.h"

namespace millstream::stream {

struct Scheduler::Impl {
  env::Env& env;
  const int thread_count;
  std::mutex mutex;
  std::condition_variable work;              // something is queued, a timer is earlier, or the end
  std::condition_variable stopped;           // a task stopped running
  std::vector<std::shared_ptr<Task>> tasks;  // in the order of their creation
  std::deque<Task*> queue;
  std::set<std::pair<ProcTime, Task*>> timers;
  bool ending = false;
  std::vector<std::thread> threads;

  Impl(env::Env& e, int n) : env(e), thread_count(n) {}

  // Under the lock.
  void enqueue(Task& task) {
    task.place_ = Task::Place::kQueued;
    queue.push_back(&task);
    work.notify_one();
  }
  void set_timer(Task& task, ProcTime due) {
    if (task.due_ == due) return;
    if (task.due_ != ProcTime::max()) timers.erase({task.due_, &task});
    task.due_ = due;
    if (due != ProcTime::max()) {
      timers.emplace(due, &task);
      if (timers.begin()->second == &task) work.notify_one();
    }
  }
  void queue_due(ProcTime now) {
    while (!timers.empty() && timers.begin()->first <= now) {
      Task* task = timers.begin()->second;
      timers.erase(timers.begin());
      task->due_ = ProcTime::max();
      if (task->place_ == Task::Place::kIdle)
        enqueue(*task);
      else if (task->place_ == Task::Place::kRunning)
        task->place_ = Task::Place::kRunningAndWoken;
    }
  }
  // Runs the task at the front of the queue; the lock is given back meanwhile.
  void run_front(std::unique_lock<std::mutex>& lock) {
    Task* task = queue.front();
    queue.pop_front();
    task->place_ = Task::Place::kRunning;
    lock.unlock();
    const StepResult result = task->run();
    const ProcTime due = result == StepResult::kFinished ? ProcTime::max() : task->next_time();
    lock.lock();
    const bool again = result == StepResult::kReady || task->place_ == Task::Place::kRunningAndWoken;
    task->place_ = Task::Place::kIdle;
    set_timer(*task, due);
    if (again) enqueue(*task);
    stopped.notify_all();
  }
  void work_until_the_end() {
    std::unique_lock lock(mutex);
    while (!ending) {
      queue_due(env.clock().now());
      if (!queue.empty()) {
        run_front(lock);
      } else if (timers.empty()) {
        work.wait(lock);
      } else {
        const int64_t wait = timers.begin()->first.value - env.clock().now().value;
        work.wait_for(lock, std::chrono::milliseconds(std::clamp<int64_t>(wait, 0, 1000)));
      }
    }
  }
};

Scheduler::Scheduler(env::Env& env, int threads) : impl_(std::make_unique<Impl>(env, threads)) {
  for (int t = 0; t < threads; ++t) impl_->threads.emplace_back([this] { impl_->work_until_the_end(); });
}

Scheduler::~Scheduler() {
  {
    const std::scoped_lock lock(impl_->mutex);
    CHECK(impl_->tasks.empty());
    impl_->ending = true;
    impl_->work.notify_all();
  }
  for (std::thread& thread : impl_->threads) thread.join();
}

bool Scheduler::is_deterministic() const { return impl_->thread_count == 0; }

void Scheduler::run_until_idle() {
  CHECK(is_deterministic());
  std::unique_lock lock(impl_->mutex);
  for (;;) {
    impl_->queue_due(impl_->env.clock().now());
    if (impl_->queue.empty()) return;
    // In the order of creation rather than of waking, so that a change in who wakes whom changes no order of results.
    const auto rank = [&](Task* task) {
      return std::find_if(impl_->tasks.begin(), impl_->tasks.end(), [&](const auto& t) { return t.get() == task; });
    };
    std::iter_swap(impl_->queue.begin(), std::min_element(impl_->queue.begin(), impl_->queue.end(),
                                                          [&](Task* a, Task* b) { return rank(a) < rank(b); }));
    impl_->run_front(lock);
  }
}

ProcTime Scheduler::next_time() {
  CHECK(is_deterministic());
  const std::scoped_lock lock(impl_->mutex);
  return impl_->timers.empty() ? ProcTime::max() : impl_->timers.begin()->first;
}

void Scheduler::add(std::shared_ptr<Task> task) {
  const std::scoped_lock lock(impl_->mutex);
  impl_->tasks.push_back(std::move(task));
  impl_->enqueue(*impl_->tasks.back());
}

void Scheduler::remove(Task& task) {
  std::shared_ptr<Task> last;  // destroyed outside the lock
  std::unique_lock lock(impl_->mutex);
  const auto running = [&] {
    return task.place_ == Task::Place::kRunning || task.place_ == Task::Place::kRunningAndWoken;
  };
  impl_->stopped.wait(lock, [&] { return !running(); });
  impl_->set_timer(task, ProcTime::max());
  std::erase(impl_->queue, &task);
  task.place_ = Task::Place::kGone;
  const auto it =
      std::find_if(impl_->tasks.begin(), impl_->tasks.end(), [&](const auto& t) { return t.get() == &task; });
  if (it == impl_->tasks.end()) return;
  last = std::move(*it);
  impl_->tasks.erase(it);
}

void Scheduler::wake(Task& task) {
  // The lock, also when the task is queued already: it orders what the caller wrote before the task's next run.
  const std::scoped_lock lock(impl_->mutex);
  if (task.place_ == Task::Place::kIdle)
    impl_->enqueue(task);
  else if (task.place_ == Task::Place::kRunning)
    task.place_ = Task::Place::kRunningAndWoken;
}

}  // namespace millstream::stream

// A queue of calls and the thread that makes them.
#include "connector/postgres/internal/commit_thread.h"

#include <condition_variable>
#include <deque>
#include <mutex>

#include "connector/postgres/internal/commit_session.h"

namespace millstream::connector::postgres {

// The thread keeps it alive: a callback may drop the committer while the thread is still inside it.
struct CommitThread::Shared {
  Shared(ConnectionSettings settings, stream::SinkIdentity identity, const PostgresParts& given)
      : parts(given), session(std::move(settings), std::move(identity), given, interrupt) {}

  void submit(std::move_only_function<void()> call) {
    {
      const std::scoped_lock lock(mutex);
      calls.push_back(std::move(call));
    }
    wake.notify_one();
  }

  void run() {
    std::unique_lock lock(mutex);
    for (;;) {
      wake.wait(lock, [this] { return stopping || !calls.empty(); });
      if (stopping) return;
      std::move_only_function<void()> call = std::move(calls.front());
      calls.pop_front();
      lock.unlock();
      call();
      // What the call holds may hold the committer; it must not be destroyed under the lock.
      call = nullptr;
      lock.lock();
    }
  }

  PostgresParts parts;
  Interrupt interrupt;
  CommitSession session;
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::move_only_function<void()>> calls;
  bool stopping = false;
};

CommitThread::CommitThread(ConnectionSettings settings, stream::SinkIdentity identity, const PostgresParts& parts)
    : shared_(std::make_shared<Shared>(std::move(settings), std::move(identity), parts)),
      thread_([shared = shared_] { shared->run(); }) {}

CommitThread::~CommitThread() {
  std::deque<std::move_only_function<void()>> forgotten;
  {
    const std::scoped_lock lock(shared_->mutex);
    shared_->stopping = true;
    forgotten.swap(shared_->calls);
  }
  shared_->interrupt.raise();
  shared_->wake.notify_one();
  if (thread_.get_id() == std::this_thread::get_id())
    thread_.detach();
  else
    thread_.join();
}

void CommitThread::recover(AttemptId attempt, std::function<void(Result<CheckpointId>)> done) {
  shared_->submit(
      [shared = shared_.get(), attempt, done = std::move(done)] { done(shared->session.recover(attempt)); });
}

void CommitThread::commit(CheckpointId checkpoint, std::vector<stream::Committable> epoch,
                          std::function<void(Status)> done) {
  shared_->submit([shared = shared_.get(), checkpoint, epoch = std::move(epoch), done = std::move(done)]() mutable {
    int64_t size = 0;
    for (const stream::Committable& committable : epoch) size += static_cast<int64_t>(committable.payload.size());
    // These bytes exist already, so they are only made visible.
    shared->parts.budget.charge_unchecked(Bytes(size));
    Status status = shared->session.commit(checkpoint, epoch);
    epoch = {};
    shared->parts.budget.release(Bytes(size));
    done(std::move(status));
  });
}

}  // namespace millstream::connector::postgres

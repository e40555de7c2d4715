// Collects answers from other threads, retries for memory, and times connections out.
#include <algorithm>

#include "base/logging.h"
#include "net/internal/framed_connection.h"

namespace millstream::net {
namespace {

// Large enough that small requests cost few reads, small enough that what a paused connection keeps does not matter.
constexpr size_t kScratch = 16 << 10;
// Memory that others than this server's frames give back is noticed by asking again.
constexpr Millis kMemoryRetry(10);

}  // namespace

FramedThread::FramedThread(EventLoop& loop_, int index_, FramedLimits limits_, MemoryBudget& memory_,
                           FrameHandler& handler_, FramedCounters& counters_)
    : loop(loop_),
      index(index_),
      limits(std::move(limits_)),
      memory(memory_),
      handler(handler_),
      counters(counters_),
      scratch(kScratch) {}

void FramedThread::wake() {
  if (std::exchange(woken_, true)) return;
  loop.post([self = shared_from_this()] { self->drain(); }, index);
}

void FramedThread::hand_over(std::shared_ptr<FramedConnection> connection, uint64_t sequence,
                             std::optional<Reply> reply, std::optional<Error> failure) {
  std::lock_guard lock(mutex_);
  if (closed_) return;
  answers_.push_back({std::move(connection), sequence, std::move(reply), std::move(failure)});
  wake();
}

void FramedThread::flush_later(const std::shared_ptr<FramedConnection>& connection) {
  if (!connection->mark_dirty()) return;
  dirty_.push_back(connection);
  std::lock_guard lock(mutex_);
  if (!closed_) wake();
}

void FramedThread::memory_released() {
  if (waiting_for_memory_.load(std::memory_order_acquire) == 0) return;
  std::lock_guard lock(mutex_);
  if (!closed_) wake();
}

void FramedThread::drain() {
  {
    std::lock_guard lock(mutex_);
    woken_ = false;
    draining_.swap(answers_);
  }
  for (Answer& answer : draining_) {
    if (answer.failure) {
      answer.connection->finish(fail(*std::move(answer.failure)));
    } else {
      answer.connection->complete(answer.sequence, std::move(answer.reply));
      if (answer.connection->mark_dirty()) dirty_.push_back(std::move(answer.connection));
    }
  }
  draining_.clear();
  // Flushing lets requests in, whose handlers may answer others: those wait for the next drain.
  std::vector<std::shared_ptr<FramedConnection>> dirty;
  dirty.swap(dirty_);
  for (const auto& connection : dirty) connection->flush();
  if (dirty_.empty()) {
    dirty.clear();
    dirty_.swap(dirty);
  }
  if (waiting_for_memory_.load(std::memory_order_relaxed) > 0) retry_memory();
}

void FramedThread::wait_for_memory() {
  waiting_for_memory_.fetch_add(1, std::memory_order_release);
  if (std::exchange(retry_scheduled_, true)) return;
  loop.schedule(kMemoryRetry, [self = shared_from_this()] {
    self->loop.post(
        [self] {
          self->retry_scheduled_ = false;
          self->retry_memory();
        },
        self->index);
  });
}

void FramedThread::retry_memory() {
  std::vector<std::shared_ptr<FramedConnection>> waiting;
  for (const auto& [id, connection] : connections) {
    if (connection->waits_for_memory()) waiting.push_back(connection);
  }
  // Oldest first, or a large request would lose to small ones for ever.
  std::ranges::sort(waiting, {}, [](const auto& connection) { return connection->id(); });
  for (const auto& connection : waiting) connection->continue_reading();
}

void FramedThread::adopt(Descriptor socket, const SocketAddress& peer, ConnectionId id) {
  {
    std::lock_guard lock(mutex_);
    if (closed_) {
      counters.connections.fetch_sub(1, std::memory_order_relaxed);
      return;
    }
  }
  auto connection = std::make_shared<FramedConnection>(shared_from_this(), std::move(socket), peer.to_host_port(), id);
  connections.emplace(id, connection);
  if (const Status opened = connection->open(); !opened) connection->finish(opened);
}

void FramedThread::sweep() {
  ++sweep_number;
  std::vector<std::shared_ptr<FramedConnection>> all;
  all.reserve(connections.size());
  for (const auto& [id, connection] : connections) all.push_back(connection);
  for (const auto& connection : all) connection->check_timeouts();
}

void FramedThread::close_all() {
  std::vector<Answer> dropped;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(answers_);
  }
  while (!connections.empty()) {
    const auto connection = connections.begin()->second;
    connection->finish({});
  }
  dirty_.clear();
}

}  // namespace millstream::net

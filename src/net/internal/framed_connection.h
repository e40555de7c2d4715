// One client of a FramedServer, and what the connections of one loop thread share.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "net/framed_server.h"
#include "net/internal/frame_assembler.h"
#include "net/internal/listener.h"
#include "net/internal/reply_queue.h"

namespace millstream::net {

class FramedConnection;

struct FramedCounters {
  std::atomic<int64_t> connections{0}, accepted{0}, refused{0}, closed_with_error{0}, memory_pauses{0};
};

// Timeouts are counted in sweeps, so that traffic reads no clock.
struct FramedLimits {
  FramedServer::Options options;
  Millis sweep_interval;
  [[nodiscard]] int64_t sweeps(Millis timeout) const {
    return (timeout.value + sweep_interval.value - 1) / sweep_interval.value + 1;
  }
};

// The connections of one server on one loop thread. Answers from other threads are collected here and wake the thread
// once.
class FramedThread : public std::enable_shared_from_this<FramedThread> {
 public:
  FramedThread(EventLoop& loop, int index, FramedLimits limits, MemoryBudget& memory, FrameHandler& handler,
               FramedCounters& counters);

  // Any thread.
  void hand_over(std::shared_ptr<FramedConnection> connection, uint64_t sequence, std::optional<Reply> reply,
                 std::optional<Error> failure);
  void memory_released();  // wakes connections that wait for memory, if there are any
  [[nodiscard]] bool is_current() const { return loop.in_thread(index); }

  // Loop thread.
  void adopt(Descriptor socket, const SocketAddress& peer, ConnectionId id);
  void flush_later(const std::shared_ptr<FramedConnection>& connection);
  void wait_for_memory();                                                             // a connection begins to wait
  void got_memory() { waiting_for_memory_.fetch_sub(1, std::memory_order_relaxed); }  // or closed
  void remove(ConnectionId id) { connections.erase(id); }
  void sweep();
  void close_all();  // nothing is accepted or answered afterwards

  EventLoop& loop;
  const int index;
  const FramedLimits limits;
  MemoryBudget& memory;
  FrameHandler& handler;
  FramedCounters& counters;
  std::unordered_map<ConnectionId, std::shared_ptr<FramedConnection>> connections;
  int64_t sweep_number = 0;
  std::vector<std::byte> scratch;  // where reads land before their frame is known; one for all connections

 private:
  struct Answer {
    std::shared_ptr<FramedConnection> connection;
    uint64_t sequence;
    std::optional<Reply> reply;
    std::optional<Error> failure;
  };
  void wake();  // with mutex_ held
  void drain();
  void retry_memory();

  std::mutex mutex_;
  bool woken_ = false;   // a drain() is on its way
  bool closed_ = false;  // set under mutex_
  std::vector<Answer> answers_;
  std::vector<Answer> draining_;                          // loop thread; swapped with answers_ to keep both capacities
  std::vector<std::shared_ptr<FramedConnection>> dirty_;  // loop thread; to be flushed by the next drain()
  std::atomic<int> waiting_for_memory_{0};
  bool retry_scheduled_ = false;  // loop thread
};

class FramedConnection final : public Connection,
                               public ReplySink,
                               public FrameAccount,
                               public std::enable_shared_from_this<FramedConnection> {
 public:
  FramedConnection(std::shared_ptr<FramedThread> thread, Descriptor socket, HostPort peer, ConnectionId id);
  Status open();  // loop thread, once

  [[nodiscard]] ConnectionId id() const override { return id_; }
  [[nodiscard]] const HostPort& peer() const override { return peer_; }
  [[nodiscard]] int thread() const override { return thread_->index; }
  void close(Error why) override;

  void reply(uint64_t sequence, Reply reply) override;
  void skip_reply(uint64_t sequence) override;
  void fail_request(uint64_t sequence, Error why) override;
  [[nodiscard]] bool is_closed() const override { return closed_.load(std::memory_order_acquire); }

  void release_frame(Bytes size) override;

  // Loop thread, from FramedThread.
  void complete(uint64_t sequence, std::optional<Reply> reply);
  void flush();  // then goes on reading, if that is possible again
  void continue_reading();
  void check_timeouts();
  void finish(Status why);  // closes now; on_close inside
  bool mark_dirty() { return !std::exchange(dirty_, true); }
  [[nodiscard]] bool waits_for_memory() const { return waits_for_memory_; }

 private:
  [[nodiscard]] bool may_read() const;
  void read_ready();
  void read_some();
  bool consume(ByteSpan& bytes);
  bool deliver();
  void keep(ByteSpan bytes);
  [[nodiscard]] bool has_kept() const { return kept_taken_ < kept_.size(); }
  void set_waits_for_memory(bool waits);
  bool send_at_once(uint64_t sequence, const Reply& reply);  // any other thread; false: the rest is the loop thread's
  void lend();
  void take_back();
  void wait_readable();
  void wait_error();
  void write_ready();
  void rest();
  void progress() { last_progress_ = thread_->sweep_number; }

  const std::shared_ptr<FramedThread> thread_;
  const ConnectionId id_;
  const HostPort peer_;
  Descriptor socket_;
  std::unique_ptr<DescriptorWatch> watch_;
  MemoryBudget budget_;
  FrameAssembler assembler_;
  ReplyQueue replies_;
  ByteBuffer kept_;  // read already, not looked at: the limits were reached inside a read; at most one scratch
  size_t kept_taken_ = 0;
  int64_t charged_replies_ = 0;

  // The right to answer the only request under way, while the loop thread has nothing to do here: a thread that has the
  // answer sends it itself, which saves waking this one. Taken back before anything happens.
  struct SentElsewhere {
    uint64_t sequence;
    int64_t bytes;
    bool whole;
  };
  std::mutex lent_mutex_;
  std::optional<uint64_t> lent_;
  std::optional<SentElsewhere> sent_elsewhere_;

  std::optional<SentElsewhere> partly_sent_;  // its reply is on its way to the loop thread
  int64_t last_progress_ = 0;
  int64_t half_closed_at_ = -1;
  std::atomic<bool> closed_{false};
  bool opened_ = false;
  bool half_closed_ = false;
  bool busy_ = false;  // inside read_ready: flush once, at its end
  bool dirty_ = false;
  bool waits_for_memory_ = false;
  bool retrying_ = false;
  bool waits_readable_ = false;
  bool waits_writable_ = false;
  bool waits_error_ = false;
};

}  // namespace millstream::net

// The threads on which sockets, timers and foreign descriptors are served; Asio inside.
//
// Callbacks must not block: one slow callback delays every connection of its thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "env/timer_queue.h"

namespace millstream::net {

// Waits until a descriptor that somebody else owns (a socket of ours, of libpq, an eventfd) is ready.
//
// Made, used and destroyed on its loop thread, or anywhere before the loop's threads see it. Each wait is answered
// once, on that thread, never from inside wait(); destroying the watch drops waits without a call and leaves the
// descriptor open. The descriptor must stay open as long as its watch, and have only one watch at a time.
// Sockets, pipes and eventfds, not files; the descriptor becomes non-blocking.
class DescriptorWatch {
 public:
  enum class Until { kReadable, kWritable, kError /* error or hang-up, also while nothing is read or written */ };

  virtual ~DescriptorWatch() = default;
  // One wait per kind at a time. Small callables (two pointers) cost no allocation here.
  virtual void wait(Until until, std::function<void()> ready) = 0;
};

class EventLoop final : public env::TimerQueue {
 public:
  struct Options {
    int threads = 1;           // servers spread their connections over them
    std::string name = "net";  // of the threads, as `top -H` shows them; at most ten bytes are kept
  };

  EventLoop();
  explicit EventLoop(const Options& options);  // the threads run when this returns
  ~EventLoop() override;                // stop(); servers and watches must be gone by then

  // Any thread. Runs `job` on loop thread number `thread`; jobs from one thread keep their order. Dropped after stop().
  void post(std::move_only_function<void()> job, int thread = 0);

  // As TimerQueue says, on thread 0, by the operating system's steady clock.
  env::TimerId schedule(Millis delay, Callback callback) override;
  bool cancel(env::TimerId id) override;

  [[nodiscard]] Result<std::unique_ptr<DescriptorWatch>> watch(int descriptor, int thread = 0);

  [[nodiscard]] int threads() const;
  [[nodiscard]] bool in_thread(int thread) const;  // is the caller that loop thread?
  [[nodiscard]] bool in_any_thread() const;
  [[nodiscard]] bool stopped() const;

  // Lets running callbacks finish, drops the waiting ones, joins. Any thread but the loop's; twice is fine.
  void stop();

 private:
  friend class LoopAccess;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millstream::net

// Chunks of streamed answers on their way from handlers to the client of one session.
//
// A session answers one request after the other; each answer is a turn. What names a turn that is over goes nowhere.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace millstream::net {

class StreamQueue {
 public:
  // `limit`: bytes that may wait, beyond the first chunk.
  explicit StreamQueue(size_t limit) : limit_(limit) {}

  // ---- any thread

  [[nodiscard]] uint64_t turn() const { return turn_; }
  enum class Push { kFull, kDone, kWake };  // kWake: done, and the session does not know of it yet
  // Takes the chunk, unless too much waits; one of another turn stays where it is.
  Push push(uint64_t turn, std::string& chunk);
  // What shall be called once there is room; null if nobody waits, or it was taken before.
  [[nodiscard]] std::function<void()> take_writable();

  // ---- the session's thread

  void begin_turn();
  void end_turn();
  // Forgets what waits: the answer takes no more.
  void clear();
  // False, and `writable` stays: there is room now.
  bool wait_for_room(std::function<void()>& writable);
  // All that waits is now being sent: into `chunks`, which was empty. Returns its bytes, which count until sent().
  size_t take(std::vector<std::string>& chunks);
  // What take() gave has left. Returns what shall be called, if there is room again.
  [[nodiscard]] std::function<void()> sent();

 private:
  [[nodiscard]] bool has_room() const { return pending_ <= limit_ / 2; }  // with mutex_ held

  const size_t limit_;
  std::atomic<uint64_t> turn_{0};  // changed under mutex_
  std::mutex mutex_;
  std::vector<std::string> chunks_;
  size_t pending_ = 0;  // bytes in chunks_ and being sent
  size_t sending_ = 0;
  bool woken_ = false;
  std::function<void()> writable_;
};

}  // namespace millstream::net

// The queue under its lock.
#include "net/internal/stream_queue.h"

#include <utility>

namespace millstream::net {

StreamQueue::Push StreamQueue::push(uint64_t turn, std::string& chunk) {
  std::lock_guard lock(mutex_);
  if (turn != turn_) return Push::kDone;
  if (pending_ > 0 && pending_ + chunk.size() > limit_) return Push::kFull;
  pending_ += chunk.size();
  chunks_.push_back(std::move(chunk));
  return std::exchange(woken_, true) ? Push::kDone : Push::kWake;
}

std::function<void()> StreamQueue::take_writable() {
  std::lock_guard lock(mutex_);
  return std::exchange(writable_, nullptr);
}

void StreamQueue::begin_turn() {
  std::lock_guard lock(mutex_);
  ++turn_;
  pending_ = 0;
  chunks_.clear();
  woken_ = false;
}

void StreamQueue::end_turn() {
  std::lock_guard lock(mutex_);
  ++turn_;
  sending_ = 0;
}

void StreamQueue::clear() {
  std::lock_guard lock(mutex_);
  chunks_.clear();
  pending_ = 0;
}

bool StreamQueue::wait_for_room(std::function<void()>& writable) {
  std::lock_guard lock(mutex_);
  if (has_room()) return false;
  writable_ = std::move(writable);
  return true;
}

size_t StreamQueue::take(std::vector<std::string>& chunks) {
  std::lock_guard lock(mutex_);
  woken_ = false;
  sending_ = pending_;
  chunks.swap(chunks_);
  return sending_;
}

std::function<void()> StreamQueue::sent() {
  std::lock_guard lock(mutex_);
  pending_ -= std::exchange(sending_, 0);
  return has_room() ? std::exchange(writable_, nullptr) : nullptr;
}

}  // namespace millstream::net

// Runs what waits for the end of a connection.
#include "broker/client.h"

namespace millstream::broker {

void Client::close() {
  std::map<uint64_t, std::move_only_function<void()>> calls;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    calls.swap(calls_);
  }
  for (auto& [id, call] : calls) call();
}

bool Client::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

uint64_t Client::call_on_close(std::move_only_function<void()> call) {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) {
      calls_.emplace(++last_id_, std::move(call));
      return last_id_;
    }
  }
  call();
  return 0;
}

void Client::forget(uint64_t id) {
  std::move_only_function<void()> dropped;  // destroyed without the lock
  const std::lock_guard lock(mutex_);
  const auto at = calls_.find(id);
  if (at == calls_.end()) return;
  dropped = std::move(at->second);
  calls_.erase(at);
}

}  // namespace millstream::broker

// One client connection as the broker sees it: who it is, and a call when it is gone.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/bytes.h"

namespace millstream::broker {

// Made by the transport when a connection opens, shared with requests that are under way. Any thread.
class Client {
 public:
  // `host` is the peer's address without port, as DescribeGroups shows it.
  explicit Client(std::string host) : host_(std::move(host)) {}

  [[nodiscard]] const std::string& host() const { return host_; }

  // The transport calls this once when the connection is gone: waiting requests are dropped.
  void close();
  [[nodiscard]] bool closed() const;

  // `call` runs inside close(), or at once if that has happened. forget() keeps it from running unless it runs already.
  uint64_t call_on_close(std::move_only_function<void()> call);
  void forget(uint64_t id);

 private:
  const std::string host_;
  mutable std::mutex mutex_;
  bool closed_ = false;
  uint64_t last_id_ = 0;
  std::map<uint64_t, std::move_only_function<void()>> calls_;
};

// A request's bytes without the size in front, and what keeps them alive. The broker patches record batches in place.
struct OwnedBytes {
  MutableByteSpan bytes;
  std::shared_ptr<void> owner;
};

}  // namespace millstream::broker

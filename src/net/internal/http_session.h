// One HTTP connection of a server; Beast stays in the source.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "net/http_server.h"
#include "net/internal/listener.h"

namespace millstream::net {

// As the server sees a session. Loop thread of the session.
class HttpSession {
 public:
  virtual ~HttpSession() = default;
  virtual void run() = 0;
  virtual void close() = 0;
};

// What all sessions of a server share; it outlives them.
struct HttpShared {
  HttpShared(EventLoop& loop_, HttpServer::Options options_, const Router& router_, MemoryBudget& memory_)
      : loop(loop_), options(std::move(options_)), router(router_), memory(memory_) {}

  EventLoop& loop;
  const HttpServer::Options options;
  const Router& router;
  MemoryBudget& memory;
  std::atomic<int64_t> connections{0};

  // Sessions by their address, so that stop() finds them.
  std::mutex mutex;
  std::unordered_map<HttpSession*, std::pair<std::weak_ptr<HttpSession>, int>> sessions;
};

// `thread` is the loop thread that the session lives on; run() is called there.
[[nodiscard]] std::shared_ptr<HttpSession> make_http_session(std::shared_ptr<HttpShared> shared, Descriptor socket,
                                                             HostPort peer, int thread);

}  // namespace millstream::net

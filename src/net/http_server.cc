// Listening and stopping, and the small types through which handlers answer.
#include "net/http_server.h"

#include <future>

#include "net/internal/http_session.h"

namespace millstream::net {

// ---- StreamingBody, HttpResponder

StreamingBody& StreamingBody::operator=(StreamingBody&& other) noexcept {
  if (this != &other) {
    const StreamingBody overwritten(std::move(*this));  // given up at the end
    exchange_ = std::move(other.exchange_);
    turn_ = other.turn_;
  }
  return *this;
}

StreamingBody::~StreamingBody() {
  if (exchange_ != nullptr) exchange_->abandon(turn_);
}

StreamingBody::Wrote StreamingBody::write(std::string chunk) {
  if (closed()) return Wrote::kClosed;
  if (chunk.empty()) return Wrote::kTaken;  // an empty chunk would end the body
  return exchange_->write(turn_, chunk) ? Wrote::kTaken : Wrote::kFull;
}

StreamingBody::Wrote StreamingBody::write_event(std::string_view name, std::string_view data) {
  std::string event;
  if (!name.empty()) event.append("event: ").append(name).append("\n");
  for (size_t at = 0;;) {
    const size_t end = data.find('\n', at);
    event.append("data: ").append(data.substr(at, end - at)).append("\n");
    if (end == std::string_view::npos) break;
    at = end + 1;
  }
  return write(event + "\n");
}

void StreamingBody::when_writable(std::function<void()> writable) {
  if (exchange_ == nullptr) {
    writable();
  } else {
    exchange_->when_writable(turn_, std::move(writable));
  }
}

void StreamingBody::finish() {
  if (exchange_ != nullptr) std::exchange(exchange_, nullptr)->finish_stream(turn_);
}

HttpResponder& HttpResponder::operator=(HttpResponder&& other) noexcept {
  if (this != &other) {
    const HttpResponder overwritten(std::move(*this));
    exchange_ = std::move(other.exchange_);
    turn_ = other.turn_;
  }
  return *this;
}

HttpResponder::~HttpResponder() {
  if (exchange_ != nullptr) exchange_->abandon(turn_);
}

void HttpResponder::respond(HttpResponse response) {
  if (exchange_ != nullptr) std::exchange(exchange_, nullptr)->respond(turn_, std::move(response));
}

StreamingBody HttpResponder::stream(HttpResponse head) {
  if (exchange_ == nullptr) return {};
  exchange_->start_stream(turn_, std::move(head));
  return {std::exchange(exchange_, nullptr), turn_};
}

// ---- HttpServer

struct HttpServer::Impl {
  std::shared_ptr<HttpShared> shared;
  std::vector<std::shared_ptr<Listener>> listeners;
  std::vector<HostPort> addresses;
  uint64_t accepted = 0;  // loop thread 0
  bool stopped = false;

  void accept(Descriptor socket, const SocketAddress& peer) {
    if (shared->connections.load(std::memory_order_relaxed) >= shared->options.max_connections) return;
    shared->connections.fetch_add(1, std::memory_order_relaxed);
    const int thread = static_cast<int>(accepted++ % static_cast<uint64_t>(shared->loop.threads()));
    auto session = make_http_session(shared, std::move(socket), peer.to_host_port(), thread);
    if (thread == 0) {
      session->run();
    } else {
      shared->loop.post([session = std::move(session)] { session->run(); }, thread);
    }
  }

  // Runs `job` on a loop thread and waits for it, or here if the loop has stopped.
  template <typename Job>
  void run_on(int thread, const Job& job) {
    if (shared->loop.stopped()) {
      job();
      return;
    }
    std::promise<void> done;
    std::future<void> finished = done.get_future();
    shared->loop.post(
        [job, done = std::move(done)]() mutable {
          job();
          done.set_value();
        },
        thread);
    finished.wait();
  }
};

HttpServer::HttpServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() { stop(); }

Result<std::unique_ptr<HttpServer>> HttpServer::start(EventLoop& loop, Options options, const Router& router,
                                                      MemoryBudget& memory) {
  if (options.addresses.empty() || options.max_header.value < 1024 || options.max_body.value < 0 ||
      options.max_connections < 1) {
    return fail(ErrorCode::kInvalidArgument,
                "an HTTP server needs an address, at least 1024 bytes for headers, and positive limits");
  }
  auto impl = std::make_shared<Impl>();
  impl->shared = std::make_shared<HttpShared>(loop, std::move(options), router, memory);
  // From here on the server's destructor closes what is open.
  std::unique_ptr<HttpServer> server(new HttpServer(impl));
  for (const HostPort& address : impl->shared->options.addresses) {
    MS_ASSIGN(auto listener,
              Listener::open(loop, address, [impl = impl.get()](Descriptor socket, const SocketAddress& peer) {
                impl->accept(std::move(socket), peer);
              }));
    impl->addresses.push_back(listener->address());
    impl->listeners.push_back(std::move(listener));
  }
  return server;
}

const std::vector<HostPort>& HttpServer::addresses() const { return impl_->addresses; }
int64_t HttpServer::connections() const { return impl_->shared->connections; }

void HttpServer::stop() {
  if (std::exchange(impl_->stopped, true)) return;
  impl_->run_on(0, [impl = impl_] {
    for (const auto& listener : impl->listeners) listener->close();
  });
  for (int thread = 0; thread < impl_->shared->loop.threads(); ++thread) {
    impl_->run_on(thread, [shared = impl_->shared, thread] {
      std::vector<std::shared_ptr<HttpSession>> sessions;
      {
        std::lock_guard lock(shared->mutex);
        for (const auto& [address, entry] : shared->sessions) {
          if (entry.second != thread) continue;
          if (auto session = entry.first.lock()) sessions.push_back(std::move(session));
        }
      }
      for (const auto& session : sessions) session->close();
    });
  }
}

}  // namespace millstream::net

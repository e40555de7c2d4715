// An HTTP/1.1 server: routes requests to handlers, which answer at once, later, or piece by piece; Beast inside.
//
// Connections are kept alive; requests on one are handled one after the other, pipelined or not. Plain HTTP only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "base/memory_budget.h"
#include "net/address.h"
#include "net/event_loop.h"
#include "net/http_message.h"
#include "net/router.h"

namespace millstream::net {

// The connection behind a responder or a stream; net's own.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;
  virtual void respond(uint64_t turn, HttpResponse response) = 0;
  virtual void start_stream(uint64_t turn, HttpResponse head) = 0;
  virtual bool write(uint64_t turn, std::string& chunk) = 0;
  virtual void finish_stream(uint64_t turn) = 0;
  virtual void when_writable(uint64_t turn, std::function<void()> writable) = 0;
  virtual void abandon(uint64_t turn) = 0;
  [[nodiscard]] virtual bool is_over(uint64_t turn) const = 0;
};

// A response that is written in pieces: rows as they come, server-sent events. Any thread; move only. Dropped without
// finish() it breaks the connection off, so that the client can tell a torn answer from a whole one. A client that
// closes its sending side counts as gone here: a quiet stream would never notice one that really is.
class StreamingBody {
 public:
  enum class Wrote {
    kTaken,
    kFull,   // not taken: too much is waiting for the client. See when_writable().
    kClosed  // the client is gone
  };

  StreamingBody() = default;
  StreamingBody(std::shared_ptr<HttpExchange> exchange, uint64_t turn) : exchange_(std::move(exchange)), turn_(turn) {}
  StreamingBody(StreamingBody&&) noexcept = default;
  StreamingBody& operator=(StreamingBody&& other) noexcept;
  ~StreamingBody();

  // All of the chunk or nothing of it; an empty one does nothing. Never blocks.
  [[nodiscard]] Wrote write(std::string chunk);
  // One server-sent event (WHATWG HTML, "Server-sent events"); `data` may have several lines.
  [[nodiscard]] Wrote write_event(std::string_view name, std::string_view data);
  // Calls once, on the loop thread, when there is room again or the client is gone; at once if that is so now.
  void when_writable(std::function<void()> writable);
  void finish();
  [[nodiscard]] bool closed() const { return exchange_ == nullptr || exchange_->is_over(turn_); }

 private:
  std::shared_ptr<HttpExchange> exchange_;
  uint64_t turn_ = 0;
};

// The right, and duty, to answer one request once. Any thread; move only. Dropped without an answer it answers 500.
class HttpResponder {
 public:
  HttpResponder() = default;
  HttpResponder(std::shared_ptr<HttpExchange> exchange, uint64_t turn) : exchange_(std::move(exchange)), turn_(turn) {}
  HttpResponder(HttpResponder&&) noexcept = default;
  HttpResponder& operator=(HttpResponder&& other) noexcept;
  ~HttpResponder();

  void respond(HttpResponse response);
  // Sends status, type and headers now, the body through what comes back. `head.body` must be empty.
  [[nodiscard]] StreamingBody stream(HttpResponse head);
  [[nodiscard]] bool cancelled() const { return exchange_ == nullptr || exchange_->is_over(turn_); }

 private:
  std::shared_ptr<HttpExchange> exchange_;
  uint64_t turn_ = 0;
};

class HttpServer {
 public:
  struct Options {
    std::vector<HostPort> addresses = {{"127.0.0.1", 0}};  // each is listened on; port 0: a free one
    // Names that requests may have in Host besides loopback ones and the address they came in on; "*": any. Protects a
    // browser's user from pages whose name is pointed at this machine (DNS rebinding).
    std::vector<std::string> allowed_hosts;
    // Pages that may change state from a browser, besides our own: "https://ops.example.com:8443"; "*": any.
    std::vector<std::string> allowed_origins;
    Bytes max_header = 64_KiB;
    Bytes max_body = 16_MiB;
    Bytes max_stream_buffer = 256_KiB;  // of one StreamingBody, waiting for its client
    int max_connections = 2'000;
    Millis idle_timeout{75'000};     // between requests
    Millis request_timeout{30'000};  // from the first byte of a request to its last
    Millis write_timeout{30'000};    // without progress in sending
  };

  // `memory` is charged for each body; loop, memory and router outlive the server and every responder.
  static Result<std::unique_ptr<HttpServer>> start(EventLoop& loop, Options options, const Router& router,
                                                   MemoryBudget& memory);
  ~HttpServer();

  [[nodiscard]] const std::vector<HostPort>& addresses() const;  // with the real ports
  [[nodiscard]] int64_t connections() const;                     // any thread
  // Closes everything. Any thread but the loop's; twice is fine.
  void stop();

 private:
  struct Impl;
  explicit HttpServer(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace millstream::net

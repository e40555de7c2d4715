// Reads one request after the other with Beast, checks it, hands it on, and writes what the handler answers.
#include "net/internal/http_session.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <optional>
#include <tuple>

#include "base/check.h"
#include "base/text.h"
#include "net/internal/http_guard.h"
#include "net/internal/http_head.h"
#include "net/internal/loop_access.h"
#include "net/internal/stream_queue.h"

namespace millstream::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr size_t kReadAhead = 4 << 10;  // while a handler works, to see the client leave
constexpr size_t kDrainAfterError = 1 << 20;

std::string to_string(boost::beast::string_view text) { return {text.data(), text.size()}; }

class Session final : public HttpSession, public HttpExchange, public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<HttpShared> shared, Descriptor socket, HostPort peer, int thread)
      : shared_(std::move(shared)),
        thread_(thread),
        peer_(std::move(peer)),
        socket_(LoopAccess::context(shared_->loop, thread)),
        deadline_(LoopAccess::context(shared_->loop, thread)),
        buffer_(static_cast<size_t>(shared_->options.max_header.value) + kReadAhead),
        stream_(static_cast<size_t>(shared_->options.max_stream_buffer.value)) {
    SocketAddress local;
    local.size = sizeof local.storage;
    getsockname(socket.get(), reinterpret_cast<sockaddr*>(&local.storage), &local.size);
    local_address_ = local.to_host_port().host;
    error_code ignored;
    std::ignore =
        socket_.assign(local.storage.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), socket.release(), ignored);
    std::ignore = socket_.non_blocking(true, ignored);
  }
  ~Session() override { shared_->connections.fetch_sub(1, std::memory_order_relaxed); }

  void run() override {
    {
      std::lock_guard lock(shared_->mutex);
      shared_->sessions.emplace(this, std::pair(weak_from_this(), thread_));
    }
    wait_for_request();
  }

  void close() override {
    if (closed_.exchange(true)) return;
    const auto self = shared_from_this();
    deadline_.cancel();
    error_code ignored;
    std::ignore = socket_.close(ignored);
    body_charge_.reset();
    {
      std::lock_guard lock(shared_->mutex);
      shared_->sessions.erase(this);
    }
    if (auto writable = stream_.take_writable()) writable();
  }

  // ---- HttpExchange, any thread

  void respond(uint64_t turn, HttpResponse response) override {
    on_loop([turn, response = std::move(response)](Session& self) mutable {
      if (self.current(turn)) self.write_response(std::move(response));
    });
  }
  void start_stream(uint64_t turn, HttpResponse head) override {
    on_loop([turn, head = std::move(head)](Session& self) {
      if (self.current(turn)) self.write_stream_head(head);
    });
  }
  bool write(uint64_t turn, std::string& chunk) override {
    if (closed_) return true;  // goes nowhere; the caller has looked at is_over()
    const StreamQueue::Push pushed = stream_.push(turn, chunk);
    if (pushed == StreamQueue::Push::kWake) {
      on_loop([turn](Session& self) {
        if (self.current(turn)) self.write_chunks();
      });
    }
    return pushed != StreamQueue::Push::kFull;
  }
  void finish_stream(uint64_t turn) override {
    on_loop([turn](Session& self) {
      if (!self.current(turn)) return;
      self.stream_finished_ = true;
      self.write_chunks();
    });
  }
  void when_writable(uint64_t turn, std::function<void()> writable) override {
    on_loop([turn, writable = std::move(writable)](Session& self) mutable {
      if (!self.current(turn) || !self.stream_.wait_for_room(writable)) writable();
    });
  }
  void abandon(uint64_t turn) override {
    on_loop([turn](Session& self) {
      if (!self.current(turn)) return;
      if (self.streaming_) {
        self.close();
      } else {
        self.write_response(
            self.shared_->router.error(500, "the request was dropped without an answer", self.last_request_));
      }
    });
  }
  [[nodiscard]] bool is_over(uint64_t turn) const override { return closed_ || turn != stream_.turn(); }

 private:
  using Parser = http::request_parser<http::string_body>;

  template <typename Job>
  void on_loop(Job job) {
    if (closed_) {
      job(*this);  // lets callbacks run and drops the rest, also after the loop stopped
    } else if (shared_->loop.in_thread(thread_)) {
      job(*this);
    } else {
      shared_->loop.post([self = shared_from_this(), job = std::move(job)]() mutable { job(*self); }, thread_);
    }
  }
  [[nodiscard]] bool current(uint64_t turn) const { return !closed_ && turn == stream_.turn() && answering_; }

  // ---- reading

  void set_deadline(Millis timeout) {
    const uint64_t number = ++deadline_number_;
    deadline_.expires_after(std::chrono::milliseconds(timeout.value));
    deadline_.async_wait([self = shared_from_this(), number](error_code error) {
      if (!error && number == self->deadline_number_) self->timed_out();
    });
  }
  void no_deadline() {
    ++deadline_number_;
    deadline_.cancel();
  }
  void timed_out() {
    // Half a request deserves a word; an idle connection or one that takes nothing does not.
    if (!reading_request_ || answering_) {
      close();
      return;
    }
    error_code ignored;
    std::ignore = socket_.cancel(ignored);
    refuse(408, "the request was not complete after " + std::to_string(shared_->options.request_timeout.value) + " ms");
  }

  // Waits for the first byte with nothing but the read-ahead, so that an idle connection costs little.
  void wait_for_request() {
    if (closed_) return;
    if (buffer_.size() > 0) {
      read_request();
      return;
    }
    set_deadline(shared_->options.idle_timeout);
    waiting_ = true;
    if (!read_ahead_active_) {
      buffer_.shrink_to_fit();
      watch_idle_client();
    }
  }

  // The same wait while nothing is buffered: readiness only, no memory.
  void watch_idle_client() {
    read_ahead_active_ = true;
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
      self->read_ahead_active_ = false;
      if (error || self->closed_) return;
      if (self->waiting_) {
        self->waiting_ = false;
        self->read_request();
      } else if (self->answering_ && !self->refused_) {
        self->take_ahead();
      }
    });
  }

  // The client sent something, or left, while a handler works on its last request.
  void take_ahead() {
    const size_t room = std::min(kReadAhead, buffer_.max_size() - buffer_.size());
    if (room == 0) return;
    error_code error;
    const size_t read = socket_.read_some(buffer_.prepare(room), error);
    if (error == asio::error::would_block || error == asio::error::try_again) {
      if (answering_) watch_idle_client();
      return;
    }
    if (error == asio::error::eof) {
      // Perhaps only its sending side: the answer still goes out, but nobody else can ask.
      // A stream, which may be quiet for long, would never notice a client that is gone.
      keep_alive_ = false;
      peer_finished_ = true;
      if (streaming_) close();
      return;
    }
    if (error) {
      close();
      return;
    }
    buffer_.commit(read);
    if (answering_ && buffer_.size() < kReadAhead) watch_idle_client();
  }

  void read_request() {
    reading_request_ = true;
    set_deadline(shared_->options.request_timeout);
    parser_.emplace();
    parser_->header_limit(static_cast<uint32_t>(shared_->options.max_header.value));
    parser_->body_limit(static_cast<uint64_t>(shared_->options.max_body.value));
    http::async_read_header(socket_, buffer_, *parser_,
                            [self = shared_from_this()](error_code error, size_t) { self->header_read(error); });
  }

  void header_read(error_code error) {
    if (closed_ || refused_) return;
    if (error) {
      fail_read(error);
      return;
    }
    const auto& message = parser_->get();
    keep_alive_ = parser_->keep_alive();
    http_1_0_ = message.version() < 11;
    is_head_ = message.method() == http::verb::head;
    last_request_ = {};
    last_request_.method = to_string(message.method_string());
    last_request_.peer = peer_;
    set_target(last_request_, to_string(message.target()));
    for (const auto& field : message)
      last_request_.headers.add(to_string(field.name_string()), to_string(field.value()));
    if (const auto refusal = refusal_of(last_request_, http_1_0_, local_address_, shared_->options)) {
      refuse(refusal->status, refusal->message);
      return;
    }
    const auto length = parser_->content_length();
    if (length && *length > static_cast<uint64_t>(shared_->options.max_body.value)) {
      refuse_large_body();
      return;
    }
    if (length && !charge_body(*length)) return;
    if (parser_->is_done()) {
      dispatch();
      return;
    }
    if (to_lower(last_request_.headers.get_or("Expect", "")) == "100-continue") {
      asio::async_write(socket_, asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")),
                        [self = shared_from_this()](error_code failed, size_t) {
                          if (failed) {
                            self->close();
                          } else {
                            self->read_body();
                          }
                        });
      return;
    }
    read_body();
  }

  void read_body() {
    if (closed_ || refused_) return;
    http::async_read_some(socket_, buffer_, *parser_, [self = shared_from_this()](error_code error, size_t) {
      if (self->closed_ || self->refused_) return;
      if (error) {
        self->fail_read(error);
        return;
      }
      // A chunked body tells its size only as it grows.
      if (!self->parser_->content_length() && !self->charge_body(self->parser_->get().body().size())) return;
      if (self->parser_->is_done()) {
        self->dispatch();
      } else {
        self->read_body();
      }
    });
  }

  bool charge_body(uint64_t size) {
    body_charge_.reset();
    Result<MemoryCharge> charge = MemoryCharge::take(shared_->memory, Bytes(static_cast<int64_t>(size)));
    if (!charge) {
      refuse(503, "there is no memory for a body of " + std::to_string(size) + " bytes now");
      return false;
    }
    body_charge_ = *std::move(charge);
    return true;
  }

  void fail_read(error_code error) {
    if (error == http::error::header_limit) {
      refuse(431,
             "the request's header is longer than " + std::to_string(shared_->options.max_header.value) + " bytes");
    } else if (error == http::error::body_limit) {
      refuse_large_body();
    } else if (error == http::error::buffer_overflow) {
      refuse(431,
             "the request's header is longer than " + std::to_string(shared_->options.max_header.value) + " bytes");
    } else if (error == http::error::end_of_stream || error == http::error::partial_message ||
               error.category() != http::make_error_code(http::error::bad_method).category()) {
      close();
    } else {
      refuse(400, "this is not an HTTP request: " + error.message());
    }
  }
  void refuse_large_body() {
    refuse(413, "the body is larger than " + std::to_string(shared_->options.max_body.value) + " bytes");
  }

  // ---- answering

  void begin_turn() {
    no_deadline();
    reading_request_ = false;
    answering_ = true;
    streaming_ = false;
    stream_finished_ = false;
    stream_.begin_turn();
  }

  void dispatch() {
    begin_turn();
    std::string body = std::move(parser_->get().body());
    parser_.reset();
    Router::Match match = shared_->router.match(last_request_.method, last_request_.path);
    if (match.handler == nullptr) {
      HttpResponse response =
          match.allowed.empty()
              ? shared_->router.error(404, "Not found: " + last_request_.path, last_request_)
              : shared_->router.error(
                    405, "Method " + last_request_.method + " is not allowed for " + last_request_.path, last_request_);
      if (!match.allowed.empty()) response.headers.set("Allow", match.allowed);
      write_response(std::move(response));
      return;
    }
    if (!read_ahead_active_ && buffer_.size() < kReadAhead) watch_idle_client();
    HttpRequest request = last_request_;
    request.body = std::move(body);
    request.path_parameters = std::move(match.parameters);
    (*match.handler)(std::move(request), HttpResponder(shared_from_this(), stream_.turn()));
  }

  // The request is wrong or unwelcome. Its rest stays unread, so the connection ends with this answer.
  void refuse(int status, std::string_view message) {
    refused_ = true;
    body_charge_.reset();
    begin_turn();
    keep_alive_ = false;
    write_response(shared_->router.error(status, message, last_request_));
  }

  std::string head_of(const HttpResponse& response, std::optional<size_t> length, bool chunked) const {
    return head_text(response, {length, chunked, http_1_0_, keep_alive_});
  }

  void write_response(HttpResponse response) {
    if (writing_ || answered_ || streaming_) return;  // answered already, by abandon() from another thread
    const bool bodiless = response.status == 204 || response.status == 304;
    const size_t length = response.body.size();
    if (is_head_ || bodiless) {
      out_ = {head_of(response, length, false)};
    } else {
      out_ = {head_of(response, length, false), std::move(response.body)};
    }
    answered_ = true;
    write_out();
  }

  void write_stream_head(const HttpResponse& head) {
    CHECK(head.body.empty());
    if (writing_ || answered_ || streaming_) return;
    if (peer_finished_) {
      close();
      return;
    }
    streaming_ = true;
    chunked_ = !http_1_0_;
    if (http_1_0_) keep_alive_ = false;  // the end of the connection is the end of the body
    out_ = {head_of(head, {}, chunked_)};
    answered_ = is_head_;
    if (is_head_) stream_.clear();  // later writes of this stream go nowhere
    write_out();
  }

  // Everything in out_, in one operation; write_timeout without any progress closes.
  void write_out() {
    writing_ = true;
    set_deadline(shared_->options.write_timeout);
    out_position_ = 0;
    write_more();
  }
  void write_more() {
    std::vector<asio::const_buffer> buffers;
    size_t skip = out_position_;
    for (const std::string& part : out_) {
      if (skip >= part.size()) {
        skip -= part.size();
        continue;
      }
      buffers.emplace_back(part.data() + skip, part.size() - skip);
      skip = 0;
      if (buffers.size() == 64) break;
    }
    if (buffers.empty()) {
      written();
      return;
    }
    socket_.async_write_some(buffers, [self = shared_from_this()](error_code error, size_t size) {
      if (self->closed_) return;
      if (error) {
        self->close();
        return;
      }
      self->out_position_ += size;
      self->set_deadline(self->shared_->options.write_timeout);
      self->write_more();
    });
  }
  void written() {
    writing_ = false;
    out_.clear();
    no_deadline();
    if (answered_) {
      next_turn();
      return;
    }
    if (auto writable = stream_.sent()) writable();
    if (!closed_) write_chunks();
  }

  // What waits becomes one chunk.
  void write_chunks() {
    if (writing_ || !streaming_ || answered_) return;
    chunks_.clear();
    const size_t size = stream_.take(chunks_);
    if (!chunks_.empty()) {
      if (chunked_) {
        std::array<char, 20> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
        out_.emplace_back(std::string(digits.data(), end) + "\r\n");
      }
      for (std::string& chunk : chunks_) out_.push_back(std::move(chunk));
      if (chunked_) out_.emplace_back("\r\n");
    }
    if (stream_finished_) {
      answered_ = true;
      if (chunked_) out_.emplace_back("0\r\n\r\n");
    }
    if (!out_.empty() || answered_) write_out();
  }

  void next_turn() {
    answering_ = false;
    answered_ = false;
    streaming_ = false;
    body_charge_.reset();
    stream_.end_turn();
    if (auto writable = stream_.take_writable()) writable();
    if (closed_) return;
    if (!keep_alive_) {
      end_politely();
      return;
    }
    wait_for_request();
  }

  // Closing with unread bytes in the socket resets it, and the client may lose the answer: so say the end first, and
  // read what is on its way, up to a bound.
  void end_politely() {
    error_code ignored;
    std::ignore = socket_.shutdown(tcp::socket::shutdown_send, ignored);
    if (ignored || !refused_) {
      close();
      return;
    }
    drained_.resize(kReadAhead);
    set_deadline(Millis(2'000));
    answering_ = true;  // a deadline now closes
    drain(kDrainAfterError);
  }
  void drain(size_t left) {
    if (closed_ || left == 0) {
      close();
      return;
    }
    socket_.async_read_some(asio::buffer(drained_), [self = shared_from_this(), left](error_code error, size_t size) {
      if (error) {
        self->close();
      } else {
        self->drain(left - std::min(left, size));
      }
    });
  }

  const std::shared_ptr<HttpShared> shared_;
  const int thread_;
  const HostPort peer_;
  std::string local_address_;
  tcp::socket socket_;
  asio::steady_timer deadline_;
  uint64_t deadline_number_ = 0;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  HttpRequest last_request_;  // without its body
  MemoryCharge body_charge_;  // until the answer is sent
  std::atomic<bool> closed_{false};

  bool waiting_ = false;  // for the first byte of a request
  bool read_ahead_active_ = false;
  bool reading_request_ = false;
  bool refused_ = false;
  bool peer_finished_ = false;
  bool answering_ = false;
  bool keep_alive_ = false;
  bool http_1_0_ = false;
  bool is_head_ = false;

  std::string drained_;

  std::vector<std::string> out_;
  size_t out_position_ = 0;
  bool writing_ = false;
  bool answered_ = false;  // out_ ends this turn
  bool streaming_ = false;
  bool chunked_ = false;
  bool stream_finished_ = false;
  StreamQueue stream_;
  std::vector<std::string> chunks_;  // on their way from stream_ into out_
};

}  // namespace

std::shared_ptr<HttpSession> make_http_session(std::shared_ptr<HttpShared> shared, Descriptor socket, HostPort peer,
                                               int thread) {
  return std::make_shared<Session>(std::move(shared), std::move(socket), std::move(peer), thread);
}

}  // namespace millstream::net

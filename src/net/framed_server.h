// A TCP server for frames with a 4-byte big-endian size in front, as Kafka speaks: bounded in memory, answers in order.
//
// It knows nothing of what is in a frame. Requests are handled on the loop thread that read them, without a hop;
// answers come later, from any thread; that of a lone request leaves on the thread that has it. Bytes go out by one
// sendmsg for several replies, file ranges by sendfile.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/memory_budget.h"
#include "env/file_system.h"
#include "net/address.h"
#include "net/event_loop.h"

namespace millstream::net {

using ConnectionId = StrongInt<struct ConnectionIdTag, uint64_t>;  // never used twice by one server

// The memory of a frame came from a budget; this is where it goes back. Any thread.
class FrameAccount {
 public:
  virtual ~FrameAccount() = default;
  virtual void release_frame(Bytes size) = 0;
};

// One request's bytes, without the size. Gives its memory back to the connection's budget when destroyed, on any
// thread; keep it only as long as something points into it. Move only.
class OwnedFrame {
 public:
  OwnedFrame() = default;
  OwnedFrame(std::unique_ptr<std::byte[]> data, size_t size, std::shared_ptr<FrameAccount> account)
      : data_(std::move(data)), size_(size), account_(std::move(account)) {}
  explicit OwnedFrame(ByteSpan copied);  // charged nowhere: for tests of handlers
  OwnedFrame(OwnedFrame&& other) noexcept = default;
  OwnedFrame& operator=(OwnedFrame&& other) noexcept {
    if (this != &other) {
      reset();
      data_ = std::move(other.data_);
      size_ = std::exchange(other.size_, 0);
      account_ = std::move(other.account_);
    }
    return *this;
  }
  ~OwnedFrame() { reset(); }
  void reset();
  [[nodiscard]] ByteSpan bytes() const { return {data_.get(), data_ ? size_ : 0}; }
  [[nodiscard]] std::byte* data() { return data_.get(); }  // to decode or patch in place

 private:
  std::unique_ptr<std::byte[]> data_;
  size_t size_ = 0;
  std::shared_ptr<FrameAccount> account_;
};

// Bytes that something else keeps alive, a cached answer or a page.
struct SharedBytes {
  std::shared_ptr<const void> owner;
  ByteSpan bytes;
};

// `length` bytes of a file, which must be there when the reply's turn comes: a shorter file closes the connection.
// Reading pages that are not cached blocks the loop thread.
struct FileRange {
  std::shared_ptr<const env::File> file;
  Bytes offset;
  Bytes length;
};

using ReplyPiece = std::variant<ByteBuffer, SharedBytes, FileRange>;

// The server writes the size in front: head, then pieces. Most replies are only a head.
struct Reply {
  ByteBuffer head;
  std::vector<ReplyPiece> pieces;

  [[nodiscard]] int64_t size() const;  // in bytes, without the size in front
};

// Where replies go: a connection, or a test's stand-in. Any thread.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  virtual void reply(uint64_t sequence, Reply reply) = 0;
  virtual void skip_reply(uint64_t sequence) = 0;
  virtual void fail_request(uint64_t sequence, Error why) = 0;
  [[nodiscard]] virtual bool is_closed() const = 0;
};

// The right, and duty, to answer one request once. Any thread; move only. Dropped without an answer it closes the
// connection, since all later replies would wait for ever. After the connection closed, answers go nowhere.
class ReplySlot {
 public:
  ReplySlot() = default;
  ReplySlot(std::shared_ptr<ReplySink> sink, uint64_t sequence) : sink_(std::move(sink)), sequence_(sequence) {}
  ReplySlot(ReplySlot&&) noexcept = default;
  ReplySlot& operator=(ReplySlot&& other) noexcept;
  ~ReplySlot();

  void reply(Reply reply);
  void reply(ByteBuffer head) { this->reply(Reply{std::move(head), {}}); }
  void no_reply();        // the protocol answers nothing here (Produce with acks=0)
  void close(Error why);  // the connection cannot go on; its earlier replies are dropped too
  // The cancel token: true once nobody waits for the answer. See also FrameHandler::on_close.
  [[nodiscard]] bool cancelled() const { return sink_ == nullptr || sink_->is_closed(); }

 private:
  std::shared_ptr<ReplySink> sink_;
  uint64_t sequence_ = 0;
};

// One client. References are valid until on_close returns; on the connection's loop thread only.
class Connection {
 public:
  virtual ~Connection() = default;
  [[nodiscard]] virtual ConnectionId id() const = 0;
  [[nodiscard]] virtual const HostPort& peer() const = 0;
  [[nodiscard]] virtual int thread() const = 0;  // of the event loop
  virtual void close(Error why) = 0;             // on_close follows, not from inside this call
  // What the handler keeps per connection: authentication, negotiated versions.
  std::shared_ptr<void> attachment;
};

// Calls for one connection come from one loop thread, in the order on_open, on_frame…, on_close. Must not block.
class FrameHandler {
 public:
  virtual ~FrameHandler() = default;
  virtual void on_open(Connection&) {}
  virtual void on_frame(Connection& connection, OwnedFrame frame, ReplySlot slot) = 0;
  // Once per connection. Its open slots are cancelled. A success: the peer closed, or the server stopped.
  virtual void on_close(Connection&, const Status& /*why*/) {}
};

class FramedServer {
 public:
  struct Options {
    HostPort address{"127.0.0.1", 0};  // port 0: a free one
    Bytes max_frame = 100_MiB;         // a larger announced size closes the connection before anything is allocated
    Bytes connection_memory =
        128_MiB;                       // frames being read or handled, and reply bytes not yet sent; at least max_frame
    int max_outstanding = 64;          // requests without a sent reply; further ones stay unread in the socket
    Bytes max_pending_output = 8_MiB;  // ready replies not taken by the client; beyond it nothing more is read
    int max_connections = 10'000;      // further ones are closed at once
    Millis idle_timeout{600'000};      // no traffic and nothing outstanding; 0: never
    Millis stall_timeout{60'000};      // half a frame, or a reply half taken, without progress; 0: never
    Millis half_closed_linger{1'000};  // after the peer closed its side, its outstanding replies have this long
  };
  struct Counters {
    int64_t connections = 0;  // now
    int64_t accepted = 0;
    int64_t refused = 0;  // beyond max_connections
    int64_t closed_with_error = 0;
    int64_t memory_pauses = 0;  // times that a connection waited for memory
  };

  // Each connection's memory is a child budget of `memory`, which, as loop and handler, outlives the server, every
  // frame and every slot. Frames that find no memory wait, and with them their connection.
  static Result<std::unique_ptr<FramedServer>> start(EventLoop& loop, Options options, MemoryBudget& memory,
                                                     FrameHandler& handler);
  ~FramedServer();

  [[nodiscard]] const HostPort& address() const;  // with the real port
  [[nodiscard]] Counters counters() const;        // any thread
  // Closes everything and waits until the last on_close returned. Any thread but the loop's; twice is fine.
  void stop();

 private:
  struct Impl;
  explicit FramedServer(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace millstream::net

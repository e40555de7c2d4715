// The replies of one connection: completed in any order, written to its socket in the order of the requests.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "base/error.h"
#include "net/framed_server.h"

namespace millstream::net {

// Ranges up to 16 KiB are cheaper in the same sendmsg than in a sendfile of their own. True if none is left. Any
// thread.
bool copy_small_ranges(Reply& reply);
// Of a piece that is no range.
[[nodiscard]] ByteSpan bytes_of(const ReplyPiece& piece);

// One thread.
class ReplyQueue {
 public:
  enum class Progress {
    kDrained /* nothing ready is left */,
    kBlocked /* the socket is full */,
    kYielded /* more to do, others first */
  };
  struct Written {
    Progress progress = Progress::kDrained;
    int64_t bytes = 0;
  };

  // Takes the next place in line.
  uint64_t open();
  // Fills a place: nothing to send, if empty. Each place once.
  void complete(uint64_t sequence, std::optional<Reply> reply);
  // Of the first place, which is filled, so many bytes were sent by somebody else.
  void sent_elsewhere(int64_t bytes) { advance(bytes); }
  // Writes what is ready to a non-blocking socket.
  Result<Written> write_to(int socket);

  [[nodiscard]] size_t outstanding() const { return static_cast<size_t>(next_ - first_); }  // places not sent in full
  [[nodiscard]] int64_t pending_bytes() const { return pending_bytes_; }  // of filled places, unsent, with sizes
  [[nodiscard]] int64_t pending_memory() const {
    return pending_memory_;
  }  // of those, bytes we own, until all of a reply is sent
  [[nodiscard]] bool has_ready() const { return outstanding() > 0 && at(first_).done; }
  // The place of the only request under way, if there is just one and it is not filled.
  [[nodiscard]] std::optional<uint64_t> only_open() const {
    if (outstanding() != 1 || at(first_).done) return {};
    return first_;
  }

 private:
  struct Place {
    bool done = false;
    bool empty = false;
    std::array<std::byte, 4> size{};
    Reply reply;
    int64_t memory = 0;
  };
  // How far the first place is sent: part 0 is the size, 1 the head, 2… the pieces.
  struct Cursor {
    size_t part = 0;
    int64_t offset = 0;
  };

  [[nodiscard]] const Place& at(uint64_t sequence) const { return ring_[sequence & (ring_.size() - 1)]; }
  Place& at(uint64_t sequence) { return ring_[sequence & (ring_.size() - 1)]; }
  void grow();
  void pop();
  void advance(int64_t bytes);
  Result<int64_t> send_bytes(int socket, bool& blocked);
  Result<int64_t> send_range(int socket, const FileRange& range, bool& blocked);

  std::vector<Place> ring_;  // a power of two in size
  uint64_t first_ = 0;
  uint64_t next_ = 0;
  Cursor cursor_;
  int64_t pending_bytes_ = 0;
  int64_t pending_memory_ = 0;
};

}  // namespace millstream::net

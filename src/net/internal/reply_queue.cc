// Gathers ready bytes into one sendmsg, and sends file ranges between them.
#include "net/internal/reply_queue.h"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

#include "base/check.h"
#include "net/internal/listener.h"

namespace millstream::net {
namespace {

constexpr size_t kVectors = 64;             // per sendmsg
constexpr int64_t kBytesPerTurn = 4 << 20;  // then other connections get theirs
constexpr int64_t kSendfileChunk = 1 << 20;
constexpr size_t kReadChunk = 64 << 10;  // for files without a descriptor
constexpr int64_t kCopied = 16 << 10;

int64_t size_of(const ReplyPiece& piece) {
  if (const auto* range = std::get_if<FileRange>(&piece)) return range->length.value;
  return static_cast<int64_t>(bytes_of(piece).size());
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

int64_t Reply::size() const {
  auto total = static_cast<int64_t>(head.size());
  for (const ReplyPiece& piece : pieces) total += size_of(piece);
  return total;
}

ByteSpan bytes_of(const ReplyPiece& piece) {
  if (const auto* owned = std::get_if<ByteBuffer>(&piece)) return *owned;
  return std::get<SharedBytes>(piece).bytes;
}

bool copy_small_ranges(Reply& reply) {
  bool all = true;
  for (ReplyPiece& piece : reply.pieces) {
    const auto* range = std::get_if<FileRange>(&piece);
    if (range == nullptr) continue;
    if (range->length.value <= kCopied) {
      ByteBuffer bytes(static_cast<size_t>(range->length.value));
      if (const auto read = range->file->pread(bytes, range->offset); read && *read == bytes.size()) {
        piece = std::move(bytes);
        continue;
      }
      // What cannot be read stays a range: sending it tells why.
    }
    all = false;
  }
  return all;
}

uint64_t ReplyQueue::open() {
  if (outstanding() == ring_.size()) grow();
  at(next_) = Place{};
  return next_++;
}

void ReplyQueue::grow() {
  std::vector<Place> larger(std::max<size_t>(4, ring_.size() * 2));
  for (uint64_t i = first_; i != next_; ++i) larger[i & (larger.size() - 1)] = std::move(at(i));
  ring_ = std::move(larger);
}

void ReplyQueue::complete(uint64_t sequence, std::optional<Reply> reply) {
  CHECK(sequence - first_ < outstanding());
  Place& place = at(sequence);
  CHECK(!place.done);
  place.done = true;
  if (!reply) {
    place.empty = true;
    return;
  }
  const int64_t size = reply->size();
  place.memory = static_cast<int64_t>(reply->head.size());
  for (const ReplyPiece& piece : reply->pieces) {
    if (const auto* owned = std::get_if<ByteBuffer>(&piece)) place.memory += static_cast<int64_t>(owned->size());
  }
  place.reply = *std::move(reply);
  store_big_endian(place.size.data(), static_cast<int32_t>(size));
  pending_bytes_ += size + 4;
  pending_memory_ += place.memory;
}

void ReplyQueue::pop() {
  Place& place = at(first_);
  pending_memory_ -= place.memory;
  place = Place{};
  ++first_;
  cursor_ = {};
}

// Moves the cursor over what was sent, and over every part and place that is thereby complete.
void ReplyQueue::advance(int64_t bytes) {
  pending_bytes_ -= bytes;
  while (has_ready()) {
    Place& place = at(first_);
    if (place.empty) {
      pop();
      continue;
    }
    const size_t parts = 2 + place.reply.pieces.size();
    for (; cursor_.part < parts; ++cursor_.part, cursor_.offset = 0) {
      const int64_t size = cursor_.part == 0   ? 4
                           : cursor_.part == 1 ? static_cast<int64_t>(place.reply.head.size())
                                               : size_of(place.reply.pieces[cursor_.part - 2]);
      const int64_t step = std::min(bytes, size - cursor_.offset);
      cursor_.offset += step;
      bytes -= step;
      if (cursor_.offset < size) {
        CHECK(bytes == 0);
        return;
      }
    }
    pop();
  }
  CHECK(bytes == 0);
}

Result<ReplyQueue::Written> ReplyQueue::write_to(int socket) {
  Written written;
  advance(0);  // over places with nothing to send
  while (has_ready()) {
    if (written.bytes >= kBytesPerTurn) {
      written.progress = Progress::kYielded;
      return written;
    }
    bool blocked = false;
    int64_t sent = 0;
    const Place& place = at(first_);
    const FileRange* range =
        cursor_.part >= 2 ? std::get_if<FileRange>(&place.reply.pieces[cursor_.part - 2]) : nullptr;
    if (range != nullptr) {
      MS_ASSIGN(sent, send_range(socket, *range, blocked));
    } else {
      MS_ASSIGN(sent, send_bytes(socket, blocked));
    }
    written.bytes += sent;
    advance(sent);
    if (blocked) {
      written.progress = Progress::kBlocked;
      return written;
    }
  }
  return written;
}

Result<int64_t> ReplyQueue::send_bytes(int socket, bool& blocked) {
  std::array<iovec, kVectors> vectors;
  size_t count = 0;
  int64_t wanted = 0;
  bool range_follows = false;
  const auto add = [&](ByteSpan bytes, int64_t skip) {
    if (static_cast<int64_t>(bytes.size()) <= skip) return;
    bytes = bytes.subspan(static_cast<size_t>(skip));
    vectors[count++] = {const_cast<std::byte*>(bytes.data()), bytes.size()};
    wanted += static_cast<int64_t>(bytes.size());
  };
  Cursor from = cursor_;
  for (uint64_t i = first_; i != next_ && at(i).done && count < kVectors && !range_follows; ++i, from = {}) {
    const Place& place = at(i);
    if (place.empty) continue;
    const size_t parts = 2 + place.reply.pieces.size();
    for (size_t part = from.part; part < parts && count < kVectors; ++part) {
      const int64_t skip = part == from.part ? from.offset : 0;
      if (part == 0) {
        add(place.size, skip);
      } else if (part == 1) {
        add(place.reply.head, skip);
      } else if (const ReplyPiece& piece = place.reply.pieces[part - 2]; std::holds_alternative<FileRange>(piece)) {
        if (size_of(piece) == 0) continue;
        range_follows = true;
        break;
      } else {
        add(bytes_of(piece), skip);
      }
    }
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  // MSG_MORE: with TCP_NODELAY the few bytes before a file range would travel in a packet of their own.
  const int flags = MSG_NOSIGNAL | (range_follows ? MSG_MORE : 0);
  ssize_t sent;
  do sent = ::sendmsg(socket, &message, flags);
  while (sent < 0 && errno == EINTR);
  if (sent < 0) {
    if (!would_block()) return fail(system_error("cannot send", errno));
    sent = 0;
  }
  blocked = sent < wanted;
  return sent;
}

Result<int64_t> ReplyQueue::send_range(int socket, const FileRange& range, bool& blocked) {
  const int64_t left = range.length.value - cursor_.offset;
  const int64_t position = range.offset.value + cursor_.offset;
  ssize_t sent;
  if (const int descriptor = range.file->descriptor(); descriptor >= 0) {
    off_t offset = position;
    do sent = ::sendfile(socket, descriptor, &offset, static_cast<size_t>(std::min(left, kSendfileChunk)));
    while (sent < 0 && errno == EINTR);
  } else {
    thread_local std::array<std::byte, kReadChunk> buffer;
    const MutableByteSpan into(buffer.data(), std::min(static_cast<size_t>(left), buffer.size()));
    MS_ASSIGN(const size_t read, range.file->pread(into, Bytes(position)));
    if (read == 0) {
      sent = 0;
    } else {
      do sent = ::send(socket, into.data(), read, MSG_NOSIGNAL);
      while (sent < 0 && errno == EINTR);
    }
  }
  if (sent == 0) return fail(ErrorCode::kCorrupt, "a file ends before the range that a reply was to send from it");
  if (sent < 0) {
    if (!would_block()) return fail(system_error("cannot send from a file", errno));
    blocked = true;
    return 0;
  }
  // A short sendfile may also be the end of the page that was read; the next call tells.
  return sent;
}

}  // namespace millstream::net

// Reading, delivering, answering and closing one framed connection.
#include "net/internal/framed_connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string>

#include "base/check.h"

namespace millstream::net {
namespace {

constexpr size_t kBytesPerTurn = 1 << 20;  // read of one connection before the others get their turn

}  // namespace

FramedConnection::FramedConnection(std::shared_ptr<FramedThread> thread, Descriptor socket, HostPort peer,
                                   ConnectionId id)
    : thread_(std::move(thread)),
      id_(id),
      peer_(std::move(peer)),
      socket_(std::move(socket)),
      budget_("connection " + std::to_string(id.value), thread_->limits.options.connection_memory, &thread_->memory),
      assembler_(budget_, thread_->limits.options.max_frame),
      last_progress_(thread_->sweep_number) {}

Status FramedConnection::open() {
  MS_ASSIGN(watch_, thread_->loop.watch(socket_.get(), thread_->index));
  opened_ = true;
  thread_->handler.on_open(*this);
  if (!is_closed()) wait_readable();
  return {};
}

// ---- reading

bool FramedConnection::may_read() const {
  const FramedServer::Options& options = thread_->limits.options;
  return !is_closed() && !waits_for_memory_ && replies_.outstanding() < static_cast<size_t>(options.max_outstanding) &&
         replies_.pending_bytes() <= options.max_pending_output.value;
}

void FramedConnection::wait_readable() {
  if (std::exchange(waits_readable_, true)) return;
  watch_->wait(DescriptorWatch::Until::kReadable, [this] {
    waits_readable_ = false;
    const auto self = shared_from_this();
    read_ready();
  });
}

// While nothing is read, a reset would go unseen and its slots never be cancelled.
void FramedConnection::wait_error() {
  if (std::exchange(waits_error_, true)) return;
  watch_->wait(DescriptorWatch::Until::kError, [this] {
    waits_error_ = false;
    const auto self = shared_from_this();
    pollfd state{socket_.get(), 0, 0};
    if (::poll(&state, 1, 0) > 0 && (state.revents & (POLLERR | POLLHUP)) != 0) finish({});
  });
}

void FramedConnection::read_ready() {
  take_back();
  // Handlers that answer at once make room for what was kept; a loop, as there may be thousands of tiny frames.
  do {
    busy_ = true;
    read_some();
    busy_ = false;
    write_ready();
  } while (may_read() && has_kept());
  rest();
}

void FramedConnection::read_some() {
  ByteSpan bytes = ByteSpan(kept_).subspan(kept_taken_);
  const bool consumed = may_read() && consume(bytes);
  if (is_closed()) return;
  kept_taken_ = kept_.size() - bytes.size();
  if (!consumed) return;
  keep({});
  for (size_t total = 0; total < kBytesPerTurn && may_read() && !half_closed_;) {
    const MutableByteSpan missing = assembler_.missing();
    MutableByteSpan scratch(thread_->scratch);
    const std::array<iovec, 2> into = {{{missing.data(), missing.size()}, {scratch.data(), scratch.size()}}};
    const bool direct = !missing.empty();
    ssize_t read;
    do read = ::readv(socket_.get(), into.data() + (direct ? 0 : 1), direct ? 2 : 1);
    while (read < 0 && errno == EINTR);
    if (read < 0) {
      if (errno != EAGAIN && errno != EWOULDBLOCK) finish({});  // a reset: the peer closed, in its way
      return;
    }
    if (read == 0) {
      half_closed_ = true;
      half_closed_at_ = thread_->sweep_number;
      return;
    }
    progress();
    const auto size = static_cast<size_t>(read);
    total += size;
    const size_t in_place = std::min(size, missing.size());
    assembler_.filled(in_place);
    bytes = scratch.first(size - in_place);
    const bool goes_on = (!assembler_.complete() || deliver()) && consume(bytes);
    if (is_closed()) return;
    keep(bytes);
    if (!goes_on || size < missing.size() + scratch.size()) return;  // less than asked for: the socket is empty
  }
}

// Takes what it can off the front. False: the limits are reached, or the connection closed.
bool FramedConnection::consume(ByteSpan& bytes) {
  do {
    Result<FrameAssembler::Step> step = assembler_.consume(bytes);
    if (!step) {
      finish(fail(std::move(step).error()));
      return false;
    }
    if (*step == FrameAssembler::Step::kNeedsMemory) {
      if (!retrying_) thread_->counters.memory_pauses.fetch_add(1, std::memory_order_relaxed);
      set_waits_for_memory(true);
      return false;
    }
    if (*step == FrameAssembler::Step::kFrame && !deliver()) return false;
  } while (!bytes.empty());
  return true;
}

void FramedConnection::keep(ByteSpan bytes) {
  if (bytes.empty()) {
    if (kept_.capacity() > 0) kept_ = {};
  } else {
    kept_.assign(bytes.begin(), bytes.end());
  }
  kept_taken_ = 0;
}

// False if nothing more may be read for now.
bool FramedConnection::deliver() {
  FrameAssembler::Frame frame = assembler_.take();
  OwnedFrame owned(std::move(frame.data), frame.size, shared_from_this());
  thread_->handler.on_frame(*this, std::move(owned), ReplySlot(shared_from_this(), replies_.open()));
  return may_read();
}

void FramedConnection::set_waits_for_memory(bool waits) {
  if (waits_for_memory_ == waits) return;
  waits_for_memory_ = waits;
  if (waits) {
    thread_->wait_for_memory();
  } else {
    thread_->got_memory();
  }
}

void FramedConnection::continue_reading() {
  if (is_closed()) return;
  set_waits_for_memory(false);
  retrying_ = true;
  read_ready();
  retrying_ = false;
}

void FramedConnection::release_frame(Bytes size) {
  budget_.release(size);
  thread_->memory_released();
}

// ---- answering

void FramedConnection::reply(uint64_t sequence, Reply reply) {
  if (is_closed()) return;
  if (reply.size() > std::numeric_limits<int32_t>::max()) {
    return fail_request(sequence, Error{ErrorCode::kInternal, "a reply of more than 2 GB cannot be sent", {}, {}});
  }
  const bool is_bytes = copy_small_ranges(reply);
  if (thread_->is_current()) {
    complete(sequence, std::move(reply));
    if (!busy_) thread_->flush_later(shared_from_this());
  } else if (!is_bytes || !send_at_once(sequence, reply)) {
    thread_->hand_over(shared_from_this(), sequence, std::move(reply), {});
  }
}

bool FramedConnection::send_at_once(uint64_t sequence, const Reply& reply) {
  constexpr size_t kMostParts = 8;
  if (2 + reply.pieces.size() > kMostParts) return false;
  std::array<std::byte, 4> size;
  store_big_endian(size.data(), static_cast<int32_t>(reply.size()));
  std::array<iovec, kMostParts> parts;
  msghdr message{};
  message.msg_iov = parts.data();
  const auto add = [&](ByteSpan bytes) {
    parts[message.msg_iovlen++] = {const_cast<std::byte*>(bytes.data()), bytes.size()};
  };
  add(size);
  add(reply.head);
  for (const ReplyPiece& piece : reply.pieces) add(bytes_of(piece));

  const std::lock_guard lock(lent_mutex_);
  if (lent_ != sequence) return false;
  lent_.reset();
  const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent <= 0) return false;  // the loop thread finds out why
  const bool whole = sent == 4 + reply.size();
  sent_elsewhere_ = {sequence, sent, whole};
  return whole;
}

void FramedConnection::lend() {
  const auto only = replies_.only_open();
  if (!only) return;
  const std::lock_guard lock(lent_mutex_);
  lent_ = only;
}

void FramedConnection::take_back() {
  std::optional<SentElsewhere> sent;
  {
    const std::lock_guard lock(lent_mutex_);
    lent_.reset();
    sent = std::exchange(sent_elsewhere_, {});
  }
  if (!sent) return;
  progress();
  if (sent->whole) {
    replies_.complete(sent->sequence, {});
    replies_.sent_elsewhere(0);
  } else {
    partly_sent_ = sent;
  }
}

void FramedConnection::skip_reply(uint64_t sequence) {
  if (is_closed()) return;
  if (thread_->is_current()) {
    complete(sequence, {});
    if (!busy_) thread_->flush_later(shared_from_this());
  } else {
    thread_->hand_over(shared_from_this(), sequence, {}, {});
  }
}

void FramedConnection::fail_request(uint64_t sequence, Error why) {
  if (!is_closed()) thread_->hand_over(shared_from_this(), sequence, {}, std::move(why));
}

void FramedConnection::close(Error why) { fail_request(0, std::move(why)); }

void FramedConnection::complete(uint64_t sequence, std::optional<Reply> reply) {
  if (is_closed()) return;
  take_back();
  const int64_t before = replies_.pending_memory();
  replies_.complete(sequence, std::move(reply));
  if (partly_sent_ && partly_sent_->sequence == sequence) {
    replies_.sent_elsewhere(partly_sent_->bytes);
    partly_sent_.reset();
  }
  // The reply exists already and cannot be refused; counted, it makes the next frame wait instead.
  const int64_t added = replies_.pending_memory() - before;
  if (added > 0) budget_.charge_unchecked(Bytes(added));
  charged_replies_ += added;
}

void FramedConnection::flush() {
  dirty_ = false;
  const auto self = shared_from_this();
  take_back();
  write_ready();
  if (may_read() && has_kept()) {
    read_ready();
  } else {
    rest();
  }
}

void FramedConnection::write_ready() {
  if (is_closed() || replies_.outstanding() == 0 || waits_writable_) return;
  Result<ReplyQueue::Written> written = replies_.write_to(socket_.get());
  if (!written) {
    // A peer that went away is no fault; a file that is too short is.
    Status why = {};
    if (written.error().code != ErrorCode::kIo) why = fail(std::move(written).error());
    finish(std::move(why));
    return;
  }
  if (written->bytes > 0) progress();
  if (const int64_t sent = charged_replies_ - replies_.pending_memory(); sent > 0) {
    charged_replies_ -= sent;
    budget_.release(Bytes(sent));
    thread_->memory_released();
  }
  if (written->progress != ReplyQueue::Progress::kDrained) {
    waits_writable_ = true;
    watch_->wait(DescriptorWatch::Until::kWritable, [this] {
      waits_writable_ = false;
      flush();
    });
  }
}

// Nothing can be done now: waits for what comes next, or closes what is over.
void FramedConnection::rest() {
  if (is_closed()) return;
  if (half_closed_ && replies_.outstanding() == 0 && !has_kept() && !waits_for_memory_) {
    finish({});
  } else if (half_closed_ || !may_read()) {
    wait_error();
  } else {
    lend();
    wait_readable();
  }
}

// ---- ending

void FramedConnection::check_timeouts() {
  take_back();
  const FramedServer::Options& options = thread_->limits.options;
  const int64_t quiet = thread_->sweep_number - last_progress_;
  const auto over = [&](Millis timeout, int64_t sweeps) {
    return timeout.value > 0 && sweeps >= thread_->limits.sweeps(timeout);
  };
  if (half_closed_ && over(options.half_closed_linger, thread_->sweep_number - half_closed_at_)) {
    finish({});
  } else if ((waits_writable_ || (may_read() && assembler_.in_frame())) && over(options.stall_timeout, quiet)) {
    finish(fail(ErrorCode::kTimeout,
                waits_writable_ ? "the client does not take its replies" : "the client does not finish its request"));
  } else if (replies_.outstanding() == 0 && !waits_for_memory_ && over(options.idle_timeout, quiet)) {
    finish(fail(ErrorCode::kTimeout, "the connection was idle for too long"));
  }
  if (waits_readable_) lend();
}

void FramedConnection::finish(Status why) {
  if (closed_.exchange(true, std::memory_order_acq_rel)) return;
  const auto self = shared_from_this();
  take_back();
  set_waits_for_memory(false);
  watch_.reset();
  socket_.reset();
  replies_ = {};
  if (charged_replies_ > 0) budget_.release(Bytes(std::exchange(charged_replies_, 0)));
  keep({});
  // Frames and slots that handlers still hold keep this object, but not the memory of what never became a frame.
  assembler_.reset();
  thread_->counters.connections.fetch_sub(1, std::memory_order_relaxed);
  if (!why) thread_->counters.closed_with_error.fetch_add(1, std::memory_order_relaxed);
  thread_->remove(id_);
  if (opened_) thread_->handler.on_close(*this, why);
  attachment = nullptr;
}

}  // namespace millstream::net

// Accepts, spreads connections over the loop's threads, sweeps for timeouts, and the small value types of replies.
#include "net/framed_server.h"

#include <algorithm>
#include <cstring>
#include <future>

#include "net/internal/framed_connection.h"

namespace millstream::net {

OwnedFrame::OwnedFrame(ByteSpan copied)
    : data_(std::make_unique_for_overwrite<std::byte[]>(std::max<size_t>(copied.size(), 1))), size_(copied.size()) {
  if (!copied.empty()) std::memcpy(data_.get(), copied.data(), copied.size());
}

void OwnedFrame::reset() {
  data_.reset();
  if (account_ != nullptr) std::exchange(account_, nullptr)->release_frame(Bytes(static_cast<int64_t>(size_)));
  size_ = 0;
}

ReplySlot& ReplySlot::operator=(ReplySlot&& other) noexcept {
  if (this != &other) {
    const ReplySlot overwritten(std::move(*this));  // answers at the end
    sink_ = std::move(other.sink_);
    sequence_ = other.sequence_;
  }
  return *this;
}

ReplySlot::~ReplySlot() {
  if (sink_ != nullptr)
    sink_->fail_request(sequence_, Error{ErrorCode::kInternal, "a request was dropped without an answer", {}, {}});
}

void ReplySlot::reply(Reply reply) {
  if (sink_ != nullptr) std::exchange(sink_, nullptr)->reply(sequence_, std::move(reply));
}
void ReplySlot::no_reply() {
  if (sink_ != nullptr) std::exchange(sink_, nullptr)->skip_reply(sequence_);
}
void ReplySlot::close(Error why) {
  if (sink_ != nullptr) std::exchange(sink_, nullptr)->fail_request(sequence_, std::move(why));
}

namespace {

Status check_options(const FramedServer::Options& options, const MemoryBudget& memory) {
  if (options.max_frame.value <= 0 || options.max_outstanding < 1 || options.max_connections < 1 ||
      options.max_pending_output.value < 0) {
    return fail(ErrorCode::kInvalidArgument, "the limits of a server must be positive");
  }
  // A frame that can never be charged would wait for ever.
  if (options.connection_memory < options.max_frame || memory.limit() < options.max_frame) {
    return fail(ErrorCode::kInvalidArgument,
                "a frame of " + std::to_string(options.max_frame.value) +
                    " bytes does not fit the memory of one connection (" +
                    std::to_string(options.connection_memory.value) + " bytes) or of '" + memory.name() + "' (" +
                    std::to_string(memory.limit().value) + " bytes)",
                "lower the largest frame or raise the memory");
  }
  return {};
}

// Timeouts are exact to about a quarter of the shortest.
Millis sweep_interval(const FramedServer::Options& options) {
  int64_t shortest = 4'000;
  for (const Millis timeout : {options.idle_timeout, options.stall_timeout, options.half_closed_linger}) {
    if (timeout.value > 0) shortest = std::min(shortest, timeout.value);
  }
  return Millis(std::max<int64_t>(shortest / 4, 5));
}

}  // namespace

// Shared, since timer and listener callbacks may still be queued when the server goes.
struct FramedServer::Impl : std::enable_shared_from_this<FramedServer::Impl> {
  Impl(EventLoop& loop_, Options options_) : loop(loop_), options(std::move(options_)) {}

  EventLoop& loop;
  const Options options;
  FramedCounters counters;
  std::vector<std::shared_ptr<FramedThread>> threads;
  std::shared_ptr<Listener> listener;
  HostPort address;
  uint64_t last_id = 0;  // loop thread 0
  bool closing = false;  // loop thread 0
  bool stopped = false;

  void accepted(Descriptor socket, const SocketAddress& peer) {
    if (counters.connections.load(std::memory_order_relaxed) >= options.max_connections) {
      counters.refused.fetch_add(1, std::memory_order_relaxed);
      return;  // the descriptor closes itself
    }
    counters.accepted.fetch_add(1, std::memory_order_relaxed);
    counters.connections.fetch_add(1, std::memory_order_relaxed);
    const ConnectionId id(++last_id);
    const std::shared_ptr<FramedThread>& thread = threads[id.value % threads.size()];
    if (thread->is_current()) {
      thread->adopt(std::move(socket), peer, id);
      return;
    }
    loop.post([thread, socket = std::move(socket), peer, id]() mutable { thread->adopt(std::move(socket), peer, id); },
              thread->index);
  }

  void schedule_sweep() {
    loop.schedule(threads[0]->limits.sweep_interval, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self == nullptr || self->closing) return;
      for (const auto& thread : self->threads) self->loop.post([thread] { thread->sweep(); }, thread->index);
      self->schedule_sweep();
    });
  }

  void close(int thread) {
    if (thread == 0) {
      closing = true;
      listener->close();
    }
    threads[static_cast<size_t>(thread)]->close_all();
  }
};

FramedServer::FramedServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<FramedServer>> FramedServer::start(EventLoop& loop, Options options, MemoryBudget& memory,
                                                          FrameHandler& handler) {
  MS_TRY(check_options(options, memory));
  auto impl = std::make_shared<Impl>(loop, std::move(options));
  const FramedLimits limits{impl->options, sweep_interval(impl->options)};
  for (int i = 0; i < loop.threads(); ++i) {
    impl->threads.push_back(std::make_shared<FramedThread>(loop, i, limits, memory, handler, impl->counters));
  }
  // The listener is closed, and with it this callback, before the server goes.
  MS_ASSIGN(impl->listener, Listener::open(loop, impl->options.address,
                                           [impl = impl.get()](Descriptor socket, const SocketAddress& peer) {
                                             impl->accepted(std::move(socket), peer);
                                           }));
  impl->address = impl->listener->address();
  impl->schedule_sweep();
  return std::unique_ptr<FramedServer>(new FramedServer(std::move(impl)));
}

FramedServer::~FramedServer() { stop(); }

const HostPort& FramedServer::address() const { return impl_->address; }

FramedServer::Counters FramedServer::counters() const {
  const FramedCounters& now = impl_->counters;
  return {now.connections, now.accepted, now.refused, now.closed_with_error, now.memory_pauses};
}

void FramedServer::stop() {
  if (std::exchange(impl_->stopped, true)) return;
  const int threads = impl_->loop.threads();
  if (impl_->loop.stopped()) {
    for (int i = 0; i < threads; ++i) impl_->close(i);
    return;
  }
  // Thread 0 first: afterwards no connection is on its way to another thread that has closed already.
  for (int i = 0; i < threads; ++i) {
    std::promise<void> closed;
    std::future<void> done = closed.get_future();
    impl_->loop.post(
        [impl = impl_, i, closed = std::move(closed)]() mutable {
          impl->close(i);
          closed.set_value();
        },
        i);
    done.wait();
  }
}

}  // namespace millstream::net

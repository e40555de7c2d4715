// One Asio context per thread, so handlers of one connection never meet; timers in one ordered map.
#include "net/event_loop.h"

#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/check.h"
#include "net/internal/loop_access.h"

namespace millstream::net {

namespace asio = boost::asio;
using SteadyTime = std::chrono::steady_clock::time_point;

namespace {

struct LoopThread {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(context);
  std::thread thread;
  std::atomic<std::thread::id> id;
};

class AsioWatch final : public DescriptorWatch {
 public:
  explicit AsioWatch(asio::io_context& context) : state_(std::make_shared<State>(context)) {}
  ~AsioWatch() override {
    state_->alive = false;
    if (state_->descriptor.is_open()) state_->descriptor.release();
  }

  Status assign(int descriptor) {
    boost::system::error_code error;
    (void)state_->descriptor.assign(descriptor, error);
    if (error) return fail(ErrorCode::kIo, "cannot watch descriptor: " + error.message());
    return {};
  }

  void wait(Until until, std::function<void()> ready) override {
    using Wait = asio::posix::descriptor_base;
    const auto kind = until == Until::kReadable   ? Wait::wait_read
                      : until == Until::kWritable ? Wait::wait_write
                                                  : Wait::wait_error;
    state_->descriptor.async_wait(kind, [state = state_, ready = std::move(ready)](boost::system::error_code error) {
      // A wait ends with an error only by cancellation; errors of the descriptor itself show up as readiness.
      if (!error && state->alive) ready();
    });
  }

 private:
  // Kept by waits under way, which Asio completes after release() has cancelled them.
  struct State {
    explicit State(asio::io_context& context) : descriptor(context) {}
    asio::posix::stream_descriptor descriptor;
    bool alive = true;
  };
  std::shared_ptr<State> state_;
};

}  // namespace

struct EventLoop::Impl {
  using Waiting = std::map<std::pair<SteadyTime, uint64_t>, Callback>;

  std::vector<std::unique_ptr<LoopThread>> threads;
  std::atomic<bool> stopped{false};

  std::mutex timers_mutex;
  Waiting waiting;
  std::unordered_map<uint64_t, SteadyTime> due_by_id;
  uint64_t last_timer = 0;
  SteadyTime armed = SteadyTime::max();       // guarded; what alarm waits for, or will once a posted arm() has run
  std::unique_ptr<asio::steady_timer> alarm;  // thread 0

  void run(LoopThread& loop) {
    // sendfile has no flag against SIGPIPE; a blocked one stays pending and harms nobody.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    loop.id = std::this_thread::get_id();
    loop.context.run();
  }

  void arm(SteadyTime due) {
    alarm->expires_at(due);
    alarm->async_wait([this](boost::system::error_code error) {
      if (!error) run_due();
    });
  }

  void run_due() {
    std::unique_lock lock(timers_mutex);
    armed = SteadyTime::max();
    const SteadyTime now = std::chrono::steady_clock::now();
    // Callbacks scheduled from callbacks wait for the next round, so a timer that renews itself starves nobody.
    const uint64_t newest = last_timer;
    for (auto next = waiting.begin(); next != waiting.end() && next->first.first <= now;) {
      if (next->first.second > newest) {
        ++next;
        continue;
      }
      auto entry = waiting.extract(next);
      due_by_id.erase(entry.key().second);
      lock.unlock();
      entry.mapped()();
      entry = {};
      lock.lock();
      if (stopped) return;
      next = waiting.begin();
    }
    if (waiting.empty()) return;
    const SteadyTime due = waiting.begin()->first.first;
    // A callback may have asked for an earlier alarm meanwhile; its posted arm() will come.
    if (due >= armed) return;
    armed = due;
    lock.unlock();
    arm(due);
  }
};

boost::asio::io_context& LoopAccess::context(EventLoop& loop, int thread) {
  return loop.impl_->threads[static_cast<size_t>(thread)]->context;
}

EventLoop::EventLoop() : EventLoop(Options{}) {}

EventLoop::EventLoop(const Options& options) : impl_(std::make_unique<Impl>()) {
  CHECK(options.threads > 0);
  for (int i = 0; i < options.threads; ++i) impl_->threads.push_back(std::make_unique<LoopThread>());
  impl_->alarm = std::make_unique<asio::steady_timer>(impl_->threads[0]->context);
  for (int i = 0; i < options.threads; ++i) {
    LoopThread& loop = *impl_->threads[static_cast<size_t>(i)];
    loop.thread = std::thread([this, &loop] { impl_->run(loop); });
    const std::string name = options.name.substr(0, 10) + "-" + std::to_string(i);
    pthread_setname_np(loop.thread.native_handle(), name.c_str());
  }
}

EventLoop::~EventLoop() {
  stop();
  // Whatever the dropped callbacks hold may use the loop once more (cancel a timer) while it is destroyed.
  Impl::Waiting dropped;
  {
    std::lock_guard lock(impl_->timers_mutex);
    dropped.swap(impl_->waiting);
    impl_->due_by_id.clear();
  }
  dropped.clear();
}

void EventLoop::post(std::move_only_function<void()> job, int thread) {
  if (impl_->stopped) return;
  // Asio asks for copyable-looking handlers only in old interfaces; post() takes move-only ones.
  asio::post(impl_->threads[static_cast<size_t>(thread)]->context, [job = std::move(job)]() mutable { job(); });
}

env::TimerId EventLoop::schedule(Millis delay, Callback callback) {
  // Longer than a year is for ever; keeps the addition from overflowing.
  const auto wait = std::chrono::milliseconds(std::clamp<int64_t>(delay.value, 0, int64_t{366} * 86'400'000));
  const SteadyTime due = std::chrono::steady_clock::now() + wait;
  uint64_t id;
  {
    std::lock_guard lock(impl_->timers_mutex);
    id = ++impl_->last_timer;
    impl_->waiting.emplace(std::pair(due, id), std::move(callback));
    impl_->due_by_id.emplace(id, due);
    if (due >= impl_->armed) return env::TimerId(id);
    impl_->armed = due;
  }
  post([impl = impl_.get()] {
    SteadyTime armed;
    {
      std::lock_guard lock(impl->timers_mutex);
      armed = impl->armed;
    }
    if (armed != SteadyTime::max()) impl->arm(armed);
  });
  return env::TimerId(id);
}

bool EventLoop::cancel(env::TimerId id) {
  Callback dropped;  // destroyed outside the lock: it may own something that cancels timers itself
  std::lock_guard lock(impl_->timers_mutex);
  const auto due = impl_->due_by_id.find(id.value);
  if (due == impl_->due_by_id.end()) return false;
  const auto entry = impl_->waiting.find(std::pair(due->second, id.value));
  CHECK(entry != impl_->waiting.end());
  dropped = std::move(entry->second);
  impl_->waiting.erase(entry);
  impl_->due_by_id.erase(due);
  return true;
}

Result<std::unique_ptr<DescriptorWatch>> EventLoop::watch(int descriptor, int thread) {
  auto watch = std::make_unique<AsioWatch>(LoopAccess::context(*this, thread));
  MS_TRY(watch->assign(descriptor));
  return watch;
}

int EventLoop::threads() const { return static_cast<int>(impl_->threads.size()); }
bool EventLoop::in_thread(int thread) const {
  return impl_->threads[static_cast<size_t>(thread)]->id.load() == std::this_thread::get_id();
}
bool EventLoop::in_any_thread() const {
  for (int i = 0; i < threads(); ++i) {
    if (in_thread(i)) return true;
  }
  return false;
}
bool EventLoop::stopped() const { return impl_->stopped; }

void EventLoop::stop() {
  if (impl_->stopped.exchange(true)) return;
  CHECK(!in_any_thread());
  for (auto& loop : impl_->threads) loop->context.stop();
  for (auto& loop : impl_->threads) loop->thread.join();
}

}  // namespace millstream::net

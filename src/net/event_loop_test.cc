// Posts, timers and foreign descriptors on a real loop.
#include "net/event_loop.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "env/fake_timer_queue.h"
#include "net/internal/test_socket.h"

namespace millstream::net {
namespace {

TEST(EventLoop, RunsPostsOfOneThreadInOrderOnTheLoopThread) {
  EventLoop loop;
  Watched<std::vector<int>> seen;
  std::atomic<bool> elsewhere{false};
  for (int i = 0; i < 1000; ++i) {
    loop.post([&, i] {
      if (!loop.in_thread(0)) elsewhere = true;
      seen.change([i](auto& all) { all.push_back(i); });
    });
  }
  ASSERT_TRUE(seen.wait([](const auto& all) { return all.size() == 1000; }));
  EXPECT_TRUE(std::ranges::is_sorted(seen.get()));
  EXPECT_FALSE(elsewhere);
  EXPECT_FALSE(loop.in_any_thread());
}

TEST(EventLoop, PostsToTheThreadThatIsNamed) {
  EventLoop loop(EventLoop::Options{.threads = 3});
  Watched<int> right;
  for (int i = 0; i < 3; ++i) {
    loop.post([&, i] { right.change([&](int& n) { n += loop.in_thread(i) && !loop.in_thread((i + 1) % 3); }); }, i);
  }
  EXPECT_TRUE(right.wait([](int n) { return n == 3; }));
}

TEST(EventLoop, TimersRunInOrderOfTheirDueTimeNotOfScheduling) {
  EventLoop loop;
  Watched<std::vector<int>> seen;
  const auto note = [&](int i) { return [&seen, i] { seen.change([i](auto& all) { all.push_back(i); }); }; };
  const auto begin = std::chrono::steady_clock::now();
  loop.schedule(60_ms, note(3));
  loop.schedule(30_ms, note(2));
  loop.schedule(0_ms, note(1));
  loop.schedule(60_ms, note(4));
  ASSERT_TRUE(seen.wait([](const auto& all) { return all.size() == 4; }));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(60));
  EXPECT_EQ(seen.get(), (std::vector<int>{1, 2, 3, 4}));
}

TEST(EventLoop, ACancelledTimerDoesNotRunAndALaterOneStillDoes) {
  EventLoop loop;
  Watched<int> ran;
  std::atomic<bool> wrong{false};
  const env::TimerId first = loop.schedule(20_ms, [&] { wrong = true; });
  loop.schedule(40_ms, [&] { ran.change([](int& n) { ++n; }); });
  EXPECT_TRUE(loop.cancel(first));
  EXPECT_FALSE(loop.cancel(first));
  ASSERT_TRUE(ran.wait([](int n) { return n == 1; }));
  EXPECT_FALSE(wrong);
}

TEST(EventLoop, ATimerCannotBeCancelledOnceItRan) {
  EventLoop loop;
  Watched<int> ran;
  const env::TimerId id = loop.schedule(0_ms, [&] { ran.change([](int& n) { ++n; }); });
  ASSERT_TRUE(ran.wait([](int n) { return n == 1; }));
  EXPECT_FALSE(loop.cancel(id));
}

TEST(EventLoop, TimersCanScheduleThemselvesAgainAndHandlesCancel) {
  EventLoop loop;
  Watched<int> ran;
  std::function<void()> again = [&] {
    ran.change([](int& n) { ++n; });
    loop.schedule(1_ms, [&] { again(); });
  };
  loop.post([&] { again(); });
  ASSERT_TRUE(ran.wait([](int n) { return n >= 5; }));
  {
    const env::TimerHandle dropped(loop, loop.schedule(0_ms, [] {}));
  }
  loop.stop();
}

TEST(EventLoop, ManyThreadsScheduleAndCancel) {
  EventLoop loop;
  Watched<int> ran;
  std::atomic<int> cancelled{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        const env::TimerId id = loop.schedule(Millis(i % 7), [&] { ran.change([](int& n) { ++n; }); });
        if (i % 2 == 0 && loop.cancel(id)) ++cancelled;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(ran.wait([&](int n) { return n == 800 - cancelled; }));
}

TEST(EventLoop, WatchesAForeignDescriptorOnceForEachWait) {
  EventLoop loop;
  const Descriptor event(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  Watched<int> ready;
  std::unique_ptr<DescriptorWatch> watch;
  const auto signal = [&] {
    const uint64_t one = 1;
    ASSERT_EQ(::write(event.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
  };
  loop.post([&] {
    watch = *loop.watch(event.get());
    watch->wait(DescriptorWatch::Until::kReadable, [&] { ready.change([](int& n) { ++n; }); });
  });
  signal();
  ASSERT_TRUE(ready.wait([](int n) { return n == 1; }));
  // Level, not edge: still readable, so the next wait is answered as well.
  loop.post([&] { watch->wait(DescriptorWatch::Until::kReadable, [&] { ready.change([](int& n) { ++n; }); }); });
  ASSERT_TRUE(ready.wait([](int n) { return n == 2; }));
  loop.post([&] {
    uint64_t count;
    EXPECT_EQ(::read(event.get(), &count, sizeof count), static_cast<ssize_t>(sizeof count));
    watch->wait(DescriptorWatch::Until::kReadable, [&] { ready.change([](int& n) { n = 100; }); });
    watch.reset();  // the wait is dropped, the descriptor stays open
    loop.post([&] { ready.change([](int& n) { ++n; }); });
  });
  ASSERT_TRUE(ready.wait([](int n) { return n == 3; }));
  signal();
}

TEST(EventLoop, StopDropsWhatWaits) {
  auto owned = std::make_shared<int>(1);
  const std::weak_ptr<int> weak = owned;
  {
    EventLoop loop;
    loop.schedule(Millis(3'600'000), [owned = std::move(owned)] {});
    EXPECT_FALSE(weak.expired());
    loop.stop();
    loop.stop();
    loop.post([] { ADD_FAILURE(); });
  }
  EXPECT_TRUE(weak.expired());
}

class SteppedClock final : public env::Clock {
 public:
  [[nodiscard]] ProcTime now() const override { return ProcTime(time.value / 1'000'000); }
  [[nodiscard]] env::MonotonicTime monotonic() const override { return time; }
  env::MonotonicTime time{1'000'000'000};
};

TEST(FakeTimerQueue, RunsWhatIsDueByTheTestsClockInOrder) {
  SteppedClock clock;
  env::FakeTimerQueue queue(clock);
  std::vector<int> seen;
  queue.schedule(10_ms, [&] { seen.push_back(2); });
  queue.schedule(5_ms, [&] {
    seen.push_back(1);
    queue.schedule(0_ms, [&] { seen.push_back(11); });
  });
  const env::TimerId cancelled = queue.schedule(5_ms, [&] { seen.push_back(99); });
  queue.schedule_at(clock, clock.time + 10_ms, [&] { seen.push_back(3); });
  EXPECT_EQ(queue.run_due(), 0);
  EXPECT_TRUE(queue.cancel(cancelled));
  EXPECT_FALSE(queue.cancel(cancelled));
  EXPECT_EQ(queue.next_due(), clock.time + 5_ms);
  clock.time = clock.time + 5_ms;
  EXPECT_EQ(queue.run_due(), 2);
  clock.time = clock.time + 5_ms;
  EXPECT_EQ(queue.run_due(), 2);
  EXPECT_EQ(seen, (std::vector<int>{1, 11, 2, 3}));
  EXPECT_EQ(queue.waiting(), 0u);
}

}  // namespace
}  // namespace millstream::net

// Tests of the real clocks, random bits and executor threads.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "env/env.h"

namespace millstream::env {
namespace {

TEST(RealEnv, TwoJobsRunAtOnceAndAllRunBeforeTheEnd) {
  std::atomic<int> done{0};
  {
    auto env = make_real_env(2);
    std::mutex mutex;
    std::condition_variable met;
    int arrived = 0;
    for (int i = 0; i < 2; ++i) {
      env->executor().submit([&] {
        std::unique_lock lock(mutex);
        ++arrived;
        met.notify_all();
        met.wait(lock, [&] { return arrived == 2; });  // would hang on one thread
        ++done;
      });
    }
    for (int i = 0; i < 100; ++i) env->executor().submit([&] { ++done; });
    std::unique_lock lock(mutex);
    met.wait(lock, [&] { return arrived == 2; });
  }
  EXPECT_EQ(done, 102);
}

TEST(RealEnv, DelayedJobsRunInTheOrderOfTheirTimesOrWhenHastened) {
  auto env = make_real_env(2);
  const MonotonicTime now = env->clock().monotonic();
  std::mutex mutex;
  std::condition_variable changed;
  std::string order;
  MonotonicTime ran_at;
  const auto note = [&, &clock = env->clock()](char name) {
    return [&, name] {
      const std::lock_guard lock(mutex);
      order += name;
      ran_at = clock.monotonic();
      changed.notify_all();
    };
  };
  const auto wait_for = [&](size_t count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return order.size() == count; });
  };
  const MonotonicTime soon = now + Millis(20), later = now + Millis(300);
  const auto never = env->executor().submit_at(now + Millis(3'600'000), note('n'));
  env->executor().submit_at(later, note('b'));
  env->executor().submit_at(soon, note('a'));
  env->executor().submit(note('x'));  // while a thread waits for the time
  wait_for(3);
  EXPECT_LT(order.find('a'), order.find('b'));
  EXPECT_GE(ran_at, later);
  order = "xab";
  env->executor().hasten(never);
  wait_for(4);
  env->executor().hasten(never);  // it has run
  env->executor().submit_at(now + Millis(3'600'000), note('e'));
  env.reset();
  EXPECT_EQ(order, "xabne");
}

TEST(RealEnv, ManyDelayedAndHastenedJobsAllRun) {
  constexpr int kJobs = 2'000;
  std::atomic<int> done{0};
  {
    auto env = make_real_env(2);
    std::vector<std::thread> submitters;
    for (int t = 0; t < 3; ++t) {
      submitters.emplace_back([&env, &done, t] {
        for (int i = 0; i < kJobs; ++i) {
          const MonotonicTime due(env->clock().monotonic().value + int64_t{i % 50} * 1'000);
          const auto delayed = env->executor().submit_at(due, [&] { ++done; });
          if (i % 3 == t) env->executor().hasten(delayed);
          if (i % 5 == 0) env->executor().submit([&] { ++done; });
        }
      });
    }
    for (std::thread& submitter : submitters) submitter.join();
  }
  EXPECT_EQ(done, 3 * (kJobs + kJobs / 5));
}

TEST(RealEnv, ClocksAndRandomBits) {
  auto env = make_real_env(1);
  EXPECT_GT(env->clock().now(), ProcTime(1'600'000'000'000));
  const MonotonicTime before = env->clock().monotonic();
  std::set<uint64_t> numbers;
  for (int i = 0; i < 1000; ++i) numbers.insert(env->random());
  EXPECT_EQ(numbers.size(), 1000u);
  EXPECT_GE(env->clock().monotonic(), before);
}

}  // namespace
}  // namespace millstream::env

// Tests of the real clocks, random bits and executor threads.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

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

// Tests of when a flush waits for others, and when its partition is written ahead.
#include "log/internal/flush_rhythm.h"

#include <gtest/gtest.h>

namespace millstream::log::internal {
namespace {

constexpr env::MonotonicTime kStart(1'000'000'000'000);

TEST(FlushRhythm, WaitsForAsManyAsLastTimeOnceItHasBeenCrowdedForAWhile) {
  FlushRhythm rhythm;
  for (int i = 0; i < 4; ++i) {
    EXPECT_FALSE(rhythm.gather_until(1, kStart));
    rhythm.began(kStart);
    rhythm.ended(3, 100);
  }
  EXPECT_EQ(rhythm.gather_until(1, kStart), kStart + Millis(1));
  EXPECT_EQ(rhythm.gather_until(2, kStart), kStart + Millis(1));
  EXPECT_FALSE(rhythm.gather_until(3, kStart));
  EXPECT_FALSE(rhythm.gather_until(1, kStart + Millis(1)));  // the disk took longer than that
  EXPECT_FALSE(rhythm.complete(2));
  EXPECT_TRUE(rhythm.complete(3));
  // One less is expected each time that fewer came, and a lone one ends it.
  rhythm.began(kStart);
  rhythm.ended(2, 100);
  EXPECT_TRUE(rhythm.complete(2));
  rhythm.began(kStart);
  rhythm.ended(1, 100);
  EXPECT_FALSE(rhythm.gather_until(0, kStart));
}

TEST(FlushRhythm, SmallFlushesThatFollowEachOtherCloselyAreNoticed) {
  FlushRhythm rhythm;
  env::MonotonicTime now = kStart;
  const auto flush = [&](int times, Millis later, int64_t bytes) {
    for (int i = 0; i < times; ++i) {
      now = now + later;
      rhythm.began(now);
      rhythm.ended(1, bytes);
    }
    return rhythm.small_and_often();
  };
  EXPECT_FALSE(flush(4, Millis(5), 300));  // the first one followed none
  EXPECT_TRUE(flush(1, Millis(5), 300));
  EXPECT_FALSE(flush(1, Millis(5), 1 << 20));
  EXPECT_TRUE(flush(4, Millis(99), 65536));
  EXPECT_FALSE(flush(5, Millis(100), 300));
  EXPECT_FALSE(rhythm.quiet(now + Millis(9'999)));
  EXPECT_TRUE(rhythm.quiet(now + Millis(10'000)));
}

}  // namespace
}  // namespace millstream::log::internal

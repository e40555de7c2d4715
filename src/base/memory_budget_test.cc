// Tests of the budget tree: limits on every level, refusals that leave nothing behind, threads.
#include "base/memory_budget.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace millstream {
namespace {

TEST(MemoryBudget, ARefusalNamesTheFullLevelAndChargesNothing) {
  MemoryBudget process("process", Bytes(100));
  MemoryBudget job("job orders", Bytes(1000), &process);
  MemoryBudget task("join", Bytes(1000), &job);
  ASSERT_TRUE(task.charge(Bytes(60)));
  const Status refused = task.charge(Bytes(41));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kOutOfMemory);
  EXPECT_NE(refused.error().message.find("'process'"), std::string::npos);
  EXPECT_EQ(task.used(), Bytes(60));
  EXPECT_EQ(job.used(), Bytes(60));
  EXPECT_EQ(process.used(), Bytes(60));
  EXPECT_TRUE(task.charge(Bytes(40)));  // exactly full
}

TEST(MemoryBudget, AnEndingChildGivesBackToItsParents) {
  MemoryBudget process("process", Bytes(100));
  {
    MemoryBudget job("job", Bytes(100), &process);
    job.charge_unchecked(Bytes(150));
    EXPECT_EQ(process.used(), Bytes(150));
    EXPECT_FALSE(process.charge(Bytes(1)));
  }
  EXPECT_EQ(process.used(), Bytes(0));
  EXPECT_EQ(process.peak(), Bytes(150));
}

TEST(MemoryBudget, AChargeMovesAndIsReleasedOnce) {
  MemoryBudget budget("all", Bytes(10));
  auto first = MemoryCharge::take(budget, Bytes(6));
  ASSERT_TRUE(first);
  EXPECT_FALSE(MemoryCharge::take(budget, Bytes(5)));
  MemoryCharge second = std::move(*first);
  first->reset();
  EXPECT_EQ(budget.used(), Bytes(6));
  second = MemoryCharge();
  EXPECT_EQ(budget.used(), Bytes(0));
}

TEST(MemoryBudget, AHugeChargeDoesNotWrapAround) {
  MemoryBudget budget("all", Bytes(10));
  ASSERT_TRUE(budget.charge(Bytes(5)));
  EXPECT_FALSE(budget.charge(Bytes::max()));
  EXPECT_EQ(budget.used(), Bytes(5));
}

TEST(MemoryBudget, ThreadsNeverPassTheLimit) {
  MemoryBudget process("process", Bytes(50));
  MemoryBudget job("job", Bytes(1000), &process);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20'000; ++i) {
        if (job.charge(Bytes(7))) job.release(Bytes(7));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(process.peak(), Bytes(50));
  EXPECT_EQ(process.used(), Bytes(0));
  EXPECT_EQ(job.used(), Bytes(0));
}

}  // namespace
}  // namespace millstream

// Tests of idempotent and transactional producers against a partition: duplicates, order, fencing, last stable offset.
#include <gtest/gtest.h>

#include "base/logging.h"
#include "env/fake.h"
#include "log/internal/test_batches.h"
#include "log/partition_log.h"

namespace millstream::log {
namespace {

using Outcome = Appended::Outcome;
using wire::kafka::ControlType;

class Producers : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(log_to_file("/dev/null"));
    config_.readable_when_flushed = false;
    log_ = *PartitionLog::open(env_, "/t-0", config_);
  }
  void reopen(bool clean) {
    if (clean) {
      ASSERT_TRUE(log_->close());
    }
    log_ = *PartitionLog::open(env_, "/t-0", config_);
  }
  Outcome put(int32_t sequence, int records = 1, int16_t epoch = 0) {
    return append(*log_, {.records = records, .producer = 9, .epoch = epoch, .sequence = sequence})->outcome;
  }

  env::FakeEnv env_;
  LogConfig config_;
  std::shared_ptr<PartitionLog> log_;
};

TEST_F(Producers, TheLastFiveBatchesAreKnownAlsoAfterRestarts) {
  for (int i = 0; i < 6; ++i) EXPECT_EQ(put(i * 10, 10), Outcome::kAppended);
  for (int round = 0; round < 3; ++round) {
    for (int i = 1; i < 6; ++i) {
      const auto again = append(*log_, {.records = 10, .producer = 9, .sequence = i * 10});
      EXPECT_EQ(again->outcome, Outcome::kDuplicate);
      EXPECT_EQ(again->first, Offset(10ll * i));
      EXPECT_EQ(again->next, Offset(i * 10 + 10));
    }
    EXPECT_EQ(put(0, 10), Outcome::kOutOfOrderSequence);  // the sixth last
    EXPECT_EQ(put(50, 9), Outcome::kOutOfOrderSequence);  // not the same batch
    EXPECT_EQ(put(61, 1), Outcome::kOutOfOrderSequence);  // a gap
    EXPECT_EQ(log_->offsets().end, Offset(60));
    reopen(round == 0);
  }
  EXPECT_EQ(put(60), Outcome::kAppended);
}

TEST_F(Producers, EpochsFenceAndStartAtZero) {
  EXPECT_EQ(put(5, 1, 3), Outcome::kAppended);  // the first that this log sees may start anywhere
  EXPECT_EQ(put(6, 1, 2), Outcome::kFenced);
  EXPECT_EQ(put(6, 1, 4), Outcome::kOutOfOrderSequence);
  EXPECT_EQ(put(0, 1, 4), Outcome::kAppended);
  EXPECT_EQ(put(6, 1, 3), Outcome::kFenced);
}

TEST_F(Producers, SequencesWrap) {
  EXPECT_EQ(put(INT32_MAX - 1, 3), Outcome::kAppended);  // MAX-1, MAX, 0
  EXPECT_EQ(put(INT32_MAX - 1, 3), Outcome::kDuplicate);
  EXPECT_EQ(put(1), Outcome::kAppended);
}

TEST_F(Producers, SeveralBatchesInOneAppendCountAsOneAfterTheOther) {
  ByteBuffer both = make_batch({.records = 2, .producer = 9, .sequence = 0});
  const ByteBuffer next = make_batch({.records = 2, .producer = 9, .sequence = 2});
  const ByteBuffer gap = make_batch({.records = 2, .producer = 9, .sequence = 5});
  ByteBuffer wrong = both;
  wrong.insert(wrong.end(), gap.begin(), gap.end());
  both.insert(both.end(), next.begin(), next.end());
  EXPECT_EQ(append_bytes(*log_, wrong)->outcome, Outcome::kOutOfOrderSequence);
  EXPECT_EQ(log_->offsets().end, Offset(0));
  EXPECT_EQ(append_bytes(*log_, both)->outcome, Outcome::kAppended);
  EXPECT_EQ(put(4), Outcome::kAppended);
}

TEST_F(Producers, ForgottenAfterTheirTimeUnlessInATransaction) {
  EXPECT_EQ(put(0), Outcome::kAppended);
  ASSERT_TRUE(append(*log_, {.producer = 10, .sequence = 0, .transactional = true}));
  env_.fake_clock().advance(Millis(25 * 3'600'000));
  ASSERT_TRUE(log_->apply_retention());
  const auto left = log_->producers();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].id, wire::kafka::ProducerId(10));
  EXPECT_EQ(put(17), Outcome::kAppended);
}

TEST_F(Producers, TheLastStableOffsetWaitsForTheOldestTransaction) {
  const auto stable = [&] { return log_->offsets().last_stable.value; };
  ASSERT_TRUE(append(*log_, BatchSpec{}));                                            // 0
  ASSERT_TRUE(append(*log_, {.producer = 1, .sequence = 0, .transactional = true}));  // 1
  ASSERT_TRUE(append(*log_, {.producer = 2, .sequence = 0, .transactional = true}));  // 2
  ASSERT_TRUE(append(*log_, {.producer = 1, .sequence = 1, .transactional = true}));  // 3
  EXPECT_EQ(stable(), 1);
  EXPECT_EQ(read_from(*log_, 0, 1_MiB, ReadBound::kLastStable), "0-0 ");
  ASSERT_TRUE(append_bytes(*log_, make_marker(2, 0, ControlType::kCommit)));  // 4
  EXPECT_EQ(stable(), 1);
  reopen(false);
  EXPECT_EQ(stable(), 1);
  reopen(true);
  EXPECT_EQ(stable(), 1);
  ASSERT_TRUE(append_bytes(*log_, make_marker(1, 0, ControlType::kAbort)));  // 5
  EXPECT_EQ(stable(), 6);
  for (int round = 0; round < 3; ++round) {
    const auto result = log_->read(Offset(0), 1_MiB, ReadBound::kLastStable);
    ASSERT_EQ(result->aborted.size(), 1u);
    EXPECT_EQ(result->aborted[0].producer, wire::kafka::ProducerId(1));
    EXPECT_EQ(result->aborted[0].first, Offset(1));
    EXPECT_EQ(result->aborted[0].last, Offset(5));
    EXPECT_EQ(result->aborted[0].last_stable, Offset(6));
    EXPECT_TRUE(log_->read(Offset(6), 1_MiB, ReadBound::kLastStable)->aborted.empty());
    reopen(round == 1);
  }
}

TEST_F(Producers, AMarkerWithANewEpochFencesTheOld) {
  ASSERT_TRUE(append(*log_, {.producer = 9, .epoch = 0, .sequence = 0, .transactional = true}));
  ASSERT_TRUE(append_bytes(*log_, make_marker(9, 1, ControlType::kAbort)));
  EXPECT_EQ(put(1), Outcome::kFenced);
  EXPECT_EQ(put(0, 1, 1), Outcome::kAppended);
}

}  // namespace
}  // namespace millstream::log

// Tests of a partition: appends, reads with bounds, flushing, rolling, lookups by time, retention, failures.
#include "log/partition_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "base/logging.h"
#include "env/failpoint.h"
#include "env/fake.h"
#include "log/internal/test_batches.h"

namespace millstream::log {
namespace {

using env::FakeEnv;
using env::FileOperation;

constexpr const char* kFolder = "/data/t-0";
constexpr int64_t kTime = 1'700'000'000'000;

class PartitionLogTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(log_to_file("/dev/null"));
    config_.readable_when_flushed = false;
    config_.retention_age.reset();
  }
  void TearDown() override { env::disarm_failpoints(); }
  std::shared_ptr<PartitionLog> open() {
    auto log = PartitionLog::open(env_, kFolder, config_);
    EXPECT_TRUE(log) << log.error().message;
    return log ? *log : nullptr;
  }
  std::vector<std::string> files() {
    std::vector<std::string> names;
    const auto entries = env_.files().list(kFolder);
    for (const auto& entry : *entries) names.push_back(entry.name);
    return names;
  }

  FakeEnv env_;
  LogConfig config_;
  MemoryBudget budget_{"test", 64_MiB};
  wire::kafka::Decompressor decompressor_{budget_, 16_MiB};
};

TEST_F(PartitionLogTest, OffsetsAreAssignedInPlaceAndBytesKept) {
  const auto log = open();
  ByteBuffer both = make_batch({.records = 3, .value = "a"});
  const ByteBuffer second = make_batch({.records = 2, .value = "b", .compression = wire::kafka::Compression::kZstd});
  both.insert(both.end(), second.begin(), second.end());
  const auto first = log->append(both);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->first, Offset(0));
  EXPECT_EQ(first->next, Offset(5));
  EXPECT_EQ(read_all(*log), both);  // offsets and leader epoch were set in our bytes
  EXPECT_EQ(offsets_in(both), "0-2 3-4 ");
  EXPECT_EQ(wire::kafka::RecordBatchHeader(both.data()).leader_epoch(), 0);
  EXPECT_EQ(append(*log, {})->first, Offset(5));
}

TEST_F(PartitionLogTest, OneAppendIsOneWrite) {
  const auto log = open();
  ASSERT_TRUE(append(*log, {.records = 100, .value = std::string(160, 'x')}));
  const int64_t before = env_.files().count_of(FileOperation::kWrite);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(append(*log, {.records = 100, .value = std::string(160, 'x')}));
  EXPECT_EQ(env_.files().count_of(FileOperation::kWrite), before + 10);
}

TEST_F(PartitionLogTest, BrokenBatchesAreRefusedWhole) {
  const auto log = open();
  ByteBuffer bytes = make_batch({});
  const ByteBuffer second = make_batch({});
  bytes.insert(bytes.end(), second.begin(), second.end() - 1);
  EXPECT_FALSE(log->append(bytes));
  EXPECT_FALSE(log->append({}));
  EXPECT_EQ(log->offsets().end, Offset(0));
  EXPECT_EQ(log->size(), Bytes(0));
}

TEST_F(PartitionLogTest, ReadsStartAtTheBatchAndHoldAtLeastOne) {
  const auto log = open();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(append(*log, {.records = 10}));
  const auto batch = static_cast<int64_t>(make_batch({.records = 10}).size());
  EXPECT_EQ(read_from(*log, 0, Bytes(1)), "0-9 ");
  EXPECT_EQ(read_from(*log, 15, Bytes(1)), "10-19 ");
  EXPECT_EQ(read_from(*log, 15, Bytes(1), ReadBound::kEnd, false), "");
  EXPECT_EQ(read_from(*log, 19, Bytes(2 * batch)), "10-19 20-29 ");
  EXPECT_EQ(read_from(*log, 20, Bytes(batch + batch / 2)), "20-29 ");  // the cut batch is not whole
  EXPECT_EQ(read_from(*log, 40, 1_MiB), "");
  EXPECT_EQ(read_from(*log, 41, 1_MiB), "not_found");
  EXPECT_EQ(read_from(*log, -1, 1_MiB), "not_found");
}

TEST_F(PartitionLogTest, ReadersSeeWhatIsFlushedWhereThatIsAsked) {
  config_.readable_when_flushed = true;
  const auto log = open();
  env_.executor().hold();
  ASSERT_TRUE(append(*log, {.records = 2}));
  ASSERT_TRUE(append(*log, {.records = 2}));
  EXPECT_EQ(log->offsets().high_watermark, Offset(0));
  EXPECT_EQ(read_from(*log, 0, 1_MiB, ReadBound::kHighWatermark), "");
  EXPECT_EQ(read_from(*log, 0, 1_MiB, ReadBound::kEnd), "0-1 2-3 ");
  std::string order;
  log->flush_to(Offset(2), [&](Status status) { order += status ? "2 " : "error "; });
  ASSERT_TRUE(env_.executor().run_one());
  EXPECT_EQ(order, "2 ");
  EXPECT_EQ(log->offsets().high_watermark, Offset(4));  // all that was there is flushed at once
  ASSERT_TRUE(append(*log, {.records = 2}));
  EXPECT_EQ(read_from(*log, 0, 1_MiB, ReadBound::kHighWatermark), "0-1 2-3 ");
  EXPECT_EQ(read_from(*log, 2, 1_MiB, ReadBound::kHighWatermark), "2-3 ");
  EXPECT_EQ(read_from(*log, 4, 1_MiB, ReadBound::kHighWatermark), "");
  log->flush_to(Offset(3), [&](Status) { order += "at once"; });
  EXPECT_EQ(order, "2 at once");
}

TEST_F(PartitionLogTest, ClientsThatWaitTogetherAreServedTogether) {
  const auto log = open();
  env_.executor().hold();
  int produced = 0, answered = 0;
  const auto produce = [&](int times) {
    for (int i = 0; i < times; ++i, ++produced) {
      const auto appended = append(*log, {});
      log->flush_to(appended->next, [&](const Status& status) { answered += status ? 1 : 0; });
    }
  };
  const auto flush = [&] {
    env_.executor().run_all();
    EXPECT_EQ(answered, produced);
  };
  const auto waits_until = [&] { return env_.executor().due(); };
  const auto in_a_millisecond = [&] { return env_.clock().monotonic() + Millis(1); };
  const auto syncs = [&] { return env_.files().count_of(FileOperation::kSync); };

  // One client alone never waits for others, nor does one that catches up after a slow fdatasync.
  for (const int together : {1, 1, 5, 4, 2, 1, 1}) {
    produce(together);
    EXPECT_EQ(waits_until(), std::nullopt);
    flush();
  }
  for (int i = 0; i < 4; ++i) {
    produce(3);
    EXPECT_EQ(waits_until(), std::nullopt);
    flush();
  }
  // Three were under way at one time, again and again, so the next flush waits until there are three …
  const auto before = syncs();
  produce(1);
  EXPECT_EQ(waits_until(), in_a_millisecond());
  produce(1);
  EXPECT_EQ(waits_until(), in_a_millisecond());
  produce(1);
  EXPECT_EQ(waits_until(), std::nullopt);
  flush();
  EXPECT_EQ(syncs(), before + 1);
  // … or a millisecond has passed since the last one began.
  produce(2);
  EXPECT_NE(waits_until(), std::nullopt);
  flush();
  env_.fake_clock().advance(Millis(1));
  produce(1);
  EXPECT_EQ(waits_until(), std::nullopt);
  flush();
  // A client that is alone again does not wait any more; nor does closing.
  produce(1);
  EXPECT_EQ(waits_until(), std::nullopt);
  flush();
  for (int i = 0; i < 4; ++i) {
    produce(2);
    flush();
  }
  produce(1);
  EXPECT_NE(waits_until(), std::nullopt);
  EXPECT_TRUE(log->close());
  EXPECT_EQ(answered, produced);
  env_.executor().run_inline();
}

TEST_F(PartitionLogTest, ManyWhoWaitShareOneSync) {
  const auto log = open();
  env_.executor().hold();
  int answered = 0;
  for (int i = 0; i < 50; ++i) {
    const auto appended = append(*log, {});
    log->flush_to(appended->next, [&](const Status& status) { answered += status ? 1 : 0; });
  }
  const int64_t syncs = env_.files().count_of(FileOperation::kSync);
  env_.executor().run_all();
  EXPECT_EQ(answered, 50);
  EXPECT_EQ(env_.files().count_of(FileOperation::kSync), syncs + 1);
}

TEST_F(PartitionLogTest, SegmentsRollBySizeAgeAndIndex) {
  config_.segment_bytes = Bytes(1000);
  auto log = open();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(append(*log, {.value = std::string(300, 'x')}));
  EXPECT_EQ(files(), (std::vector<std::string>{"00000000000000000000.log", "00000000000000000002.log",
                                               "00000000000000000004.log"}));
  EXPECT_EQ(read_from(*log, 1, 1_MiB), "1-1 2-2 3-3 4-4 ");
  EXPECT_EQ(read_from(*log, 0, Bytes(800)), "0-0 1-1 ");

  config_.segment_bytes = 1_GiB;
  config_.segment_age = Millis(1000);
  log->set_config(config_);
  ASSERT_TRUE(append(*log, {.timestamp = kTime + 500}));  // event time counts from the segment's first batch
  ASSERT_TRUE(append(*log, {.timestamp = kTime + 1000}));
  EXPECT_EQ(files().size(), 3u);
  ASSERT_TRUE(append(*log, {.timestamp = kTime + 1001}));
  EXPECT_EQ(files().back(), "00000000000000000007.log");

  config_.segment_age = Millis(1'000'000);
  config_.index_interval = Bytes(0);
  config_.segment_index_bytes = Bytes(24);
  log->set_config(config_);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(append(*log, {.timestamp = kTime + 2000 + i}));
  EXPECT_GT(files().size(), 6u);
  EXPECT_EQ(log->offsets().end, Offset(18));
}

TEST_F(PartitionLogTest, EveryOffsetIsFoundThroughTheIndexes) {
  config_.segment_bytes = Bytes(20'000);
  config_.index_interval = Bytes(200);
  auto log = open();
  for (int i = 0; i < 300; ++i)
    ASSERT_TRUE(append(*log, {.records = 1 + i % 7, .value = std::string(static_cast<size_t>(i % 90), 'v')}));
  for (int pass = 0; pass < 3; ++pass) {
    for (int64_t offset = 0; offset < log->offsets().end.value; ++offset) {
      const auto result = log->read(Offset(offset), Bytes(1), ReadBound::kEnd);
      ASSERT_TRUE(result);
      const ByteBuffer bytes = *result->copy();
      const wire::kafka::RecordBatchHeader batch(bytes.data());
      ASSERT_LE(batch.base_offset(), Offset(offset));
      ASSERT_GE(batch.last_offset(), Offset(offset));
      ASSERT_EQ(batch.size_in_bytes(), static_cast<int64_t>(bytes.size()));
    }
    if (pass == 0) {
      ASSERT_TRUE(flush(*log));  // rolled segments read their index files now
    }
    if (pass == 1) {
      ASSERT_TRUE(log->close());
      log = open();
    }
  }
}

TEST_F(PartitionLogTest, LookupsByTimeFindTheFirstRecord) {
  config_.segment_bytes = Bytes(3000);
  config_.index_interval = Bytes(100);
  auto log = open();
  for (int i = 0; i < 60; ++i) {
    const auto codec = i % 2 == 0 ? wire::kafka::Compression::kNone : wire::kafka::Compression::kLz4;
    ASSERT_TRUE(
        append(*log, {.records = 5, .value = "0123456789", .timestamp = kTime + 100ll * i, .compression = codec}));
  }
  ASSERT_TRUE(append(*log, {.timestamp = kTime}));  // out of order
  for (int pass = 0; pass < 2; ++pass) {
    for (int i = 0; i < 60; ++i) {
      auto found = log->offset_for_timestamp(EventTime(kTime + 100ll * i + 3), decompressor_);
      ASSERT_TRUE(found && *found) << i;
      EXPECT_EQ((*found)->offset, Offset(i * 5 + 3));
      found = log->offset_for_timestamp(EventTime(kTime + 100ll * i + 50), decompressor_);
      if (i < 59)
        EXPECT_EQ((*found)->offset, Offset(i * 5 + 5));
      else
        EXPECT_EQ(*found, std::nullopt);
    }
    EXPECT_EQ((*log->offset_for_timestamp(EventTime(0), decompressor_))->offset, Offset(0));
    const auto largest = log->offset_of_max_timestamp(decompressor_);
    EXPECT_EQ((*largest)->offset, Offset(299));
    EXPECT_EQ((*largest)->timestamp, EventTime(kTime + 5904));
    ASSERT_TRUE(log->close());
    log = open();
  }
}

TEST_F(PartitionLogTest, LogAppendTimeReplacesTimestampsAndChecksums) {
  config_.timestamp_type = wire::kafka::TimestampType::kLogAppendTime;
  const auto log = open();
  env_.fake_clock().set(ProcTime(kTime + 77));
  const auto appended = append(*log, {.records = 2, .timestamp = 5});
  EXPECT_EQ(appended->append_time, EventTime(kTime + 77));
  const ByteBuffer bytes = read_all(*log);
  EXPECT_EQ(offsets_in(bytes), "0-1 ");  // checks the checksum
  EXPECT_EQ(wire::kafka::RecordBatchHeader(bytes.data()).max_timestamp(), EventTime(kTime + 77));
  EXPECT_EQ((*log->offset_for_timestamp(EventTime(kTime), decompressor_))->offset, Offset(0));
}

TEST_F(PartitionLogTest, AFullDiskLeavesTheLogUnchangedAndResumes) {
  config_.segment_bytes = Bytes(2000);
  auto log = open();
  ASSERT_TRUE(append(*log, {.value = std::string(500, 'x')}));
  const ByteBuffer before = read_all(*log);
  env_.files().set_disk_limit(env_.files().disk_used() + Bytes(100));
  const std::string told = testing::TempDir() + "partition_log_test_full_disk";
  ASSERT_TRUE(log_to_file(told));
  for (int i = 0; i < 3; ++i) {
    const auto refused = append(*log, {.value = std::string(500, 'x'), .producer = 7, .sequence = 0});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kDiskFull);
  }
  EXPECT_EQ(read_all(*log), before);
  env_.files().set_disk_limit(Bytes::max());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(append(*log, {.value = std::string(500, 'x'), .producer = 7, .sequence = i}));
  ASSERT_TRUE(log_to_file("/dev/null"));
  std::ifstream file(told);
  const std::string lines(std::istreambuf_iterator<char>(file), {});  // one when it begins, one when it is over
  std::remove(told.c_str());
  EXPECT_EQ(std::ranges::count(lines, '\n'), 2) << lines;
  EXPECT_NE(lines.find("refuses records: "), std::string::npos) << lines;
  EXPECT_NE(lines.find("takes records again"), std::string::npos) << lines;
  env_.files().set_disk_limit(env_.files().disk_used() + Bytes(10));  // no room for indexes or a checkpoint
  EXPECT_TRUE(flush(*log));
  env_.files().set_disk_limit(Bytes::max());
  const ByteBuffer all = read_all(*log);
  log.reset();
  env_.power_cut(env::FakeFileSystem::Unsynced::kNone);
  EXPECT_EQ(read_all(*open()), all);
}

TEST_F(PartitionLogTest, AFailedSyncEndsAppendsButNotReads) {
  config_.readable_when_flushed = true;
  auto log = open();
  ASSERT_TRUE(append(*log, {}));
  ASSERT_TRUE(flush(*log));
  ASSERT_TRUE(append(*log, {}));
  env_.files().fail_next(FileOperation::kSync, ".log");
  EXPECT_EQ(flush(*log).error().code, ErrorCode::kIo);
  EXPECT_EQ(flush(*log).error().code, ErrorCode::kIo);  // though the disk would say yes now
  EXPECT_EQ(append(*log, {}).error().code, ErrorCode::kIo);
  EXPECT_EQ(read_from(*log, 0, 1_MiB, ReadBound::kHighWatermark), "0-0 ");
  log.reset();
  env_.power_cut(env::FakeFileSystem::Unsynced::kNone);
  log = open();
  EXPECT_EQ(log->offsets().end, Offset(1));
  EXPECT_TRUE(append(*log, {}));
}

TEST_F(PartitionLogTest, ListenersHearOfAppendsAndFlushesAndMayLeave) {
  config_.readable_when_flushed = true;
  const auto log = open();
  std::vector<int64_t> ends, watermarks;
  const uint64_t id = log->add_listener([&](const LogOffsets& offsets) {
    ends.push_back(offsets.end.value);
    watermarks.push_back(offsets.high_watermark.value);
  });
  uint64_t once = 0;
  int calls = 0;
  once = log->add_listener([&](const LogOffsets&) {
    ++calls;
    log->remove_listener(once);
  });
  ASSERT_TRUE(append(*log, {.records = 3}));
  ASSERT_TRUE(flush(*log));
  EXPECT_EQ(ends, (std::vector<int64_t>{3, 3}));
  EXPECT_EQ(watermarks, (std::vector<int64_t>{0, 3}));
  EXPECT_EQ(calls, 1);
  log->remove_listener(id);
  ASSERT_TRUE(append(*log, {}));
  EXPECT_EQ(ends.size(), 2u);
}

TEST_F(PartitionLogTest, DeletedRecordsAreGoneAlsoAfterARestart) {
  config_.segment_bytes = Bytes(1000);
  auto log = open();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(append(*log, {.value = std::string(300, 'x')}));
  const auto held = log->read(Offset(0), Bytes(1), ReadBound::kEnd);
  EXPECT_EQ(*log->delete_records(Offset(5)), Offset(5));
  EXPECT_EQ(read_from(*log, 4, 1_MiB), "not_found");
  EXPECT_EQ(read_from(*log, 5, Bytes(1)), "5-5 ");
  EXPECT_EQ(files().front(), "00000000000000000004.log");
  EXPECT_EQ(offsets_in(*held->copy()), "0-0 ");  // slices outlive their file
  EXPECT_EQ(*log->delete_records(Offset(3)), Offset(5));
  EXPECT_EQ(log->delete_records(Offset(11)).error().code, ErrorCode::kNotFound);
  log.reset();
  log = open();
  EXPECT_EQ(log->offsets().start, Offset(5));
  EXPECT_EQ(*log->delete_records(Offset(-1)), Offset(10));
  EXPECT_EQ(append(*log, {})->first, Offset(10));
  log.reset();
  log = open();
  EXPECT_EQ(read_from(*log, 10, 1_MiB), "10-10 ");
}

TEST_F(PartitionLogTest, ADeletionBehindWhatSurvivesStartsAfresh) {
  auto log = open();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(append(*log, {}));
  EXPECT_EQ(*log->delete_records(Offset(8)), Offset(8));
  log.reset();
  env_.power_cut(env::FakeFileSystem::Unsynced::kNone);  // takes the ten records, not the deletion
  log = open();
  EXPECT_EQ(log->offsets().start, Offset(8));
  EXPECT_EQ(append(*log, {})->first, Offset(8));
}

TEST_F(PartitionLogTest, RetentionByAgeRollsAndDeletesWhatIsOld) {
  config_.segment_bytes = Bytes(1000);
  config_.retention_age = Millis(10'000);
  const auto log = open();
  env_.fake_clock().set(ProcTime(kTime));
  for (int i = 0; i < 6; ++i)
    ASSERT_TRUE(append(*log, {.value = std::string(300, 'x'), .timestamp = kTime + 1000ll * i}));
  EXPECT_EQ(*log->apply_retention(), 0);
  env_.fake_clock().set(ProcTime(kTime + 12'500));
  EXPECT_EQ(*log->apply_retention(), 1);
  EXPECT_EQ(log->offsets().start, Offset(2));
  env_.fake_clock().set(ProcTime(kTime + 100'000));
  EXPECT_EQ(*log->apply_retention(), 2);
  EXPECT_EQ(log->offsets().start, Offset(6));
  EXPECT_EQ(log->offsets().end, Offset(6));
  EXPECT_EQ(log->size(), Bytes(0));
  EXPECT_EQ(append(*log, {.timestamp = kTime + 100'000})->first, Offset(6));
}

TEST_F(PartitionLogTest, RetentionBySizeKeepsAtLeastThatMuch) {
  config_.segment_bytes = Bytes(1000);
  config_.retention_bytes = Bytes(2000);
  const auto log = open();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(append(*log, {.value = std::string(300, 'x')}));
  EXPECT_GT(*log->apply_retention(), 0);
  EXPECT_GE(log->size(), Bytes(2000));
  EXPECT_LT(log->size(), Bytes(3000));
  EXPECT_EQ(*log->apply_retention(), 0);
}

TEST_F(PartitionLogTest, RetentionDeletesNothingThatReadersCouldNotRead) {
  config_.segment_bytes = Bytes(1000);
  config_.retention_bytes = Bytes(0);
  config_.readable_when_flushed = true;
  const auto log = open();
  env_.executor().hold();
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(append(*log, {.value = std::string(300, 'x')}));
  EXPECT_EQ(*log->apply_retention(), 0);
  env_.executor().run_all();
  EXPECT_GT(*log->apply_retention(), 0);
}

TEST_F(PartitionLogTest, AClosedOrDiscardedLogSaysSo) {
  auto log = open();
  ASSERT_TRUE(append(*log, {}));
  ASSERT_TRUE(log->close());
  EXPECT_EQ(append(*log, {}).error().code, ErrorCode::kCancelled);
  log = open();
  EXPECT_EQ(log->offsets().flushed, Offset(1));
  ASSERT_TRUE(append(*log, {}));
  env_.executor().hold();
  std::optional<Status> answer;
  log->flush_to(Offset(2), [&](Status status) { answer = std::move(status); });
  const auto refuse = [&] { return Status(fail(ErrorCode::kIo, "busy")); };
  EXPECT_EQ(log->discard(refuse).error().code, ErrorCode::kIo);
  EXPECT_FALSE(answer);
  EXPECT_TRUE(append(*log, {}));
  EXPECT_TRUE(log->discard([] { return Status(); }));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error().code, ErrorCode::kNotFound);
  EXPECT_EQ(append(*log, {}).error().code, ErrorCode::kNotFound);
  env_.executor().run_all();
}

}  // namespace
}  // namespace millstream::log

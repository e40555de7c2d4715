// Tests of partitions on real files: threads that append, read, flush and delete at once, and a process killed at every
// step.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <semaphore>
#include <thread>

#include "base/logging.h"
#include "env/failpoint.h"
#include "log/internal/test_batches.h"
#include "log/partition_log.h"
#include "log/partition_log_set.h"

namespace millstream::log {
namespace {

class RealFiles : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(log_to_file("/dev/null"));
    folder_ =
        testing::TempDir() + "log_test_" + std::to_string(getpid()) + "_" + std::to_string(std::random_device()());
    config_.segment_bytes = 20_KiB;
    config_.index_interval = Bytes(500);
    config_.retention_age.reset();
  }
  void TearDown() override { (void)env::make_real_env(1)->files().remove_tree(folder_); }
  std::string folder_;
  LogConfig config_;
};

// Rolls, flushes and retention of a partition are under way while it is deleted and made again.
TEST_F(RealFiles, WhatADeletedPartitionStillDoesHarmsNoSuccessor) {
  const auto env = env::make_real_env(3);
  const auto config_of = [&](const std::string&) { return config_; };
  config_.segment_bytes = Bytes(500);
  config_.retention_bytes = Bytes(5000);
  for (int round = 0; round < 2; ++round) {
    const auto set = *PartitionLogSet::open(*env, folder_, config_of);
    for (int life = 0; life < 5; ++life) {
      const auto log = *set->create({"t", PartitionId(0)}, config_);
      std::counting_semaphore<> busy(0);
      std::atomic<bool> gone = false;
      std::thread writer([&] {
        std::counting_semaphore<> answers(0);
        for (int i = 0; !gone; ++i) {
          const auto appended = append(*log, {.value = std::string(300, 'x')});
          if (i == 5 + life) busy.release();
          if (!appended) {
            EXPECT_EQ(appended.error().code, ErrorCode::kNotFound);
            break;
          }
          log->flush_to(appended->next, [&](const Status& status) {
            EXPECT_TRUE(status || status.error().code == ErrorCode::kNotFound) << status.error().message;
            answers.release();
          });
          answers.acquire();
        }
      });
      std::thread cleaner([&] {
        for (; !gone; std::this_thread::yield()) EXPECT_TRUE(log->apply_retention());
      });
      busy.acquire();
      EXPECT_TRUE(set->remove({"t", PartitionId(0)}));
      const auto successor = *set->create({"t", PartitionId(0)}, config_);
      gone = true;
      writer.join();
      cleaner.join();
      EXPECT_EQ(successor->offsets().end, Offset(0));
      const auto entries = *env->files().list(successor->folder());
      ASSERT_EQ(entries.size(), 1U);
      EXPECT_EQ(entries[0].name, "00000000000000000000.log");
      ASSERT_TRUE(set->remove({"t", PartitionId(0)}));
    }
    for (int i = 0; i < 10; ++i) {
      auto log = set->find("keep", PartitionId(i));
      if (!log) log = *set->create({"keep", PartitionId(i)}, config_);
      EXPECT_EQ(log->offsets().end, Offset(round));
      ASSERT_TRUE(append(*log, {.value = "x"}));
    }
    ASSERT_TRUE(set->close());
  }
}

TEST_F(RealFiles, ThreadsAppendReadFlushAndDeleteAtOnce) {
  const auto env = env::make_real_env(2);
  const auto log = *PartitionLog::open(*env, folder_, config_);
  constexpr int kWriters = 3;
  constexpr int kBatches = 300;
  std::atomic<int> writing = kWriters;
  std::atomic<int> flushed = 0;
  std::counting_semaphore<> news(0);
  const uint64_t listener = log->add_listener([&](const LogOffsets&) { news.release(); });
  std::vector<std::thread> threads;
  for (int t = 0; t < kWriters; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kBatches; ++i) {
        const auto appended =
            append(*log, {.records = 1 + i % 3, .value = std::string(100, 'v'), .producer = t, .sequence = i * 3});
        // Sequences leave gaps on purpose where i % 3 != 2: only the first of each producer is accepted then.
        if (appended && appended->outcome == Appended::Outcome::kAppended)
          log->flush_to(appended->next, [&](const Status& status) { flushed += status ? 1 : 0; });
        const auto free_one = append(*log, {.records = 2, .value = std::string(100, 'w')});
        ASSERT_TRUE(free_one);
        if (i % 10 == 0) log->flush_to(free_one->next, [&](const Status& status) { flushed += status ? 1 : 0; });
      }
      --writing;
      news.release();
    });
  }
  std::atomic<int64_t> read_to = 0;
  threads.emplace_back([&] {  // a consumer at the tail
    int64_t next = 0;
    for (bool last = false; !last;) {
      news.acquire();
      last = writing == 0;
      for (;;) {
        const auto result = log->read(Offset(next), Bytes(5000), ReadBound::kHighWatermark);
        if (!result) {  // deleted under us
          ASSERT_EQ(result.error().code, ErrorCode::kNotFound);
          next = log->offsets().start.value;
          continue;
        }
        if (result->slices.empty()) break;
        const ByteBuffer bytes = *result->copy();
        wire::kafka::RecordBatchIterator batches(bytes);
        while (const auto batch = batches.next()) {
          ASSERT_TRUE(batch->check_crc());
          ASSERT_LE(batch->next_offset(), result->offsets.high_watermark);
          ASSERT_LE(batch->base_offset().value, next);
          next = batch->next_offset().value;
        }
        ASSERT_TRUE(batches.status());
      }
    }
    read_to = next;
  });
  threads.emplace_back([&] {
    while (writing > 0) {
      const LogOffsets offsets = log->offsets();
      (void)log->delete_records(Offset((offsets.start.value + offsets.high_watermark.value) / 2));
      (void)log->apply_retention();
    }
  });
  for (std::thread& thread : threads) thread.join();
  log->remove_listener(listener);
  const LogOffsets offsets = log->offsets();
  EXPECT_GE(read_to.load(), 0);
  ASSERT_TRUE(log->close());
  EXPECT_EQ(log->offsets().flushed, offsets.end);
  EXPECT_GT(flushed, 0);
  const auto again = *PartitionLog::open(*env, folder_, config_);
  EXPECT_EQ(again->offsets().end, offsets.end);
  EXPECT_EQ(again->offsets().start, offsets.start);
}

// Runs in a child process until the failpoint kills it; writes each flushed offset to `out`.
[[noreturn]] void work_until_killed(const std::string& folder, const LogConfig& config, const std::string& point,
                                    int at_hit, int out) {
  env::arm_failpoint(point, env::FailAction::kKill, at_hit);
  {
    const auto env = env::make_real_env(1);
    auto set = PartitionLogSet::open(*env, folder, [&](const std::string&) { return config; });
    auto log = set ? (*set)->find("t", PartitionId(0)) : nullptr;
    if (set && log == nullptr) log = (*set)->create({"t", PartitionId(0)}, config).value_or(nullptr);
    for (int i = 0; log != nullptr && i < 200; ++i) {
      const auto appended = append(*log, {.records = 2, .value = std::string(500, 'v')});
      if (!appended) break;
      if (i % 4 == 0) {
        std::binary_semaphore done(0);
        log->flush_to(appended->next, [&](const Status&) { done.release(); });
        done.acquire();
        const int64_t flushed = log->offsets().flushed.value;
        if (write(out, &flushed, sizeof flushed) != sizeof flushed) break;
      }
      if (i % 50 == 49) {
        (void)log->delete_records(Offset(log->offsets().start.value + 20));
        (void)(*set)->create({"gone", PartitionId(i)}, config);
        (void)(*set)->remove({"gone", PartitionId(i)});
      }
    }
    if (set) (void)(*set)->close();
  }
  _exit(0);
}

TEST_F(RealFiles, AProcessKilledAtAnyStepLosesNothingFlushed) {
  int killed = 0;
  int64_t flushed = 0;
  for (const char* point :
       {"log.append.before_write", "log.append.after_write", "log.roll.before_create", "log.roll.after_create",
        "log.flush.before_sync", "log.flush.after_sync", "log.flush.after_index", "log.flush.before_checkpoint",
        "log.close.before_checkpoint", "log.delete.before_start", "log.delete.after_start", "log.delete.before_remove",
        "log.set.remove.before_rename", "log.set.remove.after_rename"}) {
    for (const int at_hit : {1, 3}) {
      SCOPED_TRACE(std::string(point) + "@" + std::to_string(at_hit));
      int ends[2];
      ASSERT_EQ(pipe(ends), 0);
      const pid_t child = fork();
      if (child == 0) {
        close(ends[0]);
        work_until_killed(folder_, config_, point, at_hit, ends[1]);
      }
      close(ends[1]);
      for (int64_t value = 0; read(ends[0], &value, sizeof value) == sizeof value;) flushed = std::max(flushed, value);
      close(ends[0]);
      int status = 0;
      ASSERT_EQ(waitpid(child, &status, 0), child);
      if (WIFSIGNALED(status)) {
        ASSERT_EQ(WTERMSIG(status), SIGKILL);
        ++killed;
      } else {
        ASSERT_EQ(WEXITSTATUS(status), 0);
      }
      const auto env = env::make_real_env(1);
      auto set = PartitionLogSet::open(*env, folder_, [&](const std::string&) { return config_; });
      ASSERT_TRUE(set) << set.error().message;
      const auto log = (*set)->find("t", PartitionId(0));
      ASSERT_NE(log, nullptr);
      ASSERT_GE(log->offsets().end.value, flushed);
      const std::string batches = offsets_in(read_all(*log));
      if (log->offsets().end > log->offsets().start) {
        EXPECT_TRUE(batches.ends_with("-" + std::to_string(log->offsets().end.value - 1) + " ")) << batches.size();
      }
      flushed = log->offsets().end.value;  // synced by the opening
    }
  }
  EXPECT_GE(killed, 20);
}

}  // namespace
}  // namespace millstream::log

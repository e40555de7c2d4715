// Tests of opening after crashes: torn tails at every byte, lost indexes, missing files, random power cuts at random
// steps.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <random>

#include "base/logging.h"
#include "env/failpoint.h"
#include "env/fake.h"
#include "log/internal/test_batches.h"
#include "log/internal/test_files.h"
#include "log/partition_log.h"

namespace millstream::log {
namespace {

using env::FakeEnv;
using env::FakeFileSystem;

constexpr const char* kFolder = "/data/t-0";
std::string path_of(const std::string& name) { return std::string(kFolder) + "/" + name; }

class Recovery : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(log_to_file("/dev/null"));  // hundreds of torn tails
    config_.readable_when_flushed = false;
    config_.retention_age.reset();
  }
  void TearDown() override { env::disarm_failpoints(); }
  std::shared_ptr<PartitionLog> open() {
    auto log = PartitionLog::open(env_, kFolder, config_);
    EXPECT_TRUE(log) << log.error().message;
    return log ? *log : nullptr;
  }
  // The number of syncs that closing takes.
  int64_t close(PartitionLog& log) {
    const auto syncs = [&] {
      return env_.files().count_of(env::FileOperation::kSync) +
             env_.files().count_of(env::FileOperation::kSyncDirectory);
    };
    const int64_t before = syncs();
    EXPECT_TRUE(log.close());
    return syncs() - before;
  }
  FakeEnv env_;
  LogConfig config_;
};

TEST_F(Recovery, ATornTailIsCutOffAtEveryByteAndNothingElse) {
  {
    const auto log = open();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(append(*log, {.records = 2}));
  }
  const std::string file = path_of("00000000000000000000.log");
  const ByteBuffer whole = *env_.files().read_file(file);
  const size_t batch = whole.size() / 3;
  for (size_t size = 0; size < whole.size(); ++size) {
    ASSERT_TRUE(env_.files().write_file(file, ByteSpan(whole).first(size)));
    const auto log = open();
    ASSERT_TRUE(log);
    EXPECT_EQ(log->offsets().end, Offset(static_cast<int64_t>(size / batch * 2))) << size;
    EXPECT_EQ(env_.files().read_file(file)->size(), size / batch * batch);
  }
  // A flipped bit ends the log there.
  for (size_t at = batch; at < 2 * batch; ++at) {
    ByteBuffer flipped = whole;
    flipped[at] ^= std::byte{4};
    ASSERT_TRUE(env_.files().write_file(file, flipped));
    const auto log = open();
    if (at >= batch + 12 && at < batch + 16) continue;  // leader epoch: outside of the checksum
    EXPECT_TRUE(log->offsets().end == Offset(2) || at < batch + 8) << at - batch;
  }
}

// Appends batches of the same size, each flushed by itself, so that the log writes zeros ahead.
void append_flushed(PartitionLog& log, int batches) {
  for (int i = 0; i < batches; ++i) {
    ASSERT_TRUE(append(log, {.value = std::string(400, 'x')}));
    ASSERT_TRUE(flush(log));
  }
}

TEST_F(Recovery, ZerosWrittenAheadAreNoRecords) {
  const std::string file = path_of("00000000000000000000.log");
  ByteBuffer all;
  {
    const auto log = open();
    append_flushed(*log, 10);
    all = read_all(*log);
    EXPECT_EQ(log->size(), Bytes(std::ssize(all)));
  }
  const ByteBuffer ahead = *env_.files().read_file(file);
  ASSERT_GT(ahead.size(), all.size() + 60'000);
  EXPECT_TRUE(std::ranges::equal(all, ByteSpan(ahead).first(all.size())));
  {
    const auto log = open();
    EXPECT_EQ(log->offsets().end, Offset(10));
    EXPECT_EQ(*env_.files().read_file(file), all);
    EXPECT_EQ(append(*log, {})->first, Offset(10));
  }
  // A write that did not finish lies before the zeros, or one behind it did.
  for (const size_t damage : {all.size(), all.size() + 100, ahead.size() - 1}) {
    ByteBuffer torn = ahead;
    torn[damage] = std::byte{1};
    ASSERT_TRUE(env_.files().write_file(file, torn));
    EXPECT_EQ(open()->offsets().end, Offset(10)) << damage;
    EXPECT_EQ(*env_.files().read_file(file), all) << damage;
  }
}

TEST_F(Recovery, ARolledOrClosedSegmentHasNoZeros) {
  config_.segment_bytes = Bytes(8000);
  {
    const auto log = open();
    append_flushed(*log, 20);
    ASSERT_TRUE(log->close());
  }
  const auto segments = [&] {
    const auto entries = *env_.files().list(kFolder);
    int count = 0;
    for (const auto& entry : entries) {
      if (!entry.name.ends_with(".log")) continue;
      ++count;
      const ByteBuffer content = *env_.files().read_file(path_of(entry.name));
      wire::kafka::RecordBatchIterator batches(content);
      while (batches.next()) {
      }
      EXPECT_TRUE(batches.rest().empty()) << entry.name;
    }
    return count;
  };
  EXPECT_EQ(segments(), 2);
  // A power cut took the end of the first file as a roll left it, before any flush behind it.
  ASSERT_TRUE(env_.files().remove(path_of("recovery.checkpoint")));
  ByteBuffer first = *env_.files().read_file(path_of("00000000000000000000.log"));
  first.resize(8000);
  ASSERT_TRUE(env_.files().write_file(path_of("00000000000000000000.log"), first));
  EXPECT_EQ(open()->offsets().end, Offset(20));
  EXPECT_EQ(segments(), 2);
}

TEST_F(Recovery, AQuietPartitionGivesItsZerosBack) {
  const std::string file = path_of("00000000000000000000.log");
  const auto log = open();
  append_flushed(*log, 10);
  ASSERT_TRUE(log->apply_retention());
  EXPECT_GT(env_.files().read_file(file)->size(), 60'000U);
  env_.fake_clock().advance(Millis(10'000));
  ASSERT_TRUE(log->apply_retention());
  EXPECT_EQ(Bytes(std::ssize(*env_.files().read_file(file))), log->size());
  append_flushed(*log, 10);
  const ByteBuffer all = read_all(*log);
  EXPECT_EQ(Bytes(std::ssize(all)), log->size());
  EXPECT_TRUE(std::ranges::equal(all, ByteSpan(*env_.files().read_file(file)).first(all.size())));
}

TEST_F(Recovery, NoRoomForZerosIsNoReasonToRefuseABatch) {
  const auto log = open();
  append_flushed(*log, 3);
  env_.files().set_disk_limit(env_.files().disk_used() + Bytes(3000));
  append_flushed(*log, 5);
  const auto refused = append(*log, {.value = std::string(1000, 'x')});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kDiskFull);
  env_.files().set_disk_limit(Bytes::max());
  append_flushed(*log, 2);
  EXPECT_EQ(open()->offsets().end, Offset(10));
}

// What was appended and rolled while a sync ran is not what that sync covered.
TEST_F(Recovery, ASegmentRolledDuringItsSyncIsSyncedAgain) {
  config_.segment_bytes = Bytes(8000);
  WatchedEnv watched(env_);
  {
    const auto log = *PartitionLog::open(watched, kFolder, config_);
    append_flushed(*log, 10);
    watched.files().after_sync = [&] {
      watched.files().after_sync = nullptr;
      for (int i = 0; i < 10; ++i) ASSERT_TRUE(append(*log, {.value = std::string(400, 'x')}));
    };
    ASSERT_TRUE(append(*log, {}));
    ASSERT_TRUE(flush(*log));
    ASSERT_TRUE(flush(*log));
    EXPECT_EQ(log->offsets().flushed, Offset(21));
  }
  EXPECT_TRUE(env_.files().exists(path_of("00000000000000000017.log")));
  env_.power_cut(FakeFileSystem::Unsynced::kNone);
  const auto log = open();
  EXPECT_EQ(log->offsets().end, Offset(21));
  EXPECT_TRUE(offsets_in(read_all(*log)).ends_with(" 20-20 "));
}

TEST_F(Recovery, AFailedTruncationIsTriedAgainBeforeTheRoll) {
  config_.segment_bytes = Bytes(8000);
  WatchedEnv watched(env_);
  {
    const auto log = *PartitionLog::open(watched, kFolder, config_);
    append_flushed(*log, 10);
    const ByteBuffer large = make_batch({.value = std::string(4000, 'x')});
    int refused = 0;
    watched.files().before = [&](env::FileOperation operation) -> Status {
      if (operation != env::FileOperation::kTruncate || refused == 2) return {};
      ++refused;
      return fail(ErrorCode::kIo, "the test refuses it");
    };
    env_.fake_clock().advance(Millis(10'000));
    EXPECT_FALSE(log->apply_retention());
    EXPECT_FALSE(append_bytes(*log, large));
    EXPECT_EQ(append_bytes(*log, large)->first, Offset(10));
    EXPECT_EQ(refused, 2);
    ASSERT_TRUE(flush(*log));
  }
  // The checkpoint of the roll trusts the first file whole.
  const auto log = open();
  EXPECT_TRUE(offsets_in(read_all(*log)).ends_with(" 9-9 10-10 "));
}

// The end of a segment is lost, so it is appended to again: what later batches add to its indexes counts.
TEST_F(Recovery, ASegmentThatIsTheLastOneAgainKeepsItsIndexesOpen) {
  config_.index_interval = Bytes(0);
  for (const bool zeros : {false, true}) {
    ASSERT_TRUE(env_.files().remove_tree(kFolder));
    config_.segment_bytes = Bytes(1500);
    {
      const auto log = open();
      for (int i = 0; i < 4; ++i) ASSERT_TRUE(append(*log, {.value = std::string(400, 'x')}));
    }
    const std::string file = path_of("00000000000000000000.log");
    ByteBuffer content = *env_.files().read_file(file);
    const size_t batch = content.size() / 3;
    content.resize(batch * 2);
    if (zeros) content.resize(batch * 3);
    ASSERT_TRUE(env_.files().write_file(file, content));
    {
      const auto log = open();
      ASSERT_EQ(log->offsets().end, Offset(2));
      const int64_t later = 1'700'000'100'000;
      ASSERT_TRUE(append(*log, {.value = std::string(400, 'x'), .timestamp = later}));
      ASSERT_TRUE(append(*log, {.value = std::string(400, 'x'), .timestamp = later + 1}));
      ASSERT_TRUE(log->close());
    }
    EXPECT_EQ(env_.files().read_file(path_of("00000000000000000000.index"))->size(), 2 * 8U) << zeros;
    const auto log = open();
    MemoryBudget budget("test", 64_MiB);
    wire::kafka::Decompressor decompressor(budget, 16_MiB);
    const auto found = log->offset_for_timestamp(EventTime(1'700'000'100'000), decompressor);
    ASSERT_TRUE(found);
    ASSERT_TRUE(*found) << zeros;
    EXPECT_EQ((*found)->offset, Offset(2)) << zeros;
  }
}

TEST_F(Recovery, AfterACleanCloseNothingIsReadButHeaders) {
  config_.segment_bytes = Bytes(5000);
  {
    const auto log = open();
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(append(*log, {.value = std::string(400, 'x')}));
    ASSERT_TRUE(log->close());
  }
  const int64_t reads = env_.files().count_of(env::FileOperation::kRead);
  const auto log = open();
  EXPECT_EQ(log->offsets().end, Offset(100));
  EXPECT_LT(env_.files().count_of(env::FileOperation::kRead) - reads, 5 * 15);
  EXPECT_EQ(append(*log, {})->first, Offset(100));
}

TEST_F(Recovery, ALogThatNobodyWroteToClosesWithoutTheDisk) {
  EXPECT_EQ(close(*open()), 0);  // a new one
  EXPECT_EQ(close(*open()), 0);  // that is opened again
  config_.segment_bytes = Bytes(1000);
  auto log = open();
  for (int i = 0; i < 10; ++i)
    ASSERT_TRUE(append(*log, {.value = std::string(300, 'x'), .producer = 10 - i, .sequence = 0}));
  EXPECT_GT(close(*log), 0);
  for (int i = 0; i < 2; ++i) {
    log = open();
    EXPECT_EQ(close(*log), 0);
  }
  log = open();
  ASSERT_TRUE(log->delete_records(Offset(5)));
  EXPECT_EQ(close(*log), 0);  // the start was stored at once
  log = open();
  EXPECT_EQ(log->offsets().start, Offset(5));
  EXPECT_EQ(log->producers().size(), 10U);
  ASSERT_TRUE(append(*log, {}));
  EXPECT_GT(close(*log), 0);
  EXPECT_EQ(open()->offsets().end, Offset(11));
}

TEST_F(Recovery, WhatWasFoundDamagedIsStoredByTheNextClose) {
  config_.index_interval = Bytes(100);
  {
    const auto log = open();
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(append(*log, {.value = std::string(300, 'x')}));
    ASSERT_TRUE(log->close());
  }
  const std::string file = path_of("00000000000000000000.log");
  const std::string checkpoint = path_of("recovery.checkpoint");
  const ByteBuffer whole = *env_.files().read_file(checkpoint);
  const auto damages = std::to_array<std::function<Status()>>({
      [&] { return env_.files().remove(path_of("00000000000000000000.index")); },
      [&] { return env_.files().remove(checkpoint); },
      [&] { return env_.files().write_file(checkpoint, ByteSpan(whole).first(whole.size() - 1)); },
      [&]() -> Status {  // a torn tail
        MS_ASSIGN(ByteBuffer content, env_.files().read_file(file));
        content.resize(content.size() + 100, std::byte{7});
        return env_.files().write_file(file, content);
      },
      [&] { return env_.files().write_file(path_of("00000000000000000020.log"), {}); },
  });
  for (size_t i = 0; i < damages.size(); ++i) {
    ASSERT_TRUE(damages[i]());
    auto log = open();
    EXPECT_EQ(log->offsets().end, Offset(10));
    EXPECT_GT(close(*log), 0) << i;
    EXPECT_EQ(*env_.files().read_file(checkpoint), whole) << i;
    log = open();
    EXPECT_EQ(close(*log), 0) << i;
  }
}

TEST_F(Recovery, ADamagedCheckpointOfAnEmptyLogIsReplaced) {
  {
    const auto log = open();
    ASSERT_TRUE(append(*log, {}));
    ASSERT_TRUE(log->close());
  }
  ASSERT_TRUE(env_.files().write_file(path_of("recovery.checkpoint"), {}));
  ASSERT_TRUE(env_.files().write_file(path_of("00000000000000000000.log"), {}));
  EXPECT_GT(close(*open()), 0);
  EXPECT_EQ(close(*open()), 0);
}

TEST_F(Recovery, MissingOrWrongIndexesAreBuiltAnew) {
  config_.segment_bytes = Bytes(5000);
  config_.index_interval = Bytes(500);
  ByteBuffer all;
  {
    const auto log = open();
    for (int i = 0; i < 40; ++i)
      ASSERT_TRUE(append(*log, {.value = std::string(400, 'x'), .timestamp = 1'700'000'000'000 + i}));
    all = read_all(*log);
    ASSERT_TRUE(log->close());
  }
  const auto entries = *env_.files().list(kFolder);
  int damaged = 0;
  for (const auto& entry : entries) {
    if (!entry.name.ends_with("index")) continue;
    const ByteBuffer good = *env_.files().read_file(path_of(entry.name));
    if (good.empty()) continue;
    for (int kind = 0; kind < 3; ++kind) {
      if (kind == 0) {
        ASSERT_TRUE(env_.files().remove(path_of(entry.name)));
      } else if (kind == 1) {
        ASSERT_TRUE(env_.files().write_file(path_of(entry.name), ByteSpan(good).first(good.size() - 1)));
      } else if (entry.name.ends_with(".index")) {
        ByteBuffer wrong = good;
        wrong[wrong.size() - 1] ^= std::byte{1};
        ASSERT_TRUE(env_.files().write_file(path_of(entry.name), wrong));
      }
      const auto log = open();
      ASSERT_TRUE(log);
      EXPECT_EQ(read_all(*log), all);
      for (int64_t offset = 0; offset < 40; ++offset)
        EXPECT_EQ(read_from(*log, offset, Bytes(1)), std::to_string(offset) + "-" + std::to_string(offset) + " ");
      ASSERT_TRUE(log->close());
      EXPECT_EQ(*env_.files().read_file(path_of(entry.name)), good) << entry.name;
      ++damaged;
    }
  }
  EXPECT_GT(damaged, 20);
}

TEST_F(Recovery, FlushedBytesThatAreGoneAreAnErrorAndNotSilent) {
  config_.segment_bytes = Bytes(3000);
  {
    const auto log = open();
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(append(*log, {.value = std::string(400, 'x')}));
    ASSERT_TRUE(log->close());
  }
  const auto entries = *env_.files().list(kFolder);
  std::string last;
  for (const auto& entry : entries) {
    if (entry.name.ends_with(".log")) last = path_of(entry.name);
  }
  const ByteBuffer content = *env_.files().read_file(last);
  ASSERT_TRUE(env_.files().write_file(last, ByteSpan(content).first(content.size() - 1)));
  auto log = PartitionLog::open(env_, kFolder, config_);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, ErrorCode::kCorrupt);
  ASSERT_TRUE(env_.files().remove(last));
  log = PartitionLog::open(env_, kFolder, config_);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, ErrorCode::kCorrupt);
}

TEST_F(Recovery, ANewerCheckpointIsRefused) {
  {
    const auto log = open();
    ASSERT_TRUE(append(*log, {}));
    ASSERT_TRUE(log->close());
  }
  ByteBuffer content = *env_.files().read_file(path_of("recovery.checkpoint"));
  store_little_endian<uint32_t>(content.data() + 4, 2);
  store_little_endian(content.data() + content.size() - 4, crc32c(ByteSpan(content).first(content.size() - 4)));
  ASSERT_TRUE(env_.files().write_file(path_of("recovery.checkpoint"), content));
  const auto log = PartitionLog::open(env_, kFolder, config_);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, ErrorCode::kUnsupported);
}

// How often the torture came where it should.
struct Reached {
  int zeros = 0;         // a life ended with zeros behind the batches
  int zeros_cut = 0;     // recovery found them at the end of the last segment
  int zeros_before = 0;  // or of one before
  int during_sync = 0;   // appends while a sync ran
  int refused = 0;       // truncations and syncs
};

bool ends_in_zeros(ByteSpan content) {
  constexpr size_t kMany = 100;
  return content.size() >= kMany &&
         std::all_of(content.end() - kMany, content.end(), [](std::byte byte) { return byte == std::byte{0}; });
}

// Random appends, flushes, deletions, failing steps and power cuts. The model is the list of all batches ever stored.
void torture(uint64_t seed, Reached& reached) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  FakeEnv env(seed);
  WatchedEnv watched(env);
  std::mt19937_64 random(seed);
  LogConfig config;
  config.readable_when_flushed = random() % 2 == 0;
  config.segment_bytes = Bytes(400 + static_cast<int64_t>(random() % 3000));
  config.index_interval = Bytes(static_cast<int64_t>(random() % 400));
  config.retention_age.reset();
  // By base offset. An append that was refused after its write may come back, if a power cut takes what undid it.
  std::multimap<int64_t, ByteBuffer> model;
  int64_t flushed = 0;          // what a callback or an open has said to be safe
  int64_t deleted = 0;          // what a deletion has said to be gone
  int64_t wanted_deletion = 0;  // at most that far
  int32_t sequence = 0;
  const auto with_zeros = [&](bool last) {
    const auto entries = env.files().list(kFolder);
    std::vector<std::string> names;
    for (const auto& entry : entries.value_or(std::vector<env::DirectoryEntry>())) {
      if (entry.name.ends_with(".log")) names.push_back(entry.name);
    }
    int count = 0;
    for (size_t i = 0; i < names.size(); ++i) {
      if ((i + 1 == names.size()) == last) count += ends_in_zeros(*env.files().read_file(path_of(names[i]))) ? 1 : 0;
    }
    return count;
  };
  const auto start_life = [&]() -> std::shared_ptr<PartitionLog> {
    auto opened = PartitionLog::open(watched, kFolder, config);
    if (!opened) return nullptr;
    return *opened;
  };
  for (int life = 0; life < 8; ++life) {
    // Opening may itself be cut.
    if (random() % 3 == 0) {
      env::arm_failpoint("*", env::FailAction::kError, 1 + static_cast<int>(random() % 3));
      (void)start_life();
      env::disarm_failpoints();
      if (random() % 2 == 0) env.power_cut(FakeFileSystem::Unsynced::kReordered);
    }
    reached.zeros_cut += with_zeros(true);
    reached.zeros_before += with_zeros(false);
    auto log = PartitionLog::open(watched, kFolder, config);
    ASSERT_TRUE(log) << log.error().message;
    const LogOffsets offsets = (*log)->offsets();
    ASSERT_GE(offsets.end.value, flushed);
    ASSERT_GE(offsets.start.value, deleted);
    ASSERT_LE(offsets.start.value, wanted_deletion);
    // Identical bytes, whole batches, no gap.
    const ByteBuffer bytes = read_all(**log);
    int64_t at = -1;
    wire::kafka::RecordBatchIterator batches(bytes);
    while (const auto batch = batches.next()) {
      if (at >= 0)
        ASSERT_EQ(batch->base_offset().value, at);
      else
        ASSERT_LE(batch->base_offset().value, offsets.start.value);
      const auto [first, last] = model.equal_range(batch->base_offset().value);
      ASSERT_TRUE(std::any_of(first, last,
                              [&](const auto& known) { return std::ranges::equal(batch->bytes(), known.second); }));
      at = batch->next_offset().value;
    }
    ASSERT_TRUE(batches.rest().empty());
    if (at >= 0) {
      ASSERT_EQ(at, offsets.end.value);
    }
    model.erase(model.lower_bound(offsets.end.value), model.end());
    flushed = offsets.end.value;
    deleted = offsets.start.value;
    // The producer goes on where the log ends.
    if (const auto producers = (*log)->producers(); !producers.empty()) {
      sequence = static_cast<int32_t>((static_cast<uint32_t>(producers[0].last_sequence) + 1) & 0x7fffffffU);
    }

    const auto append_one = [&] {
      BatchSpec spec{.records = 1 + static_cast<int>(random() % 5), .value = std::string(random() % 200, 'v')};
      spec.producer = 4;
      spec.sequence = sequence;
      ByteBuffer batch = make_batch(spec);
      const auto appended = (*log)->append(batch);
      model.emplace(wire::kafka::RecordBatchHeader(batch.data()).base_offset().value, batch);
      if (!appended) return;
      ASSERT_EQ(appended->outcome, Appended::Outcome::kAppended);
      sequence += spec.records;
    };
    // While a sync runs, others append, roll, and cut zeros off.
    bool inside = false;
    int left = 10;        // more segments are rolled than synced
    bool broken = false;  // a refused sync: only a power cut shows what it lost
    const auto meanwhile = [&] {
      if (inside || left == 0 || random() % 2 == 0) return;
      inside = true;
      --left;
      for (int i = static_cast<int>(random() % 12); i > 0; --i, ++reached.during_sync) append_one();
      if (random() % 4 == 0) (void)(*log)->apply_retention();
      inside = false;
    };
    int refuse_at = random() % 4 == 0 ? 1 + static_cast<int>(random() % 20) : 0;
    watched.files().after_sync = meanwhile;
    watched.files().before = [&](env::FileOperation operation) -> Status {
      if (operation == env::FileOperation::kSync) meanwhile();
      if (operation == env::FileOperation::kWrite || --refuse_at != 0) return {};
      ++reached.refused;
      if (operation != env::FileOperation::kSync) return fail(ErrorCode::kIo, "the test refuses it");
      env.files().fail_next(operation, ".log");
      broken = true;
      return {};
    };

    env.executor().hold();
    if (random() % 2 == 0) env::arm_failpoint("*", env::FailAction::kError, 1 + static_cast<int>(random() % 100));
    if (random() % 4 == 0)
      env.files().set_disk_limit(env.files().disk_used() + Bytes(static_cast<int64_t>(random() % 4000)));
    for (int step = static_cast<int>(random() % (seed % 2 == 0 ? 60 : 200)); step > 0; --step) {
      switch (random() % 8) {
        case 0: {
          const int64_t end = (*log)->offsets().end.value;
          (*log)->flush_to(Offset(end), [&flushed, end](const Status& status) {
            if (status) flushed = std::max(flushed, end);
          });
          break;
        }
        case 1:
          env.executor().run_one();
          break;
        case 2:
          if (random() % 4 == 0) {
            const LogOffsets now = (*log)->offsets();
            const auto before =
                now.start.value +
                static_cast<int64_t>(random() % static_cast<uint64_t>(now.high_watermark.value - now.start.value + 1));
            wanted_deletion = std::max(wanted_deletion, before);
            if ((*log)->delete_records(Offset(before))) deleted = std::max(deleted, before);
          }
          break;
        case 3:
          if (random() % 8 == 0) env.fake_clock().advance(Millis(10'000));
          (void)(*log)->apply_retention();
          break;
        default:
          append_one();
      }
    }
    if (random() % 2 == 0) env.executor().run_all();
    if (random() % 5 == 0 && (*log)->close()) flushed = std::max(flushed, (*log)->offsets().end.value);
    env::disarm_failpoints();
    watched.files().before = nullptr;
    watched.files().after_sync = nullptr;
    env.files().set_disk_limit(Bytes::max());
    reached.zeros += with_zeros(true);
    const auto kinds = {FakeFileSystem::Unsynced::kPrefix, FakeFileSystem::Unsynced::kReordered,
                        FakeFileSystem::Unsynced::kNone};
    if (broken || random() % 4 != 0)
      env.power_cut(kinds.begin()[random() % 3]);
    else
      env.executor().drop_all();  // only the process died
    env.executor().run_inline();
  }
}

// --gtest_random_seed=N gives other worlds.
TEST_F(Recovery, WhatWasFlushedSurvivesRandomPowerCuts) {
  const auto first = static_cast<uint64_t>(GTEST_FLAG_GET(random_seed)) * 1000;
  Reached reached;
  for (uint64_t seed = first; seed < first + 150 && !HasFatalFailure(); ++seed) torture(seed, reached);
  EXPECT_GT(reached.zeros, 50);
  EXPECT_GT(reached.zeros_cut, 30);
  EXPECT_GT(reached.zeros_before, 0);
  EXPECT_GT(reached.during_sync, 1000);
  EXPECT_GT(reached.refused, 20);
}

}  // namespace
}  // namespace millstream::log

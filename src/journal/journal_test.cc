// Tests of the journal: group commit, replay, torn and damaged files, full disks, snapshots, random power cuts.
#include "journal/journal.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <thread>

#include "base/logging.h"
#include "env/failpoint.h"
#include "env/fake.h"
#include "journal/internal/blocks.h"

namespace millstream::journal {
namespace {

using env::FakeEnv;
using env::FileOperation;

constexpr const char* kFolder = "/data/journal";
constexpr const char* kFirst = "/data/journal/00000000000000000001.journal";

std::string text_of(const Record& record) {
  return std::to_string(static_cast<int>(record.owner)) + ":" + std::string(as_text(record.bytes));
}

struct Opened {
  std::unique_ptr<Journal> journal;
  std::vector<std::string> records;
  Error error;
};

Opened open(env::Env& env, Bytes snapshot_after = 16_MiB) {
  Opened opened;
  auto journal = Journal::open(env, {kFolder, snapshot_after}, [&](const Record& record) -> Status {
    opened.records.push_back(text_of(record));
    return {};
  });
  if (journal)
    opened.journal = std::move(*journal);
  else
    opened.error = journal.error();
  return opened;
}

Status put(Journal& journal, std::string_view text, Owner owner = Owner::kTopics) {
  return journal.append_and_wait(owner, as_bytes(text));
}

ByteBuffer content_of(FakeEnv& env, const std::string& path) {
  return env.files().read_file(path).value_or(ByteBuffer());
}
void overwrite(FakeEnv& env, const std::string& path, const ByteBuffer& content) {
  ASSERT_TRUE(env.files().write_file(path, content));
}

class JournalTest : public testing::Test {
 protected:
  void SetUp() override { set_log_level(LogLevel::kError); }  // torn tails by the hundred
  void TearDown() override { env::disarm_failpoints(); }
  FakeEnv env_;
};

TEST_F(JournalTest, RecordsOfSeveralOwnersComeBackInOrder) {
  {
    auto opened = open(env_);
    ASSERT_TRUE(opened.journal) << opened.error.message;
    EXPECT_TRUE(opened.records.empty());
    ASSERT_TRUE(put(*opened.journal, "a"));
    const Record both[] = {{Owner::kGroups, as_bytes("b")}, {Owner::kJobs, as_bytes("")}};
    ASSERT_TRUE(opened.journal->append_and_wait(both));
    env_.power_cut(env::FakeFileSystem::Unsynced::kNone);
  }
  auto again = open(env_);
  EXPECT_EQ(again.records, (std::vector<std::string>{"1:a", "2:b", "5:"}));
  ASSERT_TRUE(put(*again.journal, "c"));
  again.journal.reset();
  EXPECT_EQ(open(env_).records.back(), "1:c");
}

TEST_F(JournalTest, ManyCallersShareOneSync) {
  auto opened = open(env_);
  env_.executor().hold();
  const int64_t syncs = env_.files().count_of(FileOperation::kSync);
  int answered = 0;
  for (int i = 0; i < 100; ++i) {
    opened.journal->append(Owner::kGroups, as_bytes("offset"), [&](Status status) { answered += status ? 1 : 1000; });
  }
  EXPECT_EQ(answered, 0);
  env_.executor().run_all();
  EXPECT_EQ(answered, 100);
  EXPECT_EQ(env_.files().count_of(FileOperation::kSync), syncs + 1);
}

TEST_F(JournalTest, ACallbackMayAppend) {
  auto opened = open(env_);
  std::vector<std::string> order;
  opened.journal->append(Owner::kTopics, as_bytes("1"), [&](const Status&) {
    order.emplace_back("first");
    opened.journal->append(Owner::kTopics, as_bytes("2"), [&](const Status&) { order.emplace_back("second"); });
    order.emplace_back("first ends");
  });
  EXPECT_EQ(order, (std::vector<std::string>{"first", "first ends", "second"}));
}

TEST_F(JournalTest, ClosingAnswersWhatIsNotWritten) {
  auto opened = open(env_);
  env_.executor().hold();
  std::optional<Status> answer;
  opened.journal->append(Owner::kTopics, as_bytes("lost"), [&](Status status) { answer = std::move(status); });
  opened.journal.reset();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error().code, ErrorCode::kCancelled);
  env_.executor().run_inline();  // the job finds nothing to do
  EXPECT_TRUE(open(env_).records.empty());
}

TEST_F(JournalTest, ATornTailIsCutOffAtEveryByte) {
  {
    auto opened = open(env_);
    ASSERT_TRUE(put(*opened.journal, "kept"));
  }
  const size_t kept = content_of(env_, kFirst).size();
  {
    auto opened = open(env_);
    ASSERT_TRUE(put(*opened.journal, "torn"));
  }
  const ByteBuffer whole = content_of(env_, kFirst);
  for (size_t size = kept; size < whole.size(); ++size) {
    overwrite(env_, kFirst, ByteBuffer(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    auto opened = open(env_);
    ASSERT_TRUE(opened.journal) << size;
    EXPECT_EQ(opened.records, std::vector<std::string>{"1:kept"}) << size;
    EXPECT_EQ(content_of(env_, kFirst).size(), kept);
    ASSERT_TRUE(put(*opened.journal, "new"));
    opened.journal.reset();
    EXPECT_EQ(open(env_).records, (std::vector<std::string>{"1:kept", "1:new"})) << size;
  }
}

TEST_F(JournalTest, DamageInTheMiddleIsAnErrorThatChangesNothing) {
  {
    auto opened = open(env_);
    for (const char* text : {"one", "two", "three"}) ASSERT_TRUE(put(*opened.journal, text));
  }
  const ByteBuffer whole = content_of(env_, kFirst);
  const size_t last_block = whole.size() - internal::kBlockHeaderSize - 2 - 5;
  for (size_t at = 0; at < last_block; ++at) {
    ByteBuffer damaged = whole;
    damaged[at] ^= std::byte{0x10};
    overwrite(env_, kFirst, damaged);
    const auto opened = open(env_);
    ASSERT_FALSE(opened.journal) << at;
    EXPECT_EQ(opened.error.code, ErrorCode::kCorrupt) << at;
    EXPECT_NE(opened.error.message.find(kFirst), std::string::npos);
    EXPECT_EQ(content_of(env_, kFirst), damaged);
  }
}

TEST_F(JournalTest, AMissingBlockOrFileIsAnError) {
  {
    auto opened = open(env_);
    for (const char* text : {"one", "two", "six"}) ASSERT_TRUE(put(*opened.journal, text));
  }
  ByteBuffer content = content_of(env_, kFirst);
  const size_t block = (content.size() - internal::kFileHeaderSize) / 3;
  content.erase(content.begin() + internal::kFileHeaderSize,
                content.begin() + static_cast<std::ptrdiff_t>(internal::kFileHeaderSize + block));
  overwrite(env_, kFirst, content);
  EXPECT_EQ(open(env_).error.code, ErrorCode::kCorrupt);
  ASSERT_TRUE(env_.files().rename(kFirst, std::string(kFolder) + "/00000000000000000002.journal"));
  EXPECT_EQ(open(env_).error.code, ErrorCode::kCorrupt);
}

TEST_F(JournalTest, ANewerVersionIsRefused) {
  open(env_);
  ByteBuffer content = content_of(env_, kFirst);
  store_little_endian<uint32_t>(content.data() + 8, 2);
  store_little_endian(content.data() + 20, crc32c(ByteSpan(content).first(20)));
  overwrite(env_, kFirst, content);
  const auto opened = open(env_);
  EXPECT_EQ(opened.error.code, ErrorCode::kUnsupported);
  EXPECT_EQ(content_of(env_, kFirst), content);
}

TEST_F(JournalTest, AFullDiskRefusesAndLaterResumes) {
  {
    auto opened = open(env_);
    ASSERT_TRUE(put(*opened.journal, "before"));
    const Bytes size = opened.journal->size().behind_snapshot;
    env_.files().set_disk_limit(env_.files().disk_used() + Bytes(20));
    EXPECT_EQ(put(*opened.journal, "does not fit").error().code, ErrorCode::kDiskFull);
    EXPECT_EQ(opened.journal->size().behind_snapshot, size);
    env_.files().set_disk_limit(Bytes::max());
    ASSERT_TRUE(put(*opened.journal, "after"));
  }
  EXPECT_EQ(open(env_).records, (std::vector<std::string>{"1:before", "1:after"}));
}

TEST_F(JournalTest, AfterAFailedSyncNothingIsTakenUntilReopened) {
  {
    auto opened = open(env_);
    ASSERT_TRUE(put(*opened.journal, "before"));
    env_.files().fail_next(FileOperation::kSync, ".journal");
    EXPECT_EQ(put(*opened.journal, "unsure").error().code, ErrorCode::kIo);
    EXPECT_EQ(put(*opened.journal, "refused").error().code, ErrorCode::kIo);
  }
  env_.power_cut(env::FakeFileSystem::Unsynced::kNone);
  auto again = open(env_);
  EXPECT_EQ(again.records, std::vector<std::string>{"1:before"});
  EXPECT_TRUE(put(*again.journal, "works"));
}

TEST_F(JournalTest, TooLargeARecordIsRefusedAlone) {
  auto opened = open(env_);
  const ByteBuffer huge(static_cast<size_t>(kMaxRecordSize.value) + 1);
  EXPECT_EQ(opened.journal->append_and_wait(Owner::kJobs, huge).error().code, ErrorCode::kLimit);
  EXPECT_TRUE(put(*opened.journal, "small"));
  opened.journal.reset();
  EXPECT_EQ(open(env_).records, std::vector<std::string>{"1:small"});
}

TEST_F(JournalTest, AnErrorOfTheOwnerEndsOpen) {
  ASSERT_TRUE(put(*open(env_).journal, "x"));
  const auto journal =
      Journal::open(env_, {kFolder}, [](const Record&) -> Status { return fail(ErrorCode::kCorrupt, "not mine"); });
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().message, "not mine");
}

// State as an owner keeps it: key=value records.
struct Table {
  std::map<std::string, std::string> rows;
  void apply(std::string_view record) {
    rows[std::string(record.substr(0, record.find('=')))] = record.substr(record.find('=') + 1);
  }
  Status give(const std::function<Status(ByteSpan)>& add) const {
    for (const auto& [key, value] : rows) {
      const std::string record = key + "=" + value;
      MS_TRY(add(as_bytes(record)));
    }
    return {};
  }
};

TEST_F(JournalTest, ASnapshotReplacesTheRecordsBeforeIt) {
  Table table;
  {
    auto opened = open(env_);
    for (int i = 0; i < 100; ++i) {
      const std::string record = "k" + std::to_string(i % 3) + "=" + std::to_string(i);
      ASSERT_TRUE(put(*opened.journal, record));
      table.apply(record);
    }
    Status answer;
    opened.journal->snapshot([&](Status status) { answer = std::move(status); });
    ASSERT_FALSE(answer);  // kTopics has no source yet
    opened.journal->set_snapshot_source(Owner::kTopics, [&](const auto& add) { return table.give(add); });
    opened.journal->snapshot([&](Status status) { answer = std::move(status); });
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(opened.journal->size().behind_snapshot, Bytes(0));
    ASSERT_TRUE(put(*opened.journal, "k9=behind"));
  }
  EXPECT_FALSE(env_.files().exists(kFirst));
  const auto again = open(env_);
  EXPECT_EQ(again.records, (std::vector<std::string>{"1:k0=99", "1:k1=97", "1:k2=98", "1:k9=behind"}));
}

TEST_F(JournalTest, SnapshotsComeByThemselvesAndKeepTheJournalSmall) {
  Table table;
  {
    auto opened = open(env_, 2_KiB);
    opened.journal->set_snapshot_source(Owner::kTopics, [&](const auto& add) { return table.give(add); });
    for (int i = 0; i < 2000; ++i) {
      const std::string record = "k" + std::to_string(i % 3) + "=" + std::to_string(i);
      table.apply(record);
      ASSERT_TRUE(put(*opened.journal, record));
    }
  }
  EXPECT_LT(env_.files().disk_used(), 5_KiB);
  Table replayed;
  for (const std::string& record : open(env_).records) replayed.apply(record.substr(2));
  EXPECT_EQ(replayed.rows, table.rows);
}

TEST_F(JournalTest, AFailingSnapshotLosesNothingAndIsTriedAgain) {
  Table table;
  auto opened = open(env_);
  opened.journal->set_snapshot_source(Owner::kTopics, [&](const auto& add) { return table.give(add); });
  const char* points[] = {"journal.rotate.before_create",   "journal.rotate.after_create",
                          "journal.snapshot.before_write",  "journal.snapshot.after_write",
                          "journal.snapshot.before_rename", "journal.snapshot.after_rename",
                          "journal.snapshot.before_remove"};
  int i = 0;
  for (const char* point : points) {
    const std::string record = "k" + std::to_string(++i) + "=v";
    ASSERT_TRUE(put(*opened.journal, record));
    table.apply(record);
    env::arm_failpoint(point, env::FailAction::kError);
    opened.journal->snapshot([](const Status&) {});
    EXPECT_EQ(env::failpoint_hits()[point], 1) << point;
    env::disarm_failpoints();
    ASSERT_TRUE(put(*opened.journal, record + "2")) << point;
    table.apply(record + "2");
    opened.journal.reset();
    Table replayed;
    opened = open(env_);
    for (const std::string& text : opened.records) replayed.apply(text.substr(2));
    EXPECT_EQ(replayed.rows, table.rows) << point;
    opened.journal->set_snapshot_source(Owner::kTopics, [&](const auto& add) { return table.give(add); });
  }
  Status answer = fail(ErrorCode::kInternal, "none");
  opened.journal->snapshot([&](Status status) { answer = std::move(status); });
  EXPECT_TRUE(answer);
}

// Appends, snapshots, failing steps and power cuts in random order: what was answered with success is there, the last
// known values are not older than that, and nothing appears that nobody wrote.
void torture(uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  FakeEnv env(seed);
  std::mt19937_64 random(seed);
  std::map<std::string, int> acknowledged, attempted;
  int value = 0;
  for (int life = 0; life < 6; ++life) {
    Table table;
    auto opened = open(env, Bytes(512));
    ASSERT_TRUE(opened.journal) << opened.error.message;
    for (const std::string& record : opened.records) table.apply(record.substr(2));
    for (const auto& [key, least] : acknowledged) {
      ASSERT_TRUE(table.rows.contains(key)) << key;
      EXPECT_GE(std::stoi(table.rows[key]), least) << key;
    }
    for (const auto& [key, text] : table.rows) {
      EXPECT_LE(std::stoi(text), attempted[key]);
      acknowledged[key] = std::stoi(text);  // seen once, it stays
    }
    opened.journal->set_snapshot_source(Owner::kTopics, [&](const auto& add) { return table.give(add); });
    if (random() % 2 == 0) env::arm_failpoint("*", env::FailAction::kError, 1 + static_cast<int>(random() % 80));
    env.executor().hold();
    const int steps = static_cast<int>(random() % 120);
    for (int step = 0; step < steps; ++step) {
      const std::string key = "k" + std::to_string(random() % 5);
      const int written = ++value;
      attempted[key] = written;
      const std::string record = key + "=" + std::to_string(written);
      opened.journal->append(Owner::kTopics, as_bytes(record), [&, key, written, record](const Status& status) {
        if (!status) return;
        table.apply(record);
        acknowledged[key] = written;
      });
      if (random() % 3 == 0) env.executor().run_one();
    }
    if (random() % 2 == 0) env.executor().run_all();
    env::disarm_failpoints();
    const auto kinds = {env::FakeFileSystem::Unsynced::kPrefix, env::FakeFileSystem::Unsynced::kReordered,
                        env::FakeFileSystem::Unsynced::kNone};
    env.power_cut(kinds.begin()[random() % 3]);
    opened.journal.reset();
    env.executor().run_inline();
  }
}

// --gtest_random_seed=N gives other worlds.
TEST_F(JournalTest, WhatWasAcknowledgedSurvivesRandomPowerCuts) {
  const auto first = static_cast<uint64_t>(GTEST_FLAG_GET(random_seed)) * 1000;
  for (uint64_t seed = first; seed < first + 150 && !HasFatalFailure(); ++seed) torture(seed);
}

TEST(JournalThreads, ManyThreadsAppendOnRealFiles) {
  const std::string folder = testing::TempDir() + "journal_test_" + std::to_string(std::random_device()());
  auto env = env::make_real_env(2);
  std::atomic<int> good{0};
  {
    auto journal = Journal::open(*env, {folder, 4_KiB}, [](const Record&) -> Status { return {}; });
    ASSERT_TRUE(journal);
    (*journal)->set_snapshot_source(Owner::kGroups, [](const auto& add) { return add(as_bytes("state")); });
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          if (i % 10 == 0)
            good += (*journal)->append_and_wait(Owner::kGroups, as_bytes("waits")) ? 1 : 0;
          else
            (*journal)->append(Owner::kGroups, as_bytes("does not wait"),
                               [&](const Status& status) { good += status ? 1 : 0; });
        }
        good += (*journal)->append_and_wait(Owner::kGroups, as_bytes("last")) ? 1 : 0;
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(good, 204);
  EXPECT_TRUE(Journal::open(*env, {folder}, [](const Record&) -> Status { return {}; }));
  (void)env->files().remove_tree(folder);
}

}  // namespace
}  // namespace millstream::journal

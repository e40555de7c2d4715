// Tests of what the fake world does to those who trust it: power cuts, full disks, failing calls, waiting jobs.
#include "env/fake.h"

#include <gtest/gtest.h>

#include <set>

namespace millstream::env {
namespace {

using Mode = FileSystem::Mode;
using Unsynced = FakeFileSystem::Unsynced;

std::unique_ptr<File> open(FakeEnv& env, const std::string& path) {
  auto file = env.files().open(path, Mode::kCreate);
  EXPECT_TRUE(file);
  return std::move(*file);
}

Status write(File& file, std::string_view text, int64_t offset) {
  const ByteSpan piece = as_bytes(text);
  return file.pwrite(std::span(&piece, 1), Bytes(offset));
}

std::string content_of(FakeEnv& env, const std::string& path) {
  const auto content = env.files().read_file(path);
  return content ? std::string(as_text(*content)) : "none";
}

TEST(FakeFiles, APowerCutKeepsWhatIsSyncedAndTearsTheRest) {
  std::set<std::string> outcomes;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    FakeEnv env(seed);
    auto file = open(env, "/f");
    ASSERT_TRUE(env.files().sync_directory("/"));
    ASSERT_TRUE(write(*file, "AA", 0));
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(write(*file, "BB", 2));
    ASSERT_TRUE(write(*file, "CC", 4));
    env.power_cut();
    outcomes.insert(content_of(env, "/f"));
    EXPECT_EQ(file->sync().error().code, ErrorCode::kIo);
    EXPECT_FALSE(write(*file, "x", 0));
  }
  EXPECT_EQ(outcomes, (std::set<std::string>{"AA", "AAB", "AABB", "AABBC", "AABBCC"}));
}

TEST(FakeFiles, ReorderedWritesLeaveHoles) {
  bool hole = false;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    FakeEnv env(seed);
    auto file = open(env, "/f");
    ASSERT_TRUE(env.files().sync_directory("/"));
    ASSERT_TRUE(write(*file, "AA", 0));
    ASSERT_TRUE(write(*file, "BB", 2));
    env.power_cut(Unsynced::kReordered);
    hole = hole || content_of(env, "/f") == std::string("\0\0BB", 4);
  }
  EXPECT_TRUE(hole);
}

TEST(FakeFiles, NamesNeedADirectorySync) {
  std::set<std::string> outcomes;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    FakeEnv env(seed);
    ASSERT_TRUE(env.files().write_file("/old", as_bytes("1")));
    auto file = open(env, "/new");
    ASSERT_TRUE(write(*file, "2", 0));
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(env.files().remove("/old"));
    env.power_cut();
    outcomes.insert(content_of(env, "/old") + content_of(env, "/new"));
  }
  EXPECT_EQ(outcomes, (std::set<std::string>{"1none", "none2"}));
}

TEST(FakeFiles, DurableDirectoriesSurviveWithAllThatIsAboveThem) {
  FakeEnv env;
  ASSERT_TRUE(env.files().make_directories("/lost/deep"));
  ASSERT_TRUE(env.files().make_durable_directories("/kept/very/deep/"));
  ASSERT_TRUE(env.files().make_durable_directories("relative"));
  env.power_cut(Unsynced::kNone);
  EXPECT_TRUE(env.files().exists("/kept/very/deep"));
  EXPECT_TRUE(env.files().exists("/relative"));
}

TEST(FakeFiles, WriteFileIsAtomicAndDurable) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    FakeEnv env(seed);
    ASSERT_TRUE(env.files().write_file("/f", as_bytes("before")));
    env.files().fail_next(FileOperation::kSyncDirectory, "/");
    EXPECT_FALSE(env.files().write_file("/f", as_bytes("after!")));
    env.power_cut();
    const std::string content = content_of(env, "/f");
    EXPECT_TRUE(content == "before" || content == "after!") << content;
    ASSERT_TRUE(env.files().write_file("/f", as_bytes("later")));
    env.power_cut();
    EXPECT_EQ(content_of(env, "/f"), "later");
  }
}

TEST(FakeFiles, AFullDiskTakesWhatFitsAndResumes) {
  FakeEnv env;
  auto file = open(env, "/f");
  ASSERT_TRUE(write(*file, "0123456789", 0));
  env.files().set_disk_limit(Bytes(12));
  const Status full = write(*file, "abcdef", 8);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kDiskFull);
  EXPECT_EQ(content_of(env, "/f"), "01234567abcd");
  EXPECT_TRUE(write(*file, "zz", 0));  // overwriting needs no room
  ASSERT_TRUE(file->truncate(Bytes(2)));
  EXPECT_EQ(env.files().disk_used(), Bytes(2));
  EXPECT_TRUE(write(*file, "abcdef", 2));
  ASSERT_TRUE(env.files().remove("/f"));
  EXPECT_EQ(env.files().disk_used(), Bytes(0));
}

TEST(FakeFiles, AFailedSyncLosesThePagesForGood) {
  FakeEnv env;
  auto file = open(env, "/f");
  ASSERT_TRUE(env.files().sync_directory("/"));
  ASSERT_TRUE(write(*file, "A", 0));
  env.files().fail_next(FileOperation::kSync, "/f");
  EXPECT_FALSE(file->sync());
  EXPECT_TRUE(file->sync());
  env.power_cut(Unsynced::kNone);
  EXPECT_EQ(content_of(env, "/f"), "");
}

TEST(FakeFiles, FaultsHitTheChosenPathAfterTheSkippedCalls) {
  FakeEnv env;
  env.files().fail_next(FileOperation::kOpen, "b", 1, 1);
  EXPECT_TRUE(env.files().open("/a", Mode::kCreate));
  EXPECT_TRUE(env.files().open("/b", Mode::kCreate));
  EXPECT_FALSE(env.files().open("/b", Mode::kCreate));
  EXPECT_TRUE(env.files().open("/b", Mode::kCreate));
  EXPECT_EQ(env.files().count_of(FileOperation::kOpen), 4);
}

TEST(FakeExecutor, RunsInlineOrStepByStep) {
  FakeEnv env;
  std::string order;
  env.executor().submit([&] { order += 'a'; });
  env.executor().hold();
  env.executor().submit([&] {
    order += 'b';
    env.executor().submit([&] { order += 'd'; });
  });
  env.executor().submit([&] { order += 'c'; });
  EXPECT_EQ(order, "a");
  EXPECT_TRUE(env.executor().run_one());
  EXPECT_EQ(order, "ab");
  env.executor().run_inline();
  EXPECT_EQ(order, "abcd");
  env.executor().hold();
  env.executor().submit([&] { order += 'x'; });
  env.power_cut();
  EXPECT_FALSE(env.executor().run_one());
}

TEST(FakeExecutor, RunsDelayedJobsAsIfTheyWereDue) {
  FakeEnv env;
  const MonotonicTime due = env.clock().monotonic() + Millis(1000);
  int runs = 0;
  env.executor().submit_at(due, [&] { ++runs; });
  EXPECT_EQ(runs, 1);
  env.executor().hold();
  const auto delayed = env.executor().submit_at(due, [&] { ++runs; });
  EXPECT_EQ(env.executor().due(), due);
  env.executor().hasten(delayed);
  EXPECT_EQ(env.executor().due(), std::nullopt);
  EXPECT_TRUE(env.executor().run_one());
  EXPECT_EQ(runs, 2);
}

TEST(FakeExecutor, ChainsOfInlineJobsDoNotNest) {
  FakeEnv env;
  int left = 100'000;
  int depth = 0;
  std::function<void()> job = [&] {
    EXPECT_EQ(++depth, 1);
    if (--left > 0) env.executor().submit(job);
    --depth;
  };
  env.executor().submit(job);
  EXPECT_EQ(left, 0);
}

TEST(FakeClock, StandsStillUntilTold) {
  FakeEnv env;
  const ProcTime start = env.clock().now();
  const MonotonicTime monotonic = env.clock().monotonic();
  EXPECT_EQ(env.clock().now(), start);
  env.fake_clock().advance(Millis(1500));
  EXPECT_EQ(elapsed(start, env.clock().now()), Millis(1500));
  EXPECT_EQ(elapsed(monotonic, env.clock().monotonic()), Millis(1500));
}

TEST(FakeEnv, RandomNumbersFollowTheSeed) {
  FakeEnv a(7), b(7), c(8);
  EXPECT_EQ(a.random(), b.random());
  EXPECT_NE(a.random(), c.random());
}

}  // namespace
}  // namespace millstream::env

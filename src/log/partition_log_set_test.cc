// Tests of the set of partitions: names, restarts, deletion that survives crashes.
#include "log/partition_log_set.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "base/logging.h"
#include "env/failpoint.h"
#include "env/fake.h"
#include "log/internal/test_batches.h"

namespace millstream::log {
namespace {

class PartitionLogSetTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(log_to_file("/dev/null")); }
  void TearDown() override { env::disarm_failpoints(); }
  std::unique_ptr<PartitionLogSet> open() {
    auto set = PartitionLogSet::open(env_, "/data", [](const std::string&) { return LogConfig{}; });
    EXPECT_TRUE(set) << set.error().message;
    return set ? std::move(*set) : nullptr;
  }
  static std::string names(const PartitionLogSet& set) {
    std::string text;
    for (const auto& [name, log] : set.all()) text += name.topic + "/" + std::to_string(name.partition.value) + " ";
    return text;
  }
  env::FakeEnv env_;
};

TEST_F(PartitionLogSetTest, PartitionsAreThereAfterAPowerCut) {
  {
    const auto set = open();
    for (const char* topic : {"orders", "a-b.c_d", "9"}) {
      for (int partition = 0; partition < 2; ++partition) ASSERT_TRUE(set->create({topic, PartitionId(partition)}, {}));
    }
    EXPECT_EQ(set->create({"orders", PartitionId(1)}, {}).error().code, ErrorCode::kAlreadyExists);
    const auto log = set->find("orders", PartitionId(1));
    ASSERT_TRUE(append(*log, {.records = 3}));
    ASSERT_TRUE(flush(*log));
  }
  env_.power_cut(env::FakeFileSystem::Unsynced::kNone);
  const auto set = open();
  EXPECT_EQ(names(*set), "9/0 9/1 a-b.c_d/0 a-b.c_d/1 orders/0 orders/1 ");
  EXPECT_EQ(set->find("orders", PartitionId(1))->offsets().end, Offset(3));
  EXPECT_EQ(set->find("orders", PartitionId(2)), nullptr);
  EXPECT_EQ(set->find("order", PartitionId(0)), nullptr);
  ASSERT_TRUE(set->close());
}

TEST_F(PartitionLogSetTest, NamesThatKafkaRefusesAreRefused) {
  const auto set = open();
  for (const std::string name : {"", ".", "..", "a/b", "a b", "\xc3\xa4"})
    EXPECT_EQ(set->create({name, PartitionId(0)}, {}).error().code, ErrorCode::kInvalidArgument) << name;
  EXPECT_FALSE(set->create({std::string(250, 'a'), PartitionId(0)}, {}));
  EXPECT_TRUE(set->create({std::string(249, 'a'), PartitionId(0)}, {}));
  EXPECT_TRUE(set->remove({std::string(249, 'a'), PartitionId(0)}));
  EXPECT_FALSE(set->create({"a", PartitionId(-1)}, {}));
}

TEST_F(PartitionLogSetTest, ADeletedPartitionStaysDeletedAndFreesItsBytes) {
  for (const bool crash : {false, true}) {
    auto set = open();
    const auto log = *set->create({"t", PartitionId(0)}, {});
    ASSERT_TRUE(append(*log, {.value = std::string(5000, 'x')}));
    ASSERT_TRUE(flush(*log));
    const auto slices = log->read(Offset(0), 1_MiB, ReadBound::kEnd);
    env_.executor().hold();
    ASSERT_TRUE(set->remove({"t", PartitionId(0)}));
    EXPECT_EQ(set->remove({"t", PartitionId(0)}).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(set->find("t", PartitionId(0)), nullptr);
    EXPECT_EQ(append(*log, BatchSpec{}).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(offsets_in(*slices->copy()), "0-0 ");
    const auto again = set->create({"t", PartitionId(0)}, {});  // the name is free at once
    ASSERT_TRUE(again);
    EXPECT_EQ((*again)->offsets().end, Offset(0));
    ASSERT_TRUE(set->remove({"t", PartitionId(0)}));
    if (crash) env_.power_cut(env::FakeFileSystem::Unsynced::kNone);
    env_.executor().run_inline();
    set = open();
    EXPECT_EQ(names(*set), "");
    EXPECT_EQ(env_.files().list("/data")->size(), 0u);
  }
}

TEST_F(PartitionLogSetTest, ADeletedPartitionIsSilentAndLeavesItsSuccessorAlone) {
  const std::string lines = testing::TempDir() + "log_set_test_" + std::to_string(getpid());
  ASSERT_TRUE(log_to_file(lines));
  LogConfig config;
  config.segment_bytes = Bytes(1000);
  config.retention_bytes = Bytes(2000);
  const auto set = open();
  const auto old = *set->create({"t", PartitionId(0)}, config);
  env_.executor().hold();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(append(*old, {.value = std::string(300, 'x')}));
  ASSERT_TRUE(old->apply_retention());  // waits for a flush
  ASSERT_TRUE(set->remove({"t", PartitionId(0)}));
  const auto successor = *set->create({"t", PartitionId(0)}, config);
  const auto names_of = [&] {
    std::string text;
    const auto entries = *env_.files().list("/data/t-0");
    for (const auto& entry : entries) text += entry.name + " ";
    return text;
  };
  const std::string before = names_of();
  env_.executor().run_inline();
  EXPECT_EQ(*old->apply_retention(), 0);
  EXPECT_EQ(old->delete_records(Offset(5)).error().code, ErrorCode::kNotFound);
  std::optional<Status> flushed;
  old->flush_to(Offset(20), [&](Status status) { flushed = std::move(status); });
  EXPECT_EQ(flushed->error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(old->close());
  EXPECT_EQ(names_of(), before);
  EXPECT_TRUE(set->close());
  ASSERT_TRUE(log_to_file("/dev/null"));
  std::ifstream file(lines);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "");
  std::remove(lines.c_str());
}

TEST_F(PartitionLogSetTest, ClosingNeedsNoFreeThreadAndTriesAll) {
  for (const bool free : {true, false}) {
    auto set = open();
    for (int i = 0; i < 20; ++i) {
      const auto log = free ? *set->create({"t", PartitionId(i)}, {}) : set->find("t", PartitionId(i));
      ASSERT_TRUE(append(*log, {}));
    }
    if (!free) env_.executor().hold();
    env_.files().fail_next(env::FileOperation::kSync, "/t-7/");
    const Status closed = set->close();
    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error().code, ErrorCode::kIo);
    for (const auto& [name, log] : set->all()) EXPECT_EQ(append(*log, {}).error().code, ErrorCode::kCancelled);
    set.reset();
    env_.executor().run_inline();
    set = open();
    for (const auto& [name, log] : set->all()) EXPECT_EQ(log->offsets().end, Offset(free ? 1 : 2));
  }
}

TEST_F(PartitionLogSetTest, AnErrorNamesThePartition) {
  {
    const auto set = open();
    ASSERT_TRUE(append(**set->create({"t", PartitionId(7)}, {}), {.value = "x"}));
    ASSERT_TRUE(set->close());
  }
  ASSERT_TRUE(env_.files().write_file("/data/t-7/00000000000000000000.log", {}));
  const auto set = PartitionLogSet::open(env_, "/data", [](const std::string&) { return LogConfig{}; });
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(set.error().message.find("/data/t-7"), std::string::npos);
}

}  // namespace
}  // namespace millstream::log

// Tests of the set of partitions: names, restarts, deletion that survives crashes.
#include "log/partition_log_set.h"

#include <gtest/gtest.h>

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

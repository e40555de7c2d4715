// Tests of failpoints: which hit fires, what is counted, and the syntax of the environment variable.
#include "env/failpoint.h"

#include <gtest/gtest.h>

namespace millstream::env {
namespace {

Status step() {
  FAILPOINT("test.first");
  FAILPOINT("test.second");
  return {};
}

class Failpoints : public testing::Test {
 protected:
  void TearDown() override { disarm_failpoints(); }
};

TEST_F(Failpoints, FireOnceAtTheirHit) {
  EXPECT_TRUE(step());
  EXPECT_TRUE(failpoint_hits().empty());
  arm_failpoint("test.second", FailAction::kError, 2);
  EXPECT_TRUE(step());
  const Status failed = step();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kIo);
  EXPECT_NE(failed.error().message.find("test.second"), std::string::npos);
  EXPECT_TRUE(step());
  EXPECT_EQ(failpoint_hits().at("test.first"), 3);
}

TEST_F(Failpoints, AStarCountsAllNamesTogether) {
  arm_failpoint("*", FailAction::kError, 4);
  EXPECT_TRUE(step());
  EXPECT_NE(step().error().message.find("test.second"), std::string::npos);
}

TEST_F(Failpoints, KillEndsTheProcess) {
  EXPECT_EXIT(
      {
        (void)arm_failpoints_from("test.first=kill@2");
        (void)step();
        (void)step();
      },
      testing::KilledBySignal(SIGKILL), "");
}

TEST_F(Failpoints, TheVariableIsReadWholeOrNotAtAll) {
  ASSERT_TRUE(arm_failpoints_from(" test.first=count ; test.second=error@2;"));
  EXPECT_TRUE(step());
  EXPECT_FALSE(step());
  disarm_failpoints();
  for (const char* bad :
       {"test.first", "=kill", "test.first=explode", "test.first=error@0", "test.first=error;x=kill@y"}) {
    const Status status = arm_failpoints_from(bad);
    ASSERT_FALSE(status) << bad;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(step()) << bad;
  }
}

}  // namespace
}  // namespace millstream::env

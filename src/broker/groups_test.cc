// Classic consumer groups: joining, rebalancing, fencing, expiry, and committed offsets, with a clock that the test
// moves.
#include "broker/testing/world.h"

namespace millstream::broker::testing {
namespace {

using kafka::KafkaError;
using Protocols = std::vector<std::pair<std::string, std::string>>;

// One consumer's side of the protocol.
struct Consumer {
  World& world;
  std::string group = "g";
  std::string member_id = {};
  std::optional<std::string> instance = {};
  Protocols protocols = {{"range", "meta"}};
  int32_t session = 10'000;
  int32_t rebalance = 30'000;
  int32_t generation = -1;

  Answer<kafka::JoinGroupResponse> join(int16_t version = 9) {
    kafka::JoinGroupRequest request;
    request.group_id = group;
    request.session_timeout_ms = session;
    request.rebalance_timeout_ms = rebalance;
    request.member_id = member_id;
    if (instance) request.group_instance_id = *instance;
    request.protocol_type = "consumer";
    for (const auto& [name, metadata] : protocols)
      request.protocols.push_back({.name = name, .metadata = as_bytes(metadata)});
    return world.send(request, version);
  }
  // Joins as version 4 and later do: gets an id first.
  Answer<kafka::JoinGroupResponse> join_with_id() {
    auto refused = join();
    EXPECT_EQ(refused->error_code, KafkaError::kMemberIdRequired);
    member_id = refused->member_id;
    return join();
  }
  void take(Answer<kafka::JoinGroupResponse>& joined) {
    EXPECT_EQ(joined->error_code, KafkaError::kNone);
    member_id = joined->member_id;
    generation = joined->generation_id;
  }
  Answer<kafka::SyncGroupResponse> sync(const std::vector<std::pair<std::string, std::string>>& assignments = {}) {
    kafka::SyncGroupRequest request;
    request.group_id = group;
    request.generation_id = generation;
    request.member_id = member_id;
    if (instance) request.group_instance_id = *instance;
    request.protocol_type = "consumer";
    request.protocol_name = "range";
    for (const auto& [id, assignment] : assignments)
      request.assignments.push_back({.member_id = id, .assignment = as_bytes(assignment)});
    return world.send(request);
  }
  KafkaError heartbeat() {
    kafka::HeartbeatRequest request;
    request.group_id = group;
    request.generation_id = generation;
    request.member_id = member_id;
    if (instance) request.group_instance_id = *instance;
    return world.send(request)->error_code;
  }
  KafkaError leave() {
    kafka::LeaveGroupRequest request;
    request.group_id = group;
    request.members.push_back({.member_id = member_id});
    return world.send(request)->members.at(0).error_code;
  }
  KafkaError commit(int64_t offset, std::string_view metadata = "m", int16_t version = 9) {
    kafka::OffsetCommitRequest request;
    request.group_id = group;
    request.generation_id_or_member_epoch = generation;
    request.member_id = member_id;
    if (instance) request.group_instance_id = *instance;
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    if (version >= 10) topic.topic_id = world.broker->topics().find("t")->id;
    topic.partitions.push_back({.partition_index = 0, .committed_offset = offset, .committed_metadata = metadata});
    return world.send(request, version)->topics.at(0).partitions.at(0).error_code;
  }
  // Alone in the group and stable.
  void settle() {
    auto joined = join_with_id();
    take(joined);
    EXPECT_EQ(sync({{member_id, "all"}})->error_code, KafkaError::kNone);
  }
};

int64_t committed(World& world, std::string_view group = "g", int16_t version = 9) {
  kafka::OffsetFetchRequest request;
  auto& wanted = request.groups.emplace_back();
  wanted.group_id = group;
  auto& topic = wanted.topics.emplace().emplace_back();
  topic.name = "t";
  if (version >= 10) topic.topic_id = world.broker->topics().find("t")->id;
  topic.partition_indexes = {0};
  auto answer = world.send(request, version);
  return answer->groups.at(0).topics.at(0).partitions.at(0).committed_offset;
}

std::string state_of(World& world, std::string_view group = "g") {
  kafka::DescribeGroupsRequest request;
  request.groups = {group};
  return std::string(world.send(request)->groups.at(0).group_state);
}

TEST(Group, TwoMembersShareAGeneration) {
  World world;
  Consumer a{world};
  Consumer b{world};
  auto first = a.join_with_id();
  a.take(first);
  EXPECT_EQ(a.generation, 1);
  EXPECT_EQ(first->leader, a.member_id);
  EXPECT_EQ(first->protocol_name, "range");
  ASSERT_EQ(first->members.size(), 1U);
  auto synced = a.sync({{a.member_id, "p0 p1"}});
  EXPECT_EQ(as_text(synced->assignment), "p0 p1");
  EXPECT_EQ(a.heartbeat(), KafkaError::kNone);
  EXPECT_EQ(state_of(world), "Stable");

  auto joining = b.join_with_id();
  EXPECT_FALSE(joining.ready());
  EXPECT_EQ(a.heartbeat(), KafkaError::kRebalanceInProgress);
  auto rejoined = a.join();
  a.take(rejoined);
  b.take(joining);
  EXPECT_EQ(a.generation, 2);
  EXPECT_EQ(b.generation, 2);
  EXPECT_EQ(rejoined->members.size(), 2U);
  EXPECT_TRUE(joining->members.empty());
  auto follower = b.sync();
  EXPECT_FALSE(follower.ready());
  auto leader = a.sync({{a.member_id, "p0"}, {b.member_id, "p1"}});
  EXPECT_EQ(as_text(leader->assignment), "p0");
  EXPECT_EQ(as_text(follower->assignment), "p1");

  kafka::DescribeGroupsRequest describe;
  describe.groups = {"g"};
  auto described = world.send(describe);
  ASSERT_EQ(described->groups[0].members.size(), 2U);
  EXPECT_EQ(described->groups[0].protocol_data, "range");
  EXPECT_EQ(described->groups[0].members[0].client_host, "/10.0.0.9");

  EXPECT_EQ(b.leave(), KafkaError::kNone);
  EXPECT_EQ(a.heartbeat(), KafkaError::kRebalanceInProgress);
  EXPECT_EQ(b.heartbeat(), KafkaError::kUnknownMemberId);
}

// As kafka-python's consumers do that start at once and learn later which partitions there are.
TEST(Group, MembersThatJoinAtOnceShareAGenerationAndTheLeaderMayAskForAnother) {
  World world;
  Consumer a{world};
  Consumer b{world};
  a.member_id = a.join()->member_id;
  b.member_id = b.join()->member_id;
  auto first = a.join();
  EXPECT_FALSE(first.ready());  // b has been told its id and is waited for
  auto second = b.join();
  a.take(first);
  b.take(second);
  EXPECT_EQ(a.generation, 1);
  EXPECT_EQ(b.generation, 1);
  EXPECT_EQ(first->members.size() + second->members.size(), 2U);
  Consumer& leader = first->leader == a.member_id ? a : b;
  Consumer& follower = &leader == &a ? b : a;
  auto waiting = follower.sync();
  EXPECT_FALSE(waiting.ready());
  EXPECT_EQ(leader.sync({{a.member_id, ""}, {b.member_id, ""}})->error_code, KafkaError::kNone);
  EXPECT_EQ(waiting->error_code, KafkaError::kNone);

  auto again = leader.join();
  EXPECT_FALSE(again.ready());
  EXPECT_EQ(follower.heartbeat(), KafkaError::kRebalanceInProgress);
  auto rejoined = follower.join();
  leader.take(again);
  follower.take(rejoined);
  EXPECT_EQ(leader.generation, 2);
  EXPECT_EQ(follower.generation, 2);
  EXPECT_EQ(again->leader, leader.member_id);
  EXPECT_EQ(as_text(leader.sync({{leader.member_id, "p0"}, {follower.member_id, "p1"}})->assignment), "p0");
  EXPECT_EQ(as_text(follower.sync()->assignment), "p1");
  EXPECT_EQ(leader.heartbeat(), KafkaError::kNone);
  EXPECT_EQ(follower.heartbeat(), KafkaError::kNone);
  EXPECT_EQ(state_of(world), "Stable");
}

TEST(Group, OldClientsJoinWithoutAnId) {
  World world;
  Consumer a{world};
  auto joined = a.join(3);
  a.take(joined);
  EXPECT_EQ(a.member_id.substr(0, 7), "tester-");
}

TEST(Group, RefusesWhatCannotWork) {
  World world;
  Consumer a{world};
  a.settle();
  Consumer other{world};
  other.protocols = {{"sticky", "x"}};
  EXPECT_EQ(other.join()->error_code, KafkaError::kInconsistentGroupProtocol);
  Consumer nameless{world, ""};
  EXPECT_EQ(nameless.join()->error_code, KafkaError::kInvalidGroupId);
  Consumer hasty{world};
  hasty.session = 100;
  EXPECT_EQ(hasty.join()->error_code, KafkaError::kInvalidSessionTimeout);
  Consumer stranger{world, "g", "nobody"};
  EXPECT_EQ(stranger.join()->error_code, KafkaError::kUnknownMemberId);
  EXPECT_EQ(stranger.heartbeat(), KafkaError::kUnknownMemberId);
  EXPECT_EQ(stranger.leave(), KafkaError::kUnknownMemberId);
  Consumer late = a;
  late.generation = 9;
  EXPECT_EQ(late.heartbeat(), KafkaError::kIllegalGeneration);
  EXPECT_EQ(late.sync()->error_code, KafkaError::kIllegalGeneration);
  EXPECT_EQ(late.commit(1), KafkaError::kUnknownTopicOrPartition);
}

TEST(Group, ASilentMemberIsExpiredAndTheOthersRebalance) {
  World world;
  Consumer a{world};
  Consumer b{world};
  a.settle();
  auto joining = b.join_with_id();
  auto rejoined = a.join();
  a.take(rejoined);
  b.take(joining);
  EXPECT_EQ(a.sync({{a.member_id, "x"}})->error_code, KafkaError::kNone);
  EXPECT_EQ(b.sync()->error_code, KafkaError::kNone);
  for (int i = 0; i < 2; ++i) {
    world.advance(Millis(6'000));
    EXPECT_EQ(a.heartbeat(), i == 0 ? KafkaError::kNone : KafkaError::kRebalanceInProgress);
  }
  EXPECT_EQ(b.heartbeat(), KafkaError::kUnknownMemberId);
  auto alone = a.join();
  a.take(alone);
  EXPECT_EQ(alone->members.size(), 1U);
}

TEST(Group, MembersThatDoNotRejoinInTimeAreLeftOut) {
  World world;
  Consumer a{world};
  a.session = 100'000;
  a.settle();
  Consumer b{world};
  auto joining = b.join_with_id();
  world.advance(Millis(29'999));
  EXPECT_FALSE(joining.ready());
  world.advance(Millis(1));
  b.take(joining);
  EXPECT_EQ(joining->leader, b.member_id);
  EXPECT_EQ(joining->members.size(), 1U);
  EXPECT_EQ(a.heartbeat(), KafkaError::kUnknownMemberId);
}

TEST(Group, AMemberThatNeverSyncsIsRemoved) {
  World world;
  Consumer a{world};
  a.session = 100'000;
  auto joined = a.join_with_id();
  a.take(joined);
  EXPECT_EQ(state_of(world), "CompletingRebalance");
  world.advance(Millis(30'000));
  EXPECT_EQ(state_of(world), "Empty");
  EXPECT_EQ(a.heartbeat(), KafkaError::kUnknownMemberId);
}

TEST(Group, TheFirstRebalanceWaitsForMoreMembers) {
  World world({.initial_rebalance_delay = Millis(3'000)});
  Consumer a{world};
  Consumer b{world};
  auto first = a.join_with_id();
  world.advance(Millis(2'000));
  auto second = b.join_with_id();
  world.advance(Millis(1'000));
  EXPECT_FALSE(first.ready());  // somebody came during the delay, so it waits once more
  world.advance(Millis(3'000));
  a.take(first);
  b.take(second);
  EXPECT_EQ(a.generation, 1);
  EXPECT_EQ(b.generation, 1);
}

TEST(Group, AnUnusedMemberIdExpires) {
  World world;
  Consumer a{world};
  auto refused = a.join();
  a.member_id = refused->member_id;
  world.advance(Millis(10'001));
  EXPECT_EQ(a.join()->error_code, KafkaError::kUnknownMemberId);
}

TEST(Group, AStaticMemberComesBackWithoutARebalance) {
  World world;
  Consumer a{world};
  a.instance = "one";
  auto joined = a.join();
  a.take(joined);
  EXPECT_EQ(a.sync({{a.member_id, "mine"}})->error_code, KafkaError::kNone);
  Consumer again{world};
  again.instance = "one";
  auto back = again.join();
  again.take(back);
  EXPECT_EQ(again.generation, 1);
  EXPECT_NE(again.member_id, a.member_id);
  EXPECT_TRUE(back->skip_assignment);
  EXPECT_EQ(as_text(again.sync()->assignment), "mine");
  EXPECT_EQ(a.heartbeat(), KafkaError::kFencedInstanceId);
  EXPECT_EQ(again.heartbeat(), KafkaError::kNone);
  // An administrator removes it by its instance alone.
  kafka::LeaveGroupRequest leave;
  leave.group_id = "g";
  leave.members.push_back({.group_instance_id = "one"});
  EXPECT_EQ(world.send(leave)->members[0].error_code, KafkaError::kNone);
  EXPECT_EQ(again.heartbeat(), KafkaError::kUnknownMemberId);
}

TEST(Group, MembersGoOnAfterARestart) {
  World world;
  ASSERT_EQ(create_topic(world, "t"), KafkaError::kNone);
  Consumer a{world};
  a.settle();
  EXPECT_EQ(a.commit(5), KafkaError::kNone);
  for (const bool hard : {false, true}) {
    if (hard)
      world.crash();
    else
      world.restart();
    EXPECT_EQ(a.heartbeat(), KafkaError::kNone);
    EXPECT_EQ(as_text(a.sync()->assignment), "all");
    EXPECT_EQ(committed(world), 5);
  }
  world.advance(Millis(10'001));
  EXPECT_EQ(a.heartbeat(), KafkaError::kUnknownMemberId);
}

TEST(Group, ClosingAnswersWhoWaits) {
  World world;
  Consumer a{world};
  a.settle();
  Consumer b{world};
  auto waiting = b.join_with_id();
  ASSERT_TRUE(world.broker->close());
  EXPECT_EQ(waiting->error_code, KafkaError::kCoordinatorNotAvailable);
}

TEST(Offsets, OnlyTheRightGenerationCommits) {
  World world;
  ASSERT_EQ(create_topic(world, "t"), KafkaError::kNone);
  Consumer admin{world};
  EXPECT_EQ(committed(world), -1);
  EXPECT_EQ(admin.commit(3), KafkaError::kNone);  // nobody is in the group
  EXPECT_EQ(committed(world), 3);
  Consumer a{world};
  auto joined = a.join_with_id();
  a.take(joined);
  EXPECT_EQ(a.commit(4), KafkaError::kRebalanceInProgress);
  EXPECT_EQ(a.sync({{a.member_id, "x"}})->error_code, KafkaError::kNone);
  EXPECT_EQ(a.commit(4), KafkaError::kNone);
  EXPECT_EQ(a.commit(4, "m", 10), KafkaError::kNone);
  EXPECT_EQ(admin.commit(9), KafkaError::kUnknownMemberId);
  Consumer old = a;
  old.generation = 0;
  EXPECT_EQ(old.commit(9), KafkaError::kIllegalGeneration);
  EXPECT_EQ(a.commit(5, std::string(5000, 'x')), KafkaError::kOffsetMetadataTooLarge);
  EXPECT_EQ(committed(world), 4);
  EXPECT_EQ(committed(world, "g", 10), 4);

  Status engine;
  world.broker->group_offsets().commit("g", "t", PartitionId(0), Offset(1),
                                       [&](const Status& status) { engine = status; });
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, ErrorCode::kConflict);
  world.broker->group_offsets().commit("job", "t", PartitionId(0), Offset(8),
                                       [&](const Status& status) { engine = status; });
  EXPECT_TRUE(engine);
  EXPECT_EQ(*world.broker->group_offsets().fetch("job", "t", PartitionId(0)), Offset(8));
}

TEST(Offsets, AnswersWaitForTheDisk) {
  World world;
  ASSERT_EQ(create_topic(world, "t"), KafkaError::kNone);
  world.env.executor().hold();
  kafka::OffsetCommitRequest request;
  request.group_id = "g";
  auto& topic = request.topics.emplace_back();
  topic.name = "t";
  topic.partitions.push_back({.partition_index = 0, .committed_offset = 3, .committed_metadata = std::nullopt});
  auto answer = world.send(request, 9);
  EXPECT_FALSE(answer.ready());
  EXPECT_EQ(committed(world), -1);
  world.env.executor().run_inline();
  EXPECT_EQ(answer->topics[0].partitions[0].error_code, KafkaError::kNone);
  EXPECT_EQ(committed(world), 3);
}

TEST(Offsets, GoWithTheirTopicTheirGroupOrTheirTime) {
  World world;
  ASSERT_EQ(create_topic(world, "t"), KafkaError::kNone);
  Consumer a{world, "a"};
  EXPECT_EQ(a.commit(1), KafkaError::kNone);
  kafka::DeleteTopicsRequest remove;
  remove.topics.push_back({.name = "t"});
  EXPECT_EQ(world.send(remove)->responses[0].error_code, KafkaError::kNone);
  ASSERT_EQ(create_topic(world, "t"), KafkaError::kNone);
  EXPECT_EQ(committed(world, "a"), -1);

  EXPECT_EQ(a.commit(2), KafkaError::kNone);
  kafka::DeleteGroupsRequest forget;
  forget.groups_names = {"a", "unknown"};
  auto forgotten = world.send(forget);
  EXPECT_EQ(forgotten->results[0].error_code, KafkaError::kNone);
  EXPECT_EQ(forgotten->results[1].error_code, KafkaError::kGroupIdNotFound);
  EXPECT_EQ(committed(world, "a"), -1);

  Consumer live{world, "live"};
  live.settle();
  EXPECT_EQ(live.commit(7), KafkaError::kNone);
  forget.groups_names = {"live"};
  EXPECT_EQ(world.send(forget)->results[0].error_code, KafkaError::kNonEmptyGroup);
  EXPECT_EQ(a.commit(3), KafkaError::kNone);
  // Eight days on, in steps that keep the live member alive.
  for (int hour = 0; hour < 8 * 24; ++hour) {
    world.env.fake_clock().advance(Millis(3'600'000));
    if (hour == 0) {
      world.timers.run_due();
      live.member_id.clear();
      live.settle();
      EXPECT_EQ(live.commit(8), KafkaError::kNone);
    }
  }
  EXPECT_EQ(live.heartbeat(), KafkaError::kNone);
  world.timers.run_due();
  EXPECT_EQ(committed(world, "a"), -1);
  EXPECT_EQ(committed(world, "live"), 8);
  world.restart();
  EXPECT_EQ(committed(world, "a"), -1);
  EXPECT_EQ(committed(world, "live"), 8);
}

TEST(Offsets, OfATopicThatAMemberReadsCannotBeDeleted) {
  World world;
  ASSERT_EQ(create_topic(world, "t"), KafkaError::kNone);
  Consumer a{world};
  // A consumer's subscription: version 0, one topic, no user data.
  a.protocols = {{"range", std::string("\0\0\0\0\0\1\0\1t\xff\xff\xff\xff", 13)}};
  a.settle();
  EXPECT_EQ(a.commit(1), KafkaError::kNone);
  kafka::OffsetDeleteRequest request;
  request.group_id = "g";
  auto& topic = request.topics.emplace_back();
  topic.name = "t";
  topic.partitions.push_back({.partition_index = 0});
  EXPECT_EQ(world.send(request)->topics.at(0).partitions.at(0).error_code, KafkaError::kGroupSubscribedToTopic);
  EXPECT_EQ(a.leave(), KafkaError::kNone);
  EXPECT_EQ(world.send(request)->topics.at(0).partitions.at(0).error_code, KafkaError::kNone);
  EXPECT_EQ(committed(world), -1);
  request.group_id = "no";
  EXPECT_EQ(world.send(request)->error_code, KafkaError::kGroupIdNotFound);
}

TEST(Groups, AreListedByStateAndType) {
  World world;
  ASSERT_EQ(create_topic(world, "t"), KafkaError::kNone);
  Consumer a{world, "stable"};
  a.settle();
  Consumer b{world, "empty"};
  EXPECT_EQ(b.commit(1), KafkaError::kNone);
  kafka::ListGroupsRequest request;
  EXPECT_EQ(world.send(request)->groups.size(), 2U);
  request.states_filter = {"stable"};
  auto stable = world.send(request);
  ASSERT_EQ(stable->groups.size(), 1U);
  EXPECT_EQ(stable->groups[0].group_id, "stable");
  EXPECT_EQ(stable->groups[0].group_type, "classic");
  request.states_filter.clear();
  request.types_filter = {"consumer"};
  EXPECT_TRUE(world.send(request)->groups.empty());

  kafka::DescribeGroupsRequest describe;
  describe.groups = {"none"};
  EXPECT_EQ(world.send(describe)->groups[0].error_code, KafkaError::kGroupIdNotFound);
  EXPECT_EQ(world.send(describe, 5)->groups[0].error_code, KafkaError::kNone);
  EXPECT_EQ(state_of(world, "none"), "Dead");
}

}  // namespace
}  // namespace millstream::broker::testing

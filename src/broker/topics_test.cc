// Topics, their settings, and what the broker says about itself.
#include <algorithm>

#include "broker/testing/world.h"

namespace millstream::broker::testing {
namespace {

using kafka::KafkaError;

TEST(ApiVersions, ListsWhatWorksAndProduceFromZero) {
  World world;
  kafka::ApiVersionsRequest request;
  request.client_software_name = "test-client";
  request.client_software_version = "1.0";
  auto answer = world.send(request);
  EXPECT_EQ(answer->error_code, KafkaError::kNone);
  EXPECT_EQ(answer->api_keys.size(), 29U);
  EXPECT_EQ(answer->api_keys[0].api_key, 0);
  EXPECT_EQ(answer->api_keys[0].min_version, 0);
  EXPECT_EQ(answer->api_keys[0].max_version, 13);
  EXPECT_EQ(world.send(kafka::ApiVersionsRequest{}, 0)->api_keys.size(), 29U);
  request.client_software_name = "-bad";
  EXPECT_EQ(world.send(request)->error_code, KafkaError::kInvalidRequest);
}

TEST(ApiVersions, ANewerClientIsToldInTheOldestVersion) {
  World world;
  ByteBuffer frame = kafka::encode_request(kafka::ApiVersionsRequest{}, 0, 5, "c");
  store_big_endian<int16_t>(frame.data() + 2, 9);
  auto outcome = world.send_bytes(frame);
  auto parsed = kafka::parse_response(outcome->bytes, kafka::ApiKey::kApiVersions, false);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->correlation_id, 5);
  auto response = kafka::decode<kafka::ApiVersionsResponse>(parsed->body, 0);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->error_code, KafkaError::kUnsupportedVersion);
  ASSERT_EQ(response->api_keys.size(), 1U);
  EXPECT_EQ(response->api_keys[0].max_version, 4);
}

TEST(Broker, WhatCannotBeReadClosesTheConnection) {
  World world;
  EXPECT_TRUE(world.send_bytes(ByteBuffer(3))->closed);
  EXPECT_TRUE(
      world.send_bytes(kafka::encode_request(kafka::SaslHandshakeRequest{}, 1, 1, "c"))->closed);  // not an API we have
  ByteBuffer old = kafka::encode_request(kafka::ProduceRequest{}, 3, 1, "c");
  store_big_endian<int16_t>(old.data() + 2, 2);
  auto refused = world.send_bytes(old);
  ASSERT_TRUE(refused->closed);
  EXPECT_NE(refused->closed->message.find("3 to 13"), std::string::npos);
  ByteBuffer cut = kafka::encode_request(kafka::HeartbeatRequest{}, 3, 1, "c");
  cut.pop_back();
  EXPECT_TRUE(world.send_bytes(cut)->closed);
}

TEST(Metadata, MakesTopicsThatClientsName) {
  World world({.default_partitions = 3});
  kafka::MetadataRequest request;
  request.topics.emplace().push_back({.name = "new"});
  request.topics->push_back({.name = "bad name"});
  request.allow_auto_topic_creation = false;
  auto refused = world.send(request);
  EXPECT_EQ(refused->topics[0].error_code, KafkaError::kUnknownTopicOrPartition);
  EXPECT_EQ(refused->topics[1].error_code, KafkaError::kInvalidTopicException);
  request.allow_auto_topic_creation = true;
  request.include_topic_authorized_operations = true;
  auto made = world.send(request);
  EXPECT_EQ(made->topics[0].error_code, KafkaError::kNone);
  EXPECT_EQ(made->topics[0].partitions.size(), 3U);
  EXPECT_EQ(made->topics[0].partitions[2].leader_id, 1);
  EXPECT_EQ(made->topics[0].topic_authorized_operations, 3576);
  EXPECT_EQ(made->brokers.at(0).port, 9092);
  EXPECT_EQ(made->cluster_id, world.broker->cluster_id());
  const kafka::Uuid id = made->topics[0].topic_id;

  kafka::MetadataRequest all;
  EXPECT_EQ(world.send(all)->topics.size(), 1U);
  all.topics.emplace();
  EXPECT_EQ(world.send(all)->topics.size(), 0U);
  EXPECT_EQ(world.send(all, 0)->topics.size(), 1U);
  all.topics->push_back({.topic_id = id, .name = std::nullopt});
  all.topics->push_back({.topic_id = {4, 2}, .name = std::nullopt});
  auto by_id = world.send(all);
  EXPECT_EQ(by_id->topics[0].name, "new");
  EXPECT_EQ(by_id->topics[1].error_code, KafkaError::kUnknownTopicId);

  const std::string cluster = world.broker->cluster_id();
  world.crash();
  EXPECT_EQ(world.broker->topics().find("new")->id, id);
  EXPECT_EQ(world.broker->cluster_id(), cluster);
}

TEST(Metadata, BytesBehindTheLastFieldAreIgnored) {
  World world;
  ASSERT_EQ(create_topic(world, "t"), KafkaError::kNone);
  // As librdkafka 2.16 asks for all topics: its null array has four bytes where the version has one.
  ByteBuffer frame = kafka::encode_request(kafka::MetadataRequest{}, 13, 1, "rdkafka");
  frame.insert(frame.end() - 3, 3, std::byte{0});
  Answer<kafka::MetadataResponse> answer(world.send_bytes(frame), 13);
  EXPECT_EQ(answer->topics.size(), 1U);
}

TEST(Metadata, MakesNothingWhereTheServerForbidsIt) {
  World world({.auto_create_topics = false});
  kafka::MetadataRequest request;
  request.topics.emplace().push_back({.name = "new"});
  EXPECT_EQ(world.send(request)->topics[0].error_code, KafkaError::kUnknownTopicOrPartition);
}

TEST(CreateTopics, SaysWhatIsWrong) {
  World world;
  EXPECT_EQ(create_topic(world, "ok.a", 2), KafkaError::kNone);
  EXPECT_EQ(create_topic(world, "ok.a"), KafkaError::kTopicAlreadyExists);
  EXPECT_EQ(create_topic(world, "ok_a"), KafkaError::kInvalidTopicException);
  EXPECT_EQ(create_topic(world, "no spaces"), KafkaError::kInvalidTopicException);
  EXPECT_EQ(create_topic(world, std::string(250, 'x')), KafkaError::kInvalidTopicException);
  EXPECT_EQ(create_topic(world, "none", 0), KafkaError::kInvalidPartitions);
  EXPECT_EQ(create_topic(world, "many", 10'001), KafkaError::kInvalidPartitions);
  EXPECT_EQ(create_topic(world, "typo", 1, {{"retention.mss", "1"}}), KafkaError::kInvalidConfig);
  EXPECT_EQ(create_topic(world, "compaction", 1, {{"min.cleanable.dirty.ratio", "0.1"}}), KafkaError::kInvalidConfig);
  EXPECT_EQ(create_topic(world, "range", 1, {{"retention.ms", "-2"}}), KafkaError::kInvalidConfig);
  EXPECT_EQ(create_topic(world, "choice", 1, {{"cleanup.policy", "delete,shred"}}), KafkaError::kInvalidConfig);
  kafka::CreateTopicsRequest request;
  request.topics.push_back({.name = "three", .num_partitions = 1, .replication_factor = 3});
  request.topics.push_back({.name = "twice", .num_partitions = 1, .replication_factor = 1});
  request.topics.push_back({.name = "twice", .num_partitions = 1, .replication_factor = 1});
  request.topics.push_back({.name = "dry", .num_partitions = -1, .replication_factor = -1});
  auto& assigned = request.topics.emplace_back();
  assigned.name = "assigned";
  assigned.num_partitions = -1;
  assigned.replication_factor = -1;
  assigned.assignments.push_back({.partition_index = 0, .broker_ids = {2}});
  request.validate_only = true;
  auto answer = world.send(request);
  ASSERT_EQ(answer->topics.size(), 4U);
  EXPECT_EQ(answer->topics[0].error_code, KafkaError::kInvalidReplicationFactor);
  EXPECT_EQ(answer->topics[1].error_code, KafkaError::kInvalidRequest);
  EXPECT_EQ(answer->topics[2].error_code, KafkaError::kNone);
  EXPECT_EQ(answer->topics[2].num_partitions, 1);
  EXPECT_EQ(answer->topics[3].error_code, KafkaError::kInvalidReplicaAssignment);
  EXPECT_EQ(world.broker->topics().find("dry"), nullptr);
}

TEST(CreateTopics, AFailureLeavesNothingBehind) {
  World world;
  world.env.files().fail_next(env::FileOperation::kMakeDirectory, "half-1");
  EXPECT_NE(create_topic(world, "half", 2), KafkaError::kNone);
  EXPECT_EQ(create_topic(world, "half", 2), KafkaError::kNone);
  world.restart();
  EXPECT_EQ(world.broker->topics().find("half")->partitions.size(), 2U);
}

TEST(DeleteTopics, ByNameAndById) {
  World world;
  ASSERT_EQ(create_topic(world, "a"), KafkaError::kNone);
  ASSERT_EQ(create_topic(world, "b"), KafkaError::kNone);
  EXPECT_EQ(produced(produce(world, "a", batch_of({"v"}))), KafkaError::kNone);
  kafka::DeleteTopicsRequest request;
  request.topics.push_back({.name = "a"});
  request.topics.push_back({.topic_id = world.broker->topics().find("b")->id});
  request.topics.push_back({.name = "c"});
  request.topics.push_back({.topic_id = {1, 1}});
  request.topics.push_back({});
  auto answer = world.send(request);
  EXPECT_EQ(answer->responses[0].error_code, KafkaError::kNone);
  EXPECT_EQ(answer->responses[1].error_code, KafkaError::kNone);
  EXPECT_EQ(answer->responses[1].name, "b");
  EXPECT_EQ(answer->responses[2].error_code, KafkaError::kUnknownTopicOrPartition);
  EXPECT_EQ(answer->responses[3].error_code, KafkaError::kUnknownTopicId);
  EXPECT_EQ(answer->responses[4].error_code, KafkaError::kInvalidRequest);
  ASSERT_EQ(create_topic(world, "a"), KafkaError::kNone);
  auto fetched = world.send(fetch_of("a", 0), 11);
  EXPECT_EQ(only(fetched).high_watermark, 0);
  world.crash();
  EXPECT_NE(world.broker->topics().find("a"), nullptr);
  EXPECT_EQ(world.broker->topics().find("b"), nullptr);
}

TEST(DeleteTopics, AWaitingFetchLearnsOfIt) {
  World world;
  ASSERT_EQ(create_topic(world, "a"), KafkaError::kNone);
  auto waiting = world.send(fetch_of("a", 0, 500), 11);
  kafka::DeleteTopicsRequest request;
  request.topics.push_back({.name = "a"});
  EXPECT_EQ(world.send(request)->responses[0].error_code, KafkaError::kNone);
  world.advance(Millis(500));
  EXPECT_EQ(only(waiting).error_code, KafkaError::kUnknownTopicOrPartition);
}

TEST(CreatePartitions, OnlyAdds) {
  World world;
  ASSERT_EQ(create_topic(world, "t", 2), KafkaError::kNone);
  auto grow = [&](std::string_view name, int32_t count, bool validate_only = false) {
    kafka::CreatePartitionsRequest request;
    request.topics.push_back({.name = name, .count = count});
    request.validate_only = validate_only;
    return world.send(request)->results.at(0).error_code;
  };
  EXPECT_EQ(grow("t", 2), KafkaError::kInvalidPartitions);
  EXPECT_EQ(grow("t", 1), KafkaError::kInvalidPartitions);
  EXPECT_EQ(grow("no", 3), KafkaError::kUnknownTopicOrPartition);
  EXPECT_EQ(grow("t", 4, true), KafkaError::kNone);
  EXPECT_EQ(world.broker->topics().find("t")->partitions.size(), 2U);
  EXPECT_EQ(grow("t", 4), KafkaError::kNone);
  EXPECT_EQ(produced(produce(world, "t", batch_of({"v"}), -1, 3)), KafkaError::kNone);
  world.crash();
  EXPECT_EQ(world.broker->topics().find("t")->partitions.size(), 4U);
}

std::string value_of(Answer<kafka::DescribeConfigsResponse>& answer, std::string_view name) {
  for (const auto& config : answer->results.at(0).configs) {
    if (config.name == name)
      return std::string(config.value.value_or("null")) + "/" + std::to_string(config.config_source);
  }
  return "absent";
}

TEST(Configs, AreDescribedChangedAndKept) {
  World world;
  ASSERT_EQ(create_topic(world, "t", 1, {{"retention.ms", "5000"}}), KafkaError::kNone);
  auto describe = [&](int8_t type, std::string_view name) {
    kafka::DescribeConfigsRequest request;
    request.resources.push_back({.resource_type = type, .resource_name = name, .configuration_keys = std::nullopt});
    request.include_synonyms = true;
    request.include_documentation = true;
    return world.send(request);
  };
  auto alter = [&](std::string_view name, int8_t operation, std::optional<std::string_view> value) {
    kafka::IncrementalAlterConfigsRequest request;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = 2;
    resource.resource_name = "t";
    resource.configs.push_back({.name = name, .config_operation = operation, .value = value});
    return world.send(request)->responses.at(0).error_code;
  };
  auto before = describe(2, "t");
  EXPECT_EQ(value_of(before, "retention.ms"), "5000/1");
  EXPECT_EQ(value_of(before, "cleanup.policy"), "delete/5");
  EXPECT_EQ(value_of(before, "millstream.flush"), "wait/5");
  EXPECT_EQ(alter("retention.ms", 0, "6000"), KafkaError::kNone);
  EXPECT_EQ(alter("cleanup.policy", 2, "compact"), KafkaError::kNone);
  EXPECT_EQ(alter("millstream.flush", 0, "background"), KafkaError::kNone);
  EXPECT_EQ(alter("retention.ms", 0, "soon"), KafkaError::kInvalidConfig);
  EXPECT_EQ(alter("retention.ms", 2, "1"), KafkaError::kInvalidConfig);
  EXPECT_EQ(alter("retention.mss", 1, std::nullopt), KafkaError::kInvalidConfig);
  world.crash();
  auto after = describe(2, "t");
  EXPECT_EQ(value_of(after, "retention.ms"), "6000/1");
  EXPECT_EQ(value_of(after, "cleanup.policy"), "delete,compact/1");
  EXPECT_EQ(world.broker->topics().find("t")->config.flush, FlushMode::kBackground);
  EXPECT_FALSE(world.broker->topics().find("t")->partitions[0]->config().readable_when_flushed);
  EXPECT_EQ(alter("cleanup.policy", 3, "delete"), KafkaError::kNone);
  EXPECT_EQ(alter("retention.ms", 1, std::nullopt), KafkaError::kNone);
  auto removed = describe(2, "t");
  EXPECT_EQ(value_of(removed, "retention.ms"), "604800000/5");
  EXPECT_EQ(value_of(removed, "cleanup.policy"), "compact/1");

  kafka::AlterConfigsRequest replace;
  auto& all = replace.resources.emplace_back();
  all.resource_type = 2;
  all.resource_name = "t";
  all.configs.push_back({.name = "segment.ms", .value = "1000"});
  EXPECT_EQ(world.send(replace)->responses.at(0).error_code, KafkaError::kNone);
  auto replaced = describe(2, "t");
  EXPECT_EQ(value_of(replaced, "segment.ms"), "1000/1");
  EXPECT_EQ(value_of(replaced, "cleanup.policy"), "delete/5");

  auto broker = describe(4, "1");
  EXPECT_EQ(value_of(broker, "num.partitions"), "1/4");
  EXPECT_EQ(value_of(broker, "log.retention.ms"), "604800000/5");
  EXPECT_EQ(describe(4, "7")->results[0].error_code, KafkaError::kInvalidRequest);
  EXPECT_EQ(describe(2, "no")->results[0].error_code, KafkaError::kUnknownTopicOrPartition);
  kafka::IncrementalAlterConfigsRequest fixed;
  auto& resource = fixed.resources.emplace_back();
  resource.resource_type = 4;
  resource.resource_name = "1";
  EXPECT_EQ(world.send(fixed)->responses[0].error_code, KafkaError::kInvalidRequest);
}

TEST(Describe, ClusterCoordinatorAndLogDirs) {
  World world;
  ASSERT_EQ(create_topic(world, "t", 2), KafkaError::kNone);
  EXPECT_EQ(produced(produce(world, "t", batch_of({"v"}), -1, 1)), KafkaError::kNone);
  world.broker->set_advertised("example.org", 12345);
  auto cluster = world.send(kafka::DescribeClusterRequest{});
  EXPECT_EQ(cluster->brokers.at(0).host, "example.org");
  EXPECT_EQ(cluster->controller_id, 1);
  kafka::FindCoordinatorRequest find;
  find.coordinator_keys = {"g"};
  auto found = world.send(find);
  EXPECT_EQ(found->coordinators.at(0).port, 12345);
  find.key_type = 1;
  auto refused = world.send(find);
  EXPECT_EQ(refused->coordinators.at(0).error_code, KafkaError::kTransactionalIdAuthorizationFailed);
  EXPECT_NE(refused->coordinators.at(0).error_message->find("transactions"), std::string_view::npos);
  EXPECT_EQ(world.send(kafka::InitProducerIdRequest{.transactional_id = "x"})->error_code,
            KafkaError::kTransactionalIdAuthorizationFailed);

  kafka::DescribeLogDirsRequest dirs;
  auto sizes = world.send(dirs);
  ASSERT_EQ(sizes->results.at(0).topics.at(0).partitions.size(), 2U);
  EXPECT_EQ(sizes->results[0].topics[0].partitions[0].partition_size, 0);
  EXPECT_EQ(sizes->results[0].topics[0].partitions[1].partition_size, static_cast<int64_t>(batch_of({"v"}).size()));
}

TEST(DescribeTopicPartitions, GoesPageByPage) {
  World world;
  ASSERT_EQ(create_topic(world, "a", 3), KafkaError::kNone);
  ASSERT_EQ(create_topic(world, "b", 2), KafkaError::kNone);
  kafka::DescribeTopicPartitionsRequest request;
  request.response_partition_limit = 2;
  std::vector<std::string> seen;
  std::string cursor_topic;
  for (int page = 0; page < 5; ++page) {
    auto answer = world.send(request);
    for (const auto& topic : answer->topics) {
      for (const auto& partition : topic.partitions)
        seen.push_back(std::string(*topic.name) + std::to_string(partition.partition_index));
    }
    if (!answer->next_cursor) break;
    cursor_topic = answer->next_cursor->topic_name;
    request.cursor = kafka::DescribeTopicPartitionsRequest::Cursor{
        .topic_name = cursor_topic, .partition_index = answer->next_cursor->partition_index};
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"a0", "a1", "a2", "b0", "b1"}));
}

TEST(Metrics, CountRequestsPerApi) {
  World world;
  (void)world.send(kafka::DescribeClusterRequest{});
  const std::string text = world.metrics().to_prometheus_text();
  EXPECT_NE(text.find("millstream_kafka_requests_total{api=\"DescribeCluster\"} 1"), std::string::npos)
      << text.substr(0, 500);
}

}  // namespace
}  // namespace millstream::broker::testing

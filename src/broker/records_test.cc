// Produce, Fetch and ListOffsets: what is stored, what is refused, who waits for what.
#include "broker/testing/world.h"

namespace millstream::broker::testing {
namespace {

using kafka::KafkaError;

kafka::RecordBatchOptions idempotent(int64_t id, int32_t sequence, int16_t epoch = 0) {
  return {.producer_id = kafka::ProducerId(id), .producer_epoch = epoch, .base_sequence = sequence};
}

TEST(Produce, RecordsComeBackAsFileRanges) {
  World world;
  ASSERT_EQ(create_topic(world, "t"), KafkaError::kNone);
  for (const auto codec : {kafka::Compression::kNone, kafka::Compression::kGzip, kafka::Compression::kSnappy,
                           kafka::Compression::kLz4, kafka::Compression::kZstd}) {
    auto answer = produce(world, "t", batch_of({"a", "b"}, {.compression = codec}));
    EXPECT_EQ(only(answer).error_code, KafkaError::kNone) << only(answer).error_message.value_or("");
    EXPECT_EQ(only(answer).base_offset, 2 * static_cast<int64_t>(codec));
    EXPECT_EQ(only(answer).log_append_time_ms, -1);
    EXPECT_EQ(only(answer).log_start_offset, 0);
  }
  auto fetched = world.send(fetch_of("t", 4), 11);
  EXPECT_EQ(only(fetched).error_code, KafkaError::kNone);
  EXPECT_EQ(only(fetched).high_watermark, 10);
  EXPECT_GT(fetched.outcome().file_pieces, 0);
  EXPECT_EQ(values_of(*only(fetched).records.bytes), (std::vector<std::string>{"a", "b", "a", "b", "a", "b"}));
}

TEST(Produce, RefusesWhatMayNotLieInALog) {
  World world;
  ASSERT_EQ(create_topic(world, "t", 1, {{"max.message.bytes", "200"}}), KafkaError::kNone);
  ASSERT_EQ(create_topic(world, "compacted", 1, {{"cleanup.policy", "compact"}}), KafkaError::kNone);
  ASSERT_EQ(create_topic(world, "replicated", 1, {{"min.insync.replicas", "2"}}), KafkaError::kNone);
  const ByteBuffer good = batch_of({"v"});
  EXPECT_EQ(produced(produce(world, "missing", good)), KafkaError::kUnknownTopicOrPartition);
  EXPECT_EQ(produced(produce(world, "t", good, -1, 1)), KafkaError::kUnknownTopicOrPartition);
  EXPECT_EQ(produced(produce(world, "t", good, 2)), KafkaError::kInvalidRequiredAcks);
  EXPECT_EQ(produced(produce(world, "t", {})), KafkaError::kInvalidRecord);
  EXPECT_EQ(produced(produce(world, "t", batch_of({std::string(300, 'x')}))), KafkaError::kMessageTooLarge);
  EXPECT_EQ(produced(produce(world, "replicated", good)), KafkaError::kNotEnoughReplicas);
  EXPECT_EQ(produced(produce(world, "replicated", good, 1)), KafkaError::kNone);
  EXPECT_EQ(produced(produce(world, "t", batch_of({"v"}, {.compression = kafka::Compression::kZstd}), -1, 0, 6)),
            KafkaError::kUnsupportedCompressionType);

  ByteBuffer broken = good;
  broken.back() ^= std::byte{1};
  EXPECT_EQ(produced(produce(world, "t", broken)), KafkaError::kCorruptMessage);
  for (const Offset elsewhere : {Offset(1), Offset(-1), Offset::max()}) {
    ByteBuffer misplaced = good;
    kafka::set_base_offset(misplaced, elsewhere);
    EXPECT_EQ(produced(produce(world, "t", misplaced)), KafkaError::kInvalidRecord) << elsewhere.value;
  }
  ByteBuffer old = good;
  old[kafka::batch_field::kMagic] = std::byte{1};
  EXPECT_EQ(produced(produce(world, "t", old)), KafkaError::kInvalidRecord);
  EXPECT_EQ(produced(produce(world, "t", ByteSpan(good).first(good.size() - 1))), KafkaError::kInvalidRecord);
  EXPECT_EQ(produced(produce(world, "t", ByteSpan(good).first(20))), KafkaError::kInvalidRecord);
  ByteBuffer two = good;
  two.insert(two.end(), good.begin(), good.end());
  EXPECT_EQ(produced(produce(world, "t", two)), KafkaError::kInvalidRecord);
  EXPECT_EQ(produced(produce(world, "t", batch_of({"v"}, {.timestamp_type = kafka::TimestampType::kLogAppendTime}))),
            KafkaError::kInvalidTimestamp);
  auto transactional = idempotent(1, 0);
  transactional.transactional = true;
  EXPECT_EQ(produced(produce(world, "t", batch_of({"v"}, transactional))), KafkaError::kInvalidTxnState);

  auto future = produce(world, "t", batch_of({"v"}, {}, 1'700'000'000'000 + 3'700'000));
  EXPECT_EQ(only(future).error_code, KafkaError::kInvalidTimestamp);
  ASSERT_EQ(only(future).record_errors.size(), 1U);
  EXPECT_EQ(only(future).log_start_offset, 0);
  kafka::RecordBatchBuilder keyless;
  keyless.add(EventTime(1'700'000'000'000), as_bytes("k"), as_bytes("v"));
  keyless.add(EventTime(1'700'000'000'000), std::nullopt, as_bytes("v"));
  auto refused = produce(world, "compacted", *keyless.finish());
  EXPECT_EQ(only(refused).error_code, KafkaError::kInvalidRecord);
  ASSERT_EQ(only(refused).record_errors.size(), 1U);
  EXPECT_EQ(only(refused).record_errors[0].batch_index, 1);
  auto nothing = world.send(fetch_of("t", 0), 11);
  EXPECT_EQ(only(nothing).high_watermark, 0);
}

TEST(Produce, WithoutAcksNothingIsSaidUnlessItFails) {
  World world;
  ASSERT_EQ(create_topic(world, "t"), KafkaError::kNone);
  EXPECT_TRUE(produce(world, "t", batch_of({"v"}), 0).outcome().silent);
  EXPECT_TRUE(produce(world, "missing", batch_of({"v"}), 0).outcome().closed);
  auto fetched = world.send(fetch_of("t", 0), 11);
  EXPECT_EQ(values_of(*only(fetched).records.bytes), (std::vector<std::string>{"v"}));
}

TEST(Produce, AcksAllWaitsForTheDiskUnlessTheTopicSaysOtherwise) {
  World world;
  ASSERT_EQ(create_topic(world, "waits"), KafkaError::kNone);
  ASSERT_EQ(create_topic(world, "hurries", 1, {{"millstream.flush", "background"}}), KafkaError::kNone);
  world.env.executor().hold();
  auto waiting = produce(world, "waits", batch_of({"v"}));
  EXPECT_FALSE(waiting.ready());
  EXPECT_TRUE(produce(world, "waits", batch_of({"v"}), 1).ready());
  auto hurried = produce(world, "hurries", batch_of({"v"}));
  EXPECT_EQ(only(hurried).error_code, KafkaError::kNone);
  auto unread = world.send(fetch_of("waits", 0), 11);
  EXPECT_EQ(only(unread).high_watermark, 0);
  world.env.executor().run_inline();
  EXPECT_EQ(only(waiting).error_code, KafkaError::kNone);
  EXPECT_EQ(only(waiting).base_offset, 0);
  auto read = world.send(fetch_of("waits", 0), 11);
  EXPECT_EQ(only(read).high_watermark, 2);
}

TEST(Produce, AFailedSyncIsAStorageError) {
  World world;
  ASSERT_EQ(create_topic(world, "t"), KafkaError::kNone);
  world.env.files().fail_next(env::FileOperation::kSync, "t-0");
  EXPECT_EQ(produced(produce(world, "t", batch_of({"v"}))), KafkaError::kKafkaStorageError);
}

TEST(Produce, AFullDiskIsAStorageErrorUntilThereIsRoom) {
  World world;
  ASSERT_EQ(create_topic(world, "t"), KafkaError::kNone);
  world.env.files().set_disk_limit(world.env.files().disk_used());
  EXPECT_EQ(produced(produce(world, "t", batch_of({"v"}))), KafkaError::kKafkaStorageError);
  world.env.files().set_disk_limit(Bytes::max());
  EXPECT_EQ(produced(produce(world, "t", batch_of({"v"}))), KafkaError::kNone);
}

TEST(Produce, SequencesFenceAndDeduplicateAlsoAfterARestart) {
  World world;
  ASSERT_EQ(create_topic(world, "t"), KafkaError::kNone);
  const int64_t id = world.send(kafka::InitProducerIdRequest{.transactional_id = std::nullopt})->producer_id;
  for (const bool restarted : {false, true}) {
    if (restarted) world.restart();
    const int32_t base = restarted ? 3 : 0;
    auto first = produce(world, "t", batch_of({"a", "b"}, idempotent(id, base)));
    EXPECT_EQ(only(first).error_code, KafkaError::kNone);
    EXPECT_EQ(only(first).base_offset, base);
    auto again = produce(world, "t", batch_of({"a", "b"}, idempotent(id, base)));
    EXPECT_EQ(only(again).error_code, KafkaError::kNone);
    EXPECT_EQ(only(again).base_offset, base);
    EXPECT_EQ(produced(produce(world, "t", batch_of({"x"}, idempotent(id, base + 5)))),
              KafkaError::kOutOfOrderSequenceNumber);
    EXPECT_EQ(produced(produce(world, "t", batch_of({"c"}, idempotent(id, base + 2)))), KafkaError::kNone);
  }
  // What was written before the restart is still known as a duplicate, and a crash forgets nothing that was
  // acknowledged.
  world.crash();
  auto old = produce(world, "t", batch_of({"c"}, idempotent(id, 5)));
  EXPECT_EQ(only(old).error_code, KafkaError::kNone);
  EXPECT_EQ(only(old).base_offset, 5);
  EXPECT_EQ(produced(produce(world, "t", batch_of({"d"}, idempotent(id, 0, 1)))), KafkaError::kNone);
  EXPECT_EQ(produced(produce(world, "t", batch_of({"e"}, idempotent(id, 6)))), KafkaError::kInvalidProducerEpoch);
  const int64_t next = world.send(kafka::InitProducerIdRequest{.transactional_id = std::nullopt})->producer_id;
  EXPECT_GT(next, id);

  kafka::DescribeProducersRequest describe;
  describe.topics.push_back({.name = "t", .partition_indexes = {0, 1}});
  auto producers = world.send(describe);
  ASSERT_EQ(producers->topics[0].partitions[0].active_producers.size(), 1U);
  EXPECT_EQ(producers->topics[0].partitions[0].active_producers[0].producer_epoch, 1);
  EXPECT_EQ(producers->topics[0].partitions[1].error_code, KafkaError::kUnknownTopicOrPartition);
}

TEST(Produce, TheTopicsCodecAndTimestampTypeWin) {
  World world;
  ASSERT_EQ(create_topic(world, "packed", 1, {{"compression.type", "lz4"}}), KafkaError::kNone);
  ASSERT_EQ(create_topic(world, "stamped", 1, {{"message.timestamp.type", "LogAppendTime"}}), KafkaError::kNone);
  EXPECT_EQ(produced(produce(world, "packed", batch_of({"a", "b"}, {.compression = kafka::Compression::kGzip}))),
            KafkaError::kNone);
  auto packed = world.send(fetch_of("packed", 0), 11);
  EXPECT_EQ(kafka::RecordBatchView::parse(*only(packed).records.bytes)->compression(), kafka::Compression::kLz4);
  EXPECT_EQ(values_of(*only(packed).records.bytes), (std::vector<std::string>{"a", "b"}));
  auto stamped = produce(world, "stamped", batch_of({"a"}, {}, 5));
  EXPECT_EQ(only(stamped).log_append_time_ms, world.env.clock().now().value);
}

TEST(Fetch, WaitsForEnoughBytesOrTheEndOfItsTime) {
  World world;
  ASSERT_EQ(create_topic(world, "t"), KafkaError::kNone);
  auto timed = world.send(fetch_of("t", 0, 500), 11);
  EXPECT_FALSE(timed.ready());
  world.advance(Millis(499));
  EXPECT_FALSE(timed.ready());
  world.advance(Millis(1));
  EXPECT_EQ(only(timed).error_code, KafkaError::kNone);
  EXPECT_TRUE(only(timed).records.bytes && only(timed).records.bytes->empty());

  auto woken = world.send(fetch_of("t", 0, 10'000), 11);
  auto greedy = world.send(fetch_of("t", 0, 10'000, 200), 11);
  EXPECT_EQ(produced(produce(world, "t", batch_of({"one"}))), KafkaError::kNone);
  EXPECT_EQ(values_of(*only(woken).records.bytes), (std::vector<std::string>{"one"}));
  EXPECT_FALSE(greedy.ready());
  EXPECT_EQ(produced(produce(world, "t", batch_of({std::string(150, 'x')}))), KafkaError::kNone);
  EXPECT_EQ(values_of(*only(greedy).records.bytes).size(), 2U);
  world.advance(Millis(20'000));  // no timer of an answered fetch does anything
}

TEST(Fetch, AClosedConnectionEndsTheWait) {
  World world;
  ASSERT_EQ(create_topic(world, "t"), KafkaError::kNone);
  const size_t before = world.timers.waiting();
  auto waiting = world.send(fetch_of("t", 0, 10'000), 11);
  EXPECT_EQ(world.timers.waiting(), before + 1);
  world.client->close();
  EXPECT_EQ(world.timers.waiting(), before);
  EXPECT_FALSE(waiting.ready());
}

TEST(Fetch, NamesWhatIsWrongWithAPartition) {
  World world;
  ASSERT_EQ(create_topic(world, "t"), KafkaError::kNone);
  EXPECT_EQ(produced(produce(world, "t", batch_of({"v"}))), KafkaError::kNone);
  auto beyond = world.send(fetch_of("t", 7, 10'000), 11);
  EXPECT_EQ(only(beyond).error_code, KafkaError::kOffsetOutOfRange);
  auto missing = world.send(fetch_of("no", 0, 10'000), 11);
  EXPECT_EQ(only(missing).error_code, KafkaError::kUnknownTopicOrPartition);
  auto by_id = fetch_of("", 0, 10'000);
  by_id.topics[0].topic_id = {1, 2};
  auto unknown = world.send(by_id, 13);
  EXPECT_EQ(only(unknown).error_code, KafkaError::kUnknownTopicId);
  by_id.topics[0].topic_id = world.broker->topics().find("t")->id;
  auto known = world.send(by_id);
  EXPECT_EQ(values_of(*only(known).records.bytes), (std::vector<std::string>{"v"}));
  auto epoch = fetch_of("t", 0, 10'000);
  epoch.topics[0].partitions[0].current_leader_epoch = 3;
  auto wrong = world.send(epoch, 11);
  EXPECT_EQ(only(wrong).error_code, KafkaError::kUnknownLeaderEpoch);
}

TEST(Fetch, TheFirstBatchComesWholeAndLimitsHoldForTheRest) {
  World world;
  ASSERT_EQ(create_topic(world, "t", 2), KafkaError::kNone);
  for (const int32_t partition : {0, 1}) {
    EXPECT_EQ(produced(produce(world, "t", batch_of({std::string(5000, 'x')}), -1, partition)), KafkaError::kNone);
  }
  auto request = fetch_of("t", 0);
  request.max_bytes = 100;
  request.topics[0].partitions[0].partition_max_bytes = 10;
  request.topics[0].partitions.push_back(request.topics[0].partitions[0]);
  request.topics[0].partitions[1].partition = 1;
  auto answer = world.send(request, 11);
  EXPECT_EQ(values_of(*answer->responses[0].partitions[0].records.bytes).size(), 1U);
  EXPECT_TRUE(answer->responses[0].partitions[1].records.bytes->empty());
  EXPECT_EQ(answer->responses[0].partitions[1].high_watermark, 1);
}

TEST(Fetch, SessionsCarryOnlyChanges) {
  World world;
  ASSERT_EQ(create_topic(world, "t", 2), KafkaError::kNone);
  auto request = fetch_of("t", 0);
  request.session_epoch = 0;
  request.topics[0].partitions.push_back(request.topics[0].partitions[0]);
  request.topics[0].partitions[1].partition = 1;
  auto first = world.send(request, 11);
  ASSERT_NE(first->session_id, 0);
  EXPECT_EQ(first->responses.at(0).partitions.size(), 2U);

  kafka::FetchRequest next;
  next.session_id = first->session_id;
  next.session_epoch = 1;
  next.min_bytes = 1;
  EXPECT_TRUE(world.send(next, 11)->responses.empty());
  EXPECT_EQ(produced(produce(world, "t", batch_of({"v"}), -1, 1)), KafkaError::kNone);
  next.session_epoch = 2;
  auto news = world.send(next, 11);
  ASSERT_EQ(news->responses.at(0).partitions.size(), 1U);
  EXPECT_EQ(only(news).partition_index, 1);
  EXPECT_EQ(values_of(*only(news).records.bytes), (std::vector<std::string>{"v"}));

  EXPECT_EQ(world.send(next, 11)->error_code, KafkaError::kInvalidFetchSessionEpoch);
  next.session_epoch = 3;
  next.forgotten_topics_data.push_back({.topic = "t", .partitions = {1}});
  EXPECT_TRUE(world.send(next, 11)->responses.empty());
  next.session_id += 1;
  EXPECT_EQ(world.send(next, 11)->error_code, KafkaError::kFetchSessionIdNotFound);
}

TEST(ListOffsets, KnowsTheSpecialTimesInTheirVersions) {
  World world;
  ASSERT_EQ(create_topic(world, "t"), KafkaError::kNone);
  for (const int64_t time : {1000, 3000, 2000})
    EXPECT_EQ(produced(produce(world, "t", batch_of({"v"}, {}, time))), KafkaError::kNone);
  auto ask = [&](int64_t time, int16_t version = 11, std::string_view topic = "t") {
    kafka::ListOffsetsRequest request;
    request.replica_id = -1;
    auto& wanted = request.topics.emplace_back();
    wanted.name = topic;
    wanted.partitions.push_back({.partition_index = 0, .timestamp = time});
    auto answer = world.send(request, version);
    return answer->topics.at(0).partitions.at(0);
  };
  EXPECT_EQ(ask(-1).offset, 3);
  EXPECT_EQ(ask(-1).timestamp, -1);
  EXPECT_EQ(ask(-2).offset, 0);
  EXPECT_EQ(ask(-4).offset, 0);
  EXPECT_EQ(ask(-3).offset, 1);
  EXPECT_EQ(ask(-3).timestamp, 3000);
  EXPECT_EQ(ask(-5).offset, -1);
  EXPECT_EQ(ask(-5).error_code, KafkaError::kNone);
  EXPECT_EQ(ask(1500).offset, 1);
  EXPECT_EQ(ask(1500).timestamp, 3000);
  EXPECT_EQ(ask(0).offset, 0);
  EXPECT_EQ(ask(9000).offset, -1);
  EXPECT_EQ(ask(-3, 6).error_code, KafkaError::kUnsupportedVersion);
  EXPECT_EQ(ask(-7).error_code, KafkaError::kUnsupportedVersion);
  EXPECT_EQ(ask(-1, 11, "no").error_code, KafkaError::kUnknownTopicOrPartition);
}

TEST(DeleteRecords, MovesTheStart) {
  World world;
  ASSERT_EQ(create_topic(world, "t"), KafkaError::kNone);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(produced(produce(world, "t", batch_of({"v"}))), KafkaError::kNone);
  auto remove = [&](int64_t before) {
    kafka::DeleteRecordsRequest request;
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    topic.partitions.push_back({.partition_index = 0, .offset = before});
    auto answer = world.send(request);
    return answer->topics.at(0).partitions.at(0);
  };
  EXPECT_EQ(remove(2).low_watermark, 2);
  EXPECT_EQ(remove(9).error_code, KafkaError::kOffsetOutOfRange);
  EXPECT_EQ(remove(-1).low_watermark, 3);
  auto early = world.send(fetch_of("t", 0), 11);
  EXPECT_EQ(only(early).error_code, KafkaError::kOffsetOutOfRange);
}

TEST(OffsetForLeaderEpoch, ThereIsOneEpoch) {
  World world;
  ASSERT_EQ(create_topic(world, "t"), KafkaError::kNone);
  EXPECT_EQ(produced(produce(world, "t", batch_of({"v"}))), KafkaError::kNone);
  kafka::OffsetForLeaderEpochRequest request;
  auto& topic = request.topics.emplace_back();
  topic.topic = "t";
  topic.partitions.push_back({.partition = 0, .leader_epoch = 0});
  topic.partitions.push_back({.partition = 0, .leader_epoch = 4});
  auto answer = world.send(request);
  EXPECT_EQ(answer->topics[0].partitions[0].end_offset, 1);
  EXPECT_EQ(answer->topics[0].partitions[1].end_offset, -1);
}

}  // namespace
}  // namespace millstream::broker::testing

// Every message in every version: round trips, cut and changed bytes, headers, and what readers refuse.
#include "wire/kafka/message.h"

#include <gtest/gtest.h>

#include "wire/kafka/frame.h"
#include "wire/kafka/messages/all.h"
#include "wire/kafka/testing/random_message.h"

namespace millstream::wire::kafka {
namespace {

template <typename Message>
void round_trips(const char* kind) {
  for (int16_t version = Message::kInfo.lowest; version <= Message::kInfo.highest; ++version) {
    for (uint64_t seed = 1; seed <= 10; ++seed) {
      SCOPED_TRACE(std::string(name_of(Message::kInfo.key)) + kind + " version " + std::to_string(version) + " seed " +
                   std::to_string(seed));
      testing::RandomFiller filler(seed, version);
      Message message;
      filler.structure(message);
      const ByteBuffer bytes = encode(message, version);
      auto back = decode<Message>(bytes, version);
      ASSERT_TRUE(back) << back.error().to_string();
      ASSERT_EQ(encode(*back, version), bytes);
      // Each value is read, so no shorter bytes can be the whole message.
      for (size_t size = 0; size < bytes.size(); size += bytes.size() / 40 + 1) {
        const ByteBuffer cut(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
        ASSERT_FALSE(decode<Message>(cut, version)) << size;
      }
      ByteBuffer longer = bytes;
      longer.push_back(std::byte{0});
      ASSERT_FALSE(decode<Message>(longer, version));
      uint32_t random = static_cast<uint32_t>(seed);
      for (int change = 0; change < 20 && !bytes.empty(); ++change) {
        ByteBuffer changed = bytes;
        random = random * 1664525 + 1013904223;
        changed[(random >> 8) % changed.size()] = static_cast<std::byte>(random);
        auto read = decode<Message>(changed, version);  // may be sound or not, must not crash
        if (read) (void)encode(*read, version);
      }
    }
  }
}

template <typename... Apis>
void all_round_trip(std::tuple<Apis...>*) {
  (round_trips<typename Apis::Request>(" request"), ...);
  (round_trips<typename Apis::Response>(" response"), ...);
}

TEST(Message, EveryVersionRoundTripsAndRefusesCutBytes) { all_round_trip(static_cast<AllApis*>(nullptr)); }

TEST(Message, ArraysLongerThanTheirBytesAreRefusedBeforeAllocation) {
  // Metadata 8 with 2^31 - 1 topics in four bytes.
  ByteBuffer bytes(4);
  store_big_endian(bytes.data(), INT32_MAX);
  EXPECT_FALSE(decode<MetadataRequest>(bytes, 8));
  // 30 MB of empty topics would take gigabytes as structs.
  ByteBuffer many(30'000'000);
  store_big_endian(many.data(), int32_t{10'000'000});
  auto refused = decode<MetadataRequest>(many, 3);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("too many"), std::string::npos) << refused.error().message;
}

TEST(Message, UnknownTaggedFieldsAreSkipped) {
  // Heartbeat 4 written by hand: group "g", generation 7, member "m", no instance id, then tag 9 with three bytes.
  const uint8_t raw[] = {2, 'g', 0, 0, 0, 7, 2, 'm', 0, 1, 9, 3, 1, 2, 3};
  auto request = decode<HeartbeatRequest>(std::as_bytes(std::span(raw)), 4);
  ASSERT_TRUE(request) << request.error().to_string();
  EXPECT_EQ(request->group_id, "g");
  EXPECT_EQ(request->generation_id, 7);
  EXPECT_EQ(request->member_id, "m");
  EXPECT_FALSE(request->group_instance_id);
}

TEST(Message, NullWhereAVersionHasNoneIsRefused) {
  const uint8_t raw[] = {0xff, 0xff, 0, 0, 0, 0, 0, 0};  // Heartbeat 0 with a null group
  EXPECT_FALSE(decode<HeartbeatRequest>(std::as_bytes(std::span(raw)), 0));
}

TEST(Message, RecordsFromOutsideCountInEveryLength) {
  FetchResponse response;
  auto& topic = response.responses.emplace_back();
  for (int i = 0; i < 2; ++i) {
    auto& partition = topic.partitions.emplace_back();
    partition.partition_index = i;
    partition.records.outside_size = 300;
    partition.records.outside_index = static_cast<uint32_t>(i);
  }
  for (const int16_t version : {int16_t{11}, int16_t{16}}) {
    ResponseFrame frame = encode_response(response, version, 5);
    ASSERT_EQ(frame.splices.size(), 2U);
    // Put the outside bytes in, back to front, and read the whole.
    ByteBuffer whole = frame.bytes;
    for (size_t i = 2; i-- > 0;) {
      whole.insert(whole.begin() + static_cast<ptrdiff_t>(frame.splices[i].position), 300,
                   static_cast<std::byte>('a' + i));
    }
    auto parsed = parse_response(whole, ApiKey::kFetch, version >= 12);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->correlation_id, 5);
    auto back = decode<FetchResponse>(parsed->body, version);
    ASSERT_TRUE(back) << back.error().to_string();
    EXPECT_EQ(as_text(*back->responses[0].partitions[0].records.bytes), std::string(300, 'a'));
    EXPECT_EQ(as_text(*back->responses[0].partitions[1].records.bytes), std::string(300, 'b'));
  }
}

TEST(Frame, HeadersOfAllThreeKinds) {
  HeartbeatRequest request;
  request.group_id = "g";
  for (const int16_t version : {int16_t{0}, int16_t{4}}) {
    const ByteBuffer bytes = encode_request(request, version, 77, "me");
    auto frame = parse_request(bytes, HeartbeatRequest::kInfo.first_flexible);
    ASSERT_TRUE(frame) << frame.error().to_string();
    EXPECT_EQ(frame->header.key, ApiKey::kHeartbeat);
    EXPECT_EQ(frame->header.version, version);
    EXPECT_EQ(frame->header.correlation_id, 77);
    EXPECT_EQ(frame->header.client_id, "me");
    auto back = decode<HeartbeatRequest>(frame->body, version);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->group_id, "g");
  }
  EXPECT_EQ(encode_response(HeartbeatResponse{}, 4, 1).bytes[4], std::byte{0});  // the header's tagged fields
  // ApiVersions answers in the old header, whatever the version.
  const ByteBuffer versions = encode_response(ApiVersionsResponse{}, 3, 1).bytes;
  auto parsed = parse_response(versions, ApiKey::kApiVersions, true);
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(decode<ApiVersionsResponse>(parsed->body, 3));
  EXPECT_FALSE(parse_request(std::as_bytes(std::span("abc", 3)), 0));
}

TEST(Uuid, TextFormIsKafkas) {
  // Pairs printed by org.apache.kafka.common.Uuid.
  EXPECT_EQ((Uuid{0, 1}).to_string(), "AAAAAAAAAAAAAAAAAAAAAQ");
  EXPECT_EQ(Uuid{}.to_string(), "AAAAAAAAAAAAAAAAAAAAAA");
  const Uuid id = Uuid::from_random(0x0123456789abcdef, 0xfedcba9876543210);
  auto back = Uuid::parse(id.to_string());
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, id);
  EXPECT_EQ((id.high >> 12) & 0xf, 4U);
  EXPECT_EQ(id.low >> 62, 2U);
  for (uint64_t i = 0; i < 64; ++i) EXPECT_NE(Uuid::from_random(i << 58, 0).to_string()[0], '-');
  EXPECT_FALSE(Uuid::parse("short"));
}

TEST(ErrorCode, HasKafkasNames) {
  EXPECT_EQ(name_of(KafkaError::kNotCoordinator), "NOT_COORDINATOR");
  EXPECT_EQ(static_cast<int16_t>(KafkaError::kUnknownTopicId), 100);
  EXPECT_TRUE(is_retriable(KafkaError::kRequestTimedOut));
  EXPECT_FALSE(is_retriable(KafkaError::kOffsetOutOfRange));
  EXPECT_EQ(name_of(static_cast<KafkaError>(9999)), "UNKNOWN_SERVER_ERROR");
}

}  // namespace
}  // namespace millstream::wire::kafka

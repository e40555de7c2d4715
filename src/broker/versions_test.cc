// Every API in every version: the answer has the form of its version, and no bytes at all bring the broker down.
#include <random>

#include "broker/testing/world.h"
#include "wire/kafka/testing/random_message.h"

namespace millstream::broker::testing {
namespace {

template <typename Message>
concept Served = requires { typename ResponseOf<Message>::Type; };

// Calls `visit.operator()<Request>()` for every API that the broker has.
template <typename Visit, typename... Apis>
void for_each_api(std::tuple<Apis...>*, Visit visit) {
  auto one = [&]<typename Api>(std::type_identity<Api>) {
    if constexpr (Served<typename Api::Request>) visit.template operator()<typename Api::Request>();
  };
  (one(std::type_identity<Apis>()), ...);
}
template <typename Visit>
void for_each_api(Visit visit) {
  for_each_api(static_cast<kafka::AllApis*>(nullptr), visit);
}

// What the answer to a request without content is read as; nothing is asked of its fields.
template <typename Request>
void expect_answer_in_form(World& world, const Request& request, int16_t version) {
  SCOPED_TRACE(std::string(name_of(Request::kInfo.key)) + " version " + std::to_string(version));
  auto answer = world.send(request, version);
  if (!answer.ready()) world.advance(Millis(60'000));
  ASSERT_TRUE(answer.ready()) << (answer.outcome().closed ? answer.outcome().closed->to_string() : "no answer");
  (void)answer.message();  // fails where header or body are not as the version has them
}

TEST(EveryApi, AnswersInTheFormOfEachVersion) {
  World world;
  ASSERT_EQ(create_topic(world, "t"), kafka::KafkaError::kNone);
  for_each_api([&]<typename Request>() {
    for (int16_t version = Request::kInfo.lowest; version <= Request::kInfo.highest; ++version) {
      Request request;
      if constexpr (std::is_same_v<Request, kafka::ProduceRequest>) request.acks = 1;
      if constexpr (std::is_same_v<Request, kafka::ApiVersionsRequest>)
        request.client_software_name = request.client_software_version = "x";
      expect_answer_in_form(world, request, version);
    }
  });
}

TEST(EveryApi, VersionsBeyondTheRangeCloseTheConnection) {
  World world;
  for_each_api([&]<typename Request>() {
    if constexpr (!std::is_same_v<Request, kafka::ApiVersionsRequest>) {
      ByteBuffer frame = kafka::encode_request(Request{}, Request::kInfo.highest, 1, "c");
      store_big_endian<int16_t>(frame.data() + 2, Request::kInfo.highest + 1);
      EXPECT_TRUE(world.send_bytes(frame)->closed) << name_of(Request::kInfo.key);
    }
  });
}

// Requests with values at random, whole, cut and damaged: each is answered, refused, or waits for time to pass.
TEST(EveryApi, RandomRequestsEndInAnAnswerOrARefusal) {
  const auto seed = static_cast<uint64_t>(std::random_device()());
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  World world({.default_partitions = 2});
  ASSERT_EQ(create_topic(world, "t", 2), kafka::KafkaError::kNone);
  std::vector<std::shared_ptr<Outcome>> outcomes;
  for_each_api([&]<typename Request>() {
    for (int16_t version = Request::kInfo.lowest; version <= Request::kInfo.highest; ++version) {
      for (int round = 0; round < 6; ++round) {
        kafka::testing::RandomFiller filler(random() >> 8, version);
        Request request;
        filler.structure(request);
        if constexpr (std::is_same_v<Request, kafka::ProduceRequest>) {
          if (request.acks == 0) request.acks = 1;
        }
        ByteBuffer frame = kafka::encode_request(request, version, 7, "random");
        if (round % 3 == 1) frame.resize(random() % frame.size());
        if (round % 3 == 2) {
          for (int i = 0; i < 4; ++i) frame[8 + random() % (frame.size() - 8)] = static_cast<std::byte>(random());
        }
        outcomes.push_back(world.send_bytes(std::move(frame)));
      }
    }
  });
  // Random timeouts go up to weeks; whoever still waits learns of the end.
  world.advance(Millis(3'600'000));
  world.client->close();
  ASSERT_TRUE(world.broker->close());
  size_t answered = 0;
  for (const auto& outcome : outcomes) answered += outcome->answered ? 1U : 0U;
  EXPECT_GT(answered, outcomes.size() / 4);
}

// Damaged batches: what is stored afterwards can be read.
TEST(EveryApi, DamagedBatchesNeverReachTheLog) {
  const auto seed = static_cast<uint64_t>(std::random_device()());
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  World world;
  ASSERT_EQ(create_topic(world, "t"), kafka::KafkaError::kNone);
  size_t stored = 0;
  for (int round = 0; round < 400; ++round) {
    kafka::RecordBatchOptions options;
    options.compression = static_cast<kafka::Compression>(random() % 5);
    ByteBuffer batch = batch_of({"one", std::string(200, 'x'), "three"}, options);
    const bool whole = round % 8 == 0;
    if (!whole) {
      if (random() % 4 == 0) batch.resize(random() % batch.size());
      // Anywhere but the two fields that brokers write: base offset and leader epoch.
      else
        batch[16 + random() % (batch.size() - 16)] ^= static_cast<std::byte>(1 + random() % 255);
    }
    const auto error = produced(produce(world, "t", batch));
    EXPECT_EQ(error == kafka::KafkaError::kNone, whole) << round;
    stored += whole ? 3U : 0U;
  }
  auto fetched = world.send(fetch_of("t", 0), 11);
  EXPECT_EQ(values_of(*only(fetched).records.bytes).size(), stored);
}

TEST(Limits, ABatchThatUnpacksToMoreThanARequestMayHaveIsRefused) {
  World world({.max_request_size = 4_MiB});
  ASSERT_EQ(create_topic(world, "t"), kafka::KafkaError::kNone);
  for (const auto codec : {kafka::Compression::kGzip, kafka::Compression::kZstd, kafka::Compression::kLz4}) {
    // 6 MB of one letter are a few kilobytes.
    kafka::RecordBatchBuilder builder({.compression = codec});
    const std::string letter(3 << 20, 'a');
    for (int i = 0; i < 2; ++i) builder.add(EventTime(1'700'000'000'000), std::nullopt, as_bytes(letter));
    const ByteBuffer batch = *builder.finish();
    ASSERT_LT(batch.size(), 100'000U);
    EXPECT_NE(produced(produce(world, "t", batch)), kafka::KafkaError::kNone);
  }
  EXPECT_EQ(produced(produce(world, "t", batch_of({"still here"}))), kafka::KafkaError::kNone);
}

}  // namespace
}  // namespace millstream::broker::testing

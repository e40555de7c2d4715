// ListOffsets: first and last offsets at once, offsets by time from the disk.
#include <deque>
#include <string>
#include <vector>

#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

namespace {

using kafka::KafkaError;
using Response = kafka::ListOffsetsResponse;
using PartitionResponse = Response::TopicResponse::PartitionResponse;

// Times with a meaning of their own, and the request version that brought them.
constexpr int64_t kLatest = -1;
constexpr int64_t kEarliest = -2;
constexpr int64_t kMaxTimestamp = -3;           // 7
constexpr int64_t kEarliestLocal = -4;          // 8
constexpr int64_t kLatestTiered = -5;           // 9
constexpr int64_t kEarliestPendingUpload = -6;  // 11

struct Lookup {
  std::shared_ptr<log::PartitionLog> log;
  int64_t timestamp;
  size_t topic;
  size_t partition;
};

struct Query {
  CallPtr<Response> call;
  Response response;
  std::deque<std::string> names;
  std::vector<Lookup> lookups;
};

void found(PartitionResponse& out, Offset offset, EventTime timestamp) {
  out.offset = offset.value;
  out.timestamp = timestamp.value;
  out.leader_epoch = kLeaderEpoch;
}

// Decompresses batches and reads files, so it runs on the executor.
void look_up(State& state, Query& query) {
  kafka::Decompressor decompressor(state.memory, state.options.max_request_size);
  for (const Lookup& lookup : query.lookups) {
    PartitionResponse& out = query.response.topics[lookup.topic].partitions[lookup.partition];
    auto result = lookup.timestamp == kMaxTimestamp
                      ? lookup.log->offset_of_max_timestamp(decompressor)
                      : lookup.log->offset_for_timestamp(EventTime(lookup.timestamp), decompressor);
    if (!result)
      out.error_code = KafkaError::kKafkaStorageError;
    else if (*result)
      found(out, (*result)->offset, (*result)->timestamp);
  }
  query.call->answer(query.response);
}

}  // namespace

void handle_list_offsets(State& state, const kafka::ListOffsetsRequest& request, CallPtr<Response> call) {
  auto query = std::make_shared<Query>();
  const int16_t version = call->version();
  const bool committed = request.isolation_level == 1;
  query->call = std::move(call);
  for (const auto& topic : request.topics) {
    auto& out_topic = query->response.topics.emplace_back();
    out_topic.name = query->names.emplace_back(topic.name);
    const TopicPtr known = state.topics->find(topic.name);
    for (const auto& partition : topic.partitions) {
      PartitionResponse& out = out_topic.partitions.emplace_back();
      out.partition_index = partition.partition_index;
      if (!known || known->partition(partition.partition_index) == nullptr) {
        out.error_code = KafkaError::kUnknownTopicOrPartition;
        continue;
      }
      out.error_code = check_leader_epoch(partition.current_leader_epoch);
      if (out.error_code != KafkaError::kNone) continue;
      const auto& log = known->partitions[static_cast<size_t>(partition.partition_index)];
      const log::LogOffsets offsets = log->offsets();
      const int64_t time = partition.timestamp;
      const int16_t needed = time == kMaxTimestamp            ? 7
                             : time == kEarliestLocal         ? 8
                             : time == kLatestTiered          ? 9
                             : time == kEarliestPendingUpload ? 11
                                                              : 0;
      if (time < kEarliestPendingUpload || version < needed) {
        out.error_code = KafkaError::kUnsupportedVersion;
      } else if (time == kLatest) {
        found(out, committed ? offsets.last_stable : offsets.high_watermark, kafka::kNoTimestamp);
      } else if (time == kEarliest || time == kEarliestLocal) {
        found(out, offsets.start, kafka::kNoTimestamp);
      } else if (time >= 0 || time == kMaxTimestamp) {
        query->lookups.push_back({log, time, query->response.topics.size() - 1, out_topic.partitions.size() - 1});
      }
      // Nothing is ever moved to another tier, so the two remaining times have no offset.
    }
  }
  if (query->lookups.empty()) return query->call->answer(query->response);
  state.env.executor().submit([&state, query] { look_up(state, *query); });
}

}  // namespace millstream::broker::internal

// OffsetForLeaderEpoch: there is one epoch, and it ends where the log ends.
#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

void handle_offset_for_leader_epoch(State& state, const kafka::OffsetForLeaderEpochRequest& request,
                                    CallPtr<kafka::OffsetForLeaderEpochResponse> call) {
  kafka::OffsetForLeaderEpochResponse response;
  for (const auto& topic : request.topics) {
    auto& out_topic = response.topics.emplace_back();
    out_topic.topic = topic.topic;
    const TopicPtr known = state.topics->find(topic.topic);
    for (const auto& partition : topic.partitions) {
      auto& out = out_topic.partitions.emplace_back();
      out.partition = partition.partition;
      const log::PartitionLog* const log = known ? known->partition(partition.partition) : nullptr;
      if (log == nullptr) {
        out.error_code = kafka::KafkaError::kUnknownTopicOrPartition;
        continue;
      }
      out.error_code = check_leader_epoch(partition.current_leader_epoch);
      if (out.error_code != kafka::KafkaError::kNone || partition.leader_epoch != kLeaderEpoch) continue;
      out.leader_epoch = kLeaderEpoch;
      out.end_offset = log->offsets().high_watermark.value;
    }
  }
  call->answer(response);
}

}  // namespace millstream::broker::internal

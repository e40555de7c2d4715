// DeleteRecords: moves the start of partitions, on the executor because it waits for the disk.
#include <string>
#include <vector>

#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

namespace {

struct Deletion {
  std::string topic;
  int32_t partition;
  Offset before;
};

}  // namespace

void handle_delete_records(State& state, const kafka::DeleteRecordsRequest& request,
                           CallPtr<kafka::DeleteRecordsResponse> call) {
  std::vector<std::vector<Deletion>> topics;
  for (const auto& topic : request.topics) {
    auto& deletions = topics.emplace_back();
    for (const auto& partition : topic.partitions)
      deletions.push_back({std::string(topic.name), partition.partition_index, Offset(partition.offset)});
  }
  state.env.executor().submit([&state, topics = std::move(topics), call = std::move(call)] {
    kafka::DeleteRecordsResponse response;
    for (const auto& deletions : topics) {
      auto& out_topic = response.topics.emplace_back();
      for (const Deletion& deletion : deletions) {
        out_topic.name = deletion.topic;
        auto& out = out_topic.partitions.emplace_back();
        out.partition_index = deletion.partition;
        out.low_watermark = -1;
        const TopicPtr topic = state.topics->find(deletion.topic);
        log::PartitionLog* const log = topic ? topic->partition(deletion.partition) : nullptr;
        if (log == nullptr) {
          out.error_code = kafka::KafkaError::kUnknownTopicOrPartition;
          continue;
        }
        if (!topic->config.delete_old) {
          out.error_code = kafka::KafkaError::kPolicyViolation;  // as Kafka for topics that are only compacted
          continue;
        }
        if (deletion.before < Offset(-1)) {
          out.error_code = kafka::KafkaError::kOffsetOutOfRange;
          continue;
        }
        auto start = log->delete_records(deletion.before);
        if (start)
          out.low_watermark = start->value;
        else
          out.error_code = start.error().code == ErrorCode::kNotFound ? kafka::KafkaError::kOffsetOutOfRange
                                                                      : kafka::KafkaError::kKafkaStorageError;
      }
    }
    call->answer(response);
  });
}

}  // namespace millstream::broker::internal

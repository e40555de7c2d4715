// DescribeProducers: the producers that a partition remembers.
#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

void handle_describe_producers(State& state, const kafka::DescribeProducersRequest& request,
                               CallPtr<kafka::DescribeProducersResponse> call) {
  kafka::DescribeProducersResponse response;
  for (const auto& topic : request.topics) {
    auto& out_topic = response.topics.emplace_back();
    out_topic.name = topic.name;
    const TopicPtr known = state.topics->find(topic.name);
    for (const int32_t index : topic.partition_indexes) {
      auto& out = out_topic.partitions.emplace_back();
      out.partition_index = index;
      const log::PartitionLog* const log = known ? known->partition(index) : nullptr;
      if (log == nullptr) {
        out.error_code = kafka::KafkaError::kUnknownTopicOrPartition;
        continue;
      }
      for (const log::ProducerInfo& producer : log->producers()) {
        out.active_producers.push_back(
            {.producer_id = producer.id.value,
             .producer_epoch = producer.epoch,
             .last_sequence = producer.last_sequence,
             .last_timestamp = producer.last_timestamp.value,
             .coordinator_epoch = -1,
             .current_txn_start_offset = producer.transaction_start ? producer.transaction_start->value : -1});
      }
    }
  }
  call->answer(response);
}

}  // namespace millstream::broker::internal

// DescribeTopicPartitions: topics by name, a bounded number of partitions at a time.
#include <algorithm>
#include <vector>

#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

void handle_describe_topic_partitions(State& state, const kafka::DescribeTopicPartitionsRequest& request,
                                      CallPtr<kafka::DescribeTopicPartitionsResponse> call) {
  constexpr int32_t kMostPartitions = 2000;
  kafka::DescribeTopicPartitionsResponse response;
  std::vector<TopicPtr> kept;
  std::vector<std::string_view> names;
  if (request.topics.empty()) {
    kept = state.topics->list();
    for (const TopicPtr& topic : kept) names.push_back(topic->name);
  } else {
    for (const auto& topic : request.topics) names.push_back(topic.name);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
  }
  using Cursor = kafka::DescribeTopicPartitionsResponse::Cursor;
  int32_t first = 0;
  if (request.cursor) {
    names.erase(names.begin(), std::lower_bound(names.begin(), names.end(), request.cursor->topic_name));
    if (!names.empty() && names.front() == request.cursor->topic_name)
      first = std::max(0, request.cursor->partition_index);
  }
  int32_t room = std::clamp(request.response_partition_limit, 1, kMostPartitions);
  for (const std::string_view name : names) {
    const TopicPtr topic = state.topics->find(name);
    if (topic && room == 0) {
      response.next_cursor = Cursor{.topic_name = name};
      break;
    }
    auto& out = response.topics.emplace_back();
    out.name = name;
    out.topic_authorized_operations = kTopicOperations;
    if (!topic) {
      out.error_code = log::check_topic_name(name) ? kafka::KafkaError::kUnknownTopicOrPartition
                                                   : kafka::KafkaError::kInvalidTopicException;
      continue;
    }
    out.topic_id = topic->id;
    const auto count = static_cast<int32_t>(topic->partitions.size());
    const int32_t last = std::min(count, first + room);
    for (int32_t i = first; i < last; ++i) {
      auto& partition = out.partitions.emplace_back();
      partition.partition_index = i;
      partition.leader_id = kNodeId;
      partition.leader_epoch = kLeaderEpoch;
      partition.replica_nodes = {kNodeId};
      partition.isr_nodes = {kNodeId};
      partition.eligible_leader_replicas.emplace();
      partition.last_known_elr.emplace();
    }
    room -= std::max(0, last - first);
    first = 0;
    if (last < count) {
      response.next_cursor = Cursor{.topic_name = name, .partition_index = last};
      break;
    }
  }
  call->answer(response);
}

}  // namespace millstream::broker::internal

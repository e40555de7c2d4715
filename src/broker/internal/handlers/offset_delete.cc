// OffsetDelete: a group forgets positions of topics that none of its members reads.
#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

void handle_offset_delete(State& state, const kafka::OffsetDeleteRequest& request,
                          CallPtr<kafka::OffsetDeleteResponse> call) {
  struct Pending {
    struct Place {
      std::string topic;
      int32_t partition;
      kafka::KafkaError error = kafka::KafkaError::kNone;
    };
    std::vector<std::vector<Place>> topics;
    std::vector<std::pair<size_t, size_t>> asked;
  };
  auto pending = std::make_shared<Pending>();
  std::vector<std::pair<std::string, int32_t>> partitions;
  for (const auto& topic : request.topics) {
    const TopicPtr known = state.topics->find(topic.name);
    auto& places = pending->topics.emplace_back();
    for (const auto& partition : topic.partitions) {
      auto& place = places.emplace_back(std::string(topic.name), partition.partition_index);
      if (!known || known->partition(partition.partition_index) == nullptr) {
        place.error = kafka::KafkaError::kUnknownTopicOrPartition;
        continue;
      }
      pending->asked.emplace_back(pending->topics.size() - 1, places.size() - 1);
      partitions.emplace_back(std::string(topic.name), partition.partition_index);
    }
  }
  state.groups->remove_offsets(
      std::string(request.group_id), std::move(partitions),
      [pending, call = std::move(call)](kafka::KafkaError error, const std::vector<kafka::KafkaError>& results) {
        kafka::OffsetDeleteResponse response;
        response.error_code = error;
        if (error == kafka::KafkaError::kNone) {
          for (size_t i = 0; i < results.size(); ++i)
            pending->topics[pending->asked[i].first][pending->asked[i].second].error = results[i];
          for (const auto& places : pending->topics) {
            auto& topic = response.topics.emplace_back();
            for (const auto& place : places) {
              topic.name = place.topic;
              topic.partitions.push_back({.partition_index = place.partition, .error_code = place.error});
            }
          }
        }
        call->answer(response);
      });
}

}  // namespace millstream::broker::internal

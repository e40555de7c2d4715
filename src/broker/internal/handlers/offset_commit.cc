// OffsetCommit: stores positions and answers once they are on the disk.
#include <deque>

#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

void handle_offset_commit(State& state, const kafka::OffsetCommitRequest& request,
                          CallPtr<kafka::OffsetCommitResponse> call) {
  const bool by_id = call->version() >= 10;
  CommitRequest commit;
  commit.group = request.group_id;
  commit.generation = request.generation_id_or_member_epoch;
  commit.member.member_id = request.member_id;
  commit.names_missing_group = call->version() >= 9;
  if (request.group_instance_id) commit.member.instance_id = std::string(*request.group_instance_id);

  // Built now, in the request's order; the places of the results are filled in when they are known.
  struct Pending {
    kafka::OffsetCommitResponse response;
    std::deque<std::string> names;
    std::vector<std::pair<size_t, size_t>> places;
  };
  auto pending = std::make_shared<Pending>();
  for (const auto& topic : request.topics) {
    const TopicPtr known = by_id ? state.topics->find(topic.topic_id) : state.topics->find(topic.name);
    auto& out_topic = pending->response.topics.emplace_back();
    out_topic.name = pending->names.emplace_back(topic.name);
    out_topic.topic_id = topic.topic_id;
    for (const auto& partition : topic.partitions) {
      auto& out = out_topic.partitions.emplace_back();
      out.partition_index = partition.partition_index;
      if (!known || known->partition(partition.partition_index) == nullptr) {
        out.error_code = known ? kafka::KafkaError::kUnknownTopicOrPartition : unknown_topic(by_id);
        continue;
      }
      pending->places.emplace_back(pending->response.topics.size() - 1, out_topic.partitions.size() - 1);
      commit.entries.push_back({known->name, partition.partition_index, Offset(partition.committed_offset),
                                partition.committed_leader_epoch,
                                std::string(partition.committed_metadata.value_or(std::string_view()))});
    }
  }
  if (commit.entries.empty() && !request.topics.empty()) return call->answer(pending->response);
  state.groups->commit(std::move(commit),
                       [pending, call = std::move(call)](const std::vector<kafka::KafkaError>& results) {
                         for (size_t i = 0; i < results.size(); ++i) {
                           const auto [topic, partition] = pending->places[i];
                           pending->response.topics[topic].partitions[partition].error_code = results[i];
                         }
                         call->answer(pending->response);
                       });
}

}  // namespace millstream::broker::internal

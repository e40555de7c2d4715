// OffsetFetch: committed positions, of one group or, from version 8 on, of several.
#include <deque>
#include <map>

#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

namespace {

using Response = kafka::OffsetFetchResponse;

// Owns what the answer points to.
struct Texts {
  std::deque<std::string> kept;
  std::string_view keep(std::string text) { return kept.emplace_back(std::move(text)); }
};

template <typename Partition>
void fill(Partition& out, int32_t index, const std::optional<CommittedOffset>& offset, Texts& texts) {
  out.partition_index = index;
  out.committed_offset = -1;
  out.metadata = std::string_view();
  if (!offset) return;
  out.committed_offset = offset->offset.value;
  out.committed_leader_epoch = offset->leader_epoch;
  out.metadata = texts.keep(offset->metadata);
}

// All offsets of a group, by topic.
std::map<std::string, std::map<int32_t, CommittedOffset>> by_topic(const State& state, const std::string& group) {
  std::map<std::string, std::map<int32_t, CommittedOffset>> topics;
  for (auto& [at, offset] : state.groups->offsets(group)) topics[at.first].emplace(at.second, offset);
  return topics;
}

void answer_one(State& state, const kafka::OffsetFetchRequest& request, Response& response, Texts& texts) {
  const std::string group(request.group_id);
  if (!request.topics) {
    for (const auto& [name, partitions] : by_topic(state, group)) {
      auto& topic = response.topics.emplace_back();
      topic.name = texts.keep(name);
      for (const auto& [index, offset] : partitions) fill(topic.partitions.emplace_back(), index, offset, texts);
    }
    return;
  }
  for (const auto& wanted : *request.topics) {
    auto& topic = response.topics.emplace_back();
    topic.name = wanted.name;
    for (const int32_t index : wanted.partition_indexes) {
      fill(topic.partitions.emplace_back(), index, state.groups->offset(group, std::string(wanted.name), index), texts);
    }
  }
}

void answer_group(State& state, const kafka::OffsetFetchRequest::Group& wanted_group, bool by_id, Response::Group& out,
                  Texts& texts) {
  const std::string group(wanted_group.group_id);
  out.group_id = wanted_group.group_id;
  if (!wanted_group.topics) {
    for (const auto& [name, partitions] : by_topic(state, group)) {
      const TopicPtr known = state.topics->find(name);
      if (by_id && !known) continue;  // it has no id any more
      auto& topic = out.topics.emplace_back();
      topic.name = texts.keep(name);
      if (known) topic.topic_id = known->id;
      for (const auto& [index, offset] : partitions) fill(topic.partitions.emplace_back(), index, offset, texts);
    }
    return;
  }
  for (const auto& wanted : *wanted_group.topics) {
    auto& topic = out.topics.emplace_back();
    topic.name = wanted.name;
    topic.topic_id = wanted.topic_id;
    std::string name(wanted.name);
    bool unknown = false;
    if (by_id) {
      const TopicPtr known = state.topics->find(wanted.topic_id);
      unknown = !known;
      if (known) name = known->name;
    }
    for (const int32_t index : wanted.partition_indexes) {
      auto& partition = topic.partitions.emplace_back();
      fill(partition, index, unknown ? std::nullopt : state.groups->offset(group, name, index), texts);
      if (unknown) partition.error_code = kafka::KafkaError::kUnknownTopicId;
    }
  }
}

}  // namespace

void handle_offset_fetch(State& state, const kafka::OffsetFetchRequest& request, CallPtr<Response> call) {
  Response response;
  Texts texts;
  if (call->version() < 8) answer_one(state, request, response, texts);
  for (const auto& group : request.groups)
    answer_group(state, group, call->version() >= 10, response.groups.emplace_back(), texts);
  call->answer(response);
}

}  // namespace millstream::broker::internal

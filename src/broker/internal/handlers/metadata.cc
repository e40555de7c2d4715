// Metadata: topics and partitions; topics that do not exist are made if client and server want it.
#include <fmt/format.h>

#include <atomic>
#include <map>
#include <set>
#include <vector>

#include "base/logging.h"
#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

namespace {

using Response = kafka::MetadataResponse;

void add_topic(Response& response, const Topic& topic, bool with_operations) {
  Response::Topic& out = response.topics.emplace_back();
  out.name = topic.name;
  out.topic_id = topic.id;
  if (with_operations) out.topic_authorized_operations = kTopicOperations;
  out.partitions.reserve(topic.partitions.size());
  for (size_t i = 0; i < topic.partitions.size(); ++i) {
    Response::Topic::Partition& partition = out.partitions.emplace_back();
    partition.partition_index = static_cast<int32_t>(i);
    partition.leader_id = kNodeId;
    partition.leader_epoch = kLeaderEpoch;
    partition.replica_nodes = {kNodeId};
    partition.isr_nodes = {kNodeId};
  }
}

// What was asked for, once topics that had to be made are there or were refused.
struct Query {
  CallPtr<Response> call;
  bool all = false;
  bool with_topic_operations = false;
  bool with_cluster_operations = false;
  std::vector<kafka::Uuid> ids;
  std::vector<std::string> names;
  std::map<std::string, kafka::KafkaError> refused;
  std::mutex mutex;
  std::atomic<int> creations{1};
};

void answer(State& state, Query& query) {
  Response response;
  const State::Address address = state.advertised();
  response.brokers.push_back({.node_id = kNodeId, .host = address.host, .port = address.port});
  response.cluster_id = state.cluster_id;
  response.controller_id = kNodeId;
  if (query.with_cluster_operations) response.cluster_authorized_operations = kClusterOperations;
  std::vector<TopicPtr> kept;  // the answer points into them
  auto add = [&](TopicPtr topic) {
    add_topic(response, *topic, query.with_topic_operations);
    kept.push_back(std::move(topic));
  };
  if (query.all) {
    for (TopicPtr& topic : state.topics->list()) add(std::move(topic));
  }
  for (const kafka::Uuid& id : query.ids) {
    if (TopicPtr topic = state.topics->find(id)) {
      add(std::move(topic));
      continue;
    }
    Response::Topic& out = response.topics.emplace_back();
    out.error_code = kafka::KafkaError::kUnknownTopicId;
    out.name.reset();
    out.topic_id = id;
  }
  for (const std::string& name : query.names) {
    if (TopicPtr topic = state.topics->find(name)) {
      add(std::move(topic));
      continue;
    }
    Response::Topic& out = response.topics.emplace_back();
    const auto refused = query.refused.find(name);
    out.error_code = refused != query.refused.end() ? refused->second : kafka::KafkaError::kUnknownTopicOrPartition;
    out.name = name;
  }
  query.call->answer(response);
}

}  // namespace

void handle_metadata(State& state, const kafka::MetadataRequest& request, CallPtr<Response> call) {
  auto query = std::make_shared<Query>();
  query->call = std::move(call);
  const int16_t version = query->call->version();
  query->all = !request.topics || (version == 0 && request.topics->empty());
  query->with_topic_operations = request.include_topic_authorized_operations;
  query->with_cluster_operations = request.include_cluster_authorized_operations;
  const bool may_create = request.allow_auto_topic_creation && state.options.auto_create_topics;
  std::set<std::string> missing;
  if (request.topics) {
    std::set<std::string_view> seen;
    for (const auto& topic : *request.topics) {
      if (!topic.name) {
        query->ids.push_back(topic.topic_id);
        continue;
      }
      if (!seen.insert(*topic.name).second) continue;
      query->names.emplace_back(*topic.name);
      if (state.topics->find(*topic.name)) continue;
      if (!log::check_topic_name(*topic.name))
        query->refused[query->names.back()] = kafka::KafkaError::kInvalidTopicException;
      else if (may_create)
        missing.insert(query->names.back());
    }
  }
  auto one_less = [&state, query] {
    if (query->creations.fetch_sub(1) == 1) answer(state, *query);
  };
  for (const std::string& name : missing) {
    ++query->creations;
    state.topics->create(name, state.options.default_partitions, {}, [query, name, one_less](Result<TopicPtr> topic) {
      if (!topic) {
        log_info("topic {} was not made: {}", name, topic.error().to_string());
        const std::lock_guard lock(query->mutex);
        // Somebody else is making it at this moment: the client asks again.
        query->refused[name] = topic.error().code == ErrorCode::kAlreadyExists ? kafka::KafkaError::kLeaderNotAvailable
                               : topic.error().code == ErrorCode::kInvalidArgument
                                   ? kafka::KafkaError::kInvalidTopicException
                                   : kafka::kafka_error_of(topic.error().code);
      }
      one_less();
    });
  }
  one_less();
}

}  // namespace millstream::broker::internal

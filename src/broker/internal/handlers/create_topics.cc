// CreateTopics: checks each topic, makes it, and answers when all are durable.
#include <atomic>
#include <deque>
#include <map>

#include "broker/internal/config_view.h"
#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

namespace {

using kafka::KafkaError;
using Request = kafka::CreateTopicsRequest;
using Response = kafka::CreateTopicsResponse;

struct Creation {
  std::string name;
  int32_t partitions = -1;
  ConfigOverrides overrides;
  KafkaError error = KafkaError::kNone;
  std::string message;
  kafka::Uuid id;
};

struct Pending {
  CallPtr<Response> call;
  std::deque<Creation> creations;
  std::atomic<int> waiting{1};
};

// Fills in counts and settings; the first thing wrong becomes the error.
void check(const State& state, const Request::CreatableTopic& topic, Creation& creation) {
  auto refuse = [&](KafkaError error, std::string message) {
    creation.error = error;
    creation.message = std::move(message);
  };
  if (const Status status = log::check_topic_name(creation.name); !status)
    return refuse(KafkaError::kInvalidTopicException, status.error().message);
  if (!topic.assignments.empty()) {
    if (topic.num_partitions != -1 || topic.replication_factor != -1) {
      return refuse(KafkaError::kInvalidRequest,
                    "Both numPartitions or replicationFactor and replicasAssignments were set. Both cannot be used at "
                    "the same time.");
    }
    for (size_t i = 0; i < topic.assignments.size(); ++i) {
      const auto& assignment = topic.assignments[i];
      if (assignment.broker_ids != std::vector<int32_t>{kNodeId} || assignment.partition_index < 0 ||
          static_cast<size_t>(assignment.partition_index) >= topic.assignments.size()) {
        return refuse(KafkaError::kInvalidReplicaAssignment, "each partition has one replica, on broker 1");
      }
    }
    creation.partitions = static_cast<int32_t>(topic.assignments.size());
  } else {
    if (topic.replication_factor != -1 && topic.replication_factor != 1) {
      return refuse(KafkaError::kInvalidReplicationFactor,
                    topic.replication_factor < 1
                        ? "Replication factor must be larger than 0, or -1 to use the default value."
                        : "Unable to replicate the partition " + std::to_string(topic.replication_factor) +
                              " time(s): there is 1 broker");
    }
    creation.partitions = topic.num_partitions == -1 ? state.options.default_partitions : topic.num_partitions;
  }
  if (creation.partitions < 1 || creation.partitions > kMaxPartitions) {
    return refuse(KafkaError::kInvalidPartitions, "Number of partitions must be larger than 0 and at most " +
                                                      std::to_string(kMaxPartitions) +
                                                      ", or -1 to use the default value.");
  }
  for (const auto& config : topic.configs) {
    if (!config.value)
      return refuse(KafkaError::kInvalidConfig,
                    "Null value not supported for topic configs: " + std::string(config.name));
    if (const Status status = check_topic_config(config.name, *config.value); !status)
      return refuse(KafkaError::kInvalidConfig, status.error().message);
    creation.overrides[std::string(config.name)] = *config.value;
  }
  if (const Status status = state.topics->check_new(creation.name, creation.partitions, creation.overrides); !status) {
    const bool exists = status.error().code == ErrorCode::kAlreadyExists;
    refuse(exists ? KafkaError::kTopicAlreadyExists : KafkaError::kInvalidTopicException, status.error().message);
  }
}

void answer(const State& state, Pending& pending) {
  Response response;
  std::deque<std::string> texts;
  for (const Creation& creation : pending.creations) {
    auto& out = response.topics.emplace_back();
    out.name = creation.name;
    out.error_code = creation.error;
    out.error_message.reset();
    auto& configs = out.configs.emplace();
    if (creation.error != KafkaError::kNone) {
      out.error_message = creation.message;
      continue;
    }
    out.topic_id = creation.id;
    out.num_partitions = creation.partitions;
    out.replication_factor = 1;
    for (const ConfigView& view : topic_config_views(creation.overrides, state.options)) {
      configs.push_back({.name = view.name,
                         .value = texts.emplace_back(view.value),
                         .config_source = static_cast<int8_t>(view.source)});
    }
  }
  pending.call->answer(response);
}

}  // namespace

void handle_create_topics(State& state, const Request& request, CallPtr<Response> call) {
  auto pending = std::make_shared<Pending>();
  pending->call = std::move(call);
  std::map<std::string_view, int> times;
  for (const auto& topic : request.topics) ++times[topic.name];
  for (const auto& topic : request.topics) {
    if (times[topic.name] == 0) continue;  // the duplicates were answered with their first
    Creation& creation = pending->creations.emplace_back();
    creation.name = topic.name;
    if (std::exchange(times[topic.name], 0) > 1) {
      creation.error = KafkaError::kInvalidRequest;
      creation.message = "Duplicate topic name.";
    } else {
      check(state, topic, creation);
    }
  }
  auto one_less = [&state, pending] {
    if (pending->waiting.fetch_sub(1) == 1) answer(state, *pending);
  };
  for (Creation& creation : pending->creations) {
    if (creation.error != KafkaError::kNone || request.validate_only) continue;
    ++pending->waiting;
    state.topics->create(creation.name, creation.partitions, creation.overrides,
                         [&creation, one_less](Result<TopicPtr> topic) {
                           if (topic) {
                             creation.id = (*topic)->id;
                           } else {
                             creation.error = topic.error().code == ErrorCode::kAlreadyExists
                                                  ? KafkaError::kTopicAlreadyExists
                                                  : kafka::kafka_error_of(topic.error().code);
                             creation.message = topic.error().to_string();
                           }
                           one_less();
                         });
  }
  one_less();
}

}  // namespace millstream::broker::internal

// CreatePartitions: adds partitions to topics; existing ones stay where they are.
#include <atomic>
#include <deque>
#include <map>

#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

namespace {

using kafka::KafkaError;
using Request = kafka::CreatePartitionsRequest;

struct Addition {
  std::string name;
  kafka::Uuid id;
  int32_t count = 0;
  KafkaError error = KafkaError::kNone;
  std::string message;
};

struct Pending {
  CallPtr<kafka::CreatePartitionsResponse> call;
  std::deque<Addition> additions;
  std::atomic<int> waiting{1};
};

void check(const State& state, const Request::Topic& wanted, Addition& addition) {
  auto refuse = [&](KafkaError error, std::string message) {
    addition.error = error;
    addition.message = std::move(message);
  };
  const TopicPtr topic = state.topics->find(wanted.name);
  if (!topic) return refuse(KafkaError::kUnknownTopicOrPartition, "This server does not host this topic.");
  addition.id = topic->id;
  const auto have = static_cast<int32_t>(topic->partitions.size());
  if (wanted.count == have)
    return refuse(KafkaError::kInvalidPartitions, "Topic already has " + std::to_string(have) + " partition(s).");
  if (wanted.count < have) {
    return refuse(KafkaError::kInvalidPartitions, "The topic " + addition.name + " currently has " +
                                                      std::to_string(have) + " partition(s); " +
                                                      std::to_string(wanted.count) + " would not be an increase.");
  }
  if (wanted.count > kMaxPartitions)
    return refuse(KafkaError::kInvalidPartitions,
                  "a topic has at most " + std::to_string(kMaxPartitions) + " partitions");
  if (!wanted.assignments) return;
  if (static_cast<int32_t>(wanted.assignments->size()) != wanted.count - have) {
    return refuse(KafkaError::kInvalidReplicaAssignment, "there must be one assignment for each new partition");
  }
  for (const auto& assignment : *wanted.assignments) {
    if (assignment.broker_ids != std::vector<int32_t>{kNodeId}) {
      return refuse(KafkaError::kInvalidReplicaAssignment, "each partition has one replica, on broker 1");
    }
  }
}

}  // namespace

void handle_create_partitions(State& state, const Request& request, CallPtr<kafka::CreatePartitionsResponse> call) {
  auto pending = std::make_shared<Pending>();
  pending->call = std::move(call);
  std::map<std::string_view, int> times;
  for (const auto& topic : request.topics) ++times[topic.name];
  for (const auto& topic : request.topics) {
    if (times[topic.name] == 0) continue;
    Addition& addition = pending->additions.emplace_back();
    addition.name = topic.name;
    addition.count = topic.count;
    if (std::exchange(times[topic.name], 0) > 1) {
      addition.error = KafkaError::kInvalidRequest;
      addition.message = "Duplicate topic name.";
    } else {
      check(state, topic, addition);
    }
  }
  auto one_less = [pending] {
    if (pending->waiting.fetch_sub(1) != 1) return;
    kafka::CreatePartitionsResponse response;
    for (const Addition& addition : pending->additions) {
      auto& out = response.results.emplace_back();
      out.name = addition.name;
      out.error_code = addition.error;
      if (addition.error != KafkaError::kNone) out.error_message = addition.message;
    }
    pending->call->answer(response);
  };
  for (Addition& addition : pending->additions) {
    if (addition.error != KafkaError::kNone || request.validate_only) continue;
    ++pending->waiting;
    state.topics->add_partitions(addition.id, addition.count, [&addition, one_less](const Status& status) {
      if (!status) {
        addition.error = status.error().code == ErrorCode::kInvalidArgument
                             ? KafkaError::kInvalidPartitions
                             : kafka::kafka_error_of(status.error().code);
        addition.message = status.error().to_string();
      }
      one_less();
    });
  }
  one_less();
}

}  // namespace millstream::broker::internal

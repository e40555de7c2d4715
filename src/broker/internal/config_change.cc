// Plans and stores changes of topic settings.
#include "broker/internal/config_change.h"

#include "log/partition_log_set.h"

namespace millstream::broker::internal {

using wire::kafka::KafkaError;

void plan_config_change(const State& state, ConfigChange& change, const std::function<Status(ConfigOverrides&)>& edit) {
  auto refuse = [&](KafkaError error, std::string message) {
    change.error = error;
    change.message = std::move(message);
  };
  constexpr int8_t kTopicResource = 2;
  constexpr int8_t kBrokerResource = 4;
  if (change.resource_type == kBrokerResource) {
    return refuse(KafkaError::kInvalidRequest,
                  "the broker's settings are in its configuration file and cannot be changed here");
  }
  if (change.resource_type != kTopicResource)
    return refuse(KafkaError::kInvalidRequest, "only settings of topics (2) can be changed");
  const TopicPtr topic = state.topics->find(change.resource_name);
  if (!topic) {
    if (!log::check_topic_name(change.resource_name))
      return refuse(KafkaError::kInvalidTopicException, "the topic name is not valid");
    return refuse(KafkaError::kUnknownTopicOrPartition, "This server does not host this topic.");
  }
  change.overrides = topic->overrides;
  Status status = edit(change.overrides);
  for (auto at = change.overrides.begin(); status && at != change.overrides.end(); ++at)
    status = check_topic_config(at->first, at->second);
  if (!status) refuse(KafkaError::kInvalidConfig, status.error().message);
}

void store_config_changes(State& state, const std::shared_ptr<std::deque<ConfigChange>>& changes, bool validate_only,
                          std::function<void()> done) {
  auto waiting = std::make_shared<std::atomic<int>>(1);
  auto one_less = [waiting, done = std::move(done)] {
    if (waiting->fetch_sub(1) == 1) done();
  };
  for (ConfigChange& change : *changes) {
    if (change.error != KafkaError::kNone || validate_only) continue;
    const TopicPtr topic = state.topics->find(change.resource_name);
    if (!topic) {
      change.error = KafkaError::kUnknownTopicOrPartition;
      continue;
    }
    waiting->fetch_add(1);
    state.topics->set_overrides(topic->id, change.overrides, [changes, &change, one_less](const Status& status) {
      if (!status) {
        change.error = wire::kafka::kafka_error_of(status.error().code);
        change.message = status.error().to_string();
      }
      one_less();
    });
  }
  one_less();
}

}  // namespace millstream::broker::internal

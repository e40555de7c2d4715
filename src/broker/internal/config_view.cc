// Joins the table of topic settings with what a topic and the broker say.
#include "broker/internal/config_view.h"

#include <fmt/format.h>

#include "broker/internal/group_coordinator.h"
#include "broker/internal/state.h"

namespace millstream::broker::internal {

std::vector<ConfigView> topic_config_views(const ConfigOverrides& overrides, const BrokerOptions& options) {
  std::vector<ConfigView> views;
  for (const ConfigDefinition& definition : topic_config_definitions()) {
    ConfigView view;
    view.name = definition.name;
    view.type = definition.type;
    view.documentation = definition.documentation;
    view.broker_name = definition.broker_name;
    view.default_value = definition.default_value;
    if (definition.name == "millstream.flush" && options.flush == FlushMode::kBackground) {
      view.default_value = "background";
      view.source = ConfigSource::kStaticBroker;
    }
    view.value = view.default_value;
    if (const auto own = overrides.find(definition.name); own != overrides.end()) {
      view.value = own->second;
      view.source = ConfigSource::kTopic;
    }
    views.push_back(std::move(view));
  }
  return views;
}

std::vector<ConfigView> broker_config_views(const BrokerOptions& options, std::string_view host, int32_t port) {
  const GroupOptions groups;
  std::vector<ConfigView> views;
  auto add = [&](std::string_view name, ConfigType type, std::string value, ConfigSource source,
                 std::string_view documentation) {
    views.push_back({name, value, source, type, documentation, true, {}, std::move(value)});
  };
  constexpr auto kSet = ConfigSource::kStaticBroker;
  constexpr auto kFixed = ConfigSource::kDefault;
  add("advertised.listeners", ConfigType::kList, fmt::format("PLAINTEXT://{}:{}", host, port), kSet,
      "Where clients are told to connect (kafka.advertise).");
  add("auto.create.topics.enable", ConfigType::kBoolean, options.auto_create_topics ? "true" : "false", kSet,
      "Whether a topic is made when a client first names it (kafka.auto-create-topics).");
  add("broker.id", ConfigType::kInt, std::to_string(kNodeId), kFixed, "The number of this broker.");
  add("default.replication.factor", ConfigType::kInt, "1", kFixed, "There is one broker, so one replica.");
  add("delete.topic.enable", ConfigType::kBoolean, "true", kFixed, "Topics may be deleted.");
  add("group.initial.rebalance.delay.ms", ConfigType::kInt, std::to_string(options.initial_rebalance_delay.value), kSet,
      "How long a new group waits for more members (kafka.initial-rebalance-delay).");
  add("group.max.session.timeout.ms", ConfigType::kInt, std::to_string(groups.max_session_timeout.value), kFixed,
      "The longest session of a group member.");
  add("group.min.session.timeout.ms", ConfigType::kInt, std::to_string(groups.min_session_timeout.value), kFixed,
      "The shortest session of a group member.");
  add("log.dirs", ConfigType::kString, options.folder, kSet, "The folder of the partitions.");
  add("node.id", ConfigType::kInt, std::to_string(kNodeId), kFixed, "The number of this broker.");
  add("num.partitions", ConfigType::kInt, std::to_string(options.default_partitions), kSet,
      "Partitions of a topic made without a number (kafka.default-partitions).");
  add("offset.metadata.max.bytes", ConfigType::kInt, std::to_string(groups.max_metadata_bytes), kFixed,
      "The longest metadata of a committed offset.");
  add("offsets.retention.minutes", ConfigType::kInt, std::to_string(options.offsets_retention.value / 60'000), kSet,
      "How long offsets of groups without members are kept.");
  add("socket.request.max.bytes", ConfigType::kInt, std::to_string(options.max_request_size.value), kSet,
      "The largest request (kafka.max-request-size).");
  for (ConfigView& topic : topic_config_views({}, options)) {
    views.push_back({topic.broker_name,
                     topic.value,
                     topic.source,
                     topic.type,
                     topic.documentation,
                     true,
                     {},
                     std::move(topic.default_value)});
  }
  return views;
}

}  // namespace millstream::broker::internal

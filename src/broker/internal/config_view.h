// Settings of topics and of this broker as clients are shown them: value, origin, type and sentence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/broker.h"
#include "broker/topic_config.h"

namespace millstream::broker::internal {

// The numbers of DescribeConfigs' config sources.
enum class ConfigSource : int8_t { kTopic = 1, kStaticBroker = 4, kDefault = 5 };

struct ConfigView {
  std::string_view name;
  std::string value;
  ConfigSource source = ConfigSource::kDefault;
  ConfigType type = ConfigType::kString;
  std::string_view documentation;
  bool read_only = false;
  std::string_view broker_name;  // of a topic setting: where its default comes from
  std::string default_value;
};

// Every topic setting, by name.
[[nodiscard]] std::vector<ConfigView> topic_config_views(const ConfigOverrides& overrides,
                                                         const BrokerOptions& options);
// The broker's settings that clients and tools ask for; they are changed in the configuration file, not here.
[[nodiscard]] std::vector<ConfigView> broker_config_views(const BrokerOptions& options, std::string_view host,
                                                          int32_t port);

}  // namespace millstream::broker::internal

// The settings a topic can have: one table with type, default, range and a sentence, and their parsed form.
//
// Names, defaults and meanings are Kafka's (kafka.apache.org/documentation/#topicconfigs); settings that this broker
// could only ignore are not in the table and are refused by name. `millstream.flush` is ours.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/ids.h"
#include "log/log_config.h"
#include "wire/kafka/compression.h"

namespace millstream::broker {

// The numbers of DescribeConfigs' config types.
enum class ConfigType : int8_t {
  kBoolean = 1,
  kString = 2,
  kInt = 3,
  kShort = 4,
  kLong = 5,
  kDouble = 6,
  kList = 7,
  kClass = 8,
  kPassword = 9
};

struct ConfigDefinition {
  std::string_view name;
  ConfigType type;
  std::string_view default_value;
  std::string_view documentation;
  int64_t minimum = 0;  // of numbers
  int64_t maximum = 0;
  std::string_view choices = {};      // of strings and list elements: separated by commas
  std::string_view broker_name = {};  // the broker setting that gives the default, as DescribeConfigs shows it
};

[[nodiscard]] std::span<const ConfigDefinition> topic_config_definitions();
[[nodiscard]] const ConfigDefinition* find_topic_config(std::string_view name);

// What a topic sets itself, in Kafka's spelling; everything else has its default.
using ConfigOverrides = std::map<std::string, std::string, std::less<>>;

// Whether acks=all waits for the disk.
enum class FlushMode { kWait, kBackground };

// The settings as the broker uses them.
struct TopicConfig {
  bool delete_old = true;  // cleanup.policy has delete
  bool compact = false;    // cleanup.policy has compact
  Bytes max_message_bytes{1'048'588};
  std::optional<wire::kafka::Compression> compression;  // nothing: as the producer sent it
  Millis timestamp_before_max{INT64_MAX};
  Millis timestamp_after_max{3'600'000};
  int32_t min_insync_replicas = 1;
  FlushMode flush = FlushMode::kWait;
  log::LogConfig log;
};

// kInvalidArgument names the setting and what it takes, or, for unknown ones, the nearest name.
Status check_topic_config(std::string_view name, std::string_view value);
// Overrides that were checked. `default_flush` is that of the server.
Result<TopicConfig> parse_topic_config(const ConfigOverrides& overrides, FlushMode default_flush);

}  // namespace millstream::broker

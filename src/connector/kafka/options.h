// The kafka connector's options as values, read once per table and checked against each other.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "catalog/connector_spec.h"
#include "catalog/table.h"

namespace millstream::connector::kafka {

enum class StartupMode { kEarliest, kLatest, kGroupOffsets, kTimestamp, kSpecificOffsets };
enum class BoundedMode { kUnbounded, kLatest, kGroupOffsets, kTimestamp, kSpecificOffsets };
enum class Reset { kNone, kEarliest, kLatest };
enum class Partitioner { kDefault, kFixed, kRoundRobin };
enum class Delivery { kUnset, kNone, kAtLeastOnce, kExactlyOnce };

struct KafkaOptions {
  std::string bootstrap_servers;
  std::vector<std::string> topics;  // one or several, or
  std::string topic_pattern;        // a regular expression for whole names
  std::string group;                // empty: none
  StartupMode startup = StartupMode::kGroupOffsets;
  EventTime startup_time{0};
  std::map<int32_t, int64_t> startup_offsets;  // by partition
  BoundedMode bounded = BoundedMode::kUnbounded;
  EventTime bounded_time{0};
  std::map<int32_t, int64_t> bounded_offsets;
  Reset reset = Reset::kNone;   // properties.auto.offset.reset
  bool read_committed = false;  // properties.isolation.level
  Millis discovery_interval{300'000};
  Partitioner partitioner = Partitioner::kDefault;
  Delivery delivery = Delivery::kUnset;
  std::string transactional_id_prefix;
  std::vector<std::pair<std::string, std::string>> client;  // what librdkafka is given, by its names

  // kInvalidArgument in Flink's words where it has some.
  static Result<KafkaOptions> read(const catalog::Table& table, bool as_sink);
};

// All options and metadata columns of the connector.
[[nodiscard]] std::vector<catalog::OptionDefinition> option_definitions();
[[nodiscard]] std::vector<catalog::MetadataColumnDefinition> metadata_definitions();

}  // namespace millstream::connector::kafka

// Reading and checking the kafka connector's options.
#include "connector/kafka/options.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "connector/dead_letter/options.h"
#include "connector/kafka/properties.h"

namespace millstream::connector::kafka {
namespace {

// "partition:0,offset:42;partition:1,offset:300"
Result<std::map<int32_t, int64_t>> read_offsets(const std::string& key, const std::string& text) {
  std::map<int32_t, int64_t> offsets;
  const auto wrong = [&] {
    return fail(ErrorCode::kInvalidArgument,
                "Invalid properties '" + key +
                    "' should follow the format 'partition:0,offset:42;partition:1,offset:300', but is '" + text +
                    "'.");
  };
  for (const std::string_view entry : split(text, ';')) {
    if (trim(entry).empty()) continue;
    const auto parts = split(entry, ',');
    if (parts.size() != 2) return wrong();
    const std::string_view partition = trim(parts[0]), offset = trim(parts[1]);
    if (!partition.starts_with("partition:") || !offset.starts_with("offset:")) return wrong();
    const auto p = parse_integer(trim(partition.substr(10)));
    const auto o = parse_integer(trim(offset.substr(7)));
    if (!p || !o || *p < 0 || *o < 0) return wrong();
    offsets[static_cast<int32_t>(*p)] = *o;
  }
  if (offsets.empty()) return wrong();
  return offsets;
}

Result<EventTime> read_time(const catalog::Table& table, const std::string& mode_key, const std::string& key) {
  const auto it = table.options.find(key);
  if (it == table.options.end()) {
    return fail(ErrorCode::kInvalidArgument,
                "'" + key + "' is required in 'timestamp' " + mode_key + " mode but missing.");
  }
  MS_ASSIGN(const int64_t millis, parse_integer(it->second));
  return EventTime(millis);
}

Result<std::map<int32_t, int64_t>> required_offsets(const catalog::Table& table, const std::string& mode_key,
                                                    const std::string& key) {
  const auto it = table.options.find(key);
  if (it == table.options.end()) {
    return fail(ErrorCode::kInvalidArgument,
                "'" + key + "' is required in 'specific-offsets' " + mode_key + " mode but missing.");
  }
  return read_offsets(key, it->second);
}

}  // namespace

Result<KafkaOptions> KafkaOptions::read(const catalog::Table& table, bool as_sink) {
  KafkaOptions result;
  result.bootstrap_servers = table.option_or("properties.bootstrap.servers", "");
  const std::string topic = table.option_or("topic", "");
  result.topic_pattern = table.option_or("topic-pattern", "");
  for (const std::string_view name : split(topic, ';')) {
    if (!trim(name).empty()) result.topics.emplace_back(trim(name));
  }
  if (!result.topics.empty() && !result.topic_pattern.empty()) {
    return fail(ErrorCode::kInvalidArgument, "Option 'topic' and 'topic-pattern' shouldn't be set together.");
  }
  if (result.topics.empty() && result.topic_pattern.empty()) {
    return fail(ErrorCode::kInvalidArgument, "Either 'topic' or 'topic-pattern' must be set.");
  }
  if (as_sink && (result.topics.size() != 1 || !result.topic_pattern.empty())) {
    return fail(ErrorCode::kUnsupported, "The sink writes to one topic: 'topic' must name exactly one.",
                "Topic lists and patterns are for reading; write an INSERT for each topic.");
  }
  for (const auto& [key, value] : table.options) {
    constexpr std::string_view kPrefix = "properties.";
    if (!key.starts_with(kPrefix)) continue;
    const std::string property = key.substr(kPrefix.size());
    MS_ASSIGN(auto settings, client_settings(property, value));
    for (auto& setting : settings) result.client.push_back(std::move(setting));
    if (property == "group.id") result.group = value;
    if (property == "isolation.level") {
      if (value != "read_committed" && value != "read_uncommitted") {
        return fail(ErrorCode::kInvalidArgument,
                    "'properties.isolation.level' must be read_committed or read_uncommitted, not '" + value + "'.");
      }
      result.read_committed = value == "read_committed";
    }
    if (property == "auto.offset.reset") {
      if (value == "earliest")
        result.reset = Reset::kEarliest;
      else if (value == "latest")
        result.reset = Reset::kLatest;
      else if (value == "none")
        result.reset = Reset::kNone;
      else
        return fail(ErrorCode::kInvalidArgument,
                    "'properties.auto.offset.reset' must be earliest, latest or none, not '" + value + "'.");
    }
  }
  const std::string startup = table.option_or("scan.startup.mode", "group-offsets");
  if (startup == "earliest-offset")
    result.startup = StartupMode::kEarliest;
  else if (startup == "latest-offset")
    result.startup = StartupMode::kLatest;
  else if (startup == "group-offsets")
    result.startup = StartupMode::kGroupOffsets;
  else if (startup == "timestamp") {
    result.startup = StartupMode::kTimestamp;
    MS_ASSIGN(result.startup_time, read_time(table, "startup", "scan.startup.timestamp-millis"));
  } else if (startup == "specific-offsets") {
    result.startup = StartupMode::kSpecificOffsets;
    MS_ASSIGN(result.startup_offsets, required_offsets(table, "startup", "scan.startup.specific-offsets"));
    if (result.topics.size() != 1) {
      return fail(ErrorCode::kInvalidArgument,
                  "Currently Kafka source only supports specific offset for single topic.");
    }
  }
  if (!as_sink && result.startup == StartupMode::kGroupOffsets && result.group.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "Property group.id is required when 'scan.startup.mode' is 'group-offsets', the default.",
                "Add 'properties.group.id' = '…', or 'scan.startup.mode' = 'earliest-offset' (or 'latest-offset').");
  }
  const std::string bounded = table.option_or("scan.bounded.mode", "unbounded");
  if (bounded == "latest-offset")
    result.bounded = BoundedMode::kLatest;
  else if (bounded == "group-offsets")
    result.bounded = BoundedMode::kGroupOffsets;
  else if (bounded == "timestamp") {
    result.bounded = BoundedMode::kTimestamp;
    MS_ASSIGN(result.bounded_time, read_time(table, "bounded", "scan.bounded.timestamp-millis"));
  } else if (bounded == "specific-offsets") {
    result.bounded = BoundedMode::kSpecificOffsets;
    MS_ASSIGN(result.bounded_offsets, required_offsets(table, "bounded", "scan.bounded.specific-offsets"));
  }
  MS_ASSIGN(result.discovery_interval,
            parse_duration(table.option_or("scan.topic-partition-discovery.interval", "5 min")));
  const std::string partitioner = table.option_or("sink.partitioner", "default");
  if (partitioner == "fixed")
    result.partitioner = Partitioner::kFixed;
  else if (partitioner == "round-robin")
    result.partitioner = Partitioner::kRoundRobin;
  else if (partitioner != "default") {
    return fail(ErrorCode::kUnsupported, "'sink.partitioner' = '" + partitioner + "' names a Java class.",
                "Use default, fixed or round-robin.");
  }
  if (as_sink && result.partitioner == Partitioner::kRoundRobin && table.options.contains("key.fields")) {
    return fail(ErrorCode::kInvalidArgument,
                "Currently 'round-robin' partitioner only works when option 'key.fields' is not specified.");
  }
  if (const auto it = table.options.find("sink.delivery-guarantee"); it != table.options.end()) {
    result.delivery = it->second == "none"           ? Delivery::kNone
                      : it->second == "exactly-once" ? Delivery::kExactlyOnce
                                                     : Delivery::kAtLeastOnce;
  }
  result.transactional_id_prefix = table.option_or("sink.transactional-id-prefix", "");
  return result;
}

std::vector<catalog::OptionDefinition> option_definitions() {
  using catalog::OptionType;
  std::vector<catalog::OptionDefinition> options = {
      {"topic",
       OptionType::kList,
       false,
       "",
       {},
       "Topic to read or write; for reading a list separated by semicolons."},
      {"topic-pattern",
       OptionType::kString,
       false,
       "",
       {},
       "Regular expression for whole names of topics to read, instead of 'topic'."},
      {"properties.bootstrap.servers",
       OptionType::kString,
       true,
       "",
       {},
       "Brokers as host:port, separated by commas. If they are this server, its log is read and written directly."},
      {"properties.group.id",
       OptionType::kString,
       false,
       "",
       {},
       "Consumer group: where 'group-offsets' starts, and where positions are committed after each checkpoint."},
      {"properties.*",
       OptionType::kString,
       false,
       "",
       {},
       "Client properties by Java's or librdkafka's names. Unknown ones are errors."},
      {"key.fields",
       OptionType::kList,
       false,
       "",
       {},
       "Columns that make up the record's key, separated by semicolons."},
      {"key.fields-prefix",
       OptionType::kString,
       false,
       "",
       {},
       "A prefix of key columns' names in the table that the key itself does not have."},
      {"value.fields-include",
       OptionType::kEnum,
       false,
       "ALL",
       {"ALL", "EXCEPT_KEY"},
       "Whether the value holds the key's columns too."},
      {"scan.startup.mode",
       OptionType::kEnum,
       false,
       "group-offsets",
       {"earliest-offset", "latest-offset", "group-offsets", "timestamp", "specific-offsets"},
       "Where reading begins on a fresh start."},
      {"scan.startup.timestamp-millis",
       OptionType::kInteger,
       false,
       "",
       {},
       "For startup mode 'timestamp': milliseconds since 1970."},
      {"scan.startup.specific-offsets",
       OptionType::kString,
       false,
       "",
       {},
       "For startup mode 'specific-offsets': 'partition:0,offset:42;partition:1,offset:300'."},
      {"scan.bounded.mode",
       OptionType::kEnum,
       false,
       "unbounded",
       {"unbounded", "latest-offset", "group-offsets", "timestamp", "specific-offsets"},
       "Where reading ends, as of the start."},
      {"scan.bounded.timestamp-millis",
       OptionType::kInteger,
       false,
       "",
       {},
       "For bounded mode 'timestamp': milliseconds since 1970."},
      {"scan.bounded.specific-offsets",
       OptionType::kString,
       false,
       "",
       {},
       "For bounded mode 'specific-offsets': the first offset of each partition that is not read."},
      {"scan.topic-partition-discovery.interval",
       OptionType::kDuration,
       false,
       "5 min",
       {},
       "How often new partitions are looked for; 0 is never."},
      {"sink.partitioner",
       OptionType::kString,
       false,
       "default",
       {},
       "default (hash of the key, without key in turns), fixed (one partition per task) or round-robin."},
      {"sink.delivery-guarantee",
       OptionType::kEnum,
       false,
       "",
       {"none", "at-least-once", "exactly-once"},
       "Of a topic of this server: exactly-once (the default) shows records after each checkpoint, the others at once. "
       "Elsewhere at-least-once."},
  };
  std::ranges::move(dead_letter::option_definitions("records"), std::back_inserter(options));
  return options;
}

std::vector<catalog::MetadataColumnDefinition> metadata_definitions() {
  using column::Type;
  return {
      {"topic", Type::string().not_null(), true, false, "Topic of the record."},
      {"partition", Type::integer().not_null(), true, false, "Partition of the record."},
      {"headers", Type::map(Type::string().not_null(), Type::bytes()).not_null(), true, true, "Headers of the record."},
      {"leader-epoch", Type::integer(), true, false, "Leader epoch of the record's batch."},
      {"offset", Type::bigint().not_null(), true, false, "Offset of the record in its partition."},
      {"timestamp", Type::timestamp_ltz(3).not_null(), true, true, "Timestamp of the record."},
      {"timestamp-type", Type::string().not_null(), true, false, "NoTimestampType, CreateTime or LogAppendTime."},
  };
}

}  // namespace millstream::connector::kafka

// The table of topic settings, their checks and their parsed form.
#include "broker/topic_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"

namespace millstream::broker {

namespace {

constexpr int64_t kMaxLong = INT64_MAX;
constexpr int64_t kMaxInt = INT32_MAX;

constexpr auto kDefinitions = std::to_array<ConfigDefinition>({
    {.name = "cleanup.policy",
     .type = ConfigType::kList,
     .default_value = "delete",
     .documentation = "delete: segments beyond retention.ms or retention.bytes go. compact: records need keys and none "
                      "goes because of its age or "
                      "size; replaced ones stay too, because this release does not compact.",
     .choices = "compact,delete",
     .broker_name = "log.cleanup.policy"},
    {.name = "compression.type",
     .type = ConfigType::kString,
     .default_value = "producer",
     .documentation = "The codec of stored batches; producer keeps what the producer chose.",
     .choices = "uncompressed,zstd,lz4,snappy,gzip,producer",
     .broker_name = "compression.type"},
    {.name = "index.interval.bytes",
     .type = ConfigType::kInt,
     .default_value = "4096",
     .documentation = "About how many bytes of batches lie between two entries of the offset index.",
     .minimum = 0,
     .maximum = kMaxInt,
     .broker_name = "log.index.interval.bytes"},
    {.name = "max.message.bytes",
     .type = ConfigType::kInt,
     .default_value = "1048588",
     .documentation = "The largest record batch that producers may send.",
     .minimum = 0,
     .maximum = kMaxInt,
     .broker_name = "message.max.bytes"},
    {.name = "message.timestamp.after.max.ms",
     .type = ConfigType::kLong,
     .default_value = "3600000",
     .documentation = "How far a record's timestamp may lie in the future; not checked with LogAppendTime.",
     .minimum = 0,
     .maximum = kMaxLong,
     .broker_name = "log.message.timestamp.after.max.ms"},
    {.name = "message.timestamp.before.max.ms",
     .type = ConfigType::kLong,
     .default_value = "9223372036854775807",
     .documentation = "How far a record's timestamp may lie in the past; not checked with LogAppendTime.",
     .minimum = 0,
     .maximum = kMaxLong,
     .broker_name = "log.message.timestamp.before.max.ms"},
    {.name = "message.timestamp.type",
     .type = ConfigType::kString,
     .default_value = "CreateTime",
     .documentation = "Whether a record's timestamp is the producer's or the time of its append.",
     .choices = "CreateTime,LogAppendTime",
     .broker_name = "log.message.timestamp.type"},
    {.name = "millstream.flush",
     .type = ConfigType::kString,
     .default_value = "wait",
     .documentation = "wait: acks=all is answered, and consumers see records, once they are on the disk. background: "
                      "once they are in the "
                      "page cache, which a power cut loses.",
     .choices = "wait,background",
     .broker_name = "millstream.flush"},
    {.name = "min.insync.replicas",
     .type = ConfigType::kInt,
     .default_value = "1",
     .documentation = "How many replicas acks=all needs; there is one, so with more every acks=all produce is refused.",
     .minimum = 1,
     .maximum = kMaxInt,
     .broker_name = "min.insync.replicas"},
    {.name = "retention.bytes",
     .type = ConfigType::kLong,
     .default_value = "-1",
     .documentation = "Above this size of a partition its oldest segments are deleted; -1: no bound.",
     .minimum = -1,
     .maximum = kMaxLong,
     .broker_name = "log.retention.bytes"},
    {.name = "retention.ms",
     .type = ConfigType::kLong,
     .default_value = "604800000",
     .documentation = "Segments whose newest record is older than this are deleted; -1: no bound.",
     .minimum = -1,
     .maximum = kMaxLong,
     .broker_name = "log.retention.ms"},
    {.name = "segment.bytes",
     .type = ConfigType::kInt,
     .default_value = "1073741824",
     .documentation = "The size at which a new segment file is begun.",
     .minimum = 1 << 20,
     .maximum = kMaxInt,
     .broker_name = "log.segment.bytes"},
    {.name = "segment.index.bytes",
     .type = ConfigType::kInt,
     .default_value = "10485760",
     .documentation = "The size of an index at which a new segment is begun.",
     .minimum = 4,
     .maximum = kMaxInt,
     .broker_name = "log.index.size.max.bytes"},
    {.name = "segment.ms",
     .type = ConfigType::kLong,
     .default_value = "604800000",
     .documentation = "The age at which a new segment file is begun.",
     .minimum = 1,
     .maximum = kMaxLong,
     .broker_name = "log.roll.ms"},
    {.name = "unclean.leader.election.enable",
     .type = ConfigType::kBoolean,
     .default_value = "false",
     .documentation = "Without a second replica there is no election, so both values mean the same.",
     .broker_name = "unclean.leader.election.enable"},
});

// Settings of Kafka's that only steer compaction; taking them would promise it.
constexpr auto kOfCompaction = std::to_array<std::string_view>(
    {"delete.retention.ms", "max.compaction.lag.ms", "min.cleanable.dirty.ratio", "min.compaction.lag.ms"});

bool is_choice(std::string_view value, std::string_view choices) {
  for (const std::string_view choice : split(choices, ',')) {
    if (choice == value) return true;
  }
  return false;
}

std::unexpected<Error> refused(const ConfigDefinition& definition, std::string_view value, std::string why) {
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("Invalid value {} for configuration {}: {}", value, definition.name, why));
}

Status check_number(const ConfigDefinition& definition, std::string_view value) {
  const auto number = parse_integer(trim(value));
  if (!number) {
    return refused(definition, value,
                   fmt::format("Not a number of type {}", definition.type == ConfigType::kLong ? "LONG" : "INT"));
  }
  if (*number < definition.minimum)
    return refused(definition, value, fmt::format("Value must be at least {}", definition.minimum));
  if (*number > definition.maximum)
    return refused(definition, value, fmt::format("Value must be at most {}", definition.maximum));
  return {};
}

}  // namespace

std::span<const ConfigDefinition> topic_config_definitions() { return kDefinitions; }

const ConfigDefinition* find_topic_config(std::string_view name) {
  for (const ConfigDefinition& definition : kDefinitions) {
    if (definition.name == name) return &definition;
  }
  return nullptr;
}

Status check_topic_config(std::string_view name, std::string_view value) {
  const ConfigDefinition* const definition = find_topic_config(name);
  if (definition == nullptr && std::find(kOfCompaction.begin(), kOfCompaction.end(), name) != kOfCompaction.end()) {
    return fail(
        ErrorCode::kInvalidArgument,
        fmt::format(
            "{} is not supported: this release does not compact; topics with cleanup.policy=compact keep all records",
            name));
  }
  if (definition == nullptr) {
    std::vector<std::string> names;
    for (const ConfigDefinition& known : kDefinitions) names.emplace_back(known.name);
    const auto meant = nearest(name, names);
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("Unknown topic config name: {}{}", name,
                            meant ? fmt::format("; did you mean {}?", *meant) : ". Known are " + join(names, ", ")));
  }
  switch (definition->type) {
    case ConfigType::kInt:
    case ConfigType::kShort:
    case ConfigType::kLong:
      return check_number(*definition, value);
    case ConfigType::kBoolean:
      if (!parse_boolean(trim(value))) return refused(*definition, value, "Expected value to be either true or false");
      return {};
    case ConfigType::kList:
      if (trim(value).empty())
        return refused(*definition, value, fmt::format("must name at least one of {}", definition->choices));
      for (const std::string_view part : split(value, ',')) {
        if (!is_choice(trim(part), definition->choices)) {
          return refused(*definition, value, fmt::format("String must be one of: {}", definition->choices));
        }
      }
      return {};
    case ConfigType::kString:
      if (!is_choice(value, definition->choices)) {
        return refused(*definition, value, fmt::format("String must be one of: {}", definition->choices));
      }
      return {};
    case ConfigType::kDouble:
    case ConfigType::kClass:
    case ConfigType::kPassword:
      break;
  }
  return fail(ErrorCode::kInternal, fmt::format("no check for {}", name));
}

Result<TopicConfig> parse_topic_config(const ConfigOverrides& overrides, FlushMode default_flush) {
  for (const auto& [name, value] : overrides) MS_TRY(check_topic_config(name, value));
  auto text = [&](std::string_view name) -> std::string_view {
    const auto at = overrides.find(name);
    return trim(at != overrides.end() ? std::string_view(at->second) : find_topic_config(name)->default_value);
  };
  auto number = [&](std::string_view name) { return parse_integer(text(name)).value_or(0); };

  TopicConfig config;
  config.delete_old = config.compact = false;
  for (const std::string_view policy : split(text("cleanup.policy"), ',')) {
    if (trim(policy) == "delete") config.delete_old = true;
    if (trim(policy) == "compact") config.compact = true;
  }
  config.max_message_bytes = Bytes(number("max.message.bytes"));
  config.timestamp_before_max = Millis(number("message.timestamp.before.max.ms"));
  config.timestamp_after_max = Millis(number("message.timestamp.after.max.ms"));
  config.min_insync_replicas = static_cast<int32_t>(number("min.insync.replicas"));
  const std::string_view compression = text("compression.type");
  if (compression == "uncompressed")
    config.compression = wire::kafka::Compression::kNone;
  else if (compression != "producer")
    config.compression = *wire::kafka::compression_from_name(compression);
  config.flush = overrides.contains("millstream.flush")
                     ? (text("millstream.flush") == "wait" ? FlushMode::kWait : FlushMode::kBackground)
                     : default_flush;

  log::LogConfig& log = config.log;
  log.segment_bytes = Bytes(number("segment.bytes"));
  log.segment_age = Millis(number("segment.ms"));
  log.segment_index_bytes = Bytes(number("segment.index.bytes"));
  log.index_interval = Bytes(number("index.interval.bytes"));
  log.retention_age.reset();
  log.retention_bytes.reset();
  if (config.delete_old) {
    if (number("retention.ms") >= 0) log.retention_age = Millis(number("retention.ms"));
    if (number("retention.bytes") >= 0) log.retention_bytes = Bytes(number("retention.bytes"));
  }
  log.timestamp_type = text("message.timestamp.type") == "LogAppendTime" ? wire::kafka::TimestampType::kLogAppendTime
                                                                         : wire::kafka::TimestampType::kCreateTime;
  log.readable_when_flushed = config.flush == FlushMode::kWait;
  return config;
}

}  // namespace millstream::broker

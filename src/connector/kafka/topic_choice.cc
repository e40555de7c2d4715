// Startup and bounded modes applied to one partition.
#include "connector/kafka/topic_choice.h"

#include <algorithm>
#include <regex>

namespace millstream::connector::kafka {

Result<KafkaSplit> place_split(const KafkaOptions& options, const std::string& topic, PartitionId partition,
                               PartitionPlaces& places, bool fresh) {
  KafkaSplit split{topic, partition, 0, kNoEnd};
  const auto reset = [&](const std::string& why) -> Result<int64_t> {
    if (options.reset == Reset::kEarliest) return places.earliest();
    if (options.reset == Reset::kLatest) return places.latest();
    return fail(ErrorCode::kInvalidArgument,
                "Undefined offset with no reset policy for partitions: [" + split.name() + "]: " + why,
                "Set 'properties.auto.offset.reset' to earliest or latest, or 'scan.startup.mode'.");
  };
  const StartupMode mode = fresh ? options.startup : StartupMode::kEarliest;
  switch (mode) {
    case StartupMode::kEarliest: {
      MS_ASSIGN(split.offset, places.earliest());
      break;
    }
    case StartupMode::kLatest: {
      MS_ASSIGN(split.offset, places.latest());
      break;
    }
    case StartupMode::kTimestamp: {
      MS_ASSIGN(const std::optional<int64_t> found, places.at_time(options.startup_time));
      if (found)
        split.offset = *found;
      else {
        MS_ASSIGN(split.offset, places.latest());
      }
      break;
    }
    case StartupMode::kGroupOffsets: {
      MS_ASSIGN(const std::optional<int64_t> found, places.committed());
      if (found)
        split.offset = *found;
      else {
        MS_ASSIGN(split.offset, reset("group '" + options.group + "' has committed nothing there"));
      }
      break;
    }
    case StartupMode::kSpecificOffsets: {
      const auto found = options.startup_offsets.find(partition.value);
      if (found != options.startup_offsets.end())
        split.offset = found->second;
      else {
        MS_ASSIGN(split.offset, places.earliest());
      }
      break;
    }
  }
  switch (options.bounded) {
    case BoundedMode::kUnbounded:
      break;
    case BoundedMode::kLatest: {
      MS_ASSIGN(split.end, places.latest());
      break;
    }
    case BoundedMode::kTimestamp: {
      MS_ASSIGN(const std::optional<int64_t> found, places.at_time(options.bounded_time));
      if (found)
        split.end = *found;
      else {
        MS_ASSIGN(split.end, places.latest());
      }
      break;
    }
    case BoundedMode::kGroupOffsets: {
      MS_ASSIGN(const std::optional<int64_t> found, places.committed());
      if (found)
        split.end = *found;
      else {
        MS_ASSIGN(split.end, places.latest());
      }
      break;
    }
    case BoundedMode::kSpecificOffsets: {
      const auto found = options.bounded_offsets.find(partition.value);
      if (found != options.bounded_offsets.end())
        split.end = found->second;
      else {
        MS_ASSIGN(split.end, places.latest());
      }
      break;
    }
  }
  return split;
}

Result<std::vector<std::string>> matching_topics(const KafkaOptions& options, const std::vector<std::string>& all) {
  std::vector<std::string> names;
  try {
    const std::regex pattern(options.topic_pattern);
    std::ranges::copy_if(all, std::back_inserter(names),
                         [&](const std::string& name) { return std::regex_match(name, pattern); });
  } catch (const std::regex_error& error) {
    return fail(ErrorCode::kInvalidArgument,
                "'topic-pattern' = '" + options.topic_pattern + "' is no regular expression: " + error.what());
  }
  return names;
}

}  // namespace millstream::connector::kafka

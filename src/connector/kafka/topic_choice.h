// Which topics a table means, and where each partition starts and ends: what local and remote sources decide alike.
#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connector/kafka/options.h"
#include "connector/kafka/positions.h"

namespace millstream::connector::kafka {

// The places of one partition that a start or an end may refer to; asked for only where the mode needs it.
class PartitionPlaces {
 public:
  virtual ~PartitionPlaces() = default;
  virtual Result<int64_t> earliest() = 0;
  virtual Result<int64_t> latest() = 0;
  virtual Result<std::optional<int64_t>> at_time(EventTime time) = 0;  // nothing: all records are older
  virtual Result<std::optional<int64_t>> committed() = 0;              // of the group
};

// The split's first state. `fresh`: as of the job's start; partitions found later start at their beginning.
Result<KafkaSplit> place_split(const KafkaOptions& options, const std::string& topic, PartitionId partition,
                               PartitionPlaces& places, bool fresh);

// Names among `all` that match 'topic-pattern'; kInvalidArgument if it is no regular expression.
Result<std::vector<std::string>> matching_topics(const KafkaOptions& options, const std::vector<std::string>& all);

}  // namespace millstream::connector::kafka

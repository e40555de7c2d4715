// Names and positions of the kafka connector's splits, and the vectors of its metadata columns.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "column/vector.h"
#include "stream/source.h"

namespace millstream::connector::kafka {

constexpr int64_t kNoEnd = -1;

// A split is "topic-3"; its position {"offset": next to read} and, if bounded, {"end": first not to read}.
struct KafkaSplit {
  std::string topic;
  PartitionId partition{0};
  int64_t offset = 0;
  int64_t end = kNoEnd;

  [[nodiscard]] std::string name() const { return topic + "-" + std::to_string(partition.value); }
  [[nodiscard]] stream::SplitState state(bool finished) const;
  static Result<KafkaSplit> read(const stream::SplitState& state);
};

// What a record's metadata columns are made of.
struct RecordFacts {
  int64_t offset = 0;
  int64_t timestamp = -1;  // milliseconds since 1970
  int32_t leader_epoch = -1;
  int8_t timestamp_type = 0;                                           // -1: none, 0: create, 1: append
  std::vector<std::pair<std::string_view, std::string_view>> headers;  // filled only if wanted
};
// One vector per key in `wanted`.
[[nodiscard]] std::vector<column::VectorPtr> metadata_vectors(std::span<const std::string> wanted,
                                                              const KafkaSplit& split,
                                                              std::span<const RecordFacts> records);

}  // namespace millstream::connector::kafka

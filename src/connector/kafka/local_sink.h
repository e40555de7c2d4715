// Writing to a topic of this process's broker: records are collected per checkpoint and appended when it is committed.
//
// Exactly once, see local_epoch.h. With delivery guarantee at-least-once or none, records are appended as they come.
#pragma once

#include "connector/connectors.h"
#include "connector/kafka/options.h"

namespace millstream::connector::kafka {

inline constexpr std::string_view kLocalTarget = "kafka:local";

Result<std::unique_ptr<stream::Sink>> make_local_sink(const plan::TableSink& sink, const column::Schema& input,
                                                      KafkaOptions options, const ConnectorParts& parts);

// Which partition a record goes to, as Kafka's and Flink's partitioners decide.
class PartitionChoice {
 public:
  PartitionChoice(Partitioner partitioner, int task) : partitioner_(partitioner), task_(task) {}
  // `key` has no data if the record has none.
  [[nodiscard]] size_t choose(std::string_view key, size_t partitions);

 private:
  Partitioner partitioner_;
  int task_;
  size_t turn_ = 0;
};
// Kafka's hash of keys: murmur2 with seed 0x9747b28c, by Austin Appleby.
[[nodiscard]] uint32_t murmur2(std::string_view bytes);

// Writable metadata columns of one row.
struct WritableMetadata {
  std::optional<int64_t> timestamp;  // milliseconds
  std::vector<std::pair<std::string_view, std::optional<std::string_view>>> headers;
};
// `keys`: as TableSink::writable_metadata; their columns begin at `first` of the batch.
[[nodiscard]] WritableMetadata read_metadata(const column::Batch& batch, const std::vector<std::string>& keys,
                                             size_t first, size_t position);

}  // namespace millstream::connector::kafka

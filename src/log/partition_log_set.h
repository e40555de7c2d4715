// The partitions of a data folder: folders named <topic>-<partition> as Kafka names them; found by name, made and
// deleted.
//
// Any thread. Whoever holds a shared_ptr keeps a log usable; a deleted one refuses appends.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "log/partition_log.h"

namespace millstream::log {

struct TopicPartition {
  std::string topic;
  PartitionId partition;
  auto operator<=>(const TopicPartition&) const = default;
};

class PartitionLogSet {
 public:
  // Opens every partition in the folder, which is made if absent, and finishes deletions that were under way.
  // The first error ends it; its message names the partition's folder.
  using ConfigOf = std::function<LogConfig(const std::string& topic)>;
  static Result<std::unique_ptr<PartitionLogSet>> open(env::Env& env, std::string folder, const ConfigOf& config_of);

  // kAlreadyExists; kInvalidArgument for names that Kafka does not allow. Durable when it returns.
  Result<std::shared_ptr<PartitionLog>> create(const TopicPartition& name, const LogConfig& config);
  [[nodiscard]] std::shared_ptr<PartitionLog> find(const std::string& topic,
                                                   PartitionId partition) const;                    // null: none
  [[nodiscard]] std::vector<std::pair<TopicPartition, std::shared_ptr<PartitionLog>>> all() const;  // sorted
  // Gone, durably, when it returns; the bytes are freed on the executor. kNotFound.
  Status remove(const TopicPartition& name);
  // Closes every log; the first error, after all were tried.
  Status close();

 private:
  PartitionLogSet(env::Env& env, std::string folder) : env_(env), folder_(std::move(folder)) {}

  env::Env& env_;
  const std::string folder_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::map<PartitionId, std::shared_ptr<PartitionLog>>, std::less<>> topics_;
};

// 1 to 249 of [a-zA-Z0-9._-], not "." or "..".
[[nodiscard]] Status check_topic_name(std::string_view name);

}  // namespace millstream::log

// The topics of this process's own broker, as the kafka connector reads and writes them; server/ implements it.
//
// Any thread; nothing blocks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "log/group_offsets.h"
#include "log/partition_log.h"

namespace millstream::connector::kafka {

class LocalTopics {
 public:
  using Partitions = std::vector<std::shared_ptr<log::PartitionLog>>;  // by partition number
  virtual ~LocalTopics() = default;
  // Whether every server of "host:port,host:port" is this one: its own addresses, and the aliases of the configuration.
  [[nodiscard]] virtual bool is_this_server(const std::string& bootstrap_servers) const = 0;
  // Empty if there is no such topic.
  [[nodiscard]] virtual Partitions find(const std::string& topic) const = 0;
  [[nodiscard]] virtual std::vector<std::string> names() const = 0;  // internal topics left out
  // Whether a topic that a statement names is made when it is missing (auto.create.topics.enable).
  [[nodiscard]] virtual bool may_create() const = 0;
  // Starts to make it with the default number of partitions; find() sees it once it is there. Repeats are harmless.
  virtual void create(const std::string& topic) = 0;
  virtual log::GroupOffsets& group_offsets() = 0;
};

}  // namespace millstream::connector::kafka

// All topics of this broker with their open partitions and settings; what changes them is durable before it is visible.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "broker/topic_config.h"
#include "env/env.h"
#include "journal/journal.h"
#include "log/partition_log.h"
#include "log/partition_log_set.h"
#include "wire/kafka/uuid.h"

namespace millstream::broker {

inline constexpr int32_t kMaxPartitions = 10'000;  // of one topic

// What the journal keeps of a topic.
struct StoredTopic {
  wire::kafka::Uuid id;
  std::string name;
  int32_t partitions = 0;
  ConfigOverrides overrides;
};

// One state of a topic; a change makes a new one that shares the logs.
struct Topic {
  wire::kafka::Uuid id;
  std::string name;
  std::vector<std::shared_ptr<log::PartitionLog>> partitions;
  ConfigOverrides overrides;
  TopicConfig config;

  // nullptr if there is no such partition.
  [[nodiscard]] log::PartitionLog* partition(int32_t index) const {
    return index >= 0 && static_cast<size_t>(index) < partitions.size() ? partitions[static_cast<size_t>(index)].get()
                                                                        : nullptr;
  }
};
using TopicPtr = std::shared_ptr<const Topic>;

// Any thread. Changes run on the environment's executor and call back from there (or before they return, when refused);
// looking up never waits for them.
class Topics {
 public:
  struct Options {
    std::string folder;  // of the partitions
    FlushMode flush = FlushMode::kWait;
    std::string cluster_id;  // kept in the journal with the topics
  };
  // Opens the logs of the stored topics, which blocks, and removes partitions that are not stored. kCorrupt if one is
  // missing.
  static Result<std::shared_ptr<Topics>> open(env::Env& env, journal::Journal& journal, Options options,
                                              std::vector<StoredTopic> stored);
  ~Topics();

  [[nodiscard]] TopicPtr find(std::string_view name) const;
  [[nodiscard]] TopicPtr find(const wire::kafka::Uuid& id) const;
  [[nodiscard]] std::vector<TopicPtr> list() const;  // by name
  [[nodiscard]] const Options& options() const { return options_; }
  // For connector/kafka, which reads and writes local partitions itself.
  [[nodiscard]] log::PartitionLogSet& logs() { return *logs_; }

  using Created = std::function<void(Result<TopicPtr>)>;
  using Done = std::function<void(Status)>;

  // kAlreadyExists, also while another creation of that name is under way; kInvalidArgument for names, counts,
  // settings.
  void create(std::string name, int32_t partitions, ConfigOverrides overrides, Created done);
  // The checks of create() alone.
  Status check_new(const std::string& name, int32_t partitions, const ConfigOverrides& overrides) const;
  void remove(const wire::kafka::Uuid& id, Done done);
  // Up to `partitions` in all; kInvalidArgument if that is not more than there are.
  void add_partitions(const wire::kafka::Uuid& id, int32_t partitions, Done done);
  // Replaces what the topic sets itself.
  void set_overrides(const wire::kafka::Uuid& id, ConfigOverrides overrides, Done done);

  // Called after a topic was removed, on the executor: its offsets and waiting fetches go too.
  void on_removed(std::function<void(const Topic&)> call) { removed_ = std::move(call); }

  // Deletes what is too old; blocks on the disk.
  void apply_retention();
  // Waits for changes under way, then flushes and closes every log; blocks on the disk. Nothing may be changed
  // afterwards.
  Status close();

 private:
  Topics(env::Env& env, journal::Journal& journal, Options options);
  // Makes partitions from..to - 1 and adds them to `topic`, all or none; blocks.
  Status make_partitions(Topic& topic, int32_t from, int32_t to);
  void remove_partitions(const std::string& topic, int32_t from, int32_t to);
  Status add_snapshot(const std::function<Status(ByteSpan)>& add) const;
  void publish(TopicPtr topic);
  void change(const wire::kafka::Uuid& id, std::function<Result<TopicPtr>(const Topic&)> make, Done done);

  env::Env& env_;
  journal::Journal& journal_;
  const Options options_;
  std::unique_ptr<log::PartitionLogSet> logs_;
  std::function<void(const Topic&)> removed_;

  mutable std::shared_mutex mutex_;
  std::map<std::string, TopicPtr, std::less<>> by_name_;
  std::unordered_map<wire::kafka::Uuid, TopicPtr> by_id_;
  std::set<std::string> being_created_;

  struct Changes;  // one change of a topic at a time
  std::shared_ptr<Changes> changes_;
};

}  // namespace millstream::broker

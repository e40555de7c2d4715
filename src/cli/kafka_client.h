// librdkafka behind values of ours: topics, groups, records, errors as Result. One thread at a time; rdkafka.h stays in
// the .cc.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/ids.h"

namespace millstream::cli {

struct PartitionInfo {
  PartitionId id{0};
  Offset begin{0}, end{0};
};
struct TopicInfo {
  std::string name;
  std::vector<PartitionInfo> partitions;
  std::map<std::string, std::string> config;  // what differs from the defaults
};
struct GroupMember {
  std::string id, client, host, assignment;
};
struct GroupOffset {
  std::string topic;
  PartitionId partition{0};
  Offset committed{-1}, end{0};  // -1: nothing committed
};
struct GroupInfo {
  std::string id, state, protocol;
  std::vector<GroupMember> members;
  std::vector<GroupOffset> offsets;
};
struct ConsumedRecord {
  std::string topic;
  PartitionId partition{0};
  Offset offset{0};
  int64_t timestamp = 0;  // milliseconds since 1970; -1: none
  std::optional<std::string> key, value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;  // in order; a name may come again
};

class KafkaClient {
 public:
  // `properties` go to librdkafka as they are, behind bootstrap.servers.
  static Result<std::unique_ptr<KafkaClient>> connect(const std::string& bootstrap,
                                                      const std::map<std::string, std::string>& properties = {});
  ~KafkaClient();

  Result<std::vector<TopicInfo>> topics();           // names and partitions, without offsets
  Result<TopicInfo> topic(const std::string& name);  // with offsets and configuration
  Status create_topic(const std::string& name, int partitions, const std::map<std::string, std::string>& config);
  Status delete_topic(const std::string& name);
  Result<std::vector<GroupInfo>> groups();  // id and state only
  Result<GroupInfo> group(const std::string& id);
  Status delete_group(const std::string& id);

 private:
  Status add_uncommitted(GroupInfo& group);
  struct Impl;
  explicit KafkaClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Sends records with idempotence and acks=all; waits for all acknowledgements at the end.
class KafkaSender {
 public:
  static Result<std::unique_ptr<KafkaSender>> connect(const std::string& bootstrap,
                                                      const std::map<std::string, std::string>& properties);
  ~KafkaSender();
  Status send(const std::string& topic, std::optional<std::string_view> key, std::string_view value, int partition);
  // How many were acknowledged; an error names the first that was not.
  Result<int64_t> finish();

 private:
  struct Impl;
  explicit KafkaSender(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct ConsumeOptions {
  std::string topic;
  std::string group;          // empty: no group, no commits
  std::string start = "end";  // "beginning", "end", or an offset
  int partition = -1;         // -1: all
  int64_t count = -1;         // stop after so many; -1: never
  bool stop_at_end = false;
  std::map<std::string, std::string> properties;
};
enum class ConsumeEnd {
  kDone,
  kNoPartitions,  // with stop_at_end: the group's other members hold all partitions
};
// Calls `record` for each until it returns false, the count is reached, or the end with stop_at_end.
Result<ConsumeEnd> consume(const std::string& bootstrap, const ConsumeOptions& options,
                           const std::function<bool(const ConsumedRecord&)>& record, const std::function<bool()>& stop);

}  // namespace millstream::cli

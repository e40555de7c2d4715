// The journal records of topics, groups and producer ids: one byte of kind, then fields. docs/format/broker-journal.md.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/ids.h"
#include "broker/topics.h"

namespace millstream::broker::internal {

// The kinds never change their meaning; a reader that meets an unknown one belongs to an older version and stops.
enum class TopicRecord : uint8_t { kSet = 1, kRemoved = 2, kCluster = 3 };
enum class GroupRecord : uint8_t { kOffset = 1, kOffsetRemoved = 2, kGroup = 3, kGroupRemoved = 4 };
enum class ProducerRecord : uint8_t { kNextBlock = 1 };

// A group as it was after its last completed rebalance, so that members go on after a restart.
struct StoredMember {
  std::string id;
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  Millis session_timeout;
  Millis rebalance_timeout;
  std::string metadata;  // of the chosen protocol
  std::string assignment;
};
struct StoredGroup {
  std::string id;
  int32_t generation = 0;
  std::string protocol_type;
  std::string protocol;
  std::string leader;
  ProcTime state_since;
  std::vector<StoredMember> members;
};

struct CommittedOffset {
  Offset offset;
  int32_t leader_epoch = -1;
  std::string metadata;
  ProcTime committed_at;
};
struct StoredOffset {
  std::string group;
  std::string topic;
  int32_t partition = 0;
  CommittedOffset value;
};

ByteBuffer encode(const StoredTopic& topic);
ByteBuffer encode_removed(const wire::kafka::Uuid& topic);
ByteBuffer encode_cluster(std::string_view cluster_id);
ByteBuffer encode(const StoredGroup& group);
ByteBuffer encode_group_removed(std::string_view group);
ByteBuffer encode(const StoredOffset& offset);
ByteBuffer encode_offset_removed(std::string_view group, std::string_view topic, int32_t partition);
ByteBuffer encode_next_block(int64_t first_unused);

// What all records together leave.
struct StoredContent {
  std::string cluster_id;
  std::map<std::string, StoredTopic> topics;  // by the id's text
  std::map<std::string, StoredGroup> groups;
  std::map<std::string, std::map<std::pair<std::string, int32_t>, CommittedOffset>> offsets;
  int64_t next_producer_block = 0;

  Status replay_topic(ByteSpan record);
  Status replay_group(ByteSpan record);
  Status replay_producer(ByteSpan record);
};

}  // namespace millstream::broker::internal

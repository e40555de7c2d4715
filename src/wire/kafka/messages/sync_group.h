// SyncGroup (key 14): the leader hands in everyone's assignment, each member takes its own.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct SyncGroupRequest {
  static constexpr MessageInfo kInfo{ApiKey::kSyncGroup, 0, 5, 4};

  struct Assignment {
    std::string_view member_id;
    ByteSpan assignment;

    template <typename Io>
    void fields(Io& io) {
      io(member_id);
      io(assignment);
    }
  };

  std::string_view group_id;
  int32_t generation_id = 0;
  std::string_view member_id;
  std::optional<std::string_view> group_instance_id;
  std::optional<std::string_view> protocol_type;
  std::optional<std::string_view> protocol_name;
  std::vector<Assignment> assignments;

  template <typename Io>
  void fields(Io& io) {
    io(group_id);
    io(generation_id);
    io(member_id);
    io(group_instance_id, since(3));
    io(protocol_type, since(5));
    io(protocol_name, since(5));
    io(assignments);
  }
};

struct SyncGroupResponse {
  static constexpr MessageInfo kInfo{ApiKey::kSyncGroup, 0, 5, 4};

  int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::optional<std::string_view> protocol_type;
  std::optional<std::string_view> protocol_name;
  ByteSpan assignment;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms, since(1));
    io(error_code);
    io(protocol_type, since(5));
    io(protocol_name, since(5));
    io(assignment);
  }
};

}  // namespace millstream::wire::kafka

// JoinGroup (key 11): a member asks to be part of the next generation of its group.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct JoinGroupRequest {
  static constexpr MessageInfo kInfo{ApiKey::kJoinGroup, 0, 9, 6};

  struct Protocol {
    std::string_view name;
    ByteSpan metadata;

    template <typename Io>
    void fields(Io& io) {
      io(name);
      io(metadata);
    }
  };

  std::string_view group_id;
  int32_t session_timeout_ms = 0;
  int32_t rebalance_timeout_ms = -1;
  std::string_view member_id;
  std::optional<std::string_view> group_instance_id;
  std::string_view protocol_type;
  std::vector<Protocol> protocols;
  std::optional<std::string_view> reason;

  template <typename Io>
  void fields(Io& io) {
    io(group_id);
    io(session_timeout_ms);
    io(rebalance_timeout_ms, since(1));
    io(member_id);
    io(group_instance_id, since(5));
    io(protocol_type);
    io(protocols);
    io(reason, since(8));
  }
};

struct JoinGroupResponse {
  static constexpr MessageInfo kInfo{ApiKey::kJoinGroup, 0, 9, 6};

  struct Member {
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id;
    ByteSpan metadata;

    template <typename Io>
    void fields(Io& io) {
      io(member_id);
      io(group_instance_id, since(5));
      io(metadata);
    }
  };

  int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  int32_t generation_id = -1;
  std::optional<std::string_view> protocol_type;
  std::optional<std::string_view> protocol_name = std::string_view();
  std::string_view leader;
  bool skip_assignment = false;
  std::string_view member_id;
  std::vector<Member> members;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms, since(2));
    io(error_code);
    io(generation_id);
    io(protocol_type, since(7));
    io(protocol_name, nullable_since(7));
    io(leader);
    io(skip_assignment, since(9));
    io(member_id);
    io(members);
  }
};

}  // namespace millstream::wire::kafka

// LeaveGroup (key 13): members leave their group.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct LeaveGroupRequest {
  static constexpr MessageInfo kInfo{ApiKey::kLeaveGroup, 0, 5, 4};

  struct MemberIdentity {
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id;
    std::optional<std::string_view> reason;

    template <typename Io>
    void fields(Io& io) {
      io(member_id);
      io(group_instance_id);
      io(reason, since(5));
    }
  };

  std::string_view group_id;
  std::string_view member_id;
  std::vector<MemberIdentity> members;

  template <typename Io>
  void fields(Io& io) {
    io(group_id);
    io(member_id, until(2));
    io(members, since(3));
  }
};

struct LeaveGroupResponse {
  static constexpr MessageInfo kInfo{ApiKey::kLeaveGroup, 0, 5, 4};

  struct MemberResponse {
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id = std::string_view();
    KafkaError error_code = KafkaError::kNone;

    template <typename Io>
    void fields(Io& io) {
      io(member_id);
      io(group_instance_id);
      io(error_code);
    }
  };

  int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::vector<MemberResponse> members;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms, since(1));
    io(error_code);
    io(members, since(3));
  }
};

}  // namespace millstream::wire::kafka

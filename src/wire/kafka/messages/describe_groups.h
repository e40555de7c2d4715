// DescribeGroups (key 15): state and members of classic groups.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct DescribeGroupsRequest {
  static constexpr MessageInfo kInfo{ApiKey::kDescribeGroups, 0, 6, 5};

  std::vector<std::string_view> groups;
  bool include_authorized_operations = false;

  template <typename Io>
  void fields(Io& io) {
    io(groups);
    io(include_authorized_operations, since(3));
  }
};

struct DescribeGroupsResponse {
  static constexpr MessageInfo kInfo{ApiKey::kDescribeGroups, 0, 6, 5};

  struct DescribedGroup {
    struct DescribedGroupMember {
      std::string_view member_id;
      std::optional<std::string_view> group_instance_id;
      std::string_view client_id;
      std::string_view client_host;
      ByteSpan member_metadata;
      ByteSpan member_assignment;

      template <typename Io>
      void fields(Io& io) {
        io(member_id);
        io(group_instance_id, since(4));
        io(client_id);
        io(client_host);
        io(member_metadata);
        io(member_assignment);
      }
    };

    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string_view> error_message;
    std::string_view group_id;
    std::string_view group_state;
    std::string_view protocol_type;
    std::string_view protocol_data;
    std::vector<DescribedGroupMember> members;
    int32_t authorized_operations = INT32_MIN;

    template <typename Io>
    void fields(Io& io) {
      io(error_code);
      io(error_message, since(6));
      io(group_id);
      io(group_state);
      io(protocol_type);
      io(protocol_data);
      io(members);
      io(authorized_operations, since(3));
    }
  };

  int32_t throttle_time_ms = 0;
  std::vector<DescribedGroup> groups;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms, since(1));
    io(groups);
  }
};

}  // namespace millstream::wire::kafka

// ListGroups (key 16): the groups there are.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct ListGroupsRequest {
  static constexpr MessageInfo kInfo{ApiKey::kListGroups, 0, 5, 3};

  std::vector<std::string_view> states_filter;
  std::vector<std::string_view> types_filter;

  template <typename Io>
  void fields(Io& io) {
    io(states_filter, since(4));
    io(types_filter, since(5));
  }
};

struct ListGroupsResponse {
  static constexpr MessageInfo kInfo{ApiKey::kListGroups, 0, 5, 3};

  struct ListedGroup {
    std::string_view group_id;
    std::string_view protocol_type;
    std::string_view group_state;
    std::string_view group_type;

    template <typename Io>
    void fields(Io& io) {
      io(group_id);
      io(protocol_type);
      io(group_state, since(4));
      io(group_type, since(5));
    }
  };

  int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::vector<ListedGroup> groups;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms, since(1));
    io(error_code);
    io(groups);
  }
};

}  // namespace millstream::wire::kafka

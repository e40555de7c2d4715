// DeleteGroups (key 42): deletes groups that have no members.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct DeleteGroupsRequest {
  static constexpr MessageInfo kInfo{ApiKey::kDeleteGroups, 0, 3, 2};

  std::vector<std::string_view> groups_names;

  template <typename Io>
  void fields(Io& io) {
    io(groups_names);
  }
};

struct DeleteGroupsResponse {
  static constexpr MessageInfo kInfo{ApiKey::kDeleteGroups, 0, 3, 2};

  struct DeletableGroupResult {
    std::string_view group_id;
    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string_view> error_message;

    template <typename Io>
    void fields(Io& io) {
      io(group_id);
      io(error_code);
      io(error_message, since(3));
    }
  };

  int32_t throttle_time_ms = 0;
  std::vector<DeletableGroupResult> results;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms);
    io(results);
  }
};

}  // namespace millstream::wire::kafka

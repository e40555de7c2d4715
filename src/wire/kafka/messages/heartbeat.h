// Heartbeat (key 12): a member is alive, and learns of rebalances.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct HeartbeatRequest {
  static constexpr MessageInfo kInfo{ApiKey::kHeartbeat, 0, 4, 4};

  std::string_view group_id;
  int32_t generation_id = 0;
  std::string_view member_id;
  std::optional<std::string_view> group_instance_id;

  template <typename Io>
  void fields(Io& io) {
    io(group_id);
    io(generation_id);
    io(member_id);
    io(group_instance_id, since(3));
  }
};

struct HeartbeatResponse {
  static constexpr MessageInfo kInfo{ApiKey::kHeartbeat, 0, 4, 4};

  int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms, since(1));
    io(error_code);
  }
};

}  // namespace millstream::wire::kafka

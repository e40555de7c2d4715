// FindCoordinator (key 10): which broker looks after a group or a transactional id.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct FindCoordinatorRequest {
  static constexpr MessageInfo kInfo{ApiKey::kFindCoordinator, 0, 6, 3};

  std::string_view key;
  int8_t key_type = 0;
  std::vector<std::string_view> coordinator_keys;

  template <typename Io>
  void fields(Io& io) {
    io(key, until(3));
    io(key_type, since(1));
    io(coordinator_keys, since(4));
  }
};

struct FindCoordinatorResponse {
  static constexpr MessageInfo kInfo{ApiKey::kFindCoordinator, 0, 6, 3};

  struct Coordinator {
    std::string_view key;
    int32_t node_id = 0;
    std::string_view host;
    int32_t port = 0;
    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string_view> error_message = std::string_view();

    template <typename Io>
    void fields(Io& io) {
      io(key);
      io(node_id);
      io(host);
      io(port);
      io(error_code);
      io(error_message);
    }
  };

  int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::optional<std::string_view> error_message = std::string_view();
  int32_t node_id = 0;
  std::string_view host;
  int32_t port = 0;
  std::vector<Coordinator> coordinators;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms, since(1));
    io(error_code, until(3));
    io(error_message, between(1, 3));
    io(node_id, until(3));
    io(host, until(3));
    io(port, until(3));
    io(coordinators, since(4));
  }
};

}  // namespace millstream::wire::kafka

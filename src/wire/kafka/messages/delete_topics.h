// DeleteTopics (key 20): deletes topics by name or by id.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct DeleteTopicsRequest {
  static constexpr MessageInfo kInfo{ApiKey::kDeleteTopics, 1, 6, 4};

  struct DeleteTopicState {
    std::optional<std::string_view> name;
    Uuid topic_id;

    template <typename Io>
    void fields(Io& io) {
      io(name);
      io(topic_id);
    }
  };

  std::vector<DeleteTopicState> topics;
  std::vector<std::string_view> topic_names;
  int32_t timeout_ms = 0;

  template <typename Io>
  void fields(Io& io) {
    io(topics, since(6));
    io(topic_names, until(5));
    io(timeout_ms);
  }
};

struct DeleteTopicsResponse {
  static constexpr MessageInfo kInfo{ApiKey::kDeleteTopics, 1, 6, 4};

  struct DeletableTopicResult {
    std::optional<std::string_view> name = std::string_view();
    Uuid topic_id;
    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string_view> error_message;

    template <typename Io>
    void fields(Io& io) {
      io(name, nullable_since(6));
      io(topic_id, since(6));
      io(error_code);
      io(error_message, since(5));
    }
  };

  int32_t throttle_time_ms = 0;
  std::vector<DeletableTopicResult> responses;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms);
    io(responses);
  }
};

}  // namespace millstream::wire::kafka

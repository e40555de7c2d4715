// CreatePartitions (key 37): adds partitions to topics.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct CreatePartitionsRequest {
  static constexpr MessageInfo kInfo{ApiKey::kCreatePartitions, 0, 3, 2};

  struct Topic {
    struct Assignment {
      std::vector<int32_t> broker_ids;

      template <typename Io>
      void fields(Io& io) {
        io(broker_ids);
      }
    };

    std::string_view name;
    int32_t count = 0;
    std::optional<std::vector<Assignment>> assignments;

    template <typename Io>
    void fields(Io& io) {
      io(name);
      io(count);
      io(assignments);
    }
  };

  std::vector<Topic> topics;
  int32_t timeout_ms = 0;
  bool validate_only = false;

  template <typename Io>
  void fields(Io& io) {
    io(topics);
    io(timeout_ms);
    io(validate_only);
  }
};

struct CreatePartitionsResponse {
  static constexpr MessageInfo kInfo{ApiKey::kCreatePartitions, 0, 3, 2};

  struct TopicResult {
    std::string_view name;
    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string_view> error_message;

    template <typename Io>
    void fields(Io& io) {
      io(name);
      io(error_code);
      io(error_message);
    }
  };

  int32_t throttle_time_ms = 0;
  std::vector<TopicResult> results;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms);
    io(results);
  }
};

}  // namespace millstream::wire::kafka

// OffsetDelete (key 47): forgets positions of a group (KIP-496).
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct OffsetDeleteRequest {
  static constexpr MessageInfo kInfo{ApiKey::kOffsetDelete, 0, 0};

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;

      template <typename Io>
      void fields(Io& io) {
        io(partition_index);
      }
    };

    std::string_view name;
    std::vector<Partition> partitions;

    template <typename Io>
    void fields(Io& io) {
      io(name);
      io(partitions);
    }
  };

  std::string_view group_id;
  std::vector<Topic> topics;

  template <typename Io>
  void fields(Io& io) {
    io(group_id);
    io(topics);
  }
};

struct OffsetDeleteResponse {
  static constexpr MessageInfo kInfo{ApiKey::kOffsetDelete, 0, 0};

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      KafkaError error_code = KafkaError::kNone;

      template <typename Io>
      void fields(Io& io) {
        io(partition_index);
        io(error_code);
      }
    };

    std::string_view name;
    std::vector<Partition> partitions;

    template <typename Io>
    void fields(Io& io) {
      io(name);
      io(partitions);
    }
  };

  KafkaError error_code = KafkaError::kNone;
  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <typename Io>
  void fields(Io& io) {
    io(error_code);
    io(throttle_time_ms);
    io(topics);
  }
};

}  // namespace millstream::wire::kafka

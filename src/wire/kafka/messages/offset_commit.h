// OffsetCommit (key 8): stores a group's positions.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct OffsetCommitRequest {
  static constexpr MessageInfo kInfo{ApiKey::kOffsetCommit, 2, 10, 8};

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int64_t committed_offset = 0;
      int32_t committed_leader_epoch = -1;
      std::optional<std::string_view> committed_metadata = std::string_view();

      template <typename Io>
      void fields(Io& io) {
        io(partition_index);
        io(committed_offset);
        io(committed_leader_epoch, since(6));
        io(committed_metadata);
      }
    };

    std::string_view name;
    Uuid topic_id;
    std::vector<Partition> partitions;

    template <typename Io>
    void fields(Io& io) {
      io(name, until(9));
      io(topic_id, since(10));
      io(partitions);
    }
  };

  std::string_view group_id;
  int32_t generation_id_or_member_epoch = -1;
  std::string_view member_id;
  std::optional<std::string_view> group_instance_id;
  int64_t retention_time_ms = -1;
  std::vector<Topic> topics;

  template <typename Io>
  void fields(Io& io) {
    io(group_id);
    io(generation_id_or_member_epoch);
    io(member_id);
    io(group_instance_id, since(7));
    io(retention_time_ms, until(4));
    io(topics);
  }
};

struct OffsetCommitResponse {
  static constexpr MessageInfo kInfo{ApiKey::kOffsetCommit, 2, 10, 8};

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
    Uuid topic_id;
    std::vector<Partition> partitions;

    template <typename Io>
    void fields(Io& io) {
      io(name, until(9));
      io(topic_id, since(10));
      io(partitions);
    }
  };

  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms, since(3));
    io(topics);
  }
};

}  // namespace millstream::wire::kafka

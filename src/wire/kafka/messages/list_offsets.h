// ListOffsets (key 2): the offset that belongs to a time, or the first or last one.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct ListOffsetsRequest {
  static constexpr MessageInfo kInfo{ApiKey::kListOffsets, 1, 11, 6};

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int32_t current_leader_epoch = -1;
      int64_t timestamp = 0;

      template <typename Io>
      void fields(Io& io) {
        io(partition_index);
        io(current_leader_epoch, since(4));
        io(timestamp);
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

  int32_t replica_id = 0;
  int8_t isolation_level = 0;
  std::vector<Topic> topics;
  int32_t timeout_ms = 0;

  template <typename Io>
  void fields(Io& io) {
    io(replica_id);
    io(isolation_level, since(2));
    io(topics);
    io(timeout_ms, since(10));
  }
};

struct ListOffsetsResponse {
  static constexpr MessageInfo kInfo{ApiKey::kListOffsets, 1, 11, 6};

  struct TopicResponse {
    struct PartitionResponse {
      int32_t partition_index = 0;
      KafkaError error_code = KafkaError::kNone;
      int64_t timestamp = -1;
      int64_t offset = -1;
      int32_t leader_epoch = -1;

      template <typename Io>
      void fields(Io& io) {
        io(partition_index);
        io(error_code);
        io(timestamp);
        io(offset);
        io(leader_epoch, since(4));
      }
    };

    std::string_view name;
    std::vector<PartitionResponse> partitions;

    template <typename Io>
    void fields(Io& io) {
      io(name);
      io(partitions);
    }
  };

  int32_t throttle_time_ms = 0;
  std::vector<TopicResponse> topics;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms, since(2));
    io(topics);
  }
};

}  // namespace millstream::wire::kafka

// DescribeTopicPartitions (key 75): topics with their partitions, a page at a time (KIP-966).
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct DescribeTopicPartitionsRequest {
  static constexpr MessageInfo kInfo{ApiKey::kDescribeTopicPartitions, 0, 0, 0};

  struct TopicRequest {
    std::string_view name;

    template <typename Io>
    void fields(Io& io) {
      io(name);
    }
  };

  struct Cursor {
    std::string_view topic_name;
    int32_t partition_index = 0;

    template <typename Io>
    void fields(Io& io) {
      io(topic_name);
      io(partition_index);
    }
  };

  std::vector<TopicRequest> topics;
  int32_t response_partition_limit = 2000;
  std::optional<Cursor> cursor;

  template <typename Io>
  void fields(Io& io) {
    io(topics);
    io(response_partition_limit);
    io(cursor);
  }
};

struct DescribeTopicPartitionsResponse {
  static constexpr MessageInfo kInfo{ApiKey::kDescribeTopicPartitions, 0, 0, 0};

  struct Topic {
    struct Partition {
      KafkaError error_code = KafkaError::kNone;
      int32_t partition_index = 0;
      int32_t leader_id = 0;
      int32_t leader_epoch = -1;
      std::vector<int32_t> replica_nodes;
      std::vector<int32_t> isr_nodes;
      std::optional<std::vector<int32_t>> eligible_leader_replicas;
      std::optional<std::vector<int32_t>> last_known_elr;
      std::vector<int32_t> offline_replicas;

      template <typename Io>
      void fields(Io& io) {
        io(error_code);
        io(partition_index);
        io(leader_id);
        io(leader_epoch);
        io(replica_nodes);
        io(isr_nodes);
        io(eligible_leader_replicas);
        io(last_known_elr);
        io(offline_replicas);
      }
    };

    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string_view> name = std::string_view();
    Uuid topic_id;
    bool is_internal = false;
    std::vector<Partition> partitions;
    int32_t topic_authorized_operations = INT32_MIN;

    template <typename Io>
    void fields(Io& io) {
      io(error_code);
      io(name);
      io(topic_id);
      io(is_internal);
      io(partitions);
      io(topic_authorized_operations);
    }
  };

  struct Cursor {
    std::string_view topic_name;
    int32_t partition_index = 0;

    template <typename Io>
    void fields(Io& io) {
      io(topic_name);
      io(partition_index);
    }
  };

  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;
  std::optional<Cursor> next_cursor;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms);
    io(topics);
    io(next_cursor);
  }
};

}  // namespace millstream::wire::kafka

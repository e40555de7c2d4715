// Metadata (key 3): brokers, topics and the leaders of their partitions.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct MetadataRequest {
  static constexpr MessageInfo kInfo{ApiKey::kMetadata, 0, 13, 9};

  struct Topic {
    Uuid topic_id;
    std::optional<std::string_view> name = std::string_view();

    template <typename Io>
    void fields(Io& io) {
      io(topic_id, since(10));
      io(name, nullable_since(10));
    }
  };

  std::optional<std::vector<Topic>> topics;
  bool allow_auto_topic_creation = true;
  bool include_cluster_authorized_operations = false;
  bool include_topic_authorized_operations = false;

  template <typename Io>
  void fields(Io& io) {
    io(topics, nullable_since(1));
    io(allow_auto_topic_creation, since(4));
    io(include_cluster_authorized_operations, between(8, 10));
    io(include_topic_authorized_operations, since(8));
  }
};

struct MetadataResponse {
  static constexpr MessageInfo kInfo{ApiKey::kMetadata, 0, 13, 9};

  struct Broker {
    int32_t node_id = 0;
    std::string_view host;
    int32_t port = 0;
    std::optional<std::string_view> rack;

    template <typename Io>
    void fields(Io& io) {
      io(node_id);
      io(host);
      io(port);
      io(rack, since(1));
    }
  };

  struct Topic {
    struct Partition {
      KafkaError error_code = KafkaError::kNone;
      int32_t partition_index = 0;
      int32_t leader_id = 0;
      int32_t leader_epoch = -1;
      std::vector<int32_t> replica_nodes;
      std::vector<int32_t> isr_nodes;
      std::vector<int32_t> offline_replicas;

      template <typename Io>
      void fields(Io& io) {
        io(error_code);
        io(partition_index);
        io(leader_id);
        io(leader_epoch, since(7));
        io(replica_nodes);
        io(isr_nodes);
        io(offline_replicas, since(5));
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
      io(name, nullable_since(12));
      io(topic_id, since(10));
      io(is_internal, since(1));
      io(partitions);
      io(topic_authorized_operations, since(8));
    }
  };

  int32_t throttle_time_ms = 0;
  std::vector<Broker> brokers;
  std::optional<std::string_view> cluster_id;
  int32_t controller_id = -1;
  std::vector<Topic> topics;
  int32_t cluster_authorized_operations = INT32_MIN;
  KafkaError error_code = KafkaError::kNone;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms, since(3));
    io(brokers);
    io(cluster_id, since(2));
    io(controller_id, since(1));
    io(topics);
    io(cluster_authorized_operations, between(8, 10));
    io(error_code, since(13));
  }
};

}  // namespace millstream::wire::kafka

// Produce (key 0): record batches for partitions, and where they landed.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct ProduceRequest {
  static constexpr MessageInfo kInfo{ApiKey::kProduce, 3, 13, 9};

  struct TopicProduceData {
    struct PartitionProduceData {
      int32_t index = 0;
      Records records;

      template <typename Io>
      void fields(Io& io) {
        io(index);
        io(records);
      }
    };

    std::string_view name;
    Uuid topic_id;
    std::vector<PartitionProduceData> partition_data;

    template <typename Io>
    void fields(Io& io) {
      io(name, until(12));
      io(topic_id, since(13));
      io(partition_data);
    }
  };

  std::optional<std::string_view> transactional_id;
  int16_t acks = 0;
  int32_t timeout_ms = 0;
  std::vector<TopicProduceData> topic_data;

  template <typename Io>
  void fields(Io& io) {
    io(transactional_id);
    io(acks);
    io(timeout_ms);
    io(topic_data);
  }
};

struct ProduceResponse {
  static constexpr MessageInfo kInfo{ApiKey::kProduce, 3, 13, 9};

  struct TopicProduceResponse {
    struct PartitionProduceResponse {
      struct BatchIndexAndErrorMessage {
        int32_t batch_index = 0;
        std::optional<std::string_view> batch_index_error_message;

        template <typename Io>
        void fields(Io& io) {
          io(batch_index);
          io(batch_index_error_message);
        }
      };

      struct LeaderIdAndEpoch {
        int32_t leader_id = -1;
        int32_t leader_epoch = -1;

        template <typename Io>
        void fields(Io& io) {
          io(leader_id);
          io(leader_epoch);
        }
        bool operator==(const LeaderIdAndEpoch&) const = default;
      };

      int32_t index = 0;
      KafkaError error_code = KafkaError::kNone;
      int64_t base_offset = 0;
      int64_t log_append_time_ms = -1;
      int64_t log_start_offset = -1;
      std::vector<BatchIndexAndErrorMessage> record_errors;
      std::optional<std::string_view> error_message;
      LeaderIdAndEpoch current_leader;

      template <typename Io>
      void fields(Io& io) {
        io(index);
        io(error_code);
        io(base_offset);
        io(log_append_time_ms);
        io(log_start_offset, since(5));
        io(record_errors, since(8));
        io(error_message, since(8));
      }
      template <typename Io>
      void tagged_fields(Io& io) {
        io.tag(0, current_leader, since(10));
      }
    };

    std::string_view name;
    Uuid topic_id;
    std::vector<PartitionProduceResponse> partition_responses;

    template <typename Io>
    void fields(Io& io) {
      io(name, until(12));
      io(topic_id, since(13));
      io(partition_responses);
    }
  };

  struct NodeEndpoint {
    int32_t node_id = 0;
    std::string_view host;
    int32_t port = 0;
    std::optional<std::string_view> rack;

    template <typename Io>
    void fields(Io& io) {
      io(node_id);
      io(host);
      io(port);
      io(rack);
    }
  };

  std::vector<TopicProduceResponse> responses;
  int32_t throttle_time_ms = 0;
  std::vector<NodeEndpoint> node_endpoints;

  template <typename Io>
  void fields(Io& io) {
    io(responses);
    io(throttle_time_ms);
  }
  template <typename Io>
  void tagged_fields(Io& io) {
    io.tag(0, node_endpoints, since(10));
  }
};

}  // namespace millstream::wire::kafka

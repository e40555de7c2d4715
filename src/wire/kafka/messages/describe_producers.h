// DescribeProducers (key 61): the producers a partition remembers (KIP-664).
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct DescribeProducersRequest {
  static constexpr MessageInfo kInfo{ApiKey::kDescribeProducers, 0, 0, 0};

  struct TopicRequest {
    std::string_view name;
    std::vector<int32_t> partition_indexes;

    template <typename Io>
    void fields(Io& io) {
      io(name);
      io(partition_indexes);
    }
  };

  std::vector<TopicRequest> topics;

  template <typename Io>
  void fields(Io& io) {
    io(topics);
  }
};

struct DescribeProducersResponse {
  static constexpr MessageInfo kInfo{ApiKey::kDescribeProducers, 0, 0, 0};

  struct TopicResponse {
    struct PartitionResponse {
      struct ProducerState {
        int64_t producer_id = 0;
        int32_t producer_epoch = 0;
        int32_t last_sequence = -1;
        int64_t last_timestamp = -1;
        int32_t coordinator_epoch = 0;
        int64_t current_txn_start_offset = -1;

        template <typename Io>
        void fields(Io& io) {
          io(producer_id);
          io(producer_epoch);
          io(last_sequence);
          io(last_timestamp);
          io(coordinator_epoch);
          io(current_txn_start_offset);
        }
      };

      int32_t partition_index = 0;
      KafkaError error_code = KafkaError::kNone;
      std::optional<std::string_view> error_message;
      std::vector<ProducerState> active_producers;

      template <typename Io>
      void fields(Io& io) {
        io(partition_index);
        io(error_code);
        io(error_message);
        io(active_producers);
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
    io(throttle_time_ms);
    io(topics);
  }
};

}  // namespace millstream::wire::kafka

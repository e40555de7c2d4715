// DeleteRecords (key 21): moves the start of partitions forward.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct DeleteRecordsRequest {
  static constexpr MessageInfo kInfo{ApiKey::kDeleteRecords, 0, 2, 2};

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int64_t offset = 0;

      template <typename Io>
      void fields(Io& io) {
        io(partition_index);
        io(offset);
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

  std::vector<Topic> topics;
  int32_t timeout_ms = 0;

  template <typename Io>
  void fields(Io& io) {
    io(topics);
    io(timeout_ms);
  }
};

struct DeleteRecordsResponse {
  static constexpr MessageInfo kInfo{ApiKey::kDeleteRecords, 0, 2, 2};

  struct TopicResult {
    struct PartitionResult {
      int32_t partition_index = 0;
      int64_t low_watermark = 0;
      KafkaError error_code = KafkaError::kNone;

      template <typename Io>
      void fields(Io& io) {
        io(partition_index);
        io(low_watermark);
        io(error_code);
      }
    };

    std::string_view name;
    std::vector<PartitionResult> partitions;

    template <typename Io>
    void fields(Io& io) {
      io(name);
      io(partitions);
    }
  };

  int32_t throttle_time_ms = 0;
  std::vector<TopicResult> topics;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms);
    io(topics);
  }
};

}  // namespace millstream::wire::kafka

// OffsetForLeaderEpoch (key 23): where an epoch of leadership ended, to detect truncation.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct OffsetForLeaderEpochRequest {
  static constexpr MessageInfo kInfo{ApiKey::kOffsetForLeaderEpoch, 2, 4, 4};

  struct OffsetForLeaderTopic {
    struct OffsetForLeaderPartition {
      int32_t partition = 0;
      int32_t current_leader_epoch = -1;
      int32_t leader_epoch = 0;

      template <typename Io>
      void fields(Io& io) {
        io(partition);
        io(current_leader_epoch);
        io(leader_epoch);
      }
    };

    std::string_view topic;
    std::vector<OffsetForLeaderPartition> partitions;

    template <typename Io>
    void fields(Io& io) {
      io(topic);
      io(partitions);
    }
  };

  int32_t replica_id = -2;
  std::vector<OffsetForLeaderTopic> topics;

  template <typename Io>
  void fields(Io& io) {
    io(replica_id, since(3));
    io(topics);
  }
};

struct OffsetForLeaderEpochResponse {
  static constexpr MessageInfo kInfo{ApiKey::kOffsetForLeaderEpoch, 2, 4, 4};

  struct OffsetForLeaderTopicResult {
    struct EpochEndOffset {
      KafkaError error_code = KafkaError::kNone;
      int32_t partition = 0;
      int32_t leader_epoch = -1;
      int64_t end_offset = -1;

      template <typename Io>
      void fields(Io& io) {
        io(error_code);
        io(partition);
        io(leader_epoch);
        io(end_offset);
      }
    };

    std::string_view topic;
    std::vector<EpochEndOffset> partitions;

    template <typename Io>
    void fields(Io& io) {
      io(topic);
      io(partitions);
    }
  };

  int32_t throttle_time_ms = 0;
  std::vector<OffsetForLeaderTopicResult> topics;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms);
    io(topics);
  }
};

}  // namespace millstream::wire::kafka

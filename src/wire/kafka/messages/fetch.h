// Fetch (key 1): record batches from offsets on, with incremental sessions (KIP-227).
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct FetchRequest {
  static constexpr MessageInfo kInfo{ApiKey::kFetch, 4, 18, 12};

  struct ReplicaState {
    int32_t replica_id = -1;
    int64_t replica_epoch = -1;

    template <typename Io>
    void fields(Io& io) {
      io(replica_id);
      io(replica_epoch);
    }
    bool operator==(const ReplicaState&) const = default;
  };

  struct Topic {
    struct Partition {
      int32_t partition = 0;
      int32_t current_leader_epoch = -1;
      int64_t fetch_offset = 0;
      int32_t last_fetched_epoch = -1;
      int64_t log_start_offset = -1;
      int32_t partition_max_bytes = 0;
      Uuid replica_directory_id;
      int64_t high_watermark = INT64_MAX;

      template <typename Io>
      void fields(Io& io) {
        io(partition);
        io(current_leader_epoch, since(9));
        io(fetch_offset);
        io(last_fetched_epoch, since(12));
        io(log_start_offset, since(5));
        io(partition_max_bytes);
      }
      template <typename Io>
      void tagged_fields(Io& io) {
        io.tag(0, replica_directory_id, since(17));
        io.tag(1, high_watermark, since(18), int64_t{INT64_MAX});
      }
    };

    std::string_view topic;
    Uuid topic_id;
    std::vector<Partition> partitions;

    template <typename Io>
    void fields(Io& io) {
      io(topic, until(12));
      io(topic_id, since(13));
      io(partitions);
    }
  };

  struct ForgottenTopic {
    std::string_view topic;
    Uuid topic_id;
    std::vector<int32_t> partitions;

    template <typename Io>
    void fields(Io& io) {
      io(topic, until(12));
      io(topic_id, since(13));
      io(partitions);
    }
  };

  std::optional<std::string_view> cluster_id;
  int32_t replica_id = -1;
  ReplicaState replica_state;
  int32_t max_wait_ms = 0;
  int32_t min_bytes = 0;
  int32_t max_bytes = INT32_MAX;
  int8_t isolation_level = 0;
  int32_t session_id = 0;
  int32_t session_epoch = -1;
  std::vector<Topic> topics;
  std::vector<ForgottenTopic> forgotten_topics_data;
  std::string_view rack_id;

  template <typename Io>
  void fields(Io& io) {
    io(replica_id, until(14));
    io(max_wait_ms);
    io(min_bytes);
    io(max_bytes);
    io(isolation_level);
    io(session_id, since(7));
    io(session_epoch, since(7));
    io(topics);
    io(forgotten_topics_data, since(7));
    io(rack_id, since(11));
  }
  template <typename Io>
  void tagged_fields(Io& io) {
    io.tag(0, cluster_id, since(12));
    io.tag(1, replica_state, since(15));
  }
};

struct FetchResponse {
  static constexpr MessageInfo kInfo{ApiKey::kFetch, 4, 18, 12};

  struct TopicResponse {
    struct PartitionData {
      struct EpochEndOffset {
        int32_t epoch = -1;
        int64_t end_offset = -1;

        template <typename Io>
        void fields(Io& io) {
          io(epoch);
          io(end_offset);
        }
        bool operator==(const EpochEndOffset&) const = default;
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

      struct SnapshotId {
        int64_t end_offset = -1;
        int32_t epoch = -1;

        template <typename Io>
        void fields(Io& io) {
          io(end_offset);
          io(epoch);
        }
        bool operator==(const SnapshotId&) const = default;
      };

      struct AbortedTransaction {
        int64_t producer_id = 0;
        int64_t first_offset = 0;

        template <typename Io>
        void fields(Io& io) {
          io(producer_id);
          io(first_offset);
        }
      };

      int32_t partition_index = 0;
      KafkaError error_code = KafkaError::kNone;
      int64_t high_watermark = 0;
      int64_t last_stable_offset = -1;
      int64_t log_start_offset = -1;
      EpochEndOffset diverging_epoch;
      LeaderIdAndEpoch current_leader;
      SnapshotId snapshot_id;
      std::optional<std::vector<AbortedTransaction>> aborted_transactions;
      int32_t preferred_read_replica = -1;
      Records records;

      template <typename Io>
      void fields(Io& io) {
        io(partition_index);
        io(error_code);
        io(high_watermark);
        io(last_stable_offset);
        io(log_start_offset, since(5));
        io(aborted_transactions);
        io(preferred_read_replica, since(11));
        io(records);
      }
      template <typename Io>
      void tagged_fields(Io& io) {
        io.tag(0, diverging_epoch, since(12));
        io.tag(1, current_leader, since(12));
        io.tag(2, snapshot_id, since(12));
      }
    };

    std::string_view topic;
    Uuid topic_id;
    std::vector<PartitionData> partitions;

    template <typename Io>
    void fields(Io& io) {
      io(topic, until(12));
      io(topic_id, since(13));
      io(partitions);
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

  int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  int32_t session_id = 0;
  std::vector<TopicResponse> responses;
  std::vector<NodeEndpoint> node_endpoints;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms);
    io(error_code, since(7));
    io(session_id, since(7));
    io(responses);
  }
  template <typename Io>
  void tagged_fields(Io& io) {
    io.tag(0, node_endpoints, since(16));
  }
};

}  // namespace millstream::wire::kafka

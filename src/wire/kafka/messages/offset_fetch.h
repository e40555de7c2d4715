// OffsetFetch (key 9): reads groups' positions.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct OffsetFetchRequest {
  static constexpr MessageInfo kInfo{ApiKey::kOffsetFetch, 1, 10, 6};

  struct Topic {
    std::string_view name;
    std::vector<int32_t> partition_indexes;

    template <typename Io>
    void fields(Io& io) {
      io(name);
      io(partition_indexes);
    }
  };

  struct Group {
    struct Topics {
      std::string_view name;
      Uuid topic_id;
      std::vector<int32_t> partition_indexes;

      template <typename Io>
      void fields(Io& io) {
        io(name, until(9));
        io(topic_id, since(10));
        io(partition_indexes);
      }
    };

    std::string_view group_id;
    std::optional<std::string_view> member_id;
    int32_t member_epoch = -1;
    std::optional<std::vector<Topics>> topics;

    template <typename Io>
    void fields(Io& io) {
      io(group_id);
      io(member_id, since(9));
      io(member_epoch, since(9));
      io(topics);
    }
  };

  std::string_view group_id;
  std::optional<std::vector<Topic>> topics;
  std::vector<Group> groups;
  bool require_stable = false;

  template <typename Io>
  void fields(Io& io) {
    io(group_id, until(7));
    io(topics, until(7).nullable_since(2));
    io(groups, since(8));
    io(require_stable, since(7));
  }
};

struct OffsetFetchResponse {
  static constexpr MessageInfo kInfo{ApiKey::kOffsetFetch, 1, 10, 6};

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int64_t committed_offset = 0;
      int32_t committed_leader_epoch = -1;
      std::optional<std::string_view> metadata = std::string_view();
      KafkaError error_code = KafkaError::kNone;

      template <typename Io>
      void fields(Io& io) {
        io(partition_index);
        io(committed_offset);
        io(committed_leader_epoch, since(5));
        io(metadata);
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

  struct Group {
    struct Topics {
      struct Partitions {
        int32_t partition_index = 0;
        int64_t committed_offset = 0;
        int32_t committed_leader_epoch = -1;
        std::optional<std::string_view> metadata = std::string_view();
        KafkaError error_code = KafkaError::kNone;

        template <typename Io>
        void fields(Io& io) {
          io(partition_index);
          io(committed_offset);
          io(committed_leader_epoch);
          io(metadata);
          io(error_code);
        }
      };

      std::string_view name;
      Uuid topic_id;
      std::vector<Partitions> partitions;

      template <typename Io>
      void fields(Io& io) {
        io(name, until(9));
        io(topic_id, since(10));
        io(partitions);
      }
    };

    std::string_view group_id;
    std::vector<Topics> topics;
    KafkaError error_code = KafkaError::kNone;

    template <typename Io>
    void fields(Io& io) {
      io(group_id);
      io(topics);
      io(error_code);
    }
  };

  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;
  KafkaError error_code = KafkaError::kNone;
  std::vector<Group> groups;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms, since(3));
    io(topics, until(7));
    io(error_code, between(2, 7));
    io(groups, since(8));
  }
};

}  // namespace millstream::wire::kafka

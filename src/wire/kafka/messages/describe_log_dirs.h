// DescribeLogDirs (key 35): sizes of partitions on disk.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct DescribeLogDirsRequest {
  static constexpr MessageInfo kInfo{ApiKey::kDescribeLogDirs, 1, 5, 2};

  struct DescribableLogDirTopic {
    std::string_view topic;
    std::vector<int32_t> partitions;

    template <typename Io>
    void fields(Io& io) {
      io(topic);
      io(partitions);
    }
  };

  std::optional<std::vector<DescribableLogDirTopic>> topics;

  template <typename Io>
  void fields(Io& io) {
    io(topics);
  }
};

struct DescribeLogDirsResponse {
  static constexpr MessageInfo kInfo{ApiKey::kDescribeLogDirs, 1, 5, 2};

  struct Result {
    struct Topic {
      struct Partition {
        int32_t partition_index = 0;
        int64_t partition_size = 0;
        int64_t offset_lag = 0;
        bool is_future_key = false;

        template <typename Io>
        void fields(Io& io) {
          io(partition_index);
          io(partition_size);
          io(offset_lag);
          io(is_future_key);
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

    KafkaError error_code = KafkaError::kNone;
    std::string_view log_dir;
    std::vector<Topic> topics;
    int64_t total_bytes = -1;
    int64_t usable_bytes = -1;
    bool is_cordoned = false;

    template <typename Io>
    void fields(Io& io) {
      io(error_code);
      io(log_dir);
      io(topics);
      io(total_bytes, since(4));
      io(usable_bytes, since(4));
      io(is_cordoned, since(5));
    }
  };

  int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  std::vector<Result> results;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms);
    io(error_code, since(3));
    io(results);
  }
};

}  // namespace millstream::wire::kafka

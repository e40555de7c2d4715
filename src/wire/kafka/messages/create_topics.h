// CreateTopics (key 19): creates topics, or only checks whether it could.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct CreateTopicsRequest {
  static constexpr MessageInfo kInfo{ApiKey::kCreateTopics, 2, 7, 5};

  struct CreatableTopic {
    struct CreatableReplicaAssignment {
      int32_t partition_index = 0;
      std::vector<int32_t> broker_ids;

      template <typename Io>
      void fields(Io& io) {
        io(partition_index);
        io(broker_ids);
      }
    };

    struct CreatableTopicConfig {
      std::string_view name;
      std::optional<std::string_view> value = std::string_view();

      template <typename Io>
      void fields(Io& io) {
        io(name);
        io(value);
      }
    };

    std::string_view name;
    int32_t num_partitions = 0;
    int16_t replication_factor = 0;
    std::vector<CreatableReplicaAssignment> assignments;
    std::vector<CreatableTopicConfig> configs;

    template <typename Io>
    void fields(Io& io) {
      io(name);
      io(num_partitions);
      io(replication_factor);
      io(assignments);
      io(configs);
    }
  };

  std::vector<CreatableTopic> topics;
  int32_t timeout_ms = 60000;
  bool validate_only = false;

  template <typename Io>
  void fields(Io& io) {
    io(topics);
    io(timeout_ms);
    io(validate_only);
  }
};

struct CreateTopicsResponse {
  static constexpr MessageInfo kInfo{ApiKey::kCreateTopics, 2, 7, 5};

  struct CreatableTopicResult {
    struct CreatableTopicConfigs {
      std::string_view name;
      std::optional<std::string_view> value = std::string_view();
      bool read_only = false;
      int8_t config_source = -1;
      bool is_sensitive = false;

      template <typename Io>
      void fields(Io& io) {
        io(name);
        io(value);
        io(read_only);
        io(config_source);
        io(is_sensitive);
      }
    };

    std::string_view name;
    Uuid topic_id;
    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string_view> error_message = std::string_view();
    KafkaError topic_config_error_code = KafkaError::kNone;
    int32_t num_partitions = -1;
    int16_t replication_factor = -1;
    std::optional<std::vector<CreatableTopicConfigs>> configs;

    template <typename Io>
    void fields(Io& io) {
      io(name);
      io(topic_id, since(7));
      io(error_code);
      io(error_message);
      io(num_partitions, since(5));
      io(replication_factor, since(5));
      io(configs, since(5));
    }
    template <typename Io>
    void tagged_fields(Io& io) {
      io.tag(0, topic_config_error_code, since(5));
    }
  };

  int32_t throttle_time_ms = 0;
  std::vector<CreatableTopicResult> topics;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms);
    io(topics);
  }
};

}  // namespace millstream::wire::kafka

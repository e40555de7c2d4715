// DescribeConfigs (key 32): settings of topics and brokers, with their origin.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct DescribeConfigsRequest {
  static constexpr MessageInfo kInfo{ApiKey::kDescribeConfigs, 1, 4, 4};

  struct Resource {
    int8_t resource_type = 0;
    std::string_view resource_name;
    std::optional<std::vector<std::string_view>> configuration_keys;

    template <typename Io>
    void fields(Io& io) {
      io(resource_type);
      io(resource_name);
      io(configuration_keys);
    }
  };

  std::vector<Resource> resources;
  bool include_synonyms = false;
  bool include_documentation = false;

  template <typename Io>
  void fields(Io& io) {
    io(resources);
    io(include_synonyms);
    io(include_documentation, since(3));
  }
};

struct DescribeConfigsResponse {
  static constexpr MessageInfo kInfo{ApiKey::kDescribeConfigs, 1, 4, 4};

  struct Result {
    struct ResourceResult {
      struct Synonym {
        std::string_view name;
        std::optional<std::string_view> value = std::string_view();
        int8_t source = 0;

        template <typename Io>
        void fields(Io& io) {
          io(name);
          io(value);
          io(source);
        }
      };

      std::string_view name;
      std::optional<std::string_view> value = std::string_view();
      bool read_only = false;
      int8_t config_source = -1;
      bool is_sensitive = false;
      std::vector<Synonym> synonyms;
      int8_t config_type = 0;
      std::optional<std::string_view> documentation = std::string_view();

      template <typename Io>
      void fields(Io& io) {
        io(name);
        io(value);
        io(read_only);
        io(config_source);
        io(is_sensitive);
        io(synonyms);
        io(config_type, since(3));
        io(documentation, since(3));
      }
    };

    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string_view> error_message = std::string_view();
    int8_t resource_type = 0;
    std::string_view resource_name;
    std::vector<ResourceResult> configs;

    template <typename Io>
    void fields(Io& io) {
      io(error_code);
      io(error_message);
      io(resource_type);
      io(resource_name);
      io(configs);
    }
  };

  int32_t throttle_time_ms = 0;
  std::vector<Result> results;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms);
    io(results);
  }
};

}  // namespace millstream::wire::kafka

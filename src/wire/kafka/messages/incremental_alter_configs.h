// IncrementalAlterConfigs (key 44): sets, removes, extends and shortens single settings (KIP-339).
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct IncrementalAlterConfigsRequest {
  static constexpr MessageInfo kInfo{ApiKey::kIncrementalAlterConfigs, 0, 1, 1};

  struct AlterConfigsResource {
    struct AlterableConfig {
      std::string_view name;
      int8_t config_operation = 0;
      std::optional<std::string_view> value = std::string_view();

      template <typename Io>
      void fields(Io& io) {
        io(name);
        io(config_operation);
        io(value);
      }
    };

    int8_t resource_type = 0;
    std::string_view resource_name;
    std::vector<AlterableConfig> configs;

    template <typename Io>
    void fields(Io& io) {
      io(resource_type);
      io(resource_name);
      io(configs);
    }
  };

  std::vector<AlterConfigsResource> resources;
  bool validate_only = false;

  template <typename Io>
  void fields(Io& io) {
    io(resources);
    io(validate_only);
  }
};

struct IncrementalAlterConfigsResponse {
  static constexpr MessageInfo kInfo{ApiKey::kIncrementalAlterConfigs, 0, 1, 1};

  struct AlterConfigsResourceResponse {
    KafkaError error_code = KafkaError::kNone;
    std::optional<std::string_view> error_message = std::string_view();
    int8_t resource_type = 0;
    std::string_view resource_name;

    template <typename Io>
    void fields(Io& io) {
      io(error_code);
      io(error_message);
      io(resource_type);
      io(resource_name);
    }
  };

  int32_t throttle_time_ms = 0;
  std::vector<AlterConfigsResourceResponse> responses;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms);
    io(responses);
  }
};

}  // namespace millstream::wire::kafka

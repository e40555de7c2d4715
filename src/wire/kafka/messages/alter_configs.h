// AlterConfigs (key 33): replaces all settings of a topic (old form; IncrementalAlterConfigs changes single ones).
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct AlterConfigsRequest {
  static constexpr MessageInfo kInfo{ApiKey::kAlterConfigs, 0, 2, 2};

  struct Resource {
    struct AlterableConfig {
      std::string_view name;
      std::optional<std::string_view> value = std::string_view();

      template <typename Io>
      void fields(Io& io) {
        io(name);
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

  std::vector<Resource> resources;
  bool validate_only = false;

  template <typename Io>
  void fields(Io& io) {
    io(resources);
    io(validate_only);
  }
};

struct AlterConfigsResponse {
  static constexpr MessageInfo kInfo{ApiKey::kAlterConfigs, 0, 2, 2};

  struct ResourceResponse {
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
  std::vector<ResourceResponse> responses;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms);
    io(responses);
  }
};

}  // namespace millstream::wire::kafka

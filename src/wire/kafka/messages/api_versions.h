// ApiVersions (key 18): which APIs in which versions the broker has (KIP-35, KIP-511).
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct ApiVersionsRequest {
  static constexpr MessageInfo kInfo{ApiKey::kApiVersions, 0, 4, 3};

  std::string_view client_software_name;
  std::string_view client_software_version;

  template <typename Io>
  void fields(Io& io) {
    io(client_software_name, since(3));
    io(client_software_version, since(3));
  }
};

struct ApiVersionsResponse {
  static constexpr MessageInfo kInfo{ApiKey::kApiVersions, 0, 4, 3};

  struct ApiVersion {
    int16_t api_key = 0;
    int16_t min_version = 0;
    int16_t max_version = 0;

    template <typename Io>
    void fields(Io& io) {
      io(api_key);
      io(min_version);
      io(max_version);
    }
  };

  struct SupportedFeatureKey {
    std::string_view name;
    int16_t min_version = 0;
    int16_t max_version = 0;

    template <typename Io>
    void fields(Io& io) {
      io(name);
      io(min_version);
      io(max_version);
    }
  };

  struct FinalizedFeatureKey {
    std::string_view name;
    int16_t max_version_level = 0;
    int16_t min_version_level = 0;

    template <typename Io>
    void fields(Io& io) {
      io(name);
      io(max_version_level);
      io(min_version_level);
    }
  };

  KafkaError error_code = KafkaError::kNone;
  std::vector<ApiVersion> api_keys;
  int32_t throttle_time_ms = 0;
  std::vector<SupportedFeatureKey> supported_features;
  int64_t finalized_features_epoch = -1;
  std::vector<FinalizedFeatureKey> finalized_features;
  bool zk_migration_ready = false;

  template <typename Io>
  void fields(Io& io) {
    io(error_code);
    io(api_keys);
    io(throttle_time_ms, since(1));
  }
  template <typename Io>
  void tagged_fields(Io& io) {
    io.tag(0, supported_features, since(3));
    io.tag(1, finalized_features_epoch, since(3), int64_t{-1});
    io.tag(2, finalized_features, since(3));
    io.tag(3, zk_migration_ready, since(3));
  }
};

}  // namespace millstream::wire::kafka

// SaslHandshake (key 17): chooses a SASL mechanism.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct SaslHandshakeRequest {
  static constexpr MessageInfo kInfo{ApiKey::kSaslHandshake, 0, 1};

  std::string_view mechanism;

  template <typename Io>
  void fields(Io& io) {
    io(mechanism);
  }
};

struct SaslHandshakeResponse {
  static constexpr MessageInfo kInfo{ApiKey::kSaslHandshake, 0, 1};

  KafkaError error_code = KafkaError::kNone;
  std::vector<std::string_view> mechanisms;

  template <typename Io>
  void fields(Io& io) {
    io(error_code);
    io(mechanisms);
  }
};

}  // namespace millstream::wire::kafka

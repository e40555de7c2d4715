// SaslAuthenticate (key 36): one step of a SASL exchange.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct SaslAuthenticateRequest {
  static constexpr MessageInfo kInfo{ApiKey::kSaslAuthenticate, 0, 2, 2};

  ByteSpan auth_bytes;

  template <typename Io>
  void fields(Io& io) {
    io(auth_bytes);
  }
};

struct SaslAuthenticateResponse {
  static constexpr MessageInfo kInfo{ApiKey::kSaslAuthenticate, 0, 2, 2};

  KafkaError error_code = KafkaError::kNone;
  std::optional<std::string_view> error_message = std::string_view();
  ByteSpan auth_bytes;
  int64_t session_lifetime_ms = 0;

  template <typename Io>
  void fields(Io& io) {
    io(error_code);
    io(error_message);
    io(auth_bytes);
    io(session_lifetime_ms, since(1));
  }
};

}  // namespace millstream::wire::kafka

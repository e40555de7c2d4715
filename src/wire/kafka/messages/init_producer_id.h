// InitProducerId (key 22): an id and an epoch for an idempotent or transactional producer.
#pragma once

#include "wire/kafka/message.h"

namespace millstream::wire::kafka {

struct InitProducerIdRequest {
  static constexpr MessageInfo kInfo{ApiKey::kInitProducerId, 0, 5, 2};

  std::optional<std::string_view> transactional_id = std::string_view();
  int32_t transaction_timeout_ms = 0;
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;

  template <typename Io>
  void fields(Io& io) {
    io(transactional_id);
    io(transaction_timeout_ms);
    io(producer_id, since(3));
    io(producer_epoch, since(3));
  }
};

struct InitProducerIdResponse {
  static constexpr MessageInfo kInfo{ApiKey::kInitProducerId, 0, 5, 2};

  int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::kNone;
  int64_t producer_id = -1;
  int16_t producer_epoch = 0;

  template <typename Io>
  void fields(Io& io) {
    io(throttle_time_ms);
    io(error_code);
    io(producer_id);
    io(producer_epoch);
  }
};

}  // namespace millstream::wire::kafka

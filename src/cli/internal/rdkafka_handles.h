// Makes librdkafka handles with our error shape; shared by the client and the consumer.
#pragma once

#include <librdkafka/rdkafka.h>

#include <map>
#include <memory>
#include <string>

#include "base/error.h"

namespace millstream::cli {

struct KafkaHandleDeleter {
  void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
};
using KafkaHandle = std::unique_ptr<rd_kafka_t, KafkaHandleDeleter>;

using DeliveryCallback = void (*)(rd_kafka_t*, const rd_kafka_message_t*, void*);

[[nodiscard]] Result<KafkaHandle> make_kafka_handle(rd_kafka_type_t type, const std::string& bootstrap,
                                                    const std::map<std::string, std::string>& properties,
                                                    DeliveryCallback delivered = nullptr, void* opaque = nullptr);
[[nodiscard]] Error kafka_error(rd_kafka_resp_err_t code, const std::string& text);
[[nodiscard]] inline std::unexpected<Error> kafka_failure(rd_kafka_resp_err_t code, const std::string& text) {
  return std::unexpected(kafka_error(code, text));
}

}  // namespace millstream::cli

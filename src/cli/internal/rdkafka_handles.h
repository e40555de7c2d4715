// librdkafka's objects with owners, and handles with our error shape; shared by the client and the consumer.
#pragma once

#include <librdkafka/rdkafka.h>

#include <map>
#include <memory>
#include <string>

#include "base/error.h"

namespace millstream::cli {

template <typename T, void (*kFree)(T*)>
struct Freer {
  void operator()(T* pointer) const { kFree(pointer); }
};
template <typename T, void (*kFree)(T*)>
using Owned = std::unique_ptr<T, Freer<T, kFree>>;

using KafkaHandle = Owned<rd_kafka_t, rd_kafka_destroy>;
using Queue = Owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using Event = Owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using AdminOptions = Owned<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using Partitions = Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using Message = Owned<rd_kafka_message_t, rd_kafka_message_destroy>;

using DeliveryCallback = void (*)(rd_kafka_t*, const rd_kafka_message_t*, void*);

[[nodiscard]] Result<KafkaHandle> make_kafka_handle(rd_kafka_type_t type, const std::string& bootstrap,
                                                    const std::map<std::string, std::string>& properties,
                                                    DeliveryCallback delivered = nullptr, void* opaque = nullptr);
[[nodiscard]] bool broker_answers(rd_kafka_t* handle);  // whether a broker does, within a tenth of a second
[[nodiscard]] Error kafka_error(rd_kafka_resp_err_t code, const std::string& text);
[[nodiscard]] inline std::unexpected<Error> kafka_failure(rd_kafka_resp_err_t code, const std::string& text) {
  return std::unexpected(kafka_error(code, text));
}

}  // namespace millstream::cli

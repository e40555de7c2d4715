// librdkafka handles for topics of other clusters: settings, log lines, and its error codes as ours.
//
// Only the remote_*.cc files include this.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "connector/kafka/options.h"

namespace millstream::connector::kafka {

template <typename T, void (*kFree)(T*)>
struct RemoteFree {
  void operator()(T* p) const { kFree(p); }
};
// Destroying waits for librdkafka's threads: not on a worker.
using RemoteHandle = std::unique_ptr<rd_kafka_t, RemoteFree<rd_kafka_t, rd_kafka_destroy>>;
using RemoteQueue = std::unique_ptr<rd_kafka_queue_t, RemoteFree<rd_kafka_queue_t, rd_kafka_queue_destroy>>;
using RemoteTopic = std::unique_ptr<rd_kafka_topic_t, RemoteFree<rd_kafka_topic_t, rd_kafka_topic_destroy>>;
using RemotePartitions =
    std::unique_ptr<rd_kafka_topic_partition_list_t,
                    RemoteFree<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>>;

inline constexpr int kRemoteTimeout = 5000;  // milliseconds for one question to the cluster

using RemoteSettings = std::vector<std::pair<std::string, std::string>>;
using RemoteDelivered = void (*)(rd_kafka_t*, const rd_kafka_message_t*, void* opaque);
// `settings` come before the table's own, which may replace them. kInvalidArgument in librdkafka's words. A producer
// calls `delivered` for each record while it is polled or flushed.
Result<RemoteHandle> make_remote_handle(rd_kafka_type_t type, const KafkaOptions& options,
                                        const RemoteSettings& settings, RemoteDelivered delivered = nullptr,
                                        void* opaque = nullptr);

// kUnavailable where trying again can help; `what` is the beginning of the sentence.
[[nodiscard]] std::unexpected<Error> remote_error(rd_kafka_resp_err_t code, const KafkaOptions& options,
                                                  const std::string& what);

// The number of partitions of a topic; kUnavailable while it is missing or the cluster is out of reach. Blocks.
Result<int32_t> remote_partition_count(rd_kafka_t* handle, const KafkaOptions& options, const std::string& topic);
// All topics. Blocks.
Result<std::vector<std::string>> remote_topics(rd_kafka_t* handle, const KafkaOptions& options);

}  // namespace millstream::connector::kafka

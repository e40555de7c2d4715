// Consuming records, and the handles that client and consumer share.
#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "cli/internal/rdkafka_handles.h"
#include "cli/kafka_client.h"

namespace millstream::cli {
namespace {

constexpr int kTimeout = 10'000;

struct MessageDeleter {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};

// Keeps librdkafka's own log lines away from standard error: what matters comes back as errors.
void drop_log(const rd_kafka_t*, int, const char*, const char*) {}

std::optional<std::string> bytes_of(const void* data, size_t size) {
  if (data == nullptr) return std::nullopt;
  return std::string(static_cast<const char*>(data), size);
}

ConsumedRecord record_of(const rd_kafka_message_t& message) {
  ConsumedRecord record;
  record.topic = rd_kafka_topic_name(message.rkt);
  record.partition = PartitionId(message.partition);
  record.offset = Offset(message.offset);
  record.key = bytes_of(message.key, message.key_len);
  record.value = bytes_of(message.payload, message.len);
  rd_kafka_timestamp_type_t type{};
  record.timestamp = rd_kafka_message_timestamp(&message, &type);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
      record.headers.emplace_back(name, bytes_of(value, size).value_or(""));
    }
  }
  return record;
}

Result<std::vector<int>> partitions_of(rd_kafka_t* handle, const std::string& topic) {
  const rd_kafka_metadata_t* metadata = nullptr;
  if (const auto code = rd_kafka_metadata(handle, 1, nullptr, &metadata, kTimeout);
      code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_failure(code, "the broker's topics cannot be read");
  }
  std::vector<int> partitions;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    if (topic != metadata->topics[i].topic) continue;
    for (int p = 0; p < metadata->topics[i].partition_cnt; ++p)
      partitions.push_back(metadata->topics[i].partitions[p].id);
  }
  rd_kafka_metadata_destroy(metadata);
  if (partitions.empty())
    return fail(ErrorCode::kNotFound, fmt::format("there is no topic {}", topic), "`millstream topic list` shows them");
  return partitions;
}

}  // namespace

Error kafka_error(rd_kafka_resp_err_t code, const std::string& text) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
      return {ErrorCode::kUnavailable,
              text + ": no broker answers",
              "start one with `millstream serve`, or name another with --kafka HOST:PORT",
              {}};
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
      return {ErrorCode::kTimeout, text, "is a broker running there? --kafka HOST:PORT names another", {}};
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
      return {ErrorCode::kAlreadyExists, text, "", {}};
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND:
      return {ErrorCode::kNotFound, text, "", {}};
    default:
      return {ErrorCode::kRemote, fmt::format("{} ({})", text, rd_kafka_err2name(code)), "", {}};
  }
}

Result<KafkaHandle> make_kafka_handle(rd_kafka_type_t type, const std::string& bootstrap,
                                      const std::map<std::string, std::string>& properties, DeliveryCallback delivered,
                                      void* opaque) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char text[512];
  std::map<std::string, std::string> all = properties;
  all["bootstrap.servers"] = bootstrap;
  for (const auto& [key, value] : all) {
    if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), text, sizeof text) != RD_KAFKA_CONF_OK) {
      rd_kafka_conf_destroy(conf);
      return fail(ErrorCode::kInvalidArgument, text);
    }
  }
  rd_kafka_conf_set_log_cb(conf, drop_log);
  if (delivered != nullptr) rd_kafka_conf_set_dr_msg_cb(conf, delivered);
  rd_kafka_conf_set_opaque(conf, opaque);
  rd_kafka_t* handle = rd_kafka_new(type, conf, text, sizeof text);
  if (handle == nullptr) {
    rd_kafka_conf_destroy(conf);
    return fail(ErrorCode::kInvalidArgument, text);
  }
  return KafkaHandle(handle);
}

Status consume(const std::string& bootstrap, const ConsumeOptions& options,
               const std::function<bool(const ConsumedRecord&)>& record, const std::function<bool()>& stop) {
  std::map<std::string, std::string> properties{
      {"group.id", options.group.empty() ? "millstream-consume" : options.group},
      {"enable.auto.commit", options.group.empty() ? "false" : "true"},
      {"auto.offset.reset", options.start == "end" ? "latest" : "earliest"},
      {"enable.partition.eof", "true"}};
  for (const auto& [key, value] : options.properties) properties[key] = value;
  MS_ASSIGN(const KafkaHandle handle, make_kafka_handle(RD_KAFKA_CONSUMER, bootstrap, properties));
  rd_kafka_poll_set_consumer(handle.get());
  MS_ASSIGN(const std::vector<int> partitions, partitions_of(handle.get(), options.topic));

  const std::unique_ptr<rd_kafka_topic_partition_list_t, decltype(&rd_kafka_topic_partition_list_destroy)> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())), rd_kafka_topic_partition_list_destroy);
  size_t assigned = 0;
  if (options.group.empty()) {
    int64_t start = options.start == "beginning" ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END;
    if (options.start != "beginning" && options.start != "end") {
      MS_ASSIGN(start, parse_integer(options.start));
    }
    for (const int partition : partitions) {
      if (options.partition >= 0 && partition != options.partition) continue;
      rd_kafka_topic_partition_list_add(list.get(), options.topic.c_str(), partition)->offset = start;
      ++assigned;
    }
    if (assigned == 0)
      return fail(ErrorCode::kNotFound, fmt::format("{} has no partition {}", options.topic, options.partition));
    if (const auto code = rd_kafka_assign(handle.get(), list.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return kafka_failure(code, rd_kafka_err2str(code));
  } else {
    rd_kafka_topic_partition_list_add(list.get(), options.topic.c_str(), RD_KAFKA_PARTITION_UA);
    if (const auto code = rd_kafka_subscribe(handle.get(), list.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return kafka_failure(code, rd_kafka_err2str(code));
    assigned = partitions.size();
  }

  std::set<int> at_end;
  int64_t seen = 0;
  Status outcome;
  while (!stop() && (options.count < 0 || seen < options.count)) {
    const std::unique_ptr<rd_kafka_message_t, MessageDeleter> message(rd_kafka_consumer_poll(handle.get(), 200));
    if (!message) continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      at_end.insert(message->partition);
      if (options.stop_at_end && at_end.size() >= assigned) break;
      continue;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (message->err == RD_KAFKA_RESP_ERR__TRANSPORT) continue;  // librdkafka connects again by itself
      outcome = kafka_failure(message->err, rd_kafka_message_errstr(message.get()));
      break;
    }
    ++seen;
    at_end.erase(message->partition);
    if (!record(record_of(*message))) break;
  }
  rd_kafka_consumer_close(handle.get());
  return outcome;
}

}  // namespace millstream::cli

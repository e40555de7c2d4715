// Consuming records, and the handles that client and consumer share.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <future>
#include <memory>
#include <set>
#include <thread>
#include <utility>

#include "base/text.h"
#include "cli/internal/rdkafka_handles.h"
#include "cli/kafka_client.h"

namespace millstream::cli {
namespace {

constexpr int kTimeout = 10'000;
constexpr std::chrono::milliseconds kConnectPatience{1'500};
constexpr char kNoBrokerHint[] = "start one with `millstream serve`, or name another with --bootstrap-server HOST:PORT";

// Keeps librdkafka's own log lines away from standard error: what matters comes back as errors.
void drop_log(const rd_kafka_t*, int, const char*, const char*) {}

// Why no broker could be reached so far. Beside the callback's own argument, which is that of deliveries.
thread_local std::string* connection_failure = nullptr;
// Whether a topic that was read is no longer there, as far as librdkafka knows.
thread_local bool topic_seems_gone = false;
void note_failure(rd_kafka_t*, int code, const char* reason, void*) {
  if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) topic_seems_gone = true;
  if (connection_failure == nullptr || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return;
  // "… failed: Connection refused (after 0ms in state CONNECT)"
  const std::string_view text = reason;
  *connection_failure = text.substr(0, text.find(" (after "));
}

// librdkafka would try for minutes: an address where nobody is, is more likely than a broker that is about to come.
Status reach_broker(rd_kafka_t* handle, const std::string& bootstrap) {
  using Clock = std::chrono::steady_clock;
  std::string failure;
  connection_failure = &failure;
  const auto start = Clock::now();
  Status reached;
  while (true) {
    if (broker_answers(handle)) break;
    rd_kafka_poll(handle, 0);
    // A name may have several addresses, of which the first need not be the one.
    const auto waited = Clock::now() - start;
    if ((failure.empty() || waited < kConnectPatience) && waited < std::chrono::milliseconds(kTimeout)) continue;
    reached = fail(ErrorCode::kUnavailable,
                   failure.empty() ? fmt::format("no broker answers at {}", bootstrap)
                                   : fmt::format("no broker answers at {}: {}", bootstrap, failure),
                   kNoBrokerHint);
    break;
  }
  connection_failure = nullptr;
  return reached;
}

// Which partitions are read: of a group, those that fell to this member.
std::set<int> assigned_to(rd_kafka_t* handle) {
  rd_kafka_topic_partition_list_t* list = nullptr;
  if (rd_kafka_assignment(handle, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const Partitions owned(list);
  std::set<int> partitions;
  for (int i = 0; i < list->cnt; ++i) partitions.insert(list->elems[i].partition);
  return partitions;
}

// Whether the group has settled, with this member in it, and the others hold all `count` partitions of the topic. An
// empty assignment alone says less: where members hand over one by one, partitions may be on their way here.
bool others_hold_all(rd_kafka_t* handle, const std::string& group, const std::string& topic, size_t count) {
  constexpr int kDescribeTimeout = 2'000;
  const Queue queue(rd_kafka_queue_new(handle));
  const AdminOptions options(rd_kafka_AdminOptions_new(handle, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS));
  char text[256];
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kDescribeTimeout, text, sizeof text);
  const char* name = group.c_str();
  rd_kafka_DescribeConsumerGroups(handle, &name, 1, options.get(), queue.get());
  const Event event(rd_kafka_queue_poll(queue.get(), kDescribeTimeout));
  // While the coordinator cannot answer, nothing is settled.
  if (!event || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  size_t groups = 0;
  const auto** described =
      rd_kafka_DescribeConsumerGroups_result_groups(rd_kafka_event_DescribeConsumerGroups_result(event.get()), &groups);
  if (groups != 1 || rd_kafka_ConsumerGroupDescription_state(described[0]) != RD_KAFKA_CONSUMER_GROUP_STATE_STABLE)
    return false;
  const std::unique_ptr<char, decltype(&std::free)> self(rd_kafka_memberid(handle), &std::free);
  bool joined = false;
  std::set<int> held;
  for (size_t i = 0; i < rd_kafka_ConsumerGroupDescription_member_count(described[0]); ++i) {
    const auto* member = rd_kafka_ConsumerGroupDescription_member(described[0], i);
    if (self && std::string_view(rd_kafka_MemberDescription_consumer_id(member)) == self.get()) {
      joined = true;
      continue;
    }
    const auto* assignment = rd_kafka_MemberDescription_assignment(member);
    const auto* partitions = assignment == nullptr ? nullptr : rd_kafka_MemberAssignment_partitions(assignment);
    for (int p = 0; partitions != nullptr && p < partitions->cnt; ++p) {
      if (topic == partitions->elems[p].topic) held.insert(partitions->elems[p].partition);
    }
  }
  return joined && held.size() >= count;
}

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
      record.headers.emplace_back(name, bytes_of(value, size));
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

// Where a number says to begin: inside of what the partition has, because librdkafka would begin anew beyond it.
Result<int64_t> first_offset(rd_kafka_t* handle, const std::string& topic, int partition, int64_t start) {
  if (start < 0) return start;
  int64_t low = 0, high = 0;
  const auto code = rd_kafka_query_watermark_offsets(handle, topic.c_str(), partition, &low, &high, kTimeout);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return kafka_failure(code, fmt::format("the offsets of {} cannot be read", topic));
  return std::clamp(start, low, high);
}

// librdkafka 2.0 waits for ever for its own threads where a topic that was read is gone. The process ends soon.
void end_within_a_second(KafkaHandle handle) {
  auto ended = std::make_shared<std::promise<void>>();
  const std::future<void> end = ended->get_future();
  std::thread([ended, handle = handle.release()] {
    rd_kafka_destroy(handle);
    ended->set_value();
  }).detach();
  end.wait_for(std::chrono::seconds(1));
}

}  // namespace

bool broker_answers(rd_kafka_t* handle) {
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(handle, 0, nullptr, &metadata, 100) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  rd_kafka_metadata_destroy(metadata);
  return true;
}

Error kafka_error(rd_kafka_resp_err_t code, const std::string& text) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
      return {ErrorCode::kUnavailable, text + ": no broker answers", kNoBrokerHint, {}};
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
      return {ErrorCode::kTimeout, text, kNoBrokerHint, {}};
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
  rd_kafka_conf_set_error_cb(conf, note_failure);
  rd_kafka_conf_set_opaque(conf, opaque);
  rd_kafka_t* handle = rd_kafka_new(type, conf, text, sizeof text);
  if (handle == nullptr) {
    rd_kafka_conf_destroy(conf);
    return fail(ErrorCode::kInvalidArgument, text);
  }
  KafkaHandle made(handle);
  MS_TRY(reach_broker(handle, bootstrap));
  return made;
}

Result<ConsumeEnd> consume(const std::string& bootstrap, const ConsumeOptions& options,
                           const std::function<bool(const ConsumedRecord&)>& record,
                           const std::function<bool()>& stop) {
  int64_t start = options.start == "beginning" ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END;
  if (options.start != "beginning" && options.start != "end") {
    const auto number = parse_integer(options.start);
    if (!number || *number < 0) {
      return fail(ErrorCode::kInvalidArgument, fmt::format("--offset cannot be '{}'", options.start),
                  "beginning, end, or a number");
    }
    start = *number;
  }
  if (!options.group.empty() && (start >= 0 || options.partition >= 0)) {
    return fail(ErrorCode::kInvalidArgument, "with --group the broker chooses partitions and offsets",
                "--offset can be beginning or end there, for partitions without committed offsets");
  }
  std::map<std::string, std::string> properties{
      {"group.id", options.group.empty() ? "millstream-consume" : options.group},
      {"enable.auto.commit", options.group.empty() ? "false" : "true"},
      {"auto.offset.reset", options.start == "end" ? "latest" : "earliest"},
      {"enable.partition.eof", "true"}};
  for (const auto& [key, value] : options.properties) properties[key] = value;
  MS_ASSIGN(KafkaHandle handle, make_kafka_handle(RD_KAFKA_CONSUMER, bootstrap, properties));
  rd_kafka_poll_set_consumer(handle.get());
  MS_ASSIGN(const std::vector<int> partitions, partitions_of(handle.get(), options.topic));

  const Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  if (options.group.empty()) {
    for (const int partition : partitions) {
      if (options.partition >= 0 && partition != options.partition) continue;
      MS_ASSIGN(const int64_t from, first_offset(handle.get(), options.topic, partition, start));
      rd_kafka_topic_partition_list_add(list.get(), options.topic.c_str(), partition)->offset = from;
    }
    if (list->cnt == 0)
      return fail(ErrorCode::kNotFound, fmt::format("{} has no partition {}", options.topic, options.partition));
    if (const auto code = rd_kafka_assign(handle.get(), list.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return kafka_failure(code, rd_kafka_err2str(code));
  } else {
    rd_kafka_topic_partition_list_add(list.get(), options.topic.c_str(), RD_KAFKA_PARTITION_UA);
    if (const auto code = rd_kafka_subscribe(handle.get(), list.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return kafka_failure(code, rd_kafka_err2str(code));
  }

  std::set<int> at_end;
  int64_t seen = 0;
  Result<ConsumeEnd> outcome = ConsumeEnd::kDone;
  while (!stop() && (options.count < 0 || seen < options.count)) {
    const Message message(rd_kafka_consumer_poll(handle.get(), 200));
    if (std::exchange(topic_seems_gone, false)) {
      if (const auto left = partitions_of(handle.get(), options.topic);
          !left && left.error().code == ErrorCode::kNotFound) {
        outcome = fail(ErrorCode::kNotFound, fmt::format("the topic {} was deleted", options.topic));
        break;
      }
    }
    if (!message || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      if (message) at_end.insert(message->partition);
      if (!options.stop_at_end) continue;
      const std::set<int> assigned = assigned_to(handle.get());
      if (!assigned.empty() && std::ranges::includes(at_end, assigned)) break;
      if (assigned.empty() && others_hold_all(handle.get(), properties["group.id"], options.topic, partitions.size())) {
        outcome = ConsumeEnd::kNoPartitions;
        break;
      }
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
  end_within_a_second(std::move(handle));
  return outcome;
}

}  // namespace millstream::cli

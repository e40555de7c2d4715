// Making handles and asking for metadata.
#include "connector/kafka/remote_client.h"

#include <algorithm>

#include "base/logging.h"

namespace millstream::connector::kafka {
namespace {

void write_log(const rd_kafka_t*, int level, const char* facility, const char* text) {
  log_at(level <= 4 ? LogLevel::kWarning : LogLevel::kInfo, "kafka client: {}: {}", facility, text);
}

using Metadata =
    std::unique_ptr<const rd_kafka_metadata_t, RemoteFree<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>>;

}  // namespace

Result<RemoteHandle> make_remote_handle(rd_kafka_type_t type, const KafkaOptions& options,
                                        const RemoteSettings& settings, RemoteDelivered delivered, void* opaque) {
  struct ConfigurationFree {
    void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
  };
  std::unique_ptr<rd_kafka_conf_t, ConfigurationFree> configuration(rd_kafka_conf_new());
  rd_kafka_conf_set_log_cb(configuration.get(), write_log);
  if (delivered != nullptr) rd_kafka_conf_set_dr_msg_cb(configuration.get(), delivered);
  rd_kafka_conf_set_opaque(configuration.get(), opaque);
  char text[512];
  RemoteSettings all = settings;
  all.emplace_back("bootstrap.servers", options.bootstrap_servers);
  if (!options.group.empty() && type == RD_KAFKA_CONSUMER) all.emplace_back("group.id", options.group);
  all.insert(all.end(), options.client.begin(), options.client.end());
  for (const auto& [name, value] : all) {
    if (rd_kafka_conf_set(configuration.get(), name.c_str(), value.c_str(), text, sizeof text) != RD_KAFKA_CONF_OK) {
      return fail(ErrorCode::kInvalidArgument,
                  "The Kafka client property '" + name + "' cannot be '" + value + "': " + text);
    }
  }
  rd_kafka_t* handle = rd_kafka_new(type, configuration.get(), text, sizeof text);
  if (handle == nullptr)
    return fail(ErrorCode::kInvalidArgument, "The Kafka client's properties do not fit together: " + std::string(text));
  (void)configuration.release();  // now the handle's
  return RemoteHandle(handle);
}

std::unexpected<Error> remote_error(rd_kafka_resp_err_t code, const KafkaOptions& options, const std::string& what) {
  ErrorCode ours = ErrorCode::kRemote;
  std::string hint;
  switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__SSL:
      ours = ErrorCode::kUnavailable;
      hint = "Check that a broker listens at 'properties.bootstrap.servers' = '" + options.bootstrap_servers +
             "' and that its advertised address can be reached from here.";
      break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
      ours = ErrorCode::kUnavailable;
      break;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      ours = ErrorCode::kPermission;
      break;
    default:
      break;
  }
  return fail(ours, what + " at " + options.bootstrap_servers + ": " + rd_kafka_err2str(code), hint);
}

Result<int32_t> remote_partition_count(rd_kafka_t* handle, const KafkaOptions& options, const std::string& topic) {
  const RemoteTopic named(rd_kafka_topic_new(handle, topic.c_str(), nullptr));
  if (!named) return fail(ErrorCode::kInvalidArgument, "'" + topic + "' is no name of a topic.");
  const rd_kafka_metadata_t* raw = nullptr;
  const rd_kafka_resp_err_t code = rd_kafka_metadata(handle, 0, named.get(), &raw, kRemoteTimeout);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return remote_error(code, options, "waiting for topic '" + topic + "'");
  const Metadata metadata(raw);
  if (metadata->topic_cnt != 1)
    return fail(ErrorCode::kUnavailable, "waiting for topic '" + topic + "' at " + options.bootstrap_servers);
  const rd_kafka_metadata_topic_t& found = metadata->topics[0];
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR)
    return remote_error(found.err, options, "waiting for topic '" + topic + "'");
  if (found.partition_cnt <= 0)
    return fail(ErrorCode::kUnavailable, "waiting for topic '" + topic + "' at " + options.bootstrap_servers);
  return found.partition_cnt;
}

Result<std::vector<std::string>> remote_topics(rd_kafka_t* handle, const KafkaOptions& options) {
  const rd_kafka_metadata_t* raw = nullptr;
  const rd_kafka_resp_err_t code = rd_kafka_metadata(handle, 1, nullptr, &raw, kRemoteTimeout);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return remote_error(code, options, "waiting for the topics");
  const Metadata metadata(raw);
  std::vector<std::string> names;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const std::string name = metadata->topics[i].topic;
    if (!name.starts_with("__")) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace millstream::connector::kafka

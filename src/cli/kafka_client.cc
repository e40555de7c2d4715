// Administration and producing through librdkafka's C interface.
#include "cli/kafka_client.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <set>

#include "cli/internal/rdkafka_handles.h"

namespace millstream::cli {
namespace {

constexpr int kTimeout = 10'000;

Status topic_status(const rd_kafka_topic_result_t* result) {
  const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(result);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const char* text = rd_kafka_topic_result_error_string(result);
  return kafka_failure(
      code, fmt::format("{}: {}", rd_kafka_topic_result_name(result), text != nullptr ? text : rd_kafka_err2str(code)));
}

}  // namespace

struct KafkaClient::Impl {
  KafkaHandle handle;

  // Waits for the one answer to an admin call.
  Result<Event> wait(rd_kafka_queue_t* queue) {
    Event event(rd_kafka_queue_poll(queue, kTimeout + 2'000));
    if (!event) return fail(ErrorCode::kTimeout, "the broker did not answer in time");
    if (const rd_kafka_resp_err_t code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return kafka_failure(code, rd_kafka_event_error_string(event.get()));
    }
    return event;
  }
  AdminOptions options(rd_kafka_admin_op_t operation) {
    AdminOptions made(rd_kafka_AdminOptions_new(handle.get(), operation));
    char text[256];
    rd_kafka_AdminOptions_set_request_timeout(made.get(), kTimeout, text, sizeof text);
    return made;
  }
};

KafkaClient::KafkaClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KafkaClient::~KafkaClient() = default;

Result<std::unique_ptr<KafkaClient>> KafkaClient::connect(const std::string& bootstrap,
                                                          const std::map<std::string, std::string>& properties) {
  MS_ASSIGN(KafkaHandle handle, make_kafka_handle(RD_KAFKA_PRODUCER, bootstrap, properties));
  auto impl = std::make_unique<Impl>();
  impl->handle = std::move(handle);
  return std::unique_ptr<KafkaClient>(new KafkaClient(std::move(impl)));
}

Result<std::vector<TopicInfo>> KafkaClient::topics() {
  const rd_kafka_metadata_t* metadata = nullptr;
  if (const auto code = rd_kafka_metadata(impl_->handle.get(), 1, nullptr, &metadata, kTimeout);
      code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_failure(code, "the broker's topics cannot be read");
  }
  std::vector<TopicInfo> topics;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    TopicInfo topic{metadata->topics[i].topic, {}, {}};
    for (int p = 0; p < metadata->topics[i].partition_cnt; ++p)
      topic.partitions.push_back({PartitionId(metadata->topics[i].partitions[p].id), {}, {}});
    topics.push_back(std::move(topic));
  }
  rd_kafka_metadata_destroy(metadata);
  std::sort(topics.begin(), topics.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return topics;
}

Result<TopicInfo> KafkaClient::topic(const std::string& name) {
  // Asked among all topics: asking for one by name could create it.
  MS_ASSIGN(const std::vector<TopicInfo> all, topics());
  const auto found = std::find_if(all.begin(), all.end(), [&](const TopicInfo& topic) { return topic.name == name; });
  if (found == all.end())
    return fail(ErrorCode::kNotFound, fmt::format("there is no topic {}", name), "`millstream topic list` shows them");
  TopicInfo topic = *found;
  for (PartitionInfo& partition : topic.partitions) {
    int64_t low = 0, high = 0;
    const auto code =
        rd_kafka_query_watermark_offsets(impl_->handle.get(), name.c_str(), partition.id.value, &low, &high, kTimeout);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return kafka_failure(code, fmt::format("the offsets of {} cannot be read", name));
    partition.begin = Offset(low);
    partition.end = Offset(high);
  }
  const Queue queue(rd_kafka_queue_new(impl_->handle.get()));
  rd_kafka_ConfigResource_t* resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str());
  rd_kafka_DescribeConfigs(impl_->handle.get(), &resource, 1, impl_->options(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS).get(),
                           queue.get());
  rd_kafka_ConfigResource_destroy(resource);
  MS_ASSIGN(const Event event, impl_->wait(queue.get()));
  size_t count = 0, entries = 0;
  const auto* result = rd_kafka_event_DescribeConfigs_result(event.get());
  const auto** resources = rd_kafka_DescribeConfigs_result_resources(result, &count);
  if (count == 1) {
    const auto** configs = rd_kafka_ConfigResource_configs(resources[0], &entries);
    for (size_t i = 0; i < entries; ++i) {
      const char* value = rd_kafka_ConfigEntry_value(configs[i]);
      if (rd_kafka_ConfigEntry_is_default(configs[i]) == 0 && value != nullptr)
        topic.config[rd_kafka_ConfigEntry_name(configs[i])] = value;
    }
  }
  return topic;
}

Status KafkaClient::create_topic(const std::string& name, int partitions,
                                 const std::map<std::string, std::string>& config) {
  char text[256] = {};
  rd_kafka_NewTopic_t* topic = rd_kafka_NewTopic_new(name.c_str(), partitions, 1, text, sizeof text);
  if (topic == nullptr) return fail(ErrorCode::kInvalidArgument, text);
  for (const auto& [key, value] : config) rd_kafka_NewTopic_set_config(topic, key.c_str(), value.c_str());
  const Queue queue(rd_kafka_queue_new(impl_->handle.get()));
  rd_kafka_CreateTopics(impl_->handle.get(), &topic, 1, impl_->options(RD_KAFKA_ADMIN_OP_CREATETOPICS).get(),
                        queue.get());
  rd_kafka_NewTopic_destroy(topic);
  MS_ASSIGN(const Event event, impl_->wait(queue.get()));
  size_t count = 0;
  const auto** results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  return count == 1 ? topic_status(results[0]) : Status{};
}

Status KafkaClient::delete_topic(const std::string& name) {
  rd_kafka_DeleteTopic_t* topic = rd_kafka_DeleteTopic_new(name.c_str());
  const Queue queue(rd_kafka_queue_new(impl_->handle.get()));
  rd_kafka_DeleteTopics(impl_->handle.get(), &topic, 1, impl_->options(RD_KAFKA_ADMIN_OP_DELETETOPICS).get(),
                        queue.get());
  rd_kafka_DeleteTopic_destroy(topic);
  MS_ASSIGN(const Event event, impl_->wait(queue.get()));
  size_t count = 0;
  const auto** results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event.get()), &count);
  return count == 1 ? topic_status(results[0]) : Status{};
}

Result<std::vector<GroupInfo>> KafkaClient::groups() {
  const rd_kafka_group_list* list = nullptr;
  if (const auto code = rd_kafka_list_groups(impl_->handle.get(), nullptr, &list, kTimeout);
      code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_failure(code, "the broker's groups cannot be read");
  }
  std::vector<GroupInfo> groups;
  for (int i = 0; i < list->group_cnt; ++i)
    groups.push_back({list->groups[i].group, list->groups[i].state, list->groups[i].protocol, {}, {}});
  rd_kafka_group_list_destroy(list);
  std::sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return groups;
}

// A partition from which the group has read nothing yet is not among its offsets, but what waits there does.
Status KafkaClient::add_uncommitted(GroupInfo& group) {
  if (group.offsets.empty()) return {};
  std::set<std::string> names;
  std::set<std::pair<std::string, PartitionId>> listed;
  for (const GroupOffset& offset : group.offsets) {
    names.insert(offset.topic);
    listed.emplace(offset.topic, offset.partition);
  }
  MS_ASSIGN(const std::vector<TopicInfo> all, topics());
  for (const TopicInfo& topic : all) {
    if (!names.contains(topic.name)) continue;
    for (const PartitionInfo& partition : topic.partitions) {
      if (listed.contains({topic.name, partition.id})) continue;
      int64_t low = 0, high = 0;
      (void)rd_kafka_query_watermark_offsets(impl_->handle.get(), topic.name.c_str(), partition.id.value, &low, &high,
                                             kTimeout);
      group.offsets.push_back({topic.name, partition.id, Offset(-1), Offset(high)});
    }
  }
  std::ranges::sort(group.offsets, {},
                    [](const GroupOffset& offset) { return std::pair(offset.topic, offset.partition); });
  return {};
}

Result<GroupInfo> KafkaClient::group(const std::string& id) {
  GroupInfo group;
  {
    const Queue queue(rd_kafka_queue_new(impl_->handle.get()));
    const char* name = id.c_str();
    rd_kafka_DescribeConsumerGroups(impl_->handle.get(), &name, 1,
                                    impl_->options(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS).get(), queue.get());
    MS_ASSIGN(const Event event, impl_->wait(queue.get()));
    size_t count = 0;
    const auto** described = rd_kafka_DescribeConsumerGroups_result_groups(
        rd_kafka_event_DescribeConsumerGroups_result(event.get()), &count);
    if (count != 1) return fail(ErrorCode::kNotFound, fmt::format("there is no group {}", id));
    if (const rd_kafka_error_t* error = rd_kafka_ConsumerGroupDescription_error(described[0]); error != nullptr) {
      return kafka_failure(rd_kafka_error_code(error), rd_kafka_error_string(error));
    }
    group.id = id;
    group.state = rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(described[0]));
    group.protocol = rd_kafka_ConsumerGroupDescription_partition_assignor(described[0]);
    for (size_t i = 0; i < rd_kafka_ConsumerGroupDescription_member_count(described[0]); ++i) {
      const auto* member = rd_kafka_ConsumerGroupDescription_member(described[0], i);
      GroupMember shown{rd_kafka_MemberDescription_consumer_id(member), rd_kafka_MemberDescription_client_id(member),
                        rd_kafka_MemberDescription_host(member), ""};
      if (const auto* assignment = rd_kafka_MemberDescription_assignment(member); assignment != nullptr) {
        const auto* partitions = rd_kafka_MemberAssignment_partitions(assignment);
        for (int p = 0; partitions != nullptr && p < partitions->cnt; ++p) {
          shown.assignment +=
              fmt::format("{}{}[{}]", p > 0 ? " " : "", partitions->elems[p].topic, partitions->elems[p].partition);
        }
      }
      group.members.push_back(std::move(shown));
    }
  }
  const Queue queue(rd_kafka_queue_new(impl_->handle.get()));
  rd_kafka_ListConsumerGroupOffsets_t* request = rd_kafka_ListConsumerGroupOffsets_new(id.c_str(), nullptr);
  rd_kafka_ListConsumerGroupOffsets(impl_->handle.get(), &request, 1,
                                    impl_->options(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS).get(), queue.get());
  rd_kafka_ListConsumerGroupOffsets_destroy(request);
  MS_ASSIGN(const Event event, impl_->wait(queue.get()));
  size_t count = 0;
  const auto** listed = rd_kafka_ListConsumerGroupOffsets_result_groups(
      rd_kafka_event_ListConsumerGroupOffsets_result(event.get()), &count);
  if (count == 1) {
    const auto* partitions = rd_kafka_group_result_partitions(listed[0]);
    for (int p = 0; partitions != nullptr && p < partitions->cnt; ++p) {
      int64_t low = 0, high = 0;
      // A topic that was deleted since has no end; the committed offset is still worth showing.
      (void)rd_kafka_query_watermark_offsets(impl_->handle.get(), partitions->elems[p].topic,
                                             partitions->elems[p].partition, &low, &high, kTimeout);
      group.offsets.push_back({partitions->elems[p].topic, PartitionId(partitions->elems[p].partition),
                               Offset(partitions->elems[p].offset), Offset(high)});
    }
  }
  MS_TRY(add_uncommitted(group));
  // Brokers describe a group that never was as a dead one.
  if (group.state == "Dead" && group.members.empty() && group.offsets.empty())
    return fail(ErrorCode::kNotFound, fmt::format("there is no group {}", id), "`millstream group list` shows them");
  return group;
}

Status KafkaClient::delete_group(const std::string& id) {
  rd_kafka_DeleteGroup_t* group = rd_kafka_DeleteGroup_new(id.c_str());
  const Queue queue(rd_kafka_queue_new(impl_->handle.get()));
  rd_kafka_DeleteGroups(impl_->handle.get(), &group, 1, impl_->options(RD_KAFKA_ADMIN_OP_DELETEGROUPS).get(),
                        queue.get());
  rd_kafka_DeleteGroup_destroy(group);
  MS_ASSIGN(const Event event, impl_->wait(queue.get()));
  size_t count = 0;
  const auto** results = rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event.get()), &count);
  if (count == 1) {
    if (const rd_kafka_error_t* error = rd_kafka_group_result_error(results[0]); error != nullptr) {
      return kafka_failure(rd_kafka_error_code(error), fmt::format("{}: {}", id, rd_kafka_error_string(error)));
    }
  }
  return {};
}

struct KafkaSender::Impl {
  KafkaHandle handle;
  int64_t acknowledged = 0;
  std::optional<Error> first_failure;
};

KafkaSender::KafkaSender(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KafkaSender::~KafkaSender() = default;

Result<std::unique_ptr<KafkaSender>> KafkaSender::connect(const std::string& bootstrap,
                                                          const std::map<std::string, std::string>& properties) {
  auto impl = std::make_unique<Impl>();
  std::map<std::string, std::string> all{{"enable.idempotence", "true"}, {"linger.ms", "5"}};
  for (const auto& [key, value] : properties) all[key] = value;
  const auto delivered = [](rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto* self = static_cast<Impl*>(opaque);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
      ++self->acknowledged;
    else if (!self->first_failure)
      self->first_failure = kafka_error(
          message->err, fmt::format("{}: {}", rd_kafka_topic_name(message->rkt), rd_kafka_err2str(message->err)));
  };
  MS_ASSIGN(impl->handle, make_kafka_handle(RD_KAFKA_PRODUCER, bootstrap, all, delivered, impl.get()));
  return std::unique_ptr<KafkaSender>(new KafkaSender(std::move(impl)));
}

Status KafkaSender::send(const std::string& topic, std::optional<std::string_view> key, std::string_view value,
                         int partition) {
  // The macros below want plain variables.
  const char* key_data = key ? key->data() : nullptr;
  const size_t key_size = key ? key->size() : 0;
  while (true) {
    const rd_kafka_resp_err_t code =
        rd_kafka_producev(impl_->handle.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key_data, key_size),
                          RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_poll(impl_->handle.get(), 100);
      continue;
    }
    rd_kafka_poll(impl_->handle.get(), 0);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return kafka_failure(code, fmt::format("{}: {}", topic, rd_kafka_err2str(code)));
    if (impl_->first_failure) return fail(*impl_->first_failure);
    return {};
  }
}

Result<int64_t> KafkaSender::finish() {
  if (const auto code = rd_kafka_flush(impl_->handle.get(), 60'000); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    Error error = kafka_error(
        code, fmt::format("{} records were not acknowledged within 60 s", rd_kafka_outq_len(impl_->handle.get())));
    if (broker_answers(impl_->handle.get())) error.hint = "the broker answers, but stores nothing: its log says why";
    return fail(std::move(error));
  }
  if (impl_->first_failure) return fail(*impl_->first_failure);
  return impl_->acknowledged;
}

}  // namespace millstream::cli

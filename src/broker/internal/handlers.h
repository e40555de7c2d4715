// Every API this broker has: its handler, one file each under handlers/, and the one table that joins them.
//
// A handler runs on the thread that read the request and must not block; it answers its call once, now or later. The
// request's fields point into bytes that live as long as the call.
#pragma once

#include <span>
#include <string_view>

#include "broker/internal/call.h"
#include "broker/internal/state.h"
#include "wire/kafka/messages/alter_configs.h"
#include "wire/kafka/messages/api_versions.h"
#include "wire/kafka/messages/create_partitions.h"
#include "wire/kafka/messages/create_topics.h"
#include "wire/kafka/messages/delete_groups.h"
#include "wire/kafka/messages/delete_records.h"
#include "wire/kafka/messages/delete_topics.h"
#include "wire/kafka/messages/describe_cluster.h"
#include "wire/kafka/messages/describe_configs.h"
#include "wire/kafka/messages/describe_groups.h"
#include "wire/kafka/messages/describe_log_dirs.h"
#include "wire/kafka/messages/describe_producers.h"
#include "wire/kafka/messages/describe_topic_partitions.h"
#include "wire/kafka/messages/fetch.h"
#include "wire/kafka/messages/find_coordinator.h"
#include "wire/kafka/messages/heartbeat.h"
#include "wire/kafka/messages/incremental_alter_configs.h"
#include "wire/kafka/messages/init_producer_id.h"
#include "wire/kafka/messages/join_group.h"
#include "wire/kafka/messages/leave_group.h"
#include "wire/kafka/messages/list_groups.h"
#include "wire/kafka/messages/list_offsets.h"
#include "wire/kafka/messages/metadata.h"
#include "wire/kafka/messages/offset_commit.h"
#include "wire/kafka/messages/offset_delete.h"
#include "wire/kafka/messages/offset_fetch.h"
#include "wire/kafka/messages/offset_for_leader_epoch.h"
#include "wire/kafka/messages/produce.h"
#include "wire/kafka/messages/sync_group.h"

namespace millstream::broker::internal {

// The wire names keep their namespace's short form in handlers.
namespace kafka = wire::kafka;

#define MS_HANDLER(name, Message) \
  void name(State& state, const kafka::Message##Request& request, CallPtr<kafka::Message##Response> call)
MS_HANDLER(handle_alter_configs, AlterConfigs);
MS_HANDLER(handle_api_versions, ApiVersions);
MS_HANDLER(handle_create_partitions, CreatePartitions);
MS_HANDLER(handle_create_topics, CreateTopics);
MS_HANDLER(handle_delete_groups, DeleteGroups);
MS_HANDLER(handle_delete_records, DeleteRecords);
MS_HANDLER(handle_delete_topics, DeleteTopics);
MS_HANDLER(handle_describe_cluster, DescribeCluster);
MS_HANDLER(handle_describe_configs, DescribeConfigs);
MS_HANDLER(handle_describe_groups, DescribeGroups);
MS_HANDLER(handle_describe_log_dirs, DescribeLogDirs);
MS_HANDLER(handle_describe_producers, DescribeProducers);
MS_HANDLER(handle_describe_topic_partitions, DescribeTopicPartitions);
MS_HANDLER(handle_fetch, Fetch);
MS_HANDLER(handle_find_coordinator, FindCoordinator);
MS_HANDLER(handle_heartbeat, Heartbeat);
MS_HANDLER(handle_incremental_alter_configs, IncrementalAlterConfigs);
MS_HANDLER(handle_init_producer_id, InitProducerId);
MS_HANDLER(handle_join_group, JoinGroup);
MS_HANDLER(handle_leave_group, LeaveGroup);
MS_HANDLER(handle_list_groups, ListGroups);
MS_HANDLER(handle_list_offsets, ListOffsets);
MS_HANDLER(handle_metadata, Metadata);
MS_HANDLER(handle_offset_commit, OffsetCommit);
MS_HANDLER(handle_offset_delete, OffsetDelete);
MS_HANDLER(handle_offset_fetch, OffsetFetch);
MS_HANDLER(handle_offset_for_leader_epoch, OffsetForLeaderEpoch);
MS_HANDLER(handle_produce, Produce);
MS_HANDLER(handle_sync_group, SyncGroup);
#undef MS_HANDLER

struct ApiHandler {
  kafka::MessageInfo info;
  int16_t lowest_advertised;
  void (*run)(State& state, Incoming incoming, ApiMetrics& metrics);
};
[[nodiscard]] std::span<const ApiHandler> api_handlers();  // by key

// The operations that clients may ask about, as bits by Kafka's operation numbers (without an authorizer: all that
// exist).
inline constexpr int32_t kTopicOperations = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 11;
inline constexpr int32_t kGroupOperations = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11;
inline constexpr int32_t kClusterOperations = 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12;
inline constexpr int32_t kNotAsked = INT32_MIN;

// The error of a topic that was asked for by name, or from some version on by id.
[[nodiscard]] inline kafka::KafkaError unknown_topic(bool by_id) {
  return by_id ? kafka::KafkaError::kUnknownTopicId : kafka::KafkaError::kUnknownTopicOrPartition;
}
// Refuses epochs of leadership that never were; -1 asks for none.
[[nodiscard]] inline kafka::KafkaError check_leader_epoch(int32_t epoch) {
  return epoch > kLeaderEpoch ? kafka::KafkaError::kUnknownLeaderEpoch : kafka::KafkaError::kNone;
}

}  // namespace millstream::broker::internal

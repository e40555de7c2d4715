// All messages, for tests, tools and fuzzing that go through every one of them. Handlers include theirs alone.
#pragma once

#include <tuple>

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
#include "wire/kafka/messages/sasl_authenticate.h"
#include "wire/kafka/messages/sasl_handshake.h"
#include "wire/kafka/messages/sync_group.h"

namespace millstream::wire::kafka {

template <typename RequestType, typename ResponseType>
struct Api {
  using Request = RequestType;
  using Response = ResponseType;
};

using AllApis = std::tuple<
    Api<ProduceRequest, ProduceResponse>, Api<FetchRequest, FetchResponse>,
    Api<ListOffsetsRequest, ListOffsetsResponse>, Api<MetadataRequest, MetadataResponse>,
    Api<OffsetCommitRequest, OffsetCommitResponse>, Api<OffsetFetchRequest, OffsetFetchResponse>,
    Api<FindCoordinatorRequest, FindCoordinatorResponse>, Api<JoinGroupRequest, JoinGroupResponse>,
    Api<HeartbeatRequest, HeartbeatResponse>, Api<LeaveGroupRequest, LeaveGroupResponse>,
    Api<SyncGroupRequest, SyncGroupResponse>, Api<DescribeGroupsRequest, DescribeGroupsResponse>,
    Api<ListGroupsRequest, ListGroupsResponse>, Api<ApiVersionsRequest, ApiVersionsResponse>,
    Api<CreateTopicsRequest, CreateTopicsResponse>, Api<DeleteTopicsRequest, DeleteTopicsResponse>,
    Api<DeleteRecordsRequest, DeleteRecordsResponse>, Api<InitProducerIdRequest, InitProducerIdResponse>,
    Api<DescribeConfigsRequest, DescribeConfigsResponse>, Api<AlterConfigsRequest, AlterConfigsResponse>,
    Api<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>,
    Api<CreatePartitionsRequest, CreatePartitionsResponse>, Api<DeleteGroupsRequest, DeleteGroupsResponse>,
    Api<OffsetDeleteRequest, OffsetDeleteResponse>, Api<DescribeClusterRequest, DescribeClusterResponse>,
    Api<DescribeLogDirsRequest, DescribeLogDirsResponse>, Api<DescribeProducersRequest, DescribeProducersResponse>,
    Api<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>,
    Api<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>, Api<SaslHandshakeRequest, SaslHandshakeResponse>,
    Api<SaslAuthenticateRequest, SaslAuthenticateResponse>>;

}  // namespace millstream::wire::kafka

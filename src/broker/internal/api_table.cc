// The table of APIs: adding one is a message, a handler and a line here.
#include <array>

#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

namespace {

template <typename Request, typename ResponseType, void (*handle)(State&, const Request&, CallPtr<ResponseType>)>
void run(State& state, Incoming incoming, ApiMetrics& metrics) {
  auto request = kafka::decode<Request>(incoming.body, incoming.header.version, kafka::Leftover::kIgnore);
  if (!request) {
    metrics.refused();
    return incoming.responder.close(std::move(request).error());
  }
  handle(state, *request, std::make_shared<Call<ResponseType>>(std::move(incoming), metrics, state.env.clock()));
}

#define MS_API(handler, Message)                                           \
  ApiHandler {                                                             \
    kafka::Message##Request::kInfo, kafka::Message##Request::kInfo.lowest, \
        run<kafka::Message##Request, kafka::Message##Response, handler>    \
  }

constexpr std::array kHandlers = {
    // Advertised from 0, because librdkafka takes a higher start for a broker without compression (KAFKA-18659).
    ApiHandler{kafka::ProduceRequest::kInfo, 0, run<kafka::ProduceRequest, kafka::ProduceResponse, handle_produce>},
    MS_API(handle_fetch, Fetch),
    MS_API(handle_list_offsets, ListOffsets),
    MS_API(handle_metadata, Metadata),
    MS_API(handle_offset_commit, OffsetCommit),
    MS_API(handle_offset_fetch, OffsetFetch),
    MS_API(handle_find_coordinator, FindCoordinator),
    MS_API(handle_join_group, JoinGroup),
    MS_API(handle_heartbeat, Heartbeat),
    MS_API(handle_leave_group, LeaveGroup),
    MS_API(handle_sync_group, SyncGroup),
    MS_API(handle_describe_groups, DescribeGroups),
    MS_API(handle_list_groups, ListGroups),
    MS_API(handle_api_versions, ApiVersions),
    MS_API(handle_create_topics, CreateTopics),
    MS_API(handle_delete_topics, DeleteTopics),
    MS_API(handle_delete_records, DeleteRecords),
    MS_API(handle_init_producer_id, InitProducerId),
    MS_API(handle_offset_for_leader_epoch, OffsetForLeaderEpoch),
    MS_API(handle_describe_configs, DescribeConfigs),
    MS_API(handle_alter_configs, AlterConfigs),
    MS_API(handle_describe_log_dirs, DescribeLogDirs),
    MS_API(handle_create_partitions, CreatePartitions),
    MS_API(handle_delete_groups, DeleteGroups),
    MS_API(handle_incremental_alter_configs, IncrementalAlterConfigs),
    MS_API(handle_offset_delete, OffsetDelete),
    MS_API(handle_describe_cluster, DescribeCluster),
    MS_API(handle_describe_producers, DescribeProducers),
    MS_API(handle_describe_topic_partitions, DescribeTopicPartitions),
};
#undef MS_API

}  // namespace

std::span<const ApiHandler> api_handlers() { return kHandlers; }

}  // namespace millstream::broker::internal

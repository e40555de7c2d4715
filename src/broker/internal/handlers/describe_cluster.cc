// DescribeCluster: this broker, and the cluster's id.
#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

void handle_describe_cluster(State& state, const kafka::DescribeClusterRequest& request,
                             CallPtr<kafka::DescribeClusterResponse> call) {
  kafka::DescribeClusterResponse response;
  const State::Address address = state.advertised();
  response.cluster_id = state.cluster_id;
  response.endpoint_type = request.endpoint_type;
  if (request.endpoint_type != 1) {
    // 2 asks for controllers, which have no listener of their own here.
    response.error_code = request.endpoint_type == 2 ? kafka::KafkaError::kMismatchedEndpointType
                                                     : kafka::KafkaError::kUnsupportedEndpointType;
    response.error_message = "This listener answers for brokers, not for controllers.";
    return call->answer(response);
  }
  response.controller_id = kNodeId;
  response.brokers.push_back({.broker_id = kNodeId, .host = address.host, .port = address.port});
  if (request.include_cluster_authorized_operations) response.cluster_authorized_operations = kClusterOperations;
  call->answer(response);
}

}  // namespace millstream::broker::internal

// SyncGroup: each member's assignment, once the leader has handed all of them in and they are stored.
#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

void handle_sync_group(State& state, const kafka::SyncGroupRequest& request, CallPtr<kafka::SyncGroupResponse> call) {
  SyncRequest sync;
  sync.group = request.group_id;
  sync.generation = request.generation_id;
  sync.member_id = request.member_id;
  if (request.group_instance_id) sync.instance_id = std::string(*request.group_instance_id);
  if (call->version() >= 5) {
    if (!request.protocol_type || !request.protocol_name) {
      kafka::SyncGroupResponse response;
      response.error_code = kafka::KafkaError::kInconsistentGroupProtocol;
      return call->answer(response);
    }
    sync.protocol_type = std::string(*request.protocol_type);
    sync.protocol = std::string(*request.protocol_name);
  }
  for (const auto& assignment : request.assignments)
    sync.assignments.emplace_back(assignment.member_id, as_text(assignment.assignment));
  state.groups->sync(std::move(sync), [call = std::move(call)](SyncAnswer answer) {
    kafka::SyncGroupResponse response;
    response.error_code = answer.error;
    if (answer.protocol_type) response.protocol_type = *answer.protocol_type;
    if (answer.protocol) response.protocol_name = *answer.protocol;
    response.assignment = as_bytes(answer.assignment);
    call->answer(response);
  });
}

}  // namespace millstream::broker::internal

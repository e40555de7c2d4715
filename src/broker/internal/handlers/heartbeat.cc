// Heartbeat: keeps a member's session alive and tells it of a rebalance.
#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

void handle_heartbeat(State& state, const kafka::HeartbeatRequest& request, CallPtr<kafka::HeartbeatResponse> call) {
  MemberIdentity member{std::string(request.member_id), std::nullopt};
  if (request.group_instance_id) member.instance_id = std::string(*request.group_instance_id);
  kafka::HeartbeatResponse response;
  response.error_code = state.groups->heartbeat(std::string(request.group_id), request.generation_id, member);
  call->answer(response);
}

}  // namespace millstream::broker::internal

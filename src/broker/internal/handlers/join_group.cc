// JoinGroup: waits, without a thread, for the next generation of the group.
#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

void handle_join_group(State& state, const kafka::JoinGroupRequest& request, CallPtr<kafka::JoinGroupResponse> call) {
  const int16_t version = call->version();
  JoinRequest join;
  join.group = request.group_id;
  join.member_id = request.member_id;
  if (request.group_instance_id) join.instance_id = std::string(*request.group_instance_id);
  join.client_id = call->client_id();
  join.client_host = "/" + call->client().host();  // as Java prints an address, which tools show
  join.protocol_type = request.protocol_type;
  for (const auto& protocol : request.protocols) join.protocols.emplace_back(protocol.name, as_text(protocol.metadata));
  join.session_timeout = Millis(request.session_timeout_ms);
  join.rebalance_timeout =
      Millis(request.rebalance_timeout_ms < 0 ? request.session_timeout_ms : request.rebalance_timeout_ms);
  join.require_known_member = version >= 4;
  join.can_skip_assignment = version >= 9;
  state.groups->join(std::move(join), [call = std::move(call), version](JoinAnswer answer) {
    kafka::JoinGroupResponse response;
    response.error_code = answer.error;
    response.generation_id = answer.generation;
    if (answer.protocol_type) response.protocol_type = *answer.protocol_type;
    if (answer.protocol)
      response.protocol_name = *answer.protocol;
    else if (version >= 7)
      response.protocol_name.reset();
    response.leader = answer.leader;
    response.skip_assignment = answer.skip_assignment;
    response.member_id = answer.member_id;
    for (const auto& member : answer.members) {
      auto& out = response.members.emplace_back();
      out.member_id = member.id;
      if (member.instance_id) out.group_instance_id = *member.instance_id;
      out.metadata = as_bytes(member.metadata);
    }
    call->answer(response);
  });
}

}  // namespace millstream::broker::internal

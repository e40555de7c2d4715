// LeaveGroup: one member that goes, or several that an administrator removes.
#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

void handle_leave_group(State& state, const kafka::LeaveGroupRequest& request,
                        CallPtr<kafka::LeaveGroupResponse> call) {
  kafka::LeaveGroupResponse response;
  const std::string group(request.group_id);
  if (group.empty()) {
    response.error_code = kafka::KafkaError::kInvalidGroupId;
    return call->answer(response);
  }
  if (call->version() < 3) {
    response.error_code = state.groups->leave(group, {{std::string(request.member_id), std::nullopt}}).front();
    return call->answer(response);
  }
  std::vector<MemberIdentity> members;
  for (const auto& member : request.members) {
    MemberIdentity& identity = members.emplace_back();
    identity.member_id = member.member_id;
    if (member.group_instance_id) identity.instance_id = std::string(*member.group_instance_id);
  }
  const std::vector<kafka::KafkaError> results = state.groups->leave(group, members);
  for (size_t i = 0; i < results.size(); ++i) {
    response.members.push_back({.member_id = request.members[i].member_id,
                                .group_instance_id = request.members[i].group_instance_id,
                                .error_code = results[i]});
  }
  call->answer(response);
}

}  // namespace millstream::broker::internal

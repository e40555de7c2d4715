// DescribeGroups: state, protocol and members of groups.
#include <deque>

#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

void handle_describe_groups(State& state, const kafka::DescribeGroupsRequest& request,
                            CallPtr<kafka::DescribeGroupsResponse> call) {
  kafka::DescribeGroupsResponse response;
  std::deque<GroupDescription> kept;
  for (const std::string_view id : request.groups) {
    auto& out = response.groups.emplace_back();
    out.group_id = id;
    auto found = state.groups->describe(std::string(id));
    if (!found) {
      out.group_state = "Dead";
      // Older clients take a dead group for the answer.
      if (call->version() >= 6) {
        out.error_code = kafka::KafkaError::kGroupIdNotFound;
        out.error_message = "The group does not exist.";
      }
      continue;
    }
    const GroupDescription& group = kept.emplace_back(*std::move(found));
    out.group_state = name_of(group.summary.state);
    out.protocol_type = group.summary.protocol_type;
    out.protocol_data = group.protocol;
    if (request.include_authorized_operations) out.authorized_operations = kGroupOperations;
    for (const auto& member : group.members) {
      auto& out_member = out.members.emplace_back();
      out_member.member_id = member.id;
      if (member.instance_id) out_member.group_instance_id = *member.instance_id;
      out_member.client_id = member.client_id;
      out_member.client_host = member.client_host;
      out_member.member_metadata = as_bytes(member.metadata);
      out_member.member_assignment = as_bytes(member.assignment);
    }
  }
  call->answer(response);
}

}  // namespace millstream::broker::internal

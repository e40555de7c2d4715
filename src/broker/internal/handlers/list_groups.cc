// ListGroups: every group, or those in given states or of given types.
#include <algorithm>

#include "base/text.h"
#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

void handle_list_groups(State& state, const kafka::ListGroupsRequest& request,
                        CallPtr<kafka::ListGroupsResponse> call) {
  constexpr std::string_view kType = "classic";
  kafka::ListGroupsResponse response;
  auto wanted = [](const std::vector<std::string_view>& filter, std::string_view value) {
    return filter.empty() || std::any_of(filter.begin(), filter.end(),
                                         [&](std::string_view each) { return equals_ignoring_case(each, value); });
  };
  const std::vector<GroupSummary> groups = state.groups->list();
  for (const GroupSummary& group : groups) {
    if (!wanted(request.states_filter, name_of(group.state)) || !wanted(request.types_filter, kType)) continue;
    response.groups.push_back({.group_id = group.id,
                               .protocol_type = group.protocol_type,
                               .group_state = name_of(group.state),
                               .group_type = kType});
  }
  call->answer(response);
}

}  // namespace millstream::broker::internal

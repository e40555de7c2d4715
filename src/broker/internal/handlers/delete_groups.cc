// DeleteGroups: groups without members go, with their offsets.
#include <atomic>
#include <deque>

#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

void handle_delete_groups(State& state, const kafka::DeleteGroupsRequest& request,
                          CallPtr<kafka::DeleteGroupsResponse> call) {
  struct Pending {
    std::deque<std::pair<std::string, kafka::KafkaError>> groups;
    std::atomic<int> waiting{1};
  };
  auto pending = std::make_shared<Pending>();
  for (const std::string_view name : request.groups_names) pending->groups.emplace_back(name, kafka::KafkaError::kNone);
  auto one_less = [pending, call = std::move(call)] {
    if (pending->waiting.fetch_sub(1) != 1) return;
    kafka::DeleteGroupsResponse response;
    for (const auto& [name, error] : pending->groups)
      response.results.push_back({.group_id = name, .error_code = error});
    call->answer(response);
  };
  for (auto& [name, error] : pending->groups) {
    ++pending->waiting;
    state.groups->remove_group(name, [&result = error, one_less](kafka::KafkaError outcome) {
      result = outcome;
      one_less();
    });
  }
  one_less();
}

}  // namespace millstream::broker::internal

// FindCoordinator: this broker, for every group; there are no transactions yet.
#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

namespace {

constexpr int8_t kGroup = 0;
constexpr int8_t kTransaction = 1;

struct Found {
  kafka::KafkaError error = kafka::KafkaError::kNone;
  std::optional<std::string_view> message;
};

Found find(int8_t type) {
  // The one error that every client takes as final; after others, librdkafka asks again without end.
  if (type == kTransaction)
    return {kafka::KafkaError::kTransactionalIdAuthorizationFailed,
            "transactions are not supported by this broker yet; use an idempotent producer"};
  if (type != kGroup) return {kafka::KafkaError::kInvalidRequest, "this broker has coordinators for groups only"};
  return {};
}

}  // namespace

void handle_find_coordinator(State& state, const kafka::FindCoordinatorRequest& request,
                             CallPtr<kafka::FindCoordinatorResponse> call) {
  kafka::FindCoordinatorResponse response;
  const State::Address address = state.advertised();
  if (call->version() < 4) {
    const Found found = find(request.key_type);
    response.error_code = found.error;
    response.error_message = found.message;
    const bool ok = found.error == kafka::KafkaError::kNone;
    response.node_id = ok ? kNodeId : -1;
    response.host = ok ? std::string_view(address.host) : std::string_view();
    response.port = ok ? address.port : -1;
    return call->answer(response);
  }
  for (const std::string_view key : request.coordinator_keys) {
    const Found found = find(request.key_type);
    const bool ok = found.error == kafka::KafkaError::kNone;
    response.coordinators.push_back({.key = key,
                                     .node_id = ok ? kNodeId : -1,
                                     .host = ok ? std::string_view(address.host) : std::string_view(),
                                     .port = ok ? address.port : -1,
                                     .error_code = found.error,
                                     .error_message = found.message.value_or("")});
  }
  call->answer(response);
}

}  // namespace millstream::broker::internal

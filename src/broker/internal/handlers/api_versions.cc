// ApiVersions: what is in the table of handlers.
#include <algorithm>
#include <cctype>

#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

namespace {

// KIP-511: letters, digits, dots and dashes, not dashes or dots at the ends.
bool is_software_name(std::string_view text) {
  auto inner = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), inner) &&
         std::isalnum(static_cast<unsigned char>(text.front())) != 0 &&
         std::isalnum(static_cast<unsigned char>(text.back())) != 0;
}

}  // namespace

void handle_api_versions(State&, const kafka::ApiVersionsRequest& request, CallPtr<kafka::ApiVersionsResponse> call) {
  kafka::ApiVersionsResponse response;
  if (call->version() >= 3 &&
      (!is_software_name(request.client_software_name) || !is_software_name(request.client_software_version))) {
    response.error_code = kafka::KafkaError::kInvalidRequest;
    return call->answer(response);
  }
  for (const ApiHandler& handler : api_handlers()) {
    response.api_keys.push_back(
        {static_cast<int16_t>(handler.info.key), handler.lowest_advertised, handler.info.highest});
  }
  call->answer(response);
}

}  // namespace millstream::broker::internal

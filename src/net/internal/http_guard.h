// Which Host and Origin headers are let in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_server.h"

namespace millstream::net {

// Loopback names, the address the connection came in on, and `allowed` (names without port; "*" is any).
[[nodiscard]] bool host_is_allowed(std::string_view host_header, std::string_view local_address,
                                   const std::vector<std::string>& allowed);

// A page's own origin (the same host and port as in Host) and `allowed` may change state.
[[nodiscard]] bool origin_is_allowed(std::string_view origin, std::string_view host_header,
                                     const std::vector<std::string>& allowed);

// GET, HEAD and OPTIONS change nothing.
[[nodiscard]] bool changes_state(std::string_view method);

struct Refusal {
  int status = 0;
  std::string message;
};
// All of the above for one request; nothing if it is let in. HTTP/1.0 knows no Host.
[[nodiscard]] std::optional<Refusal> refusal_of(const HttpRequest& request, bool http_1_0,
                                                std::string_view local_address, const HttpServer::Options& options);

}  // namespace millstream::net

// Which Host and Origin headers are let in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millstream::net {

// Loopback names, the address the connection came in on, and `allowed` (names without port; "*" is any).
[[nodiscard]] bool host_is_allowed(std::string_view host_header, std::string_view local_address,
                                   const std::vector<std::string>& allowed);

// A page's own origin (the same host and port as in Host) and `allowed` may change state.
[[nodiscard]] bool origin_is_allowed(std::string_view origin, std::string_view host_header,
                                     const std::vector<std::string>& allowed);

// GET, HEAD and OPTIONS change nothing.
[[nodiscard]] bool changes_state(std::string_view method);

}  // namespace millstream::net

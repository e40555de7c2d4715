// Host against DNS rebinding, Origin against cross-site requests (see RFC 6454 for the form of an origin), and bodies
// of unknown length.
#include "net/internal/http_guard.h"

#include <algorithm>

#include "base/text.h"
#include "net/address.h"

namespace millstream::net {

bool host_is_allowed(std::string_view host_header, std::string_view local_address,
                     const std::vector<std::string>& allowed) {
  if (std::ranges::find(allowed, "*") != allowed.end()) return true;
  const Result<HostPort> host = parse_host_port(host_header, 80);
  if (!host || host_header.find("://") != std::string_view::npos || host->host.empty()) return false;
  if (is_loopback_name(host->host) || host->host == local_address) return true;
  return std::ranges::any_of(allowed, [&](const std::string& name) { return equals_ignoring_case(name, host->host); });
}

bool origin_is_allowed(std::string_view origin, std::string_view host_header, const std::vector<std::string>& allowed) {
  for (const std::string& one : allowed) {
    if (one == "*" || equals_ignoring_case(one, origin)) return true;
  }
  const size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return false;  // "null": a file, a sandboxed frame
  // The scheme is not compared: behind a TLS proxy a page is https and the server is http.
  return equals_ignoring_case(origin.substr(scheme + 3), host_header);
}

bool changes_state(std::string_view method) { return method != "GET" && method != "HEAD" && method != "OPTIONS"; }

std::optional<Refusal> refusal_of(const HttpRequest& request, bool http_1_0, std::string_view local_address,
                                  const HttpServer::Options& options) {
  const std::string* host = request.headers.find("Host");
  if (host == nullptr && !http_1_0) return Refusal{400, "the Host header is missing"};
  if (host != nullptr && !host_is_allowed(*host, local_address, options.allowed_hosts))
    return Refusal{403, "requests for host '" + *host + "' are not served here; add the name to the allowed hosts"};
  const std::string* origin = request.headers.find("Origin");
  if (origin != nullptr && changes_state(request.method) &&
      !origin_is_allowed(*origin, host == nullptr ? std::string_view() : *host, options.allowed_origins)) {
    return Refusal{403,
                   "pages of '" + *origin + "' may not change anything here; add the origin to the allowed origins"};
  }
  // Where such a body ends cannot be known (RFC 9112, 6.1 and 6.3).
  const std::string* coding = request.headers.find("Transfer-Encoding");
  if (coding != nullptr && !equals_ignoring_case(*coding, "chunked"))
    return Refusal{501, "the Transfer-Encoding '" + *coding + "' is not supported, only chunked is"};
  return std::nullopt;
}

}  // namespace millstream::net

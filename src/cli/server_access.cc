// Probes /health, and starts a server in the process where that is wanted.
#include "cli/server_access.h"

#include <fmt/format.h>

#include "net/http_client.h"

namespace millstream::cli {

bool answers(const std::string& url) {
  net::HttpClient::Options options;
  options.connect_timeout = Millis(500);
  options.read_timeout = Millis(2'000);
  const auto client = net::HttpClient::make(url, options);
  if (!client) return false;
  const auto health = (*client)->send({.method = "GET", .path = "/health"});
  return health && health->status == 200;
}

Result<ServerAccess> find_server(const ServerChoice& choice) {
  const bool runs = choice.server.empty() && choice.data.empty() && answers(kDefaultServer);
  if (!choice.server.empty() || runs) {
    std::string url = runs ? kDefaultServer : choice.server;
    if (!choice.needs_own) return ServerAccess{std::move(url), nullptr};
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("--data, --config, --host-alias and --set say how to start a server, but {} {}", url,
                            runs ? "runs already" : "is to run this"),
                "give them to the `millstream serve` that runs there, or name a folder with --data DIR and no "
                "--server");
  }
  if (!choice.start_local) {
    return fail(ErrorCode::kUnavailable, fmt::format("no server answers on {}", kDefaultServer),
                "start one with `millstream serve`, or name another with --server URL");
  }
  MS_ASSIGN(std::unique_ptr<LocalServer> local, choice.start_local(choice.data));
  std::string url = local->http_url();
  return ServerAccess{std::move(url), std::move(local)};
}

}  // namespace millstream::cli

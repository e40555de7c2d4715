// Which server a command speaks to: the one named, the one that runs, or one started inside this process.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.h"

namespace millstream::cli {

inline constexpr char kDefaultServer[] = "http://127.0.0.1:8080";

// A server inside this process; stops when destroyed. main/ makes it.
class LocalServer {
 public:
  virtual ~LocalServer() = default;
  [[nodiscard]] virtual std::string http_url() const = 0;
  [[nodiscard]] virtual std::string kafka_address() const = 0;
};
// `data`: its folder; empty: a temporary one that goes with it.
using StartLocalServer = std::function<Result<std::unique_ptr<LocalServer>>(const std::string& data)>;

struct ServerChoice {
  std::string server;            // --server; empty: not given
  std::string data;              // --data; with it a server is always started here
  StartLocalServer start_local;  // empty: this command needs a running server
  bool needs_own = false;        // options were given that only a server started here can follow
};

struct ServerAccess {
  std::string url;
  std::unique_ptr<LocalServer> local;  // null: it runs elsewhere
};

// kUnavailable says how to start a server where none is found and none may be started.
[[nodiscard]] Result<ServerAccess> find_server(const ServerChoice& choice);
[[nodiscard]] bool answers(const std::string& url);

}  // namespace millstream::cli

// A PostgreSQL cluster of the demo's own: made in a folder, on a free loopback port, run by an unprivileged user.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"

namespace millstream::demo {

class PrivatePostgres {
 public:
  // Makes the cluster below `folder` and starts it. kNotFound says which package has the server's programs.
  static Result<std::unique_ptr<PrivatePostgres>> start(const std::string& folder);
  ~PrivatePostgres();  // a fast shutdown, and waits for it

  [[nodiscard]] int port() const { return port_; }
  // Statements without a result.
  Status execute(const std::string& database, const std::string& statements);
  // Rows of text; NULL as an empty string.
  Result<std::vector<std::vector<std::string>>> query(const std::string& database, const std::string& statement);

 private:
  struct Connection;
  PrivatePostgres(pid_t pid, int port);
  Result<Connection*> connection(const std::string& database);

  pid_t pid_;
  int port_;
  std::unique_ptr<Connection> connection_;
};

// A port on 127.0.0.1 that nobody listens on: `wanted` if it is free.
[[nodiscard]] int free_port(int wanted);

}  // namespace millstream::demo

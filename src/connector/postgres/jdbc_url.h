// JDBC URLs of PostgreSQL as libpq's connection settings.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/error.h"
#include "connector/connectors.h"

namespace millstream::connector::postgres {

struct Database {
  std::string host = "localhost";
  int port = 5432;
  std::string name;                             // of the database
  std::map<std::string, std::string> settings;  // libpq's names: user, password, sslmode, …

  // "host:port/name", for people and as the name of the committer's target; never the password.
  [[nodiscard]] std::string label() const { return host + ":" + std::to_string(port) + "/" + name; }
};

// jdbc:postgresql://host:port/database?parameter=value&…, with pgjdbc's parameter names; unknown ones are errors.
// `user` and `password` come from the table's options and win. `resolve_alias` may be empty.
Result<Database> parse_jdbc_url(const std::string& url, const std::string& user, const std::string& password,
                                const std::function<std::optional<HostPort>(const HostPort&)>& resolve_alias);

}  // namespace millstream::connector::postgres

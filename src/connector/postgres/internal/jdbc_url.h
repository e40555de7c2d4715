// A JDBC URL of PostgreSQL with the table's user and password, as what a connection needs.
//
// Parameters are those of the PostgreSQL JDBC driver (https://jdbc.postgresql.org/documentation/use/). Pure functions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "catalog/table.h"
#include "net/address.h"

namespace millstream::connector::postgres {

struct ConnectionSettings {
  net::HostPort address;  // as written in the URL; port 5432 if none is
  std::string database;
  std::string user;
  std::string password;  // never printed
  std::string schema;    // currentSchema: the search_path; empty: the server's
  Millis connect_timeout{10'000};
  std::vector<std::pair<std::string, std::string>> libpq;  // sslmode, sslrootcert, application_name, …

  // "host:5432", for messages.
  [[nodiscard]] std::string server() const { return address.to_string(); }
  // What is committed together: one database as one user sees it. Stable over restarts; no secrets.
  [[nodiscard]] std::string target() const;
};

// From 'url', 'username', 'password' and 'connection.max-retry-timeout'. kInvalidArgument names the part and the fix.
Result<ConnectionSettings> read_connection_settings(const catalog::Table& table);

}  // namespace millstream::connector::postgres

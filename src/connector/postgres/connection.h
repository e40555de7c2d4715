// One libpq connection, blocking, with errors in our words.
//
// One thread at a time. Statements may hold several commands; parameters only with a single one.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "connector/postgres/jdbc_url.h"

namespace millstream::connector::postgres {

// Rows as text; a NULL has no data.
struct QueryResult {
  std::vector<std::vector<std::optional<std::string>>> rows;
  int64_t affected = 0;
};

// What PostgreSQL said, beside the Error.
struct Refusal {
  std::string sqlstate;
  Error error;
  // 22: data exceptions, 23: violated constraints. Such a row can be left out, and the others go on.
  [[nodiscard]] bool is_about_a_row() const { return sqlstate.starts_with("22") || sqlstate.starts_with("23"); }
};

class Connection {
 public:
  // kUnavailable names the stage that failed: name resolution, TCP, TLS, authentication or the server itself.
  static Result<std::unique_ptr<Connection>> open(const Database& database);
  ~Connection();

  Result<QueryResult> run(const std::string& sql, std::span<const std::string> parameters = {});
  // COPY … FROM STDIN with the pieces as its data.
  Status copy_in(const std::string& sql, std::span<const ByteSpan> pieces);
  // Of the last run() or copy_in() that failed.
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }
  [[nodiscard]] bool is_broken() const;
  // From any thread: ends what runs now.
  void cancel();

 private:
  struct Impl;
  explicit Connection(std::unique_ptr<Impl> impl);
  std::unexpected<Error> refuse(const void* result);

  std::unique_ptr<Impl> impl_;
  std::string label_;
  Refusal refusal_;
};

// A name in double quotes.
[[nodiscard]] std::string quoted(std::string_view name);

}  // namespace millstream::connector::postgres

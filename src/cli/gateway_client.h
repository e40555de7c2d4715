// A session of the SQL Gateway over HTTP: sends statements, fetches results page by page. One thread at a time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "net/http_client.h"

namespace millstream::cli {

struct ResultRow {
  std::string kind;                               // "+I", "-U", "+U", "-D"
  std::vector<std::optional<std::string>> cells;  // nothing: NULL
};

struct StatementOutcome {
  std::vector<std::string> columns;
  std::string job_id;  // empty: no job
  bool is_query = false;
  std::vector<std::string> notes;
};

class GatewayClient {
 public:
  // Opens a session with these properties.
  static Result<std::unique_ptr<GatewayClient>> open(const std::string& url,
                                                     const std::map<std::string, std::string>& properties);
  ~GatewayClient();  // closes the session; queries end, submitted jobs go on

  struct Listener {
    std::function<void(const StatementOutcome&)> begin;
    std::function<void(const ResultRow&)> row;
    std::function<void()> wait;  // no more rows are there now
    std::function<bool()> stop;  // asked between fetches: true ends the statement
  };
  // Runs one statement to the end of its result. Errors carry the position in the statement's text.
  Result<StatementOutcome> execute(const std::string& statement, const Listener& listener);
  // What may take the place of the word before byte `cursor`; as api's complete-statement describes.
  Result<std::vector<std::string>> complete(const std::string& statement, size_t cursor);

 private:
  GatewayClient(std::unique_ptr<net::HttpClient> http, std::string session)
      : http_(std::move(http)), session_(std::move(session)) {}
  Result<Json> call(const std::string& method, const std::string& path, const Json& body);

  std::unique_ptr<net::HttpClient> http_;
  std::string session_;
};

}  // namespace millstream::cli

// Follows nextResultUri until the end, with pauses that grow while a statement is not ready.
#include "cli/gateway_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/utf16.h"

namespace millstream::cli {
namespace {

constexpr std::chrono::milliseconds kFirstPause{1}, kLongestPause{50};

ErrorCode code_of(std::string_view name) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    if (name_of(static_cast<ErrorCode>(code)) == name) return static_cast<ErrorCode>(code);
  }
  return ErrorCode::kRemote;
}

Error error_of(const net::HttpResponse& response) {
  const auto body = Json::parse(response.body);
  if (!body) return {ErrorCode::kRemote, fmt::format("the server answered {}", response.status), "", {}};
  const Json& details = (*body)["millstream"];
  if (!details.is_null()) {
    Error error{
        code_of(details["code"].string_or("")), details["message"].string_or(""), details["hint"].string_or(""), {}};
    if (const Json& position = details["position"]; !position.is_null()) {
      error.position = SourcePosition{
          static_cast<int>(position["line"].int_or(1)), static_cast<int>(position["column"].int_or(1)),
          static_cast<size_t>(position["offset"].int_or(0)), static_cast<size_t>(position["length"].int_or(0))};
    }
    return error;
  }
  // A real Flink's Gateway: the last text has the cause.
  const Json::Array* errors = (*body)["errors"].if_array();
  return {
      ErrorCode::kRemote, errors != nullptr && !errors->empty() ? errors->back().string_or("") : response.body, "", {}};
}

std::string short_kind(const std::string& kind) {
  if (kind == "UPDATE_BEFORE") return "-U";
  if (kind == "UPDATE_AFTER") return "+U";
  return kind == "DELETE" ? "-D" : "+I";
}

}  // namespace

Result<Json> GatewayClient::call(const std::string& method, const std::string& path, const Json& body) {
  net::HttpClient::Request request{.method = method, .path = path};
  if (!body.is_null()) {
    request.body = body.to_text();
    request.content_type = "application/json";
  }
  MS_ASSIGN(const net::HttpResponse response, http_->send(request));
  if (response.status >= 400) return fail(error_of(response));
  return Json::parse(response.body);
}

Result<std::unique_ptr<GatewayClient>> GatewayClient::open(const std::string& url,
                                                           const std::map<std::string, std::string>& properties) {
  MS_ASSIGN(std::unique_ptr<net::HttpClient> http, net::HttpClient::make(url));
  Json::Object members;
  for (const auto& [key, value] : properties) members.emplace_back(key, value);
  std::unique_ptr<GatewayClient> client(new GatewayClient(std::move(http), ""));
  MS_ASSIGN(const Json opened,
            client->call("POST", "/v2/sessions",
                         Json::object({{"sessionName", "millstream"}, {"properties", Json(std::move(members))}})));
  client->session_ = opened["sessionHandle"].string_or("");
  return client;
}

GatewayClient::~GatewayClient() {
  // The server forgets a session by itself if this does not reach it.
  if (!session_.empty()) (void)call("DELETE", "/v2/sessions/" + session_, {});
}

Result<StatementOutcome> GatewayClient::execute(const std::string& statement, const Listener& listener) {
  const std::string base = "/v2/sessions/" + session_;
  MS_ASSIGN(const Json submitted, call("POST", base + "/statements", Json::object({{"statement", statement}})));
  const std::string operation = base + "/operations/" + submitted["operationHandle"].string_or("");
  std::string next = operation + "/result/0?rowFormat=PLAIN_TEXT";
  StatementOutcome outcome;
  bool begun = false;
  auto pause = kFirstPause;
  while (!next.empty()) {
    if (listener.stop && listener.stop()) {
      MS_TRY(call("POST", operation + "/cancel", Json(Json::Object{})));
      break;
    }
    MS_ASSIGN(const Json page, call("GET", next, {}));
    if (page["resultType"].string_or("") == "NOT_READY") {
      if (listener.wait) listener.wait();
      std::this_thread::sleep_for(pause);
      pause = std::min(kLongestPause, pause * 2);
      continue;
    }
    pause = kFirstPause;
    if (!begun) {
      begun = true;
      outcome.is_query = page["isQueryResult"].bool_or(false);
      outcome.job_id = page["jobID"].string_or("");
      if (const Json::Array* columns = page["results"]["columns"].if_array()) {
        for (const Json& column : *columns) outcome.columns.push_back(column["name"].string_or(""));
      }
      if (const Json::Array* notes = page["millstream"]["notes"].if_array()) {
        for (const Json& note : *notes) outcome.notes.push_back(note.string_or(""));
      }
      if (listener.begin) listener.begin(outcome);
    }
    if (const Json::Array* rows = page["results"]["data"].if_array(); rows != nullptr && listener.row) {
      for (const Json& row : *rows) {
        ResultRow result{short_kind(row["kind"].string_or("")), {}};
        if (const Json::Array* fields = row["fields"].if_array()) {
          for (const Json& field : *fields) {
            result.cells.push_back(field.is_null()
                                       ? std::nullopt
                                       : std::optional(field.if_string() ? *field.if_string() : field.to_text()));
          }
        }
        listener.row(result);
      }
    }
    next = page["nextResultUri"].string_or("");
  }
  (void)call("DELETE", operation + "/close", {});
  return outcome;
}

Result<std::vector<std::string>> GatewayClient::complete(const std::string& statement, size_t cursor) {
  const auto position = static_cast<int64_t>(utf16_length(std::string_view(statement).substr(0, cursor)));
  MS_ASSIGN(const Json answer, call("GET", "/v2/sessions/" + session_ + "/complete-statement",
                                    Json::object({{"statement", statement}, {"position", position}})));
  std::vector<std::string> candidates;
  if (const Json::Array* list = answer["candidates"].if_array()) {
    for (const Json& candidate : *list) candidates.push_back(candidate.string_or(""));
  }
  return candidates;
}

}  // namespace millstream::cli

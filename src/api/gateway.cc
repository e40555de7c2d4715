// The Flink SQL Gateway's REST: sessions, statements, results. Paths and bodies: Flink's documentation of the Gateway,
// V1 to V4.
#include <fmt/format.h>

#include <map>
#include <memory>
#include <mutex>

#include "api/answer.h"
#include "api/api.h"
#include "api/completion.h"
#include "api/operation.h"
#include "base/text.h"
#include "base/utf16.h"
#include "net/http_server.h"
#include "plan/planner.h"
#include "sql/parser.h"

namespace millstream::api {
namespace {

// Sessions that no client has touched for this long are forgotten: queries end with them, submitted jobs go on.
constexpr Millis kSessionTimeout{600'000};
constexpr size_t kMaxSessions = 1'000;

struct GatewaySession {
  std::shared_ptr<job::Session> session;
  std::map<std::string, std::string> properties;
  bool replace_jobs = false;
  ProcTime last_use{0};
  std::map<std::string, std::shared_ptr<Operation>> operations;
};

// Without a body it is an object without members.
Result<Json> body_of(const net::HttpRequest& request) {
  if (trim(request.body).empty()) return Json(Json::Object{});
  MS_ASSIGN(Json body, Json::parse(request.body));
  if (body.if_object() == nullptr)
    return fail(ErrorCode::kInvalidArgument, "the body of the request must be a JSON object");
  return body;
}

// Numbers and truth values stand for their text, as Flink's Gateway takes them.
Result<std::map<std::string, std::string>> properties_of(const net::HttpRequest& request) {
  MS_ASSIGN(const Json body, body_of(request));
  std::map<std::string, std::string> properties;
  const Json& given = body["properties"];
  if (given.is_null()) return properties;
  if (given.if_object() == nullptr)
    return fail(ErrorCode::kInvalidArgument, "'properties' must be a JSON object of texts");
  for (const auto& [key, value] : *given.if_object()) {
    if (value.if_object() != nullptr || value.if_array() != nullptr)
      return fail(ErrorCode::kInvalidArgument, fmt::format("the property '{}' must be a text", key));
    if (!value.is_null()) properties[key] = value.if_string() != nullptr ? *value.if_string() : value.to_text();
  }
  return properties;
}

Result<std::string> statement_of(const Json& request) {
  const std::string* statement = request["statement"].if_string();
  if (statement == nullptr) return fail(ErrorCode::kInvalidArgument, "the request has no 'statement'");
  return *statement;
}

// Settings and a timeout for one statement would change what it does, so they are not passed over.
Status refuse_own_settings(const Json& request) {
  if (const Json::Object* settings = request["executionConfig"].if_object(); settings != nullptr && !settings->empty())
    return fail(ErrorCode::kUnsupported, "'executionConfig' is not supported", "SET changes settings of the session");
  if (request["executionTimeout"].int_or(0) > 0)
    return fail(ErrorCode::kUnsupported, "'executionTimeout' is not supported", "cancel the operation");
  return {};
}

class Gateway {
 public:
  explicit Gateway(const ApiParts& parts) : parts_(parts) {}

  Result<std::string> open(const std::map<std::string, std::string>& properties) {
    auto opened = std::make_shared<GatewaySession>();
    bool check = false;
    for (const auto& [key, value] : properties) {
      if (key == "millstream.session.check")
        check = value == "true";
      else if (key == "millstream.session.replace-jobs")
        opened->replace_jobs = value == "true";
      else
        opened->properties[key] = value;
    }
    opened->session = parts_.engine.open_session(check ? job::Session::Mode::kCheck : job::Session::Mode::kRun);
    // Flink's own client sends its whole configuration, most of which means nothing here: what is not known is left
    // out.
    for (const auto& [key, value] : opened->properties) (void)opened->session->settings().set(key, value);
    opened->last_use = parts_.env.clock().now();
    for (const auto& forgotten : take_old_sessions()) end_operations(*forgotten);
    const std::lock_guard lock(mutex_);
    if (sessions_.size() >= kMaxSessions)
      return fail(ErrorCode::kLimit, fmt::format("{} sessions are open already", kMaxSessions), "close some");
    std::string handle = uuid();
    sessions_[handle] = std::move(opened);
    return handle;
  }

  Result<std::shared_ptr<GatewaySession>> find(const std::string& handle) {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(handle);
    if (found == sessions_.end())
      return fail(ErrorCode::kNotFound, fmt::format("Session '{}' does not exist.", handle));
    found->second->last_use = parts_.env.clock().now();
    return found->second;
  }

  bool close(const std::string& handle) {
    std::shared_ptr<GatewaySession> closed;
    {
      const std::lock_guard lock(mutex_);
      const auto found = sessions_.find(handle);
      if (found == sessions_.end()) return false;
      closed = std::move(found->second);
      sessions_.erase(found);
    }
    end_operations(*closed);
    return true;
  }

  Result<std::string> submit(const std::string& handle, const Json& request) {
    MS_ASSIGN(const std::shared_ptr<GatewaySession> session, find(handle));
    MS_ASSIGN(const std::string statement, statement_of(request));
    MS_TRY(refuse_own_settings(request));
    const auto operation = std::make_shared<Operation>(uuid(), handle);
    {
      const std::lock_guard lock(mutex_);
      session->operations[operation->handle()] = operation;
    }
    operation->run(parts_.env, parts_.engine, session->session, statement, {session->replace_jobs});
    return operation->handle();
  }

  Result<std::shared_ptr<Operation>> find_operation(const std::string& session_handle, const std::string& handle) {
    MS_ASSIGN(const std::shared_ptr<GatewaySession> session, find(session_handle));
    const std::lock_guard lock(mutex_);
    const auto found = session->operations.find(handle);
    if (found == session->operations.end())
      return fail(ErrorCode::kNotFound, fmt::format("Can not find the submitted operation {}.", handle));
    return found->second;
  }

  Status close_operation(const std::string& session_handle, const std::string& handle) {
    MS_ASSIGN(const std::shared_ptr<Operation> operation, find_operation(session_handle, handle));
    operation->cancel();
    MS_ASSIGN(const std::shared_ptr<GatewaySession> session, find(session_handle));
    const std::lock_guard lock(mutex_);
    session->operations.erase(handle);
    return {};
  }

  [[nodiscard]] const ApiParts& parts() const { return parts_; }

 private:
  std::string uuid() {
    const uint64_t high = (parts_.env.random() & ~0xf000ull) | 0x4000,
                   low = (parts_.env.random() & ~(3ull << 62)) | 1ull << 63;
    return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xffff, high & 0xffff, low >> 48,
                       low & 0xffffffffffff);
  }
  std::vector<std::shared_ptr<GatewaySession>> take_old_sessions() {
    const ProcTime now = parts_.env.clock().now();
    std::vector<std::shared_ptr<GatewaySession>> old;
    const std::lock_guard lock(mutex_);
    std::erase_if(sessions_, [&](const auto& entry) {
      const bool is_old = elapsed(entry.second->last_use, now) > kSessionTimeout;
      if (is_old) old.push_back(entry.second);
      return is_old;
    });
    return old;
  }
  // Of a session that is in the map no more.
  void end_operations(const GatewaySession& session) {
    std::map<std::string, std::shared_ptr<Operation>> operations;
    {
      // A request that found the session before may be adding one.
      const std::lock_guard lock(mutex_);
      operations = session.operations;
    }
    for (const auto& [handle, operation] : operations) operation->cancel();
  }

  ApiParts parts_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<GatewaySession>> sessions_;
};

void answer(net::HttpResponder& responder, const Result<Json>& body) {
  responder.respond(body ? json_answer(*body) : gateway_error_answer(body.error()));
}

// Runs a statement that changes a session only; those that start jobs have an operation to follow them by.
Result<Json> configure(job::Engine& engine, job::Session& session, const std::string& statement) {
  MS_ASSIGN(const sql::Statement parsed, sql::parse_statement(statement));
  if (plan::starts_job(parsed)) {
    return fail(ErrorCode::kInvalidArgument, "this statement starts a job and cannot be used for configuring a session",
                "definitions, USE, SET and RESET can; POST it to /statements");
  }
  MS_TRY(engine.execute(session, statement));
  return Json(Json::Object{});
}

void configure_session(Gateway& gateway, const net::HttpRequest& request, net::HttpResponder responder) {
  const auto body = body_of(request);
  if (!body) return responder.respond(error_answer(body.error()));
  auto session = gateway.find(request.path_parameters["session"]);
  if (!session) return responder.respond(gateway_error_answer(session.error()));
  auto statement = statement_of(*body);
  if (!statement) return responder.respond(gateway_error_answer(statement.error()));
  const ApiParts& parts = gateway.parts();
  parts.env.executor().submit([&parts, session = *session, statement = *std::move(statement),
                               responder = std::make_shared<net::HttpResponder>(std::move(responder))]() mutable {
    answer(*responder, configure(parts.engine, *session->session, statement));
  });
}

// `position` counts as Java counts; without one it is the end.
void complete(Gateway& gateway, const net::HttpRequest& request, net::HttpResponder responder) {
  const auto body = body_of(request);
  if (!body) return responder.respond(error_answer(body.error()));
  auto session = gateway.find(request.path_parameters["session"]);
  if (!session) return responder.respond(gateway_error_answer(session.error()));
  auto statement = statement_of(*body);
  if (!statement) return responder.respond(gateway_error_answer(statement.error()));
  const Json& position = (*body)["position"];
  if (!position.is_null() && position.if_int() == nullptr) {
    return responder.respond(
        gateway_error_answer({ErrorCode::kInvalidArgument, "'position' is no whole number", "", {}}));
  }
  const size_t cursor = position.is_null() ? statement->size() : offset_of_utf16(*statement, position.int_or(0));
  const ApiParts& parts = gateway.parts();
  parts.env.executor().submit([&parts, session = *session, statement = *std::move(statement), cursor,
                               responder = std::make_shared<net::HttpResponder>(std::move(responder))]() mutable {
    Json::Array candidates;
    for (std::string& word : complete_statement(parts.engine, *session->session, statement, cursor))
      candidates.emplace_back(std::move(word));
    responder->respond(json_answer(Json::object({{"candidates", Json(std::move(candidates))}})));
  });
}

void add_version(net::Router& router, const std::string& version, const std::shared_ptr<Gateway>& gateway) {
  const std::string sessions = version + "/sessions", session = sessions + "/{session}",
                    operations = session + "/operations/{operation}";
  const std::string release = gateway->parts().version;
  router.add("GET", version + "/info", [release](const net::HttpRequest&, net::HttpResponder responder) {
    responder.respond(json_answer(Json::object({{"productName", "Millstream"}, {"version", release}})));
  });
  router.add("GET", version + "/api_versions", [](const net::HttpRequest&, net::HttpResponder responder) {
    responder.respond(json_answer(Json::object({{"versions", Json::array({"V1", "V2", "V3", "V4"})}})));
  });
  router.add("POST", sessions, [gateway](const net::HttpRequest& request, net::HttpResponder responder) {
    const auto properties = properties_of(request);
    if (!properties) return responder.respond(error_answer(properties.error()));
    answer(responder, [&]() -> Result<Json> {
      MS_ASSIGN(std::string handle, gateway->open(*properties));
      return Json::object({{"sessionHandle", std::move(handle)}});
    }());
  });
  router.add("GET", session, [gateway](const net::HttpRequest& request, net::HttpResponder responder) {
    answer(responder, [&]() -> Result<Json> {
      MS_ASSIGN(const auto found, gateway->find(request.path_parameters["session"]));
      Json::Object properties;
      const std::lock_guard lock(found->session->mutex());
      for (const auto& [key, value] : found->session->settings().explicit_values()) properties.emplace_back(key, value);
      return Json::object({{"properties", Json(std::move(properties))}});
    }());
  });
  router.add("DELETE", session, [gateway](const net::HttpRequest& request, net::HttpResponder responder) {
    const std::string& handle = request.path_parameters["session"];
    if (gateway->close(handle))
      responder.respond(json_answer(Json::object({{"status", "CLOSED"}})));
    else
      responder.respond(
          gateway_error_answer({ErrorCode::kNotFound, fmt::format("Session '{}' does not exist.", handle), "", {}}));
  });
  router.add("POST", session + "/heartbeat", [gateway](const net::HttpRequest& request, net::HttpResponder responder) {
    answer(responder, [&]() -> Result<Json> {
      MS_TRY(gateway->find(request.path_parameters["session"]));
      return Json(Json::Object{});
    }());
  });
  router.add("POST", session + "/configure-session",
             [gateway](const net::HttpRequest& request, net::HttpResponder responder) {
               configure_session(*gateway, request, std::move(responder));
             });
  // Flink's own client sends a GET with a body; not every HTTP library can.
  for (const char* method : {"GET", "POST"}) {
    router.add(method, session + "/complete-statement",
               [gateway](const net::HttpRequest& request, net::HttpResponder responder) {
                 complete(*gateway, request, std::move(responder));
               });
  }
  router.add("POST", session + "/statements", [gateway](const net::HttpRequest& request, net::HttpResponder responder) {
    const auto body = body_of(request);
    if (!body) return responder.respond(error_answer(body.error()));
    answer(responder, [&]() -> Result<Json> {
      MS_ASSIGN(std::string handle, gateway->submit(request.path_parameters["session"], *body));
      return Json::object({{"operationHandle", std::move(handle)}});
    }());
  });
  router.add("GET", operations + "/status", [gateway](const net::HttpRequest& request, net::HttpResponder responder) {
    answer(responder, [&]() -> Result<Json> {
      MS_ASSIGN(const auto operation,
                gateway->find_operation(request.path_parameters["session"], request.path_parameters["operation"]));
      return Json::object({{"status", operation->status()}});
    }());
  });
  router.add("POST", operations + "/cancel", [gateway](const net::HttpRequest& request, net::HttpResponder responder) {
    answer(responder, [&]() -> Result<Json> {
      MS_ASSIGN(const auto operation,
                gateway->find_operation(request.path_parameters["session"], request.path_parameters["operation"]));
      operation->cancel();
      return Json::object({{"status", "CANCELED"}});
    }());
  });
  router.add("DELETE", operations + "/close", [gateway](const net::HttpRequest& request, net::HttpResponder responder) {
    answer(responder, [&]() -> Result<Json> {
      MS_TRY(gateway->close_operation(request.path_parameters["session"], request.path_parameters["operation"]));
      return Json::object({{"status", "CLOSED"}});
    }());
  });
  router.add(
      "GET", operations + "/result/{token}", [gateway](const net::HttpRequest& request, net::HttpResponder responder) {
        const auto page = [&]() -> Result<std::string> {
          MS_ASSIGN(const auto operation,
                    gateway->find_operation(request.path_parameters["session"], request.path_parameters["operation"]));
          MS_ASSIGN(const int64_t token, parse_integer(request.path_parameters["token"]));
          const std::string_view format = request.query.get_or("rowFormat", "JSON");
          if (format != "JSON" && format != "PLAIN_TEXT")
            return fail(ErrorCode::kInvalidArgument, fmt::format("rowFormat cannot be '{}'", format),
                        "JSON or PLAIN_TEXT");
          return operation->result_page(token, format == "JSON" ? RowFormat::kJson : RowFormat::kPlainText);
        }();
        if (!page) return responder.respond(gateway_error_answer(page.error()));
        net::HttpResponse response;
        response.content_type = "application/json";
        response.body = *page;
        responder.respond(std::move(response));
      });
}

}  // namespace

void add_gateway_routes(net::Router& router, const ApiParts& parts) {
  const auto gateway = std::make_shared<Gateway>(parts);
  for (const char* version : {"/v1", "/v2", "/v3", "/v4"}) add_version(router, version, gateway);
}

}  // namespace millstream::api

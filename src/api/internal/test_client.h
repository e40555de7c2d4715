// For tests of this module: the routes over an engine on a fake machine, called without a socket.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/api.h"
#include "job/fake.h"
#include "net/http_server.h"

namespace millstream::api {

class ApiTest : public ::testing::Test {
 protected:
  struct Answer {
    int status = 0;  // 0: none yet
    Json body;
    std::string text;
  };

  ApiTest() {
    add_routes(router, {.env = instance.env,
                        .engine = *instance.engine,
                        .metrics = instance.metrics,
                        .version = "1.2",
                        .before_metrics = [this] { ++metrics_asked; }});
  }

  // What came by the time nothing goes on by itself any more.
  Answer call(const std::string& method, const std::string& target, const std::string& body = "") {
    const auto exchange = send(method, target, body);
    instance.settle();
    return answer_of(*exchange);
  }
  Answer post(const std::string& target, const Json& body) { return call("POST", target, body.to_text()); }
  Answer get(const std::string& target) { return call("GET", target); }

  // One client's answer, now or later.
  class Exchange final : public net::HttpExchange {
   public:
    void respond(uint64_t, net::HttpResponse answer) override {
      EXPECT_FALSE(response.has_value()) << "answered twice";
      response = std::move(answer);
    }
    void start_stream(uint64_t, net::HttpResponse) override { ADD_FAILURE() << "no stream was expected"; }
    bool write(uint64_t, std::string&) override { return false; }
    void finish_stream(uint64_t) override {}
    void when_writable(uint64_t, std::function<void()>) override {}
    void abandon(uint64_t) override { ADD_FAILURE() << "a request was dropped without an answer"; }
    [[nodiscard]] bool is_over(uint64_t) const override { return response.has_value(); }

    std::optional<net::HttpResponse> response;
  };
  std::shared_ptr<Exchange> send(const std::string& method, const std::string& target, const std::string& body = "") {
    const auto exchange = std::make_shared<Exchange>();
    const size_t mark = target.find('?');
    net::HttpRequest request{.method = method, .path = target.substr(0, mark), .body = body};
    if (mark != std::string::npos) request.query = net::parse_query(target.substr(mark + 1));
    net::Router::Match match = router.match(method, request.path);
    if (match.handler == nullptr) {
      exchange->response = router.error(match.allowed.empty() ? 404 : 405, "no such path", request);
      return exchange;
    }
    request.path_parameters = std::move(match.parameters);
    (*match.handler)(std::move(request), net::HttpResponder(exchange, 1));
    return exchange;
  }
  static Answer answer_of(const Exchange& exchange) {
    if (!exchange.response) return {};
    Answer answer{exchange.response->status, {}, exchange.response->body};
    if (auto json = Json::parse(answer.text)) answer.body = *std::move(json);
    return answer;
  }

  job::FakeTable& table(const std::string& name) { return instance.connectors.table(name); }
  // A copy of one fake table into another, as a running job; its id.
  std::string start_copy() {
    const auto session = instance.engine->open_session();
    std::string id;
    for (const char* statement : {"CREATE TABLE IF NOT EXISTS numbers (n BIGINT) WITH ('connector' = 'fake')",
                                  "CREATE TABLE IF NOT EXISTS copy (n BIGINT) WITH ('connector' = 'fake')",
                                  "INSERT INTO copy SELECT n FROM numbers"}) {
      const auto outcome = instance.engine->execute(*session, statement);
      EXPECT_TRUE(outcome.has_value()) << outcome.error().to_string();
      if (outcome && outcome->job) id = outcome->job->id();
    }
    instance.settle();
    return id;
  }

  job::FakeInstance instance;
  net::Router router;
  int metrics_asked = 0;
};

}  // namespace millstream::api

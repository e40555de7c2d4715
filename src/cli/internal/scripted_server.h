// For tests of this module: a server on a free port that answers what a test has written down, and remembers requests.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/http_server.h"

namespace millstream::cli {

class ScriptedServer {
 public:
  ScriptedServer() {
    for (const char* method : {"GET", "POST", "PATCH", "DELETE"}) {
      router_.add(method, "/{path*}", [this, method](const net::HttpRequest& request, net::HttpResponder responder) {
        responder.respond(answer(method, request));
      });
    }
    auto started = net::HttpServer::start(loop_, {}, router_, memory_);
    EXPECT_TRUE(started.has_value());
    if (started) server_ = *std::move(started);
  }
  ~ScriptedServer() {
    if (server_) server_->stop();
    server_.reset();
  }

  [[nodiscard]] std::string url() const { return "http://" + server_->addresses()[0].to_string(); }
  // The next answers to "GET /path?query"; the last one stays. What has none is answered with {}.
  void on(const std::string& request, std::vector<std::string> bodies, int status = 200) {
    const std::lock_guard lock(mutex_);
    for (std::string& body : bodies) answers_[request].push_back({status, std::move(body)});
  }
  // "POST /path body" of all so far.
  [[nodiscard]] std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  [[nodiscard]] int count(const std::string& beginning) {
    int found = 0;
    for (const std::string& request : requests()) found += request.starts_with(beginning) ? 1 : 0;
    return found;
  }

 private:
  net::HttpResponse answer(const std::string& method, const net::HttpRequest& request) {
    std::string line = method + " " + request.path;
    char mark = '?';
    for (const auto& [name, value] : request.query.all()) {
      line += mark + name + "=" + value;
      mark = '&';
    }
    const std::lock_guard lock(mutex_);
    requests_.push_back(line + (request.body.empty() ? "" : " " + request.body));
    net::HttpResponse response{200, "application/json", {}, "{}"};
    if (const auto found = answers_.find(line); found != answers_.end()) {
      response.status = found->second.front().first;
      response.body = found->second.front().second;
      if (found->second.size() > 1) found->second.pop_front();
    }
    return response;
  }

  std::mutex mutex_;
  std::map<std::string, std::deque<std::pair<int, std::string>>> answers_;
  std::vector<std::string> requests_;
  net::EventLoop loop_;
  MemoryBudget memory_{"server", 64_MiB};
  net::Router router_;
  std::unique_ptr<net::HttpServer> server_;
};

// Standard output and error of one call.
struct Printed {
  int code = 0;
  std::string out, err;
};
template <typename Call>
Printed printed(Call&& call) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  Printed result;
  result.code = call();
  std::fflush(stdout);
  result.out = ::testing::internal::GetCapturedStdout();
  result.err = ::testing::internal::GetCapturedStderr();
  return result;
}

}  // namespace millstream::cli

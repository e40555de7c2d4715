// The instance as a whole: overview, health, metrics.
#include "api/answer.h"
#include "api/api.h"
#include "net/http_server.h"

namespace millstream::api {
namespace {

Json overview_of(const ApiParts& parts) {
  int64_t running = 0, finished = 0, cancelled = 0, failed = 0;
  for (const auto& job : parts.engine.jobs()) {
    switch (job->status()) {
      case job::JobStatus::kFinished:
        ++finished;
        break;
      case job::JobStatus::kCanceled:
        ++cancelled;
        break;
      case job::JobStatus::kFailed:
        ++failed;
        break;
      default:
        ++running;
    }
  }
  return Json::object({{"taskmanagers", 1},
                       {"slots-total", 1},
                       {"slots-available", 1},
                       {"jobs-running", running},
                       {"jobs-finished", finished},
                       {"jobs-cancelled", cancelled},
                       {"jobs-failed", failed},
                       {"flink-version", "2.3"},
                       {"flink-commit", "millstream-" + parts.version}});
}

}  // namespace

void add_instance_routes(net::Router& router, const ApiParts& parts) {
  for (const char* prefix : {"", "/v1"}) {
    router.add("GET", std::string(prefix) + "/overview",
               [parts](const net::HttpRequest&, net::HttpResponder responder) {
                 responder.respond(json_answer(overview_of(parts)));
               });
  }
  router.add("GET", "/health", [parts](const net::HttpRequest&, net::HttpResponder responder) {
    responder.respond(json_answer(Json::object({{"status", "ok"}, {"version", parts.version}})));
  });
  router.add("GET", "/metrics", [parts](const net::HttpRequest&, net::HttpResponder responder) {
    if (parts.before_metrics) parts.before_metrics();
    net::HttpResponse response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = parts.metrics.to_prometheus_text();
    responder.respond(std::move(response));
  });
}

void add_routes(net::Router& router, const ApiParts& parts) {
  add_gateway_routes(router, parts);
  add_job_routes(router, parts);
  add_instance_routes(router, parts);
}

}  // namespace millstream::api

// Adds every REST resource of this instance to a router: the SQL Gateway, jobs, overview, health and metrics.
//
// Handlers run on HTTP threads and hand what may block to Env's executor. Everything referred to outlives the server.
#pragma once

#include <functional>
#include <memory>

#include "base/metrics.h"
#include "env/env.h"
#include "job/engine.h"
#include "net/router.h"

namespace millstream::api {

struct ApiParts {
  env::Env& env;
  job::Engine& engine;
  MetricsRegistry& metrics;
  std::string version;
  // Refreshes gauges that are computed on demand, before metrics are printed. May be empty.
  std::function<void()> before_metrics;
};

void add_routes(net::Router& router, const ApiParts& parts);

// One per resource; add_routes calls them all.
void add_gateway_routes(net::Router& router, const ApiParts& parts);   // /v1 … /v4: Flink SQL Gateway
void add_job_routes(net::Router& router, const ApiParts& parts);       // /jobs, /v1/jobs: Flink's job REST
void add_instance_routes(net::Router& router, const ApiParts& parts);  // /overview, /health, /metrics

}  // namespace millstream::api

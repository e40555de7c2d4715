// Jobs over REST, in the shape of Flink's: list, show, cancel, checkpoints, exceptions. What is ours is under
// "millstream".
#include <fmt/format.h>

#include "api/answer.h"
#include "api/api.h"
#include "net/http_server.h"

namespace millstream::api {
namespace {

using job::JobInfo;
using job::JobStatus;

Json tasks_of(const JobInfo& info) {
  const int64_t stages = info.pipeline ? static_cast<int64_t>(info.pipeline->stages.size()) : 0;
  const int64_t total = stages * info.parallelism;
  const bool running = info.record.status == JobStatus::kRunning;
  const bool finished = info.record.status == JobStatus::kFinished;
  return Json::object({{"running", running ? total : 0},
                       {"canceling", 0},
                       {"canceled", 0},
                       {"total", total},
                       {"created", 0},
                       {"scheduled", 0},
                       {"deploying", 0},
                       {"reconciling", 0},
                       {"finished", finished ? total : 0},
                       {"initializing", 0},
                       {"failed", 0}});
}

int64_t duration_of(const ApiParts& parts, const JobInfo& info) {
  const ProcTime end = info.record.ended.value != 0 ? info.record.ended : parts.env.clock().now();
  return elapsed(info.record.created, end).value;
}

Json overview_of(const ApiParts& parts, const JobInfo& info) {
  const int64_t end = info.record.ended.value != 0 ? info.record.ended.value : -1;
  return Json::object({{"jid", info.record.id},
                       {"name", info.record.name},
                       {"start-time", info.record.created.value},
                       {"end-time", end},
                       {"duration", duration_of(parts, info)},
                       {"state", std::string(name_of(info.record.status))},
                       {"last-modification", end > 0 ? end : info.running_since.value},
                       {"tasks", tasks_of(info)},
                       {"pending-operators", 0},
                       {"millstream", Json::object({{"reason", info.reason.empty() ? info.record.failure : info.reason},
                                                    {"restarts", info.restarts}})}});
}

Json time_or_null(EventTime time) {
  return time == stream::kNoWatermark || time == stream::kFinalWatermark ? Json() : Json(time.value);
}

Json operators_of(const JobInfo& info) {
  Json::Array operators;
  if (!info.pipeline) return Json(std::move(operators));
  for (const auto& op : info.pipeline->operators) {
    const auto& counters = op.counters;
    operators.push_back(Json::object({{"name", op.name},
                                      {"stage", op.stage},
                                      {"records_in", counters.records_in},
                                      {"records_out", counters.records_out},
                                      {"batches_in", counters.batches_in},
                                      {"batches_out", counters.batches_out},
                                      {"late_rows", counters.late_rows},
                                      {"bad_rows", counters.bad_rows},
                                      {"nulled_fields", counters.nulled_fields},
                                      {"state_bytes", counters.state_bytes},
                                      {"watermark", time_or_null(counters.watermark)}}));
  }
  return Json(std::move(operators));
}

Json stages_of(const JobInfo& info) {
  Json::Array stages;
  if (!info.pipeline) return Json(std::move(stages));
  for (const auto& stage : info.pipeline->stages) {
    stages.push_back(Json::object({{"stage", stage.stage},
                                   {"busy", stage.busy},
                                   {"idle", stage.idle},
                                   {"blocked", stage.blocked},
                                   {"lag", stage.lag}}));
  }
  return Json(std::move(stages));
}

Json splits_of(const JobInfo& info) {
  Json::Array splits;
  if (!info.pipeline) return Json(std::move(splits));
  for (const auto& split : info.pipeline->splits) {
    splits.push_back(Json::object({{"split", split.split},
                                   {"watermark", time_or_null(split.watermark)},
                                   {"idle", split.idle},
                                   {"finished", split.finished}}));
  }
  return Json(std::move(splits));
}

Json vertices_of(const JobInfo& info) {
  Json::Array vertices;
  if (!info.pipeline) return Json(std::move(vertices));
  for (const auto& stage : info.pipeline->stages) {
    std::string name;
    int64_t read = 0, written = 0;
    for (const auto& op : info.pipeline->operators) {
      if (op.stage != stage.stage) continue;
      if (name.empty()) read = op.counters.records_in;
      name += (name.empty() ? "" : " -> ") + op.name;
      written = op.counters.records_out;
    }
    vertices.push_back(Json::object({{"id", fmt::format("{:032x}", stage.stage)},
                                     {"name", name},
                                     {"maxParallelism", 128},
                                     {"parallelism", info.parallelism},
                                     {"status", std::string(name_of(info.record.status))},
                                     {"metrics", Json::object({{"read-records", read},
                                                               {"read-records-complete", true},
                                                               {"write-records", written},
                                                               {"write-records-complete", true}})}}));
  }
  return Json(std::move(vertices));
}

Json checkpoints_of(const JobInfo& info) {
  const auto checkpoints = info.pipeline ? info.pipeline->checkpoints : stream::CheckpointSnapshot{};
  Json latest;
  if (checkpoints.last.value > 0) {
    latest = Json::object({{"id", checkpoints.last.value},
                           {"status", "COMPLETED"},
                           {"trigger_timestamp", checkpoints.last_time.value},
                           {"end_to_end_duration", checkpoints.last_duration.value},
                           {"state_size", checkpoints.last_size.value}});
  }
  return Json::object({{"counts", Json::object({{"restored", checkpoints.restored_from ? 1 : 0},
                                                {"total", checkpoints.completed + checkpoints.failed},
                                                {"in_progress", 0},
                                                {"completed", checkpoints.completed},
                                                {"failed", checkpoints.failed}})},
                       {"latest", Json::object({{"completed", latest}})},
                       {"millstream", Json::object({{"last-failure", checkpoints.last_failure}})}});
}

Json details_of(const ApiParts& parts, const JobInfo& info) {
  Json body = overview_of(parts, info);
  body.set("isStoppable", false);
  body.set("job-type", "STREAMING");
  body.set("maxParallelism", 128);
  body.set("now", parts.env.clock().now().value);
  body.set("vertices", vertices_of(info));
  body.set("millstream", Json::object({{"reason", info.reason.empty() ? info.record.failure : info.reason},
                                       {"restarts", info.restarts},
                                       {"attempt", info.record.attempt.value},
                                       {"statement", info.record.statement},
                                       {"parallelism", info.parallelism},
                                       {"plan", info.explanation},
                                       {"operators", operators_of(info)},
                                       {"stages", stages_of(info)},
                                       {"splits", splits_of(info)},
                                       {"checkpoints", checkpoints_of(info)}}));
  return body;
}

Json exceptions_of(const JobInfo& info) {
  const std::string& text = info.record.failure.empty() ? info.reason : info.record.failure;
  const Json root = text.empty() ? Json() : Json(text);
  Json::Array entries;
  if (!text.empty())
    entries.push_back(Json::object({{"exceptionName", "org.apache.flink.runtime.JobException"},
                                    {"stacktrace", text},
                                    {"timestamp", info.record.ended.value}}));
  return Json::object(
      {{"root-exception", root},
       {"timestamp", info.record.ended.value},
       {"truncated", false},
       {"exceptionHistory", Json::object({{"entries", Json(std::move(entries))}, {"truncated", false}})}});
}

using Show = Json (*)(const ApiParts&, const JobInfo&);

void add_job_view(net::Router& router, const std::string& path, const ApiParts& parts, Show show) {
  router.add("GET", path, [parts, show](const net::HttpRequest& request, net::HttpResponder responder) {
    const std::string& id = request.path_parameters["job"];
    const auto found = parts.engine.find_job(id);
    if (!found)
      return responder.respond(error_answer({ErrorCode::kNotFound, fmt::format("Job {} not found", id), "", {}}));
    responder.respond(json_answer(show(parts, found->info())));
  });
}

void cancel(const ApiParts& parts, const net::HttpRequest& request, net::HttpResponder responder) {
  const std::string mode(request.query.get_or("mode", "cancel"));
  if (mode != "cancel") {
    return responder.respond(
        error_answer({ErrorCode::kUnsupported, fmt::format("mode '{}' is not supported", mode), "mode=cancel", {}}));
  }
  const std::string& id = request.path_parameters["job"];
  const auto found = parts.engine.find_job(id);
  if (!found)
    return responder.respond(error_answer({ErrorCode::kNotFound, fmt::format("Job {} not found", id), "", {}}));
  // The job keeps this until it is over, so it must not keep the job.
  found->cancel([weak = std::weak_ptr(found), responder = std::make_shared<net::HttpResponder>(std::move(responder))] {
    const auto job = weak.lock();
    if (job && job->status() != JobStatus::kCanceled) {
      return responder->respond(error_answer(
          {ErrorCode::kConflict, fmt::format("job {} is {} already", job->id(), name_of(job->status())), "", {}}));
    }
    responder->respond(json_answer(Json(Json::Object{}), 202));
  });
}

void trigger_checkpoint(const ApiParts& parts, const net::HttpRequest& request, net::HttpResponder responder) {
  const std::string& id = request.path_parameters["job"];
  const auto found = parts.engine.find_job(id);
  if (!found)
    return responder.respond(error_answer({ErrorCode::kNotFound, fmt::format("Job {} not found", id), "", {}}));
  found->checkpoint(
      [responder = std::make_shared<net::HttpResponder>(std::move(responder))](const Result<CheckpointId>& checkpoint) {
        if (!checkpoint) return responder->respond(error_answer(checkpoint.error()));
        responder->respond(json_answer(Json::object({{"request-id", fmt::format("{:032x}", checkpoint->value)}}), 202));
      });
}

void add_family(net::Router& router, const std::string& prefix, const ApiParts& parts) {
  router.add("GET", prefix + "/jobs", [parts](const net::HttpRequest&, net::HttpResponder responder) {
    Json::Array jobs;
    for (const auto& job : parts.engine.jobs())
      jobs.push_back(Json::object({{"id", job->id()}, {"status", std::string(name_of(job->status()))}}));
    responder.respond(json_answer(Json::object({{"jobs", Json(std::move(jobs))}})));
  });
  router.add("GET", prefix + "/jobs/overview", [parts](const net::HttpRequest&, net::HttpResponder responder) {
    Json::Array jobs;
    for (const auto& job : parts.engine.jobs()) jobs.push_back(overview_of(parts, job->info()));
    responder.respond(json_answer(Json::object({{"jobs", Json(std::move(jobs))}})));
  });
  const std::string one = prefix + "/jobs/{job}";
  add_job_view(router, one, parts, details_of);
  add_job_view(router, one + "/status", parts, [](const ApiParts&, const JobInfo& info) {
    return Json::object({{"status", std::string(name_of(info.record.status))}});
  });
  add_job_view(router, one + "/exceptions", parts,
               [](const ApiParts&, const JobInfo& info) { return exceptions_of(info); });
  add_job_view(router, one + "/checkpoints", parts,
               [](const ApiParts&, const JobInfo& info) { return checkpoints_of(info); });
  router.add("PATCH", one, [parts](const net::HttpRequest& request, net::HttpResponder responder) {
    cancel(parts, request, std::move(responder));
  });
  router.add("GET", one + "/yarn-cancel", [parts](const net::HttpRequest& request, net::HttpResponder responder) {
    cancel(parts, request, std::move(responder));
  });
  router.add("POST", one + "/checkpoints", [parts](const net::HttpRequest& request, net::HttpResponder responder) {
    trigger_checkpoint(parts, request, std::move(responder));
  });
}

}  // namespace

void add_job_routes(net::Router& router, const ApiParts& parts) {
  for (const char* prefix : {"", "/v1"}) add_family(router, prefix, parts);
}

}  // namespace millstream::api

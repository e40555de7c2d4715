// Job records to JSON and back.
#include "job/job_record.h"

#include <fmt/format.h>

#include <array>

namespace millstream::job {
namespace {

constexpr std::array<std::pair<JobStatus, std::string_view>, 7> kNames = {{
    {JobStatus::kCreated, "CREATED"},
    {JobStatus::kRunning, "RUNNING"},
    {JobStatus::kRestarting, "RESTARTING"},
    {JobStatus::kCancelling, "CANCELLING"},
    {JobStatus::kCanceled, "CANCELED"},
    {JobStatus::kFinished, "FINISHED"},
    {JobStatus::kFailed, "FAILED"},
}};

}  // namespace

std::string_view name_of(JobStatus status) { return kNames[static_cast<size_t>(status)].second; }

std::optional<JobStatus> job_status_of(std::string_view name) {
  for (const auto& [status, known] : kNames) {
    if (known == name) return status;
  }
  return std::nullopt;
}

Json JobRecord::to_json() const {
  Json::Object explicit_settings;
  for (const auto& [key, value] : settings) explicit_settings.emplace_back(key, value);
  return Json::object({{"version", 1},
                       {"id", id},
                       {"name", name},
                       {"statement", statement},
                       {"catalog", database_catalog},
                       {"database", database},
                       {"settings", Json(std::move(explicit_settings))},
                       {"objects", Json(objects)},
                       {"attempt", attempt.value},
                       {"status", std::string(name_of(status))},
                       {"failure", failure},
                       {"created", created.value},
                       {"ended", ended.value}});
}

Result<JobRecord> JobRecord::from_json(const Json& json) {
  if (json["version"].int_or(0) != 1) {
    return fail(ErrorCode::kUnsupported, fmt::format("job record of version {}", json["version"].int_or(0)),
                "it was written by a newer release");
  }
  JobRecord record;
  record.id = json["id"].string_or("");
  record.name = json["name"].string_or("");
  record.statement = json["statement"].string_or("");
  record.database_catalog = json["catalog"].string_or("");
  record.database = json["database"].string_or("");
  if (const Json::Object* settings = json["settings"].if_object()) {
    for (const auto& [key, value] : *settings) record.settings[key] = value.string_or("");
  }
  if (const Json::Array* objects = json["objects"].if_array()) record.objects = *objects;
  record.attempt = AttemptId(json["attempt"].int_or(0));
  const auto status = job_status_of(json["status"].string_or(""));
  if (record.id.size() != 32 || !status) return fail(ErrorCode::kCorrupt, "a job record without id or status");
  record.status = *status;
  record.failure = json["failure"].string_or("");
  record.created = ProcTime(json["created"].int_or(0));
  record.ended = ProcTime(json["ended"].int_or(0));
  return record;
}

}  // namespace millstream::job

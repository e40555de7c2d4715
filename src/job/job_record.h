// What is stored about a job: enough to plan it again and start its next attempt after any crash.
//
// Stored as JSON through JobStore; docs/format/journal.md has the members. Ids are 32 hexadecimal digits, as Flink's.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/ids.h"
#include "base/json.h"

namespace millstream::job {

// Flink's words; the same in REST, CLI and here.
enum class JobStatus { kCreated, kRunning, kRestarting, kCancelling, kCanceled, kFinished, kFailed };
[[nodiscard]] std::string_view name_of(JobStatus status);  // "CREATED", …
[[nodiscard]] std::optional<JobStatus> job_status_of(std::string_view name);
[[nodiscard]] constexpr bool is_terminal(JobStatus status) { return status >= JobStatus::kCanceled; }

struct JobRecord {
  std::string id;
  std::string name;
  std::string statement;                        // SQL as submitted
  std::string database_catalog, database;       // current when it was submitted
  std::map<std::string, std::string> settings;  // explicit ones of the session
  Json::Array objects;                     // catalog changes that define every table and view the statement may name
  AttemptId attempt{0};                    // of the last start
  JobStatus status = JobStatus::kCreated;  // terminal ones are final; any other means: run it
  std::string failure;                     // kFailed: the reason
  ProcTime created{0};
  ProcTime ended{0};

  [[nodiscard]] Json to_json() const;
  static Result<JobRecord> from_json(const Json& json);
};

// Where job records are kept; server/ puts the journal behind it. Any thread.
class JobStore {
 public:
  virtual ~JobStore() = default;
  // Returns once the record is durable; the newest record of an id replaces the ones before.
  virtual Status put(const JobRecord& record) = 0;
  // The record may still be there after the next start, but not for ever.
  virtual void forget(const std::string& id) = 0;
};

}  // namespace millstream::job

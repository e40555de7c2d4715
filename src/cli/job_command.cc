// Jobs as tables: what runs, how fast, what holds it back.
#include "cli/job_command.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cli/terminal.h"
#include "net/http_client.h"

namespace millstream::cli {
namespace {

std::string time_text(int64_t milliseconds) { return utc_text(milliseconds, "%Y-%m-%d %H:%M:%SZ"); }

std::string watermark_text(const Json& watermark) { return watermark.is_null() ? "-" : time_text(watermark.int_or(0)); }

Result<std::string> full_id(net::HttpClient& http, const std::string& beginning) {
  // Often a shell's variable without a value; it would begin every id.
  if (beginning.empty())
    return fail(ErrorCode::kInvalidArgument, "the job's id is empty", "`millstream job list` shows them");
  MS_ASSIGN(const Json jobs, http.get_json("/jobs"));
  std::vector<std::string> found;
  if (const Json::Array* list = jobs["jobs"].if_array()) {
    for (const Json& job : *list) {
      const std::string id = job["id"].string_or("");
      if (id.starts_with(beginning)) found.push_back(id);
    }
  }
  if (found.empty())
    return fail(ErrorCode::kNotFound, fmt::format("there is no job {}", beginning), "`millstream job list` shows them");
  if (found.size() > 1)
    return fail(ErrorCode::kInvalidArgument, fmt::format("{} jobs begin with {}", found.size(), beginning),
                join(found, ", "));
  return found[0];
}

Status list(net::HttpClient& http, bool json) {
  MS_ASSIGN(const Json overview, http.get_json("/jobs/overview"));
  if (json) {
    fmt::print("{}\n", overview["jobs"].to_pretty_text());
    return {};
  }
  std::vector<std::vector<std::string>> rows;
  if (const Json::Array* jobs = overview["jobs"].if_array()) {
    for (const Json& job : *jobs) {
      rows.push_back({job["jid"].string_or(""), job["state"].string_or(""),
                      format_duration(Millis(job["duration"].int_or(0))),
                      std::to_string(job["millstream"]["restarts"].int_or(0)), job["name"].string_or(""),
                      job["millstream"]["reason"].string_or("")});
    }
  }
  if (rows.empty())
    fmt::print("No jobs. `millstream sql -f FILE` submits some.\n");
  else
    fmt::print("{}", table_text({"id", "state", "for", "restarts", "name", "reason"}, rows));
  return {};
}

Status show(net::HttpClient& http, const std::string& id, bool json) {
  MS_ASSIGN(const Json job, http.get_json("/jobs/" + id));
  if (json) {
    fmt::print("{}\n", job.to_pretty_text());
    return {};
  }
  const Json& ours = job["millstream"];
  const Json& checkpoints = ours["checkpoints"];
  fmt::print("{}  {}\n", coloured(Colour::kBold, job["name"].string_or("")), id);
  fmt::print("state        {}{}\n", job["state"].string_or(""),
             ours["reason"].string_or("").empty() ? "" : ": " + ours["reason"].string_or(""));
  fmt::print("started      {}, attempt {}, {} restarts\n", time_text(job["start-time"].int_or(0)),
             ours["attempt"].int_or(0), ours["restarts"].int_or(0));
  const Json& latest = checkpoints["latest"]["completed"];
  if (latest.is_null()) {
    fmt::print("checkpoint   none yet\n");
  } else {
    fmt::print("checkpoint   {} at {}, {}, {}; {} completed, {} failed\n", latest["id"].int_or(0),
               time_text(latest["trigger_timestamp"].int_or(0)),
               format_duration(Millis(latest["end_to_end_duration"].int_or(0))),
               format_size(Bytes(latest["state_size"].int_or(0))), checkpoints["counts"]["completed"].int_or(0),
               checkpoints["counts"]["failed"].int_or(0));
  }
  if (const std::string failure = checkpoints["millstream"]["last-failure"].string_or(""); !failure.empty()) {
    fmt::print("             {}\n", coloured(Colour::kYellow, failure));
  }
  std::vector<std::vector<std::string>> rows;
  if (const Json::Array* operators = ours["operators"].if_array()) {
    for (const Json& op : *operators) {
      const auto number = [&](const char* name) { return std::to_string(op[name].int_or(0)); };
      rows.push_back({op["name"].string_or(""), number("stage"), number("records_in"), number("records_out"),
                      number("late_rows"), number("bad_rows"), number("nulled_fields"),
                      format_size(Bytes(op["state_bytes"].int_or(0))), watermark_text(op["watermark"])});
    }
  }
  if (!rows.empty())
    fmt::print("\n{}",
               table_text({"operator", "stage", "in", "out", "late", "bad", "nulled", "state", "watermark"}, rows));
  rows.clear();
  if (const Json::Array* stages = ours["stages"].if_array()) {
    for (const Json& stage : *stages) {
      const auto percent = [&](const char* name) {
        const double* share = stage[name].if_double();
        return fmt::format("{:.0f} %", 100 * (share ? *share : 0));
      };
      const int64_t lag = stage["lag"].int_or(-1);
      rows.push_back({std::to_string(stage["stage"].int_or(0)), percent("busy"), percent("idle"), percent("blocked"),
                      lag < 0 ? "-" : std::to_string(lag)});
    }
  }
  if (!rows.empty()) fmt::print("\n{}", table_text({"stage", "busy", "idle", "blocked", "lag"}, rows));
  rows.clear();
  if (const Json::Array* splits = ours["splits"].if_array()) {
    for (const Json& split : *splits) {
      rows.push_back({split["split"].string_or(""), watermark_text(split["watermark"]),
                      split["finished"].bool_or(false) ? "finished"
                      : split["idle"].bool_or(false)   ? "idle"
                                                       : "active"});
    }
  }
  if (!rows.empty()) fmt::print("\n{}", table_text({"split", "watermark", "state"}, rows));
  return {};
}

Status act(net::HttpClient& http, const JobOptions& options) {
  if (options.verb == JobOptions::Verb::kList) return list(http, options.json);
  MS_ASSIGN(const std::string id, full_id(http, options.id));
  switch (options.verb) {
    case JobOptions::Verb::kShow:
      return show(http, id, options.json);
    case JobOptions::Verb::kCancel:
      MS_TRY(http.send_json("PATCH", "/jobs/" + id + "?mode=cancel", {}));
      if (options.json)
        fmt::print("{}\n", Json::object({{"id", id}, {"state", "CANCELED"}}).to_text());
      else
        fmt::print("{} is cancelled.\n", id);
      return {};
    case JobOptions::Verb::kCheckpoint:
      MS_TRY(http.send_json("POST", "/jobs/" + id + "/checkpoints", Json(Json::Object{})));
      if (options.json)
        fmt::print("{}\n", Json::object({{"id", id}, {"checkpoint", "completed"}}).to_text());
      else
        fmt::print("{} has a new checkpoint.\n", id);
      return {};
    case JobOptions::Verb::kList:
      break;
  }
  return {};
}

}  // namespace

int run_job(const JobOptions& options) {
  const auto access = find_server(options.server);
  if (!access) return report(access.error());
  const auto http = net::HttpClient::make(access->url);
  if (!http) return report(http.error());
  if (const Status done = act(**http, options); !done) return report(done.error());
  return kOk;
}

}  // namespace millstream::cli

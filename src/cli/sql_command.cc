// Scripts: statement after statement, stopping at the first error with its place in the file.
#include "cli/sql_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <iostream>
#include <iterator>
#include <optional>
#include <thread>

#include "base/text.h"
#include "base/text_file.h"
#include "cli/terminal.h"
#include "sql/error_text.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace millstream::cli {
namespace {

std::atomic<bool> interrupt_flag{false}, end_flag{false}, second_ends{false};

Result<std::string> read_text(const std::string& path) {
  if (path != "-") return read_text_file(path);
  std::string text(std::istreambuf_iterator<char>(std::cin), {});
  drop_byte_order_mark(text);
  return text;
}

// An error inside a statement, as one of the whole script.
Error in_script(Error error, const std::string& script, sql::SourceSpan span) {
  const SourcePosition start = sql::locate(script, span);
  if (!error.position) {
    error.position = start;
    error.position->length = 0;
    return error;
  }
  SourcePosition& position = *error.position;
  position.offset += span.offset;
  if (position.line <= 1) position.column += start.column - 1;
  position.line += start.line - 1;
  return error;
}

// The text is wrong also where one place of it names what is not there, or goes beyond a limit.
int exit_code_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kParse:
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kUnsupported:
      return kUsage;
    case ErrorCode::kNotFound:
    case ErrorCode::kLimit:
      return error.position && error.position->length > 0 ? kUsage : kFailed;
    default:
      return kFailed;
  }
}

int report_at(const std::string& name, const std::string& script, const Error& error) {
  std::fflush(stdout);
  const std::string place =
      error.position ? fmt::format("{}:{}:{}: ", name, error.position->line, error.position->column) : "";
  fmt::print(stderr, "{}error: {}\n", place, error.position ? sql::render_error(script, error) : error.to_string());
  return exit_code_of(error);
}

// Follows jobs of a server that ends with this command.
int wait_for_jobs(const std::string& url, const std::vector<std::string>& jobs) {
  auto http = net::HttpClient::make(url);
  if (!http) return report(http.error());
  int code = kOk;
  for (const std::string& job : jobs) {
    while (!interrupted()) {
      const auto shown = (*http)->get_json("/jobs/" + job);
      if (!shown) return report(shown.error());
      const std::string state = (*shown)["state"].string_or("");
      if (state == "FAILED") {
        code = report({ErrorCode::kRemote,
                       fmt::format("job {} failed: {}", job, (*shown)["millstream"]["reason"].string_or("")),
                       "",
                       {}});
        break;
      }
      if (state == "FINISHED" || state == "CANCELED") break;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  return code;
}

int run_script(GatewayClient& gateway, const std::string& name, const std::string& script, bool json,
               std::vector<std::string>& jobs) {
  for (const sql::ScriptItem& item : sql::parse_script(script)) {
    if (!item.statement) return report_at(name, script, item.statement.error());
    const std::string statement(item.span.in(script));
    std::string job;
    if (const Status done = print_statement(gateway, statement, json, &job); !done) {
      return report_at(name, script, in_script(done.error(), script, item.span));
    }
    if (!job.empty()) jobs.push_back(job);
    if (interrupted()) return kFailed;
  }
  return kOk;
}

}  // namespace

bool interrupted() { return interrupt_flag.load(std::memory_order_relaxed); }
void clear_interrupt() { interrupt_flag.store(false, std::memory_order_relaxed); }
bool asked_to_end() { return end_flag.load(std::memory_order_relaxed); }
void catch_interrupts(SecondInterrupt second) {
  second_ends.store(second == SecondInterrupt::kEndsProcess, std::memory_order_relaxed);
  struct sigaction action{};
  action.sa_handler = [](int signal) {
    if (interrupt_flag.exchange(true, std::memory_order_relaxed) && second_ends.load(std::memory_order_relaxed))
      _exit(128 + signal);
    if (signal != SIGINT) end_flag.store(true, std::memory_order_relaxed);
  };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  if (hangup_ends()) sigaction(SIGHUP, &action, nullptr);
}

bool hangup_ends() {
  struct sigaction current{};
  sigaction(SIGHUP, nullptr, &current);
  return current.sa_handler != SIG_IGN;
}

Status print_statement(GatewayClient& gateway, const std::string& statement, bool json, std::string* job_id) {
  StatementOutcome shown;
  std::vector<std::vector<std::string>> rows;
  size_t row_count = 0;
  const auto as_json = [&](const ResultRow& row) {
    Json::Object object;
    if (shown.is_query) object.emplace_back("op", row.kind);
    for (size_t i = 0; i < row.cells.size(); ++i)
      object.emplace_back(shown.columns[i], row.cells[i] ? Json(*row.cells[i]) : Json());
    return Json(std::move(object)).to_text();
  };
  std::optional<GrowingTable> table;
  const auto print_rows = [&] {
    if (!table) {
      std::vector<std::string> header;
      if (shown.is_query) header.emplace_back("op");
      header.insert(header.end(), shown.columns.begin(), shown.columns.end());
      table.emplace(std::move(header), stdout_is_terminal() ? terminal_columns() : 0);
    }
    fmt::print("{}", table->add(rows));
    std::fflush(stdout);
    rows.clear();
  };
  GatewayClient::Listener listener;
  listener.begin = [&](const StatementOutcome& outcome) {
    shown = outcome;
    for (const std::string& note : outcome.notes) fmt::print(stderr, "note: {}\n", note);
  };
  listener.row = [&](const ResultRow& row) {
    if (json) {
      fmt::print("{}\n", as_json(row));
      std::fflush(stdout);
      return;
    }
    ++row_count;
    std::vector<std::string> cells;
    if (shown.is_query) cells.push_back(row.kind);
    for (const auto& cell : row.cells) cells.push_back(cell.value_or("NULL"));
    rows.push_back(std::move(cells));
    if (shown.is_query && rows.size() >= 200) print_rows();
  };
  // A query may never end: what is there is shown before more is waited for.
  listener.wait = [&] {
    if (shown.is_query && !rows.empty()) print_rows();
  };
  listener.stop = [] { return interrupted(); };
  const Result<StatementOutcome> result = gateway.execute(statement, listener);
  if (!result) {
    // What a query gave before it failed.
    if (!rows.empty()) print_rows();
    return fail(result.error());
  }
  const StatementOutcome& outcome = *result;
  if (job_id != nullptr && !outcome.is_query) *job_id = outcome.job_id;
  if (json) return {};
  if (!outcome.is_query && !outcome.job_id.empty()) {
    fmt::print("Job ID: {}\n", outcome.job_id);
  } else if (outcome.columns == std::vector<std::string>{"result"} && rows.size() == 1 && !outcome.is_query) {
    fmt::print("{}\n", rows[0][0]);
  } else {
    // The last screenful, or a table without rows; a result that was never begun (stopped before it) has no columns.
    if (!rows.empty() || (row_count == 0 && !outcome.columns.empty())) print_rows();
    fmt::print("{} {}\n", row_count, row_count == 1 ? "row" : "rows");
  }
  std::fflush(stdout);
  return {};
}

int run_sql(const SqlOptions& options) {
  std::string script, name;
  const bool shell = options.file.empty() && options.statements.empty() && isatty(STDIN_FILENO) == 1;
  if (!options.statements.empty()) {
    script = options.statements;
    name = "-e";
  } else if (!shell) {
    name = options.file.empty() ? "-" : options.file;
    const auto text = read_text(name);
    if (!text) return report(text.error());
    script = *text;
  }
  catch_interrupts();
  auto access = find_server(options.server);
  if (!access) return report(access.error());
  std::map<std::string, std::string> properties;
  if (options.replace) properties["millstream.session.replace-jobs"] = "true";
  auto gateway = GatewayClient::open(access->url, properties);
  if (!gateway) return report(gateway.error());
  // As statements, because a session leaves out properties that it does not know.
  for (const auto& [key, value] : options.settings) {
    if (auto set = (*gateway)->execute(fmt::format("SET {} = {}", sql::quote_text(key), sql::quote_text(value)), {});
        !set) {
      report(set.error());
      return exit_code_of(set.error());
    }
  }
  if (shell) return run_shell(**gateway, access->url);

  std::vector<std::string> jobs;
  int code = run_script(**gateway, name, script, options.json, jobs);
  if (code == kOk && access->local && !jobs.empty()) {
    fmt::print(
        stderr,
        "No server was running, so one runs here until the jobs end; Kafka on {}, HTTP on {}. Ctrl+C stops it.\n",
        access->local->kafka_address(), access->url);
    code = wait_for_jobs(access->url, jobs);
  }
  return code;
}

int run_check(const CheckOptions& options) {
  const auto script = read_text(options.file);
  if (!script) return report(script.error());
  auto access = find_server(options.server);
  if (!access) return report(access.error());
  auto gateway = GatewayClient::open(access->url, {{"millstream.session.check", "true"}});
  if (!gateway) return report(gateway.error());
  int code = kOk;
  int statements = 0, faults = 0;
  Json::Array found;
  for (const sql::ScriptItem& item : sql::parse_script(*script)) {
    ++statements;
    Status checked;
    std::string explanation;
    if (!item.statement) {
      checked = fail(item.statement.error());
    } else {
      GatewayClient::Listener listener;
      listener.row = [&](const ResultRow& row) {
        if (row.cells.size() == 1 && row.cells[0] && *row.cells[0] != "OK") explanation = *row.cells[0];
      };
      if (const auto outcome = (*gateway)->execute(std::string(item.span.in(*script)), listener); !outcome) {
        checked = fail(in_script(outcome.error(), *script, item.span));
      }
    }
    if (!checked) {
      ++faults;
      if (options.json) {
        const Error& error = checked.error();
        found.push_back(Json::object({{"line", error.position ? error.position->line : 0},
                                      {"column", error.position ? error.position->column : 0},
                                      {"code", std::string(name_of(error.code))},
                                      {"message", error.message},
                                      {"hint", error.hint}}));
      } else {
        code = std::max(code, report_at(options.file, *script, checked.error()));
      }
    } else if (!explanation.empty() && !options.json) {
      fmt::print("{}:{}\n{}\n", options.file, sql::locate(*script, item.span).line, explanation);
    }
  }
  if (options.json)
    fmt::print("{}\n", Json::object({{"statements", statements}, {"errors", Json(std::move(found))}}).to_pretty_text());
  else
    fmt::print("{} statements, {} {}\n", statements, faults, faults == 1 ? "error" : "errors");
  return faults > 0 ? std::max(code, kUsage) : kOk;
}

}  // namespace millstream::cli

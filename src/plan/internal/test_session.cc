// The test session's connectors and shorthands.
#include "plan/internal/test_session.h"

#include "base/check.h"
#include "base/text.h"

namespace millstream::plan {

using catalog::ChangelogMode;
using catalog::OptionType;
using catalog::Table;

namespace {

ChangelogMode parse_mode(const std::string& text) {
  if (text == "all") return ChangelogMode::retract();
  ChangelogMode mode{false, false, false, false, false};
  for (const std::string_view part : split(text, ',')) {
    mode.insert = mode.insert || part == "I";
    mode.update_before = mode.update_before || part == "UB";
    mode.update_after = mode.update_after || part == "UA";
    mode.remove = mode.remove || part == "D";
  }
  return mode;
}

std::vector<catalog::ConnectorSpec> connector_list() {
  catalog::ConnectorSpec script;
  script.name = "script";
  script.is_source = script.is_sink = true;
  script.options = {{"changelog-mode", OptionType::kString, false, "I", {}, ""},
                    {"sink.changelog-mode", OptionType::kString, false, "", {}, ""},
                    {"unbounded", OptionType::kBoolean, false, "false", {}, ""},
                    {"password", OptionType::kString, false, "", {}, ""}};
  script.metadata = {{"offset", column::Type::bigint().not_null(), true, false, ""}};
  script.source_mode = [](const Table& table) -> Result<ChangelogMode> {
    return parse_mode(table.option_or("changelog-mode", "I"));
  };
  script.sink_mode = [](const Table& table, ChangelogMode offered) -> Result<ChangelogMode> {
    if (const std::string forced = table.option_or("sink.changelog-mode", ""); !forced.empty())
      return parse_mode(forced);
    if (!table.primary_key.empty())
      return offered.is_insert_only() ? ChangelogMode::insert_only() : ChangelogMode::upsert();
    return offered;
  };
  script.is_bounded = [](const Table& table) { return table.option_or("unbounded", "false") != "true"; };
  script.delivery = [](const Table&) { return std::string("at-least-once: written through"); };

  catalog::ConnectorSpec queue;
  queue.name = "queue";
  queue.is_source = queue.is_sink = true;
  queue.needs_format = true;
  queue.options = {
      {"topic", OptionType::kString, true, "", {}, ""},
      {"scan.startup.mode", OptionType::kEnum, false, "earliest-offset", {"earliest-offset", "latest-offset"}, ""},
      {"scan.wait", OptionType::kDuration, false, "1 s", {}, ""},
      {"properties.*", OptionType::kString, false, "", {}, ""},
      {"fields.#.min", OptionType::kInteger, false, "", {}, ""}};
  catalog::ConnectorSpec out;
  out.name = "out";
  out.is_sink = true;
  return {script, queue, out};
}

}  // namespace

TestSession::TestSession()
    : connectors(connector_list(),
                 {{"json", "", true, true, {{"ignore-parse-errors", OptionType::kBoolean, false, "false", {}, ""}}},
                  {"bytes", "", true, false, {}}}) {}

Result<StatementResult> TestSession::execute(const std::string& statement) {
  MS_ASSIGN(const sql::Statement parsed, sql::parse_statement(statement));
  return execute_definition(parsed, {statement, catalog, connectors, settings});
}

Result<PlannedStatement> TestSession::plan(const std::string& statement) {
  MS_ASSIGN(const sql::Statement parsed, sql::parse_statement(statement));
  return plan_statement(parsed, {statement, catalog, connectors, settings});
}

void TestSession::run(const std::string& script) {
  for (const sql::ScriptItem& item : sql::parse_script(script)) {
    const std::string text(item.span.in(script));
    const auto parsed = sql::parse_statement(text);
    const Error error = error_of(text);
    const bool done = error.message == "no error";
    if (!done) std::fprintf(stderr, "%s\n  in: %s\n", error.to_string().c_str(), text.c_str());
    CHECK(done);
  }
}

Error TestSession::error_of(const std::string& statement) {
  const auto parsed = sql::parse_statement(statement);
  if (!parsed) return parsed.error();
  if (starts_job(*parsed)) {
    const auto planned = plan(statement);
    return planned ? Error{ErrorCode::kInternal, "no error", "", {}} : planned.error();
  }
  const auto executed = execute(statement);
  return executed ? Error{ErrorCode::kInternal, "no error", "", {}} : executed.error();
}

std::string TestSession::explain(const std::string& statement) {
  const auto planned = plan(statement);
  if (!planned) return "error: " + planned.error().to_string() + "\n";
  return plan::explain(*planned, {statement, catalog, connectors, settings});
}

std::vector<std::string> TestSession::rows(const std::string& statement) {
  const auto executed = execute(statement);
  if (!executed) return {"error: " + executed.error().to_string()};
  std::vector<std::string> lines;
  for (const auto& row : executed->rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += " | ";
      line += row[i].is_null() ? "NULL" : column::to_text(executed->schema.fields[i].type, row[i]);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string TestSession::type_of(const std::string& expression, const std::string& from) {
  const std::string text = "SELECT " + expression + (from.empty() ? "" : " FROM " + from);
  const auto query = sql::parse_query(text);
  if (!query) return "error: " + query.error().to_string();
  const auto schema = schema_of(*query, {text, catalog, connectors, settings});
  if (!schema) return "error: " + schema.error().to_string();
  return schema->fields[0].type.to_sql();
}

}  // namespace millstream::plan

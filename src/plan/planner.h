// The planner's front door: a parsed statement becomes a plan, a changed catalog, or rows of text.
//
// Pure functions of their arguments but for execute_definition, which changes the session. Any thread; a session's
// statements are planned one after another. Errors carry the position in `text`, Flink's wording and, where a name is
// wrong, the nearest one as hint.
//
// A caller runs a script like this:
//   starts_job(statement)  → plan_statement → hand PlannedStatement::plan to job/
//   otherwise              → execute_definition → show the rows
// STOP JOB, SHOW JOBS and DESCRIBE JOB are job/'s own: is_about_jobs() is true and both functions refuse them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "catalog/connector_spec.h"
#include "catalog/session_catalog.h"
#include "plan/physical_plan.h"
#include "plan/session.h"
#include "sql/statement.h"

namespace millstream::plan {

// What planning may look at. Refers, owns nothing; must live during the call only.
struct PlanContext {
  std::string_view text;  // what `statement`'s spans point into
  catalog::SessionCatalog& catalog;
  const catalog::ConnectorDirectory& connectors;
  SessionSettings& settings;
};

// Text as a table: SHOW, DESCRIBE, EXPLAIN, SET. An empty schema means "OK".
struct StatementResult {
  column::Schema schema;
  std::vector<std::vector<column::Value>> rows;
};

struct PlannedStatement {
  PhysicalPlan plan;
  std::vector<std::string> notes;  // what is ours rather than Flink's in this plan, one sentence each
  // CREATE TABLE ... AS SELECT: the table to create (SessionCatalog::create) right before the job starts. The plan's
  // sink refers to it already.
  struct NewTable {
    catalog::ObjectPath path;
    catalog::TablePtr table;
    catalog::IfExists if_exists = catalog::IfExists::kFail;
  };
  std::optional<NewTable> creates;
};

// INSERT, a query, a statement set, CREATE TABLE ... AS.
[[nodiscard]] bool starts_job(const sql::Statement& statement);
[[nodiscard]] bool is_about_jobs(const sql::Statement& statement);

// Binds, rewrites and lays out one statement that starts_job().
[[nodiscard]] Result<PlannedStatement> plan_statement(const sql::Statement& statement, const PlanContext& context);

// Everything else: CREATE, ALTER, DROP, USE, SHOW, DESCRIBE, SET, RESET and EXPLAIN.
[[nodiscard]] Result<StatementResult> execute_definition(const sql::Statement& statement, const PlanContext& context);

// The table or view that a CREATE statement means, without creating it; for checks and for stored definitions.
[[nodiscard]] Result<catalog::Table> define_table(const sql::CreateTable& statement, const PlanContext& context);
[[nodiscard]] Result<catalog::View> define_view(const sql::CreateView& statement, const PlanContext& context);

// The plan as a tree of text, sinks first: per node what it does, its changes, keys, tasks and state growth; per sink
// its delivery guarantee; what is ours rather than Flink's. For people: its layout may change.
[[nodiscard]] std::string explain(const PlannedStatement& planned, const PlanContext& context);

// SHOW CREATE TABLE: canonical DDL. Values of options whose key ends in password, secret, token, key or jaas.config
// are printed as '******' if `mask_secrets`; then it is ours (Flink prints them).
[[nodiscard]] std::string ddl_of(const catalog::ObjectPath& path, const catalog::Object& object, bool mask_secrets);

// The names and types of a query's result, without planning it; for views, clients and completion.
[[nodiscard]] Result<column::Schema> schema_of(const sql::Query& query, const PlanContext& context);

}  // namespace millstream::plan

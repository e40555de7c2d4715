// Sessions and statements: parses, plans, and hands jobs to themselves.
#include "job/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <span>

#include "base/check.h"
#include "base/logging.h"
#include "base/text.h"
#include "sql/parser.h"

namespace millstream::job {
namespace {

constexpr size_t kKeptEndedJobs = 200;
constexpr size_t kKeptEndedQueries = 50;

// The objects that a statement may name, as changes that define them: every visible one whose name occurs in the
// statement's text, or in that of a view taken along. More than needed does no harm.
Json::Array referenced_objects(const catalog::SessionCatalog& session, std::string_view statement) {
  catalog::Catalog copy;
  std::vector<std::string> texts{to_lower(statement)};
  std::set<catalog::ObjectPath> taken;
  for (size_t next = 0; next < texts.size(); ++next) {
    const std::string text = texts[next];
    for (const std::string& catalog_name : session.shared().catalog_names()) {
      for (const std::string& database : session.shared().database_names(catalog_name)) {
        const catalog::DatabasePath parent{catalog_name, database};
        for (const std::string& name : session.names(parent, catalog::SessionCatalog::Kind::kAll)) {
          const catalog::ObjectPath path{catalog_name, database, name};
          if (text.find(to_lower(name)) == std::string::npos || taken.contains(path)) continue;
          const auto object = session.find(path);
          if (!object) continue;
          taken.insert(path);
          // The copy starts empty and in memory: these cannot fail but for what is there already.
          (void)copy.create_catalog(catalog_name, true);
          (void)copy.create_database(parent, "", {}, true);
          (void)copy.create(path, *object, catalog::IfExists::kReplace);
          if (const auto* view = std::get_if<catalog::ViewPtr>(&*object)) texts.push_back(to_lower((*view)->query));
        }
      }
    }
  }
  const catalog::DatabasePath current = session.current();
  (void)copy.create_catalog(current.catalog, true);
  (void)copy.create_database(current, "", {}, true);
  return copy.to_changes();
}

std::string default_name(const plan::PhysicalPlan& plan) {
  std::vector<std::string> tables;
  for (const auto& sink : plan.sinks) {
    if (const auto* table = std::get_if<plan::TableSink>(&sink->node)) tables.push_back(table->table->name);
  }
  return tables.empty() ? "collect" : "insert-into_" + join(tables, ",");
}

plan::StatementResult one_column(std::string name, std::string text) {
  plan::StatementResult result;
  result.schema.fields.push_back({std::move(name), column::Type::string().not_null(), ""});
  result.rows.push_back({column::Value(std::move(text))});
  return result;
}

// Waits until `count` calls of its signal came.
class Countdown {
 public:
  explicit Countdown(size_t count) : left_(count) {}
  void signal() {
    const std::lock_guard lock(mutex_);
    --left_;
    condition_.notify_all();
  }
  bool wait(Millis patience) {
    std::unique_lock lock(mutex_);
    return condition_.wait_for(lock, std::chrono::milliseconds(patience.value), [&] { return left_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  size_t left_;
};

std::unique_ptr<catalog::Catalog> copy_of(const catalog::Catalog& shared) {
  auto copy = std::make_unique<catalog::Catalog>();
  // Changes that made one catalog make another.
  for (const Json& change : shared.to_changes()) CHECK(copy->apply(change).has_value());
  return copy;
}

}  // namespace

Session::Session(std::string id, Mode mode, catalog::Catalog& shared)
    : id_(std::move(id)),
      scratch_(mode == Mode::kCheck ? copy_of(shared) : nullptr),
      catalog_(scratch_ ? *scratch_ : shared) {}

Engine::Engine(EngineParts parts) : parts_(std::move(parts)) {}
Engine::~Engine() = default;

JobParts Engine::parts_for_jobs() {
  return {parts_.env,
          parts_.timers,
          parts_.scheduler,
          parts_.budget,
          parts_.directory,
          parts_.connectors,
          disposal_,
          parts_.store,
          parts_.checkpoint_directory,
          parts_.default_checkpoint_interval,
          parts_.add_bad_row_hooks};
}

std::string Engine::new_id() { return fmt::format("{:016x}{:016x}", parts_.env.random(), parts_.env.random()); }

void Engine::restore(std::vector<JobRecord> records) {
  for (JobRecord& record : records) {
    const std::shared_ptr<Job> job = Job::restore(parts_for_jobs(), std::move(record));
    {
      const std::lock_guard lock(mutex_);
      jobs_[job->id()] = job;
      order_.push_back(job->id());
    }
    job->resume();
  }
  forget_ended();
  // Without any record the journal is not the one that these checkpoints belong to.
  if (!jobs().empty()) sweep_checkpoints();
}

void Engine::forget_ended() {
  using Ended = std::pair<ProcTime, std::shared_ptr<Job>>;
  std::vector<Ended> statements, queries;
  for (const std::shared_ptr<Job>& job : jobs()) {
    if (const auto ended = job->ended()) (job->is_query() ? queries : statements).emplace_back(*ended, job);
  }
  const auto forget_first = [&](std::vector<Ended>& over, size_t kept) {
    if (over.size() <= kept) return;
    std::ranges::stable_sort(over, std::ranges::greater(), &Ended::first);
    for (const auto& [ended, job] : std::span(over).subspan(kept)) {
      if (!job->end_is_stored()) continue;
      {
        const std::lock_guard lock(mutex_);
        jobs_.erase(job->id());
        std::erase(order_, job->id());
      }
      if (job->is_query()) continue;
      if (parts_.store != nullptr) parts_.store->forget(job->id());
      remove_checkpoints_of(parts_.env, parts_.checkpoint_directory, job->id());
    }
  };
  forget_first(statements, kKeptEndedJobs);
  forget_first(queries, kKeptEndedQueries);
}

// What a process left that died between the end of a job and the deletion of its checkpoints.
void Engine::sweep_checkpoints() {
  if (parts_.store == nullptr || parts_.checkpoint_directory.empty()) return;
  const auto entries = parts_.env.files().list(parts_.checkpoint_directory);
  if (!entries) return;  // no job has taken one yet
  for (const env::DirectoryEntry& entry : *entries) {
    const bool is_id = entry.name.size() == 32 && entry.name.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!is_id) continue;
    const std::shared_ptr<Job> job = find_job(entry.name);
    const JobStatus status = job ? job->status() : JobStatus::kCanceled;
    if (status != JobStatus::kFinished && status != JobStatus::kCanceled) continue;
    log_info("checkpoints of job {} go: it is over", entry.name);
    remove_checkpoints_of(parts_.env, parts_.checkpoint_directory, entry.name);
  }
}

void Engine::close(Millis patience) {
  const std::vector<std::shared_ptr<Job>> all = jobs();
  auto countdown = std::make_shared<Countdown>(all.size());
  for (const auto& job : all) job->suspend([countdown] { countdown->signal(); });
  if (!countdown->wait(patience))
    log_warning("some jobs took no final checkpoint within {} ms; they go on from their last", patience.value);
  // Clients' operations may still hold jobs, but nothing of them runs any more.
  for (const auto& job : all) job->release();
  const std::lock_guard lock(mutex_);
  jobs_.clear();
}

std::shared_ptr<Session> Engine::open_session(Session::Mode mode) {
  return std::make_shared<Session>(new_id(), mode, parts_.catalog);
}

Result<Outcome> Engine::execute(Session& session, std::string_view text, const ExecuteOptions& options) {
  const std::lock_guard lock(session.mutex());
  MS_ASSIGN(const sql::Statement statement, sql::parse_statement(text));
  if (plan::is_about_jobs(statement)) return about_jobs(statement);
  // What is checked is a script as it will be submitted, maybe again.
  session.catalog().define_anew(options.replace || session.mode() == Session::Mode::kCheck);
  if (plan::starts_job(statement)) return run_planned(session, text, statement, options);
  const plan::PlanContext context{text, session.catalog(), parts_.directory, session.settings()};
  Outcome outcome;
  MS_ASSIGN(outcome.table, plan::execute_definition(statement, context));
  return outcome;
}

Result<column::Schema> Engine::schema_of(Session& session, std::string_view text) const {
  const std::lock_guard lock(session.mutex());
  MS_ASSIGN(const sql::Query query, sql::parse_query(text));
  return plan::schema_of(query, {text, session.catalog(), parts_.directory, session.settings()});
}

Result<Outcome> Engine::run_planned(Session& session, std::string_view text, const sql::Statement& statement,
                                    const ExecuteOptions& options) {
  const plan::PlanContext context{text, session.catalog(), parts_.directory, session.settings()};
  MS_ASSIGN(plan::PlannedStatement planned, plan::plan_statement(statement, context));
  if (session.mode() == Session::Mode::kCheck) {
    if (planned.creates) {
      MS_TRY(
          session.catalog().create(planned.creates->path, planned.creates->table, false, planned.creates->if_exists));
    }
    Outcome explained;
    explained.table = one_column("result", plan::explain(planned, context));
    return explained;
  }
  Outcome outcome;
  outcome.notes = planned.notes;
  const bool is_query = std::holds_alternative<sql::RunQuery>(statement.node);
  if (is_query) outcome.query = std::make_shared<QueryResult>(planned.plan.sinks.at(0)->output);

  std::shared_ptr<Job> job;
  std::vector<std::shared_ptr<Job>> replaced;
  {
    // Of two sessions that write one table the second must see the first one's job.
    const std::lock_guard starting(starting_);
    MS_TRY(check_single_writer(planned.plan, options, replaced));
    if (planned.creates) {
      MS_TRY(
          session.catalog().create(planned.creates->path, planned.creates->table, false, planned.creates->if_exists));
    }
    JobRecord record;
    record.id = new_id();
    record.statement = std::string(text);
    record.name = session.settings().job_name();
    if (record.name.empty()) record.name = default_name(planned.plan);
    record.database_catalog = session.catalog().current().catalog;
    record.database = session.catalog().current().database;
    record.settings = session.settings().explicit_values();
    record.created = parts_.env.clock().now();
    if (!is_query) record.objects = referenced_objects(session.catalog(), text);
    job = Job::create(parts_for_jobs(), std::move(record), std::move(planned), context, outcome.query);
    const std::lock_guard lock(mutex_);
    jobs_[job->id()] = job;
    order_.push_back(job->id());
  }
  forget_ended();
  if (const Status started = start_instead(*job, replaced); !started) {
    const std::lock_guard lock(mutex_);
    jobs_.erase(job->id());
    std::erase(order_, job->id());  // not the last any more if another session was faster
    return fail(started.error());
  }
  outcome.job = job;
  outcome.wait_for_job = !is_query && session.settings().dml_sync();
  if (!is_query) outcome.table = one_column("job id", job->id());
  return outcome;
}

Status Engine::start_instead(Job& job, const std::vector<std::shared_ptr<Job>>& replaced) {
  // What keeps the new one from running comes to light while the old ones still run.
  if (!replaced.empty()) MS_TRY(job.prepare());
  for (const auto& old : replaced) {
    auto countdown = std::make_shared<Countdown>(1);
    old->cancel([countdown] { countdown->signal(); });
    if (!countdown->wait(Millis(30'000)))
      return fail(ErrorCode::kTimeout, fmt::format("job {} did not stop within 30 s", old->id()));
  }
  return job.start();
}

Status Engine::check_single_writer(const plan::PhysicalPlan& plan, const ExecuteOptions& options,
                                   std::vector<std::shared_ptr<Job>>& replaced) const {
  const std::set<std::string> targets = keyed_targets_of(plan);
  for (const auto& job : jobs()) {
    if (is_terminal(job->status())) continue;
    const auto shared = std::find_if(targets.begin(), targets.end(),
                                     [&](const std::string& target) { return job->keyed_targets().contains(target); });
    if (shared == targets.end()) continue;
    if (!options.replace) {
      return fail(ErrorCode::kConflict, fmt::format("job {} is running and writes {} already", job->id(), *shared),
                  fmt::format("`millstream job cancel {}`, or submit with --replace", job->id()));
    }
    replaced.push_back(job);
  }
  return {};
}

Result<Outcome> Engine::about_jobs(const sql::Statement& statement) {
  Outcome outcome;
  if (const auto* stop = std::get_if<sql::StopJob>(&statement.node)) {
    const std::shared_ptr<Job> job = find_job(stop->id);
    if (!job) return fail(ErrorCode::kNotFound, fmt::format("there is no job {}", stop->id), "SHOW JOBS lists them");
    if (stop->with_savepoint || stop->with_drain) {
      return fail(ErrorCode::kUnsupported, "STOP JOB WITH SAVEPOINT and WITH DRAIN are not supported yet",
                  "STOP JOB ends the job after its last checkpoint");
    }
    auto countdown = std::make_shared<Countdown>(1);
    job->cancel([countdown] { countdown->signal(); });
    if (!countdown->wait(Millis(30'000)))
      return fail(ErrorCode::kTimeout, fmt::format("job {} did not stop within 30 s", stop->id));
    if (const JobStatus status = job->status(); status != JobStatus::kCanceled)
      return fail(ErrorCode::kConflict, fmt::format("job {} is {} already", stop->id, name_of(status)));
    return outcome;
  }
  const auto* describe = std::get_if<sql::Describe>(&statement.node);
  outcome.table.schema.fields = {{"job id", column::Type::string(), ""},
                                 {"job name", column::Type::string(), ""},
                                 {"status", column::Type::string(), ""},
                                 {"start time", column::Type::timestamp_ltz(3), ""}};
  for (const auto& job : jobs()) {
    const JobInfo info = job->info();
    if (describe != nullptr && describe->name.last() != info.record.id) continue;
    outcome.table.rows.push_back({column::Value(info.record.id), column::Value(info.record.name),
                                  column::Value(std::string(name_of(info.record.status))),
                                  column::Value(info.record.created.value * 1000)});
  }
  if (describe != nullptr && outcome.table.rows.empty())
    return fail(ErrorCode::kNotFound, "there is no such job", "SHOW JOBS lists them");
  return outcome;
}

std::vector<std::shared_ptr<Job>> Engine::jobs() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Job>> result;
  for (auto id = order_.rbegin(); id != order_.rend(); ++id) {
    if (const auto found = jobs_.find(*id); found != jobs_.end()) result.push_back(found->second);
  }
  return result;
}

std::shared_ptr<Job> Engine::find_job(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : found->second;
}

}  // namespace millstream::job

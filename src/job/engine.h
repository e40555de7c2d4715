// What a running instance offers to run SQL: sessions, statements, jobs. The front door of job/ for api/, slt/ and
// server/.
//
// Any thread. Everything outlives it that EngineParts refers to; close() before the scheduler goes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/memory_budget.h"
#include "base/metrics.h"
#include "catalog/catalog.h"
#include "catalog/connector_spec.h"
#include "env/env.h"
#include "env/timer_queue.h"
#include "job/job.h"
#include "job/job_record.h"
#include "job/query_result.h"
#include "plan/planner.h"
#include "stream/pipeline.h"

namespace millstream::job {

struct EngineParts {
  env::Env& env;
  env::TimerQueue& timers;
  stream::Scheduler& scheduler;
  MemoryBudget& budget;
  MetricsRegistry& metrics;
  catalog::Catalog& catalog;
  const catalog::ConnectorDirectory& directory;
  stream::Connectors& connectors;
  JobStore* store = nullptr;         // null: jobs are forgotten with the process
  std::string checkpoint_directory;  // empty: none
  Millis default_checkpoint_interval{1000};
  // Fills in what the instance does about bad rows of a job; empty: each fails its job. See stream::PipelineHooks.
  std::function<void(const std::string& job, const std::string& statement, stream::PipelineHooks& hooks)>
      add_bad_row_hooks;
};

// A client's session: its settings, temporary objects and current database. One statement at a time; sessions are
// kept by whoever opened them.
class Session {
 public:
  enum class Mode {
    kRun,
    kCheck,  // definitions go to a copy of the catalog that ends with the session; what would start a job is explained
  };
  Session(std::string id, Mode mode, catalog::Catalog& shared);
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] Mode mode() const { return scratch_ ? Mode::kCheck : Mode::kRun; }
  [[nodiscard]] plan::SessionSettings& settings() { return settings_; }
  [[nodiscard]] catalog::SessionCatalog& catalog() { return catalog_; }
  [[nodiscard]] std::mutex& mutex() { return mutex_; }

 private:
  std::string id_;
  std::unique_ptr<catalog::Catalog> scratch_;
  plan::SessionSettings settings_;
  catalog::SessionCatalog catalog_;
  std::mutex mutex_;
};

// The outcome of one statement.
struct Outcome {
  plan::StatementResult table;         // DDL and SHOW: rows, or none for "OK"
  std::shared_ptr<QueryResult> query;  // a query: fetch from here
  std::shared_ptr<Job> job;            // a query, or an INSERT
  bool wait_for_job = false;           // table.dml-sync: show the result when the job is over
  std::vector<std::string> notes;
};

struct ExecuteOptions {
  // Tables and views that other sessions made otherwise are defined anew; a running job that writes the same keyed
  // table ends.
  bool replace = false;
};

class Engine {
 public:
  explicit Engine(EngineParts parts);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Starts the jobs that were running when the process ended. Once, with the stored records, before anything else.
  // A job that cannot be planned any more is FAILED for good, with the reason; it does not stop the others.
  void restore(std::vector<JobRecord> records);
  // Final checkpoints, then no job runs and no callback comes. Jobs stay RUNNING in the store: they go on at the next
  // start.
  void close(Millis patience);

  [[nodiscard]] std::shared_ptr<Session> open_session(Session::Mode mode = Session::Mode::kRun);
  // One statement; a trailing semicolon is fine.
  Result<Outcome> execute(Session& session, std::string_view statement, const ExecuteOptions& options = {});
  // The columns of a query's result, without running it.
  [[nodiscard]] Result<column::Schema> schema_of(Session& session, std::string_view query) const;
  // Newest first; of those that are over the last 200 jobs and 50 queries.
  [[nodiscard]] std::vector<std::shared_ptr<Job>> jobs() const;
  [[nodiscard]] std::shared_ptr<Job> find_job(std::string_view id) const;

 private:
  Result<Outcome> run_planned(Session& session, std::string_view text, const sql::Statement& statement,
                              const ExecuteOptions& options);
  Result<Outcome> about_jobs(const sql::Statement& statement);
  Status check_single_writer(const plan::PhysicalPlan& plan, const ExecuteOptions& options,
                             std::vector<std::shared_ptr<Job>>& replaced) const;
  static Status start_instead(Job& job, const std::vector<std::shared_ptr<Job>>& replaced);
  // Of jobs that are over the last are kept, here, in the store and on the disk.
  void forget_ended();
  void sweep_checkpoints();
  JobParts parts_for_jobs();
  std::string new_id();

  EngineParts parts_;
  std::mutex starting_;  // taken before mutex_
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Job>, std::less<>> jobs_;
  std::vector<std::string> order_;
  PipelineDisposal disposal_;
};

}  // namespace millstream::job

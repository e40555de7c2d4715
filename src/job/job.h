// One job over all its attempts: plans, starts, restarts with back-off, and says how it is.
//
// Any thread. A failure that a retry can help leads to a new attempt from the last checkpoint; any other ends the job.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/error.h"
#include "base/memory_budget.h"
#include "catalog/connector_spec.h"
#include "env/env.h"
#include "env/timer_queue.h"
#include "job/job_record.h"
#include "job/pipeline_disposal.h"
#include "job/query_result.h"
#include "plan/planner.h"
#include "stream/pipeline.h"

namespace millstream::job {

struct JobParts {
  env::Env& env;
  env::TimerQueue& timers;
  stream::Scheduler& scheduler;
  MemoryBudget& budget;
  const catalog::ConnectorDirectory& directory;
  stream::Connectors& connectors;
  PipelineDisposal& disposal;
  JobStore* store = nullptr;
  std::string checkpoint_directory;  // of all jobs
  Millis default_checkpoint_interval{1000};
  std::function<void(const std::string& job, const std::string& statement, stream::PipelineHooks& hooks)>
      add_bad_row_hooks;
};

// A consistent look at a job.
struct JobInfo {
  JobRecord record;
  std::string reason;                                // what it waits for, or why it restarts
  std::optional<stream::PipelineSnapshot> pipeline;  // of the present attempt, or of the last one as it ended
  int64_t restarts = 0;
  ProcTime running_since{0};
  int parallelism = 1;
  std::string explanation;  // EXPLAIN of the plan that runs
};

class Job : public std::enable_shared_from_this<Job> {
 public:
  // `planned` is the plan of record.statement, made in `context`. `result` for a query: such a job is not stored and
  // not restarted.
  static std::shared_ptr<Job> create(const JobParts& parts, JobRecord record, plan::PlannedStatement planned,
                                     const plan::PlanContext& context, std::shared_ptr<QueryResult> result);
  // Plans a stored record with its own objects and settings. Never fails: a job that cannot be planned is FAILED for
  // good, and stored so.
  static std::shared_ptr<Job> restore(const JobParts& parts, JobRecord record);
  ~Job();

  // Makes the first attempt and asks its targets, without starting it. Before start(), and not needed for it. Blocks.
  Status prepare();
  // Starts the first attempt and stores the record; an error leaves nothing stored. Returns before anything runs.
  Status start();
  // The same for a job that was there before: what keeps it from starting makes it wait for another try, or FAILED.
  void resume();
  // Ends it for good. `done` when it is CANCELED (or was over before).
  void cancel(std::function<void()> done);
  // Final checkpoint, then the attempt ends; the stored record stays as it is. For a stop of the process.
  void suspend(std::function<void()> done);
  // After suspend(): waits until nothing of the job runs or calls back. Not from a callback.
  void release() { drop_pipeline(); }
  // A checkpoint now; the id, or why not.
  void checkpoint(std::function<void(Result<CheckpointId>)> done);

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] JobStatus status() const;
  // When it was over; nothing while it is not.
  [[nodiscard]] std::optional<ProcTime> ended() const;
  // False if the store does not know that it is over, and refuses to learn it now: it comes back at the next start.
  [[nodiscard]] bool end_is_stored();
  [[nodiscard]] JobInfo info() const;
  [[nodiscard]] bool is_query() const { return result_ != nullptr; }
  // What it writes and may have only one writer: "jdbc|jdbc:postgresql://…|table".
  [[nodiscard]] const std::set<std::string>& keyed_targets() const { return keyed_targets_; }
  // Runs once the job is over, at once if it is.
  void when_over(std::function<void()> call);

 private:
  Job(const JobParts& parts, JobRecord record, std::shared_ptr<QueryResult> result);
  void adopt(plan::PlannedStatement planned, const plan::PlanContext& context);
  Status make_attempt();
  Status start_attempt();
  void on_pipeline_change();
  void settle(JobStatus status, std::string failure);
  void restart_later(const Error& error);
  void drop_pipeline();
  void dispose_of_pipeline(std::function<void()> then);

  JobParts parts_;
  const std::string id_;
  std::shared_ptr<QueryResult> result_;
  std::shared_ptr<const plan::PhysicalPlan> plan_;
  stream::PipelineSettings settings_;
  std::set<std::string> keyed_targets_;
  std::string explanation_;

  mutable std::mutex mutex_;
  JobRecord record_;
  std::shared_ptr<stream::Pipeline> prepared_, pipeline_;
  bool end_unstored_ = false;
  int dropping_ = 0;  // pipelines that are being destroyed, outside the lock
  std::condition_variable dropped_;
  std::optional<stream::PipelineSnapshot> last_;  // once it is over
  std::string reason_;
  Millis back_off_{0};
  int64_t restarts_ = 0;
  ProcTime running_since_{0};
  bool cancelling_ = false, suspended_ = false;
  env::TimerHandle restart_timer_;
  std::vector<std::function<void()>> over_;
};

// Deletes the checkpoints of a job that is over, in the background.
void remove_checkpoints_of(env::Env& env, const std::string& checkpoint_directory, const std::string& job);

// The targets of a plan's keyed sinks, as keyed_targets() spells them.
[[nodiscard]] std::set<std::string> keyed_targets_of(const plan::PhysicalPlan& plan);

}  // namespace millstream::job

// A job's life: attempts, back-off, and the one place where its status changes.
//
// Pipelines report from any thread and must not be destroyed in their callbacks, so every reaction is posted to the
// timer queue's thread: it alone makes, ends and replaces pipelines.
#include "job/job.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/logging.h"
#include "sql/parser.h"

namespace millstream::job {
namespace {

constexpr Millis kFirstBackOff{200};
constexpr Millis kLongestBackOff{10'000};
// An attempt that ran this long counts as a recovery: the next failure starts with the first back-off again.
constexpr Millis kHealthy{60'000};

// What another attempt may cure. A row that the policy refuses to drop would be refused again, and so on.
bool worth_restarting(const Error& error) {
  return can_retry(error.code) || error.code == ErrorCode::kRemote || error.code == ErrorCode::kInternal;
}

stream::PipelineSettings pipeline_settings(const JobParts& parts, const JobRecord& record,
                                           const plan::SessionSettings& session, bool is_query) {
  stream::PipelineSettings settings;
  settings.job = record.id;
  settings.parallelism = session.parallelism();
  if (!is_query && !parts.checkpoint_directory.empty())
    settings.checkpoint_directory = parts.checkpoint_directory + "/" + record.id;
  const bool chosen = session.explicit_values().contains("execution.checkpointing.interval");
  settings.checkpoint_interval = is_query ? Millis(0)
                                 : chosen ? session.checkpoint_interval()
                                          : parts.default_checkpoint_interval;
  settings.watermark_interval = session.watermark_interval();
  settings.source_idle_timeout = session.idle_timeout();
  settings.time_zone = session.time_zone();
  return settings;
}

void collect_sinks(const plan::PhysicalPlan& plan, const std::function<void(const plan::TableSink&)>& visit) {
  for (const auto& sink : plan.sinks) {
    if (const auto* table = std::get_if<plan::TableSink>(&sink->node)) visit(*table);
  }
}

}  // namespace

std::set<std::string> keyed_targets_of(const plan::PhysicalPlan& plan) {
  std::set<std::string> targets;
  collect_sinks(plan, [&](const plan::TableSink& sink) {
    if (sink.sink_keys.empty()) return;
    std::string target = sink.table->connector();
    for (const char* option : {"url", "table-name", "properties.bootstrap.servers", "topic", "path"}) {
      if (const std::string value = sink.table->option_or(option, ""); !value.empty()) target += "|" + value;
    }
    // Connectors without an address of their own write nowhere that two jobs could share.
    if (target.find('|') != std::string::npos) targets.insert(target);
  });
  return targets;
}

Job::Job(const JobParts& parts, JobRecord record, std::shared_ptr<QueryResult> result)
    : parts_(parts), id_(record.id), result_(std::move(result)), record_(std::move(record)) {}

Job::~Job() = default;

std::shared_ptr<Job> Job::create(const JobParts& parts, JobRecord record, plan::PlannedStatement planned,
                                 const plan::PlanContext& context, std::shared_ptr<QueryResult> result) {
  std::shared_ptr<Job> job(new Job(parts, std::move(record), std::move(result)));
  job->adopt(std::move(planned), context);
  return job;
}

std::shared_ptr<Job> Job::restore(const JobParts& parts, JobRecord record) {
  std::shared_ptr<Job> job(new Job(parts, std::move(record), nullptr));
  if (is_terminal(job->record_.status)) return job;
  const auto plan_again = [&]() -> Status {
    catalog::Catalog catalog;
    for (const Json& change : job->record_.objects) MS_TRY(catalog.apply(change));
    catalog::SessionCatalog session_catalog(catalog);
    MS_TRY(session_catalog.use_database({job->record_.database_catalog, job->record_.database}));
    plan::SessionSettings settings;
    for (const auto& [key, value] : job->record_.settings) MS_TRY(settings.set(key, value));
    MS_ASSIGN(const sql::Statement statement, sql::parse_statement(job->record_.statement));
    const plan::PlanContext context{job->record_.statement, session_catalog, parts.directory, settings};
    MS_ASSIGN(plan::PlannedStatement planned, plan::plan_statement(statement, context));
    job->adopt(std::move(planned), context);
    return {};
  };
  // For good: a job that someone has replaced meanwhile must not come back to life at a later start.
  if (const Status planned = plan_again(); !planned)
    job->settle(JobStatus::kFailed, "cannot be planned again: " + planned.error().to_string());
  return job;
}

void Job::adopt(plan::PlannedStatement planned, const plan::PlanContext& context) {
  keyed_targets_ = keyed_targets_of(planned.plan);
  explanation_ = plan::explain(planned, context);
  settings_ = pipeline_settings(parts_, record_, context.settings, is_query());
  plan_ = std::make_shared<const plan::PhysicalPlan>(std::move(planned.plan));
}

Status Job::prepare() {
  std::shared_ptr<stream::Pipeline> made;
  {
    const std::lock_guard lock(mutex_);
    MS_TRY(make_attempt());
    made = prepared_;
  }
  return made->check_sinks();
}

Status Job::start() {
  const std::lock_guard lock(mutex_);
  if (is_terminal(record_.status) || cancelling_) return {};
  return start_attempt();
}

void Job::resume() {
  Status started;
  {
    const std::lock_guard lock(mutex_);
    if (is_terminal(record_.status) || cancelling_ || suspended_) return;
    started = start_attempt();
  }
  if (started) return;
  if (worth_restarting(started.error()))
    restart_later(started.error());
  else
    settle(JobStatus::kFailed, started.error().to_string());
}

// With the lock held.
Status Job::make_attempt() {
  ++record_.attempt;
  settings_.attempt = record_.attempt;

  stream::PipelineHooks hooks;
  std::weak_ptr<Job> weak = weak_from_this();
  if (parts_.add_bad_row_hooks) parts_.add_bad_row_hooks(id_, record_.statement, hooks);
  hooks.results = result_.get();
  hooks.on_state_change = [weak, &timers = parts_.timers] {
    timers.schedule(Millis(0), [weak] {
      if (const auto self = weak.lock()) self->on_pipeline_change();
    });
  };
  MS_ASSIGN(prepared_, stream::Pipeline::create(parts_.env, parts_.scheduler, parts_.connectors, parts_.budget, plan_,
                                                settings_, std::move(hooks)));
  return {};
}

// With the lock held.
Status Job::start_attempt() {
  if (!prepared_) MS_TRY(make_attempt());
  std::shared_ptr<stream::Pipeline> pipeline = std::exchange(prepared_, nullptr);
  // Stored once it can start, and before it does: a statement that is refused must not come back with the next process.
  if (parts_.store != nullptr && !is_query()) MS_TRY(parts_.store->put(record_));
  pipeline_ = std::move(pipeline);
  if (result_) {
    result_->set_room_listener([weak_pipeline = std::weak_ptr(pipeline_)] {
      if (const auto running = weak_pipeline.lock()) running->wake_results();
    });
  }
  pipeline_->start();
  return {};
}

void Job::on_pipeline_change() {
  std::unique_lock lock(mutex_);
  if (!pipeline_ || is_terminal(record_.status) || suspended_) return;
  const stream::PipelineState state = pipeline_->state();
  switch (state.phase) {
    case stream::PipelinePhase::kCreated:
    case stream::PipelinePhase::kStopping:
      return;
    case stream::PipelinePhase::kWaiting:
      reason_ = state.reason;
      return;
    case stream::PipelinePhase::kRunning:
      // The pipeline may run and still have something to say, for example that PostgreSQL does not answer.
      reason_ = state.reason;
      if (record_.status != JobStatus::kRunning && record_.status != JobStatus::kCancelling) {
        record_.status = JobStatus::kRunning;
        running_since_ = parts_.env.clock().now();
      }
      return;
    case stream::PipelinePhase::kFinished:
      lock.unlock();
      return settle(JobStatus::kFinished, "");
    case stream::PipelinePhase::kCancelled:
      lock.unlock();
      return settle(JobStatus::kCanceled, "");
    case stream::PipelinePhase::kFailed:
      break;
  }
  const Error error = state.error.value_or(Error{ErrorCode::kInternal, "the pipeline failed without a reason", "", {}});
  if (cancelling_) {
    lock.unlock();
    return settle(JobStatus::kCanceled, "");
  }
  if (is_query() || !worth_restarting(error)) {
    lock.unlock();
    return settle(JobStatus::kFailed, error.to_string());
  }
  lock.unlock();
  restart_later(error);
}

void Job::restart_later(const Error& error) {
  drop_pipeline();
  std::unique_lock lock(mutex_);
  if (suspended_) return;
  if (cancelling_) {
    // Whoever cancelled found the failed pipeline, which had nothing left to cancel.
    lock.unlock();
    return settle(JobStatus::kCanceled, "");
  }
  const bool was_healthy = running_since_.value != 0 && elapsed(running_since_, parts_.env.clock().now()) > kHealthy;
  back_off_ =
      was_healthy || back_off_.value == 0 ? kFirstBackOff : std::min(kLongestBackOff, Millis(back_off_.value * 3 / 2));
  running_since_ = ProcTime(0);
  record_.status = JobStatus::kRestarting;
  reason_ = error.to_string();
  ++restarts_;
  log_warning("job {} ({}) restarts in {} ms: {}", id_, record_.name, back_off_.value, reason_);
  std::weak_ptr<Job> weak = weak_from_this();
  restart_timer_ = env::TimerHandle(parts_.timers, parts_.timers.schedule(back_off_, [weak] {
    if (const auto self = weak.lock()) self->resume();
  }));
}

void Job::drop_pipeline() {
  std::unique_lock lock(mutex_);
  dropped_.wait(lock, [&] { return dropping_ == 0; });
  std::shared_ptr<stream::Pipeline> old = std::exchange(pipeline_, nullptr);
  if (!old) return;
  ++dropping_;
  // Destroyed without the lock: it waits for callbacks that may want it.
  lock.unlock();
  old.reset();
  lock.lock();
  --dropping_;
  dropped_.notify_all();
}

void Job::dispose_of_pipeline(std::function<void()> then) {
  std::shared_ptr<stream::Pipeline> old;
  {
    const std::lock_guard lock(mutex_);
    old = std::exchange(pipeline_, nullptr);
    if (old) ++dropping_;
  }
  if (!old) return then();
  parts_.disposal.submit(std::move(old), [self = shared_from_this(), then = std::move(then)] {
    then();
    const std::lock_guard lock(self->mutex_);
    --self->dropping_;
    self->dropped_.notify_all();
  });
}

void remove_checkpoints_of(env::Env& env, const std::string& checkpoint_directory, const std::string& job) {
  if (checkpoint_directory.empty()) return;
  env.executor().submit([&files = env.files(), folder = checkpoint_directory + "/" + job] {
    if (!files.exists(folder)) return;
    if (const Status removed = files.remove_tree(folder); !removed)
      log_warning("checkpoints of a job that is over stay: {}", removed.error().to_string());
  });
}

void Job::settle(JobStatus status, std::string failure) {
  std::vector<std::function<void()>> over;
  std::optional<Error> error;
  bool stays = status == JobStatus::kFailed || is_query();  // whoever failed may be looked into
  {
    const std::lock_guard lock(mutex_);
    if (is_terminal(record_.status)) return;
    record_.status = status;
    record_.failure = std::move(failure);
    record_.ended = parts_.env.clock().now();
    reason_.clear();
    if (status == JobStatus::kFailed) {
      log_error("job {} ({}) failed: {}", id_, record_.name, record_.failure);
      error = pipeline_ ? pipeline_->state().error : std::nullopt;
      if (!error) error = Error{ErrorCode::kInternal, record_.failure, "", {}};
    }
    if (parts_.store != nullptr && !is_query()) {
      if (const Status put = parts_.store->put(record_); !put) {
        log_error("job {}: its end could not be stored: {}", id_, put.error().to_string());
        stays = end_unstored_ = true;  // it goes on after the next start
      }
    }
    if (pipeline_) last_ = pipeline_->snapshot();
    over = std::exchange(over_, {});
  }
  if (result_) result_->end(std::move(error));
  for (auto& call : over) call();
  dispose_of_pipeline([&env = parts_.env, folder = stays ? "" : parts_.checkpoint_directory, id = id_] {
    remove_checkpoints_of(env, folder, id);
  });
}

void Job::cancel(std::function<void()> done) {
  {
    const std::lock_guard lock(mutex_);
    if (is_terminal(record_.status)) {
      parts_.timers.schedule(Millis(0), std::move(done));
      return;
    }
    cancelling_ = true;
    record_.status = JobStatus::kCancelling;
    restart_timer_.cancel();
    over_.push_back(std::move(done));
    if (pipeline_) {
      pipeline_->cancel();
      return;
    }
  }
  // Between two attempts there is nothing to wait for.
  parts_.timers.schedule(Millis(0), [self = shared_from_this()] { self->settle(JobStatus::kCanceled, ""); });
}

void Job::suspend(std::function<void()> done) {
  std::shared_ptr<stream::Pipeline> pipeline;
  {
    const std::lock_guard lock(mutex_);
    restart_timer_.cancel();
    suspended_ = true;
    if (!is_terminal(record_.status)) pipeline = pipeline_;
  }
  if (!pipeline || is_over(pipeline->state().phase)) return done();
  if (is_query() || pipeline->state().phase != stream::PipelinePhase::kRunning) {
    pipeline->cancel();
    return done();
  }
  pipeline->stop([done = std::move(done), id = id_](Result<CheckpointId> checkpoint) {
    if (!checkpoint)
      log_warning("job {}: no final checkpoint, it goes on from the last one: {}", id, checkpoint.error().to_string());
    done();
  });
}

void Job::checkpoint(std::function<void(Result<CheckpointId>)> done) {
  std::shared_ptr<stream::Pipeline> pipeline;
  {
    const std::lock_guard lock(mutex_);
    pipeline = pipeline_;
  }
  if (!pipeline) return done(fail(ErrorCode::kUnavailable, fmt::format("job {} is not running", id_)));
  pipeline->trigger_checkpoint(std::move(done));
}

JobStatus Job::status() const {
  const std::lock_guard lock(mutex_);
  return record_.status;
}

std::optional<ProcTime> Job::ended() const {
  const std::lock_guard lock(mutex_);
  return is_terminal(record_.status) ? std::optional(record_.ended) : std::nullopt;
}

bool Job::end_is_stored() {
  const std::lock_guard lock(mutex_);
  if (end_unstored_) end_unstored_ = !parts_.store->put(record_).has_value();
  return !end_unstored_;
}

JobInfo Job::info() const {
  JobInfo info;
  // All of it under the lock: the pipeline must not be gone, or its last reference be here, when settle() drops it.
  const std::lock_guard lock(mutex_);
  info.record = record_;
  info.reason = reason_;
  info.restarts = restarts_;
  info.running_since = running_since_;
  info.parallelism = settings_.parallelism;
  info.explanation = explanation_;
  info.pipeline = is_terminal(record_.status) || !pipeline_ ? last_ : pipeline_->snapshot();
  if (!is_terminal(record_.status) && info.pipeline && !info.pipeline->state.reason.empty())
    info.reason = info.pipeline->state.reason;
  return info;
}

void Job::when_over(std::function<void()> call) {
  {
    const std::lock_guard lock(mutex_);
    if (!is_terminal(record_.status)) {
      over_.push_back(std::move(call));
      return;
    }
  }
  call();
}

}  // namespace millstream::job

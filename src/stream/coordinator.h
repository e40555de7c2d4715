// Runs one pipeline's life as a task of its own: start, checkpoints, commits, end. All its state is its thread's.
//
// Other threads reach it by post(); its timers are times of Env's clock.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "stream/assembly.h"
#include "stream/checkpoint_store.h"
#include "stream/pipeline.h"
#include "stream/stage_task.h"
#include "stream/task.h"

namespace millstream::stream {

using CheckpointCallback = std::function<void(Result<CheckpointId>)>;

class Coordinator final : public Task, public TaskHost, public std::enable_shared_from_this<Coordinator> {
 public:
  Coordinator(env::Env& env, Scheduler& scheduler, Connectors& connectors, MemoryBudget& budget,
              std::shared_ptr<const plan::PhysicalPlan> plan, PipelineSettings settings, PipelineHooks hooks);
  // Every table of the plan gets its source or sink; operators are tried.
  Status prepare_tables();
  // Blocks; on the executor, or before begin().
  Status check_sinks();

  StepResult run() override;
  [[nodiscard]] ProcTime next_time() const override;

  void snapshot_taken(CheckpointId checkpoint, TaskSnapshot snapshot, Status durable) override;
  void task_failed(Error error) override;
  void task_ended() override;
  void epoch_full() override;

  // Any thread.
  void begin() {
    post([this] { start(); });
  }
  void cancel() {
    post([this] { end(PipelinePhase::kCancelled, std::nullopt); });
  }
  void stop(CheckpointCallback done);
  void trigger(CheckpointCallback done);
  Status export_checkpoint(CheckpointId checkpoint, const std::string& directory);
  void wake_all();
  [[nodiscard]] PipelineState state() const;
  [[nodiscard]] PipelineSnapshot snapshot() const;
  // From ~Pipeline: nothing of this pipeline runs any more when it returns.
  void shut_down();

 private:
  struct Prepared {
    std::vector<std::shared_ptr<StageTask>> tasks;
    std::map<const plan::PhysicalNode*, std::vector<SplitState>> splits;
    std::optional<Manifest> restored;
  };
  struct Underway {
    CheckpointContent content;
    size_t missing = 0;  // tasks that have not reported
    Status durable;
    env::MonotonicTime begun{0};
    Bytes size{0};
    bool is_last = false;  // of a stop or of bounded input: the pipeline ends with it
  };

  void post(std::function<void()> message);
  void at(ProcTime time, std::function<void()> action) { timers_.emplace(time, std::move(action)); }
  // Runs `work` on Env's executor, then `then` with its result here. Counted, so that shut_down() can wait.
  template <typename T>
  void in_background(std::function<T()> work, std::function<void(T)> then);
  void set_state(PipelineState state);
  void set_reason(std::string reason);
  void retry_later(const Error& error, std::function<void()> again);
  [[nodiscard]] bool over() const { return is_over(phase_); }

  void start();
  Result<Prepared> prepare();  // on the executor
  Result<Prepared> prepare_from(const LoadedCheckpoint* checkpoint);
  void prepared(Result<Prepared> result);
  void recover(size_t target);
  void recovered(size_t target, CheckpointId held);
  void store_start_positions();
  void launch();
  void look_for_splits(const plan::PhysicalNode* node);

  // Something is stored or committed at barriers. Dead letters are committed even where nothing is stored.
  [[nodiscard]] bool has_epochs() const { return store_.has_value() || !targets_.empty(); }
  void begin_checkpoint();
  void share_arrived(CheckpointId checkpoint, TaskSnapshot share, const Status& durable);
  void written(Result<Bytes> size);
  void not_stored(const Error& error);
  void commit(size_t target);
  void commit_again(size_t target, const Error& error);
  void complete();
  void schedule_checkpoint();
  void update_paused();
  void maybe_finish();
  void end(PipelinePhase phase, std::optional<Error> error);
  void fail_with(Error error) { end(PipelinePhase::kFailed, std::move(error)); }
  void answer(std::vector<CheckpointCallback>& waiters, const Result<CheckpointId>& result);

  env::Env& env_;
  Scheduler& scheduler_;
  Connectors& connectors_;
  MemoryBudget& budget_;
  const std::shared_ptr<const plan::PhysicalPlan> plan_;
  const PipelineSettings settings_;
  Millis checkpoint_interval_;  // of the settings, unless a sink wishes a shorter one
  const PipelineHooks hooks_;
  const StagePlan stages_;
  std::optional<CheckpointStore> store_;

  // Any thread, under the mutex.
  mutable std::mutex mutex_;
  std::condition_variable no_background_;
  std::vector<std::function<void()>> mailbox_;
  int background_ = 0;
  PipelineState state_;
  CheckpointSnapshot checkpoint_numbers_;
  std::vector<std::shared_ptr<StageTask>> published_tasks_;
  std::map<const plan::PhysicalNode*, OperatorCounters> last_numbers_;  // of the tasks that are gone
  bool shut_ = false;

  std::atomic<bool> paused_{false};  // sources hold still, for one of the reasons below

  // The coordinator's own.
  PipelinePhase phase_ = PipelinePhase::kCreated;
  std::multimap<ProcTime, std::function<void()>> timers_;
  JobTables tables_;
  std::map<std::string, std::unique_ptr<Committer>> committers_;
  std::vector<std::string> targets_;
  std::map<std::string, int64_t> most_retries_;  // of the targets that have a limit
  std::vector<std::shared_ptr<StageTask>> tasks_;
  std::map<const plan::PhysicalNode*, std::vector<SplitState>> known_splits_;
  std::optional<Manifest> restored_;
  CheckpointId last_{0};    // the last number given
  ProcTime last_begun_{0};  // by that checkpoint, or the launch
  std::optional<Underway> underway_;
  std::vector<Committable> carried_;  // of epochs whose checkpoint could not be stored
  std::vector<CheckpointCallback> waiting_for_next_, waiting_for_this_;
  bool wanted_ = false;  // one more as soon as this one is done
  bool stopping_ = false;
  bool epoch_full_ = false;    // until the next barrier
  bool storage_down_ = false;  // until a checkpoint is stored again
  size_t ended_tasks_ = 0;
  int64_t retries_ = 0;  // since something succeeded
};

}  // namespace millstream::stream

// One attempt of one job: tasks built from a physical plan, their checkpoints, and the commits of their sinks.
//
// job/ owns restart policy and what is stored about a job; it makes a new Pipeline with a higher attempt for every
// start. Methods may be called from any thread unless said otherwise; callbacks come from any thread and must not
// block or destroy the pipeline.
//
// Life: create → start → waiting(reason)* → running → finished | failed(error) | cancelled.
//   start: asks each source for its splits (on Env's executor; kUnavailable is asked again with back-off and shows as
//   waiting), or reads the newest readable checkpoint; fences older attempts (Committer::recover) and replays the
//   epoch that a target lacks; on a fresh start stores checkpoint 0 (start positions); then runs.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "base/memory_budget.h"
#include "env/env.h"
#include "plan/physical_plan.h"
#include "stream/connectors.h"
#include "stream/operator.h"
#include "stream/scheduler.h"
#include "stream/sink.h"

namespace millstream::stream {

class Coordinator;

struct PipelineSettings {
  std::string job;  // stable name or id over restarts; SinkIdentity::job
  AttemptId attempt{1};
  int parallelism = 1;  // 1 to column::kKeyGroups tasks a stage
  // Where checkpoints live, one folder per job. Empty: nothing is stored, a restart begins anew, and a sink that
  // commits is refused.
  std::string checkpoint_directory;
  // Where to begin if checkpoint_directory has no checkpoint yet: a savepoint of this or another job. Empty: anew.
  std::string restore_directory;
  Millis checkpoint_interval{1000};  // 0: only on trigger_checkpoint()
  int retained_checkpoints = 2;      // at least 1; older ones are removed
  Millis watermark_interval{200};    // pipeline.auto-watermark-interval; 0: right behind each row that raises it
  Millis source_idle_timeout{0};     // table.exec.source.idle-timeout; 0: never
  std::string time_zone = "UTC";
  bool rows_one_by_one = false;  // a test mode: batches of one row
  // Group aggregates may send one change per key and batch instead of one per row. Only where every path ends in a
  // sink that nets by key and shows checkpoints only; the planner or job decides.
  bool net_changes = false;
};

// Receives what a Collect node gets, on task threads, one call at a time. Outlives the pipeline.
class ResultReceiver {
 public:
  virtual ~ResultReceiver() = default;
  // An error fails the pipeline with it.
  virtual Status receive(column::Batch batch) = 0;
  // While true the task stops reading its input; Pipeline::wake_results() makes it look again.
  [[nodiscard]] virtual bool is_full() { return false; }
};

// What the job supplies besides connectors. All members may be empty.
struct PipelineHooks {
  // Bad rows of the operators between `scan` and the first stateful operator. Called once per source task, before it
  // runs; the policy is used on that task's thread only. Empty, or a null answer: every bad row fails the job.
  std::function<std::unique_ptr<BadRowPolicy>(const plan::TableScan& scan)> make_bad_row_policy;
  // The committer of committables that BadRowPolicy::prepare gives; required if any does. As Sink::make_committer.
  std::function<Result<std::unique_ptr<Committer>>(const SinkIdentity& identity)> make_dead_letter_committer;
  std::string dead_letter_target;                   // Committable::target of those
  ResultReceiver* results = nullptr;                // required by a plan with a Collect
  std::function<void()> on_state_change;            // state() changed
  std::function<void(CheckpointId)> on_checkpoint;  // stored and committed
};

enum class PipelinePhase { kCreated, kWaiting, kRunning, kStopping, kFinished, kFailed, kCancelled };
[[nodiscard]] std::string_view name_of(PipelinePhase phase);

struct PipelineState {
  PipelinePhase phase = PipelinePhase::kCreated;
  std::string reason;          // kWaiting: what for, in a sentence; kRunning, kStopping: what holds its checkpoints up
  std::optional<Error> error;  // kFailed
};
[[nodiscard]] constexpr bool is_over(PipelinePhase phase) {
  return phase == PipelinePhase::kFinished || phase == PipelinePhase::kFailed || phase == PipelinePhase::kCancelled;
}

// Numbers of one operator, summed over its tasks (watermark: the lowest). Published once per step of a task.
struct OperatorSnapshot {
  const plan::PhysicalNode* node = nullptr;  // of the plan given to create(): EXPLAIN prints the numbers beside it
  std::string name;                          // "GroupAggregate", "Source: orders", …
  int stage = 0;                             // operators of one stage run fused in one task
  OperatorCounters counters;
};
// One split of a source task, for "which partition holds back the watermark".
struct SplitSnapshot {
  const plan::PhysicalNode* node = nullptr;
  std::string split;
  EventTime watermark = kNoWatermark;
  bool idle = false;
  bool finished = false;
  ProcTime last_row{0};  // 0: none yet
};
struct StageSnapshot {
  int stage = 0;
  double busy = 0, idle = 0, blocked = 0;  // shares of the time since start, mean of its tasks
  int64_t lag = -1;                        // records behind the end, if its sources know
};
struct CheckpointSnapshot {
  CheckpointId last{0};  // stored and committed; 0 also if none
  int64_t completed = 0, failed = 0;
  ProcTime last_time{0};
  Millis last_duration{0};  // from the trigger to the last commit
  Bytes last_size{0};       // written for it
  std::string last_failure;
  std::optional<CheckpointId> restored_from;
};
struct PipelineSnapshot {
  PipelineState state;
  std::vector<OperatorSnapshot> operators;  // sources first, in plan order
  std::vector<SplitSnapshot> splits;
  std::vector<StageSnapshot> stages;
  CheckpointSnapshot checkpoints;
};

class Pipeline {
 public:
  // Checks what can be checked without waiting: every node has an operator, options make sense. kUnsupported names
  // the node. `plan` is kept alive; env, connectors, scheduler and budget outlive the pipeline.
  static Result<std::unique_ptr<Pipeline>> create(env::Env& env, Scheduler& scheduler, Connectors& connectors,
                                                  MemoryBudget& budget, std::shared_ptr<const plan::PhysicalPlan> plan,
                                                  PipelineSettings settings, PipelineHooks hooks);
  // Cancels if still going on; returns when no task runs and no callback will come any more. Not from a callback.
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Asks what the sinks write to whether it can take their rows, as start() does before anything runs. Before start().
  // Blocks.
  Status check_sinks();
  // Returns at once. Once.
  void start();
  // Ends without a checkpoint: what was not committed is not. Returns at once; the phase follows.
  void cancel();
  // Sources stop reading, a last checkpoint is stored and committed, then kFinished. Without a checkpoint directory
  // the same without storing. `done` gets the checkpoint or the reason why not (then the phase is kFailed).
  void stop(std::function<void(Result<CheckpointId>)> done);
  // One more checkpoint as soon as the one under way, if any, is done. `done`: after its commits.
  // kUnavailable unless running; kInvalidArgument without a directory.
  void trigger_checkpoint(std::function<void(Result<CheckpointId>)> done);
  // Copies a complete checkpoint to another folder (a savepoint): self-contained, restorable with restore from there.
  // Blocks on files: call it from Env's executor.
  Status export_checkpoint(CheckpointId checkpoint, const std::string& directory);
  // After ResultReceiver::is_full() went back to false.
  void wake_results();

  [[nodiscard]] PipelineState state() const;
  [[nodiscard]] PipelineSnapshot snapshot() const;

  // Deterministic scheduler only, on its thread: runs until all input so far is processed and its effects have
  // arrived at sinks and results. The error of a failed pipeline.
  Status drain();

 private:
  Pipeline(Scheduler& scheduler, std::shared_ptr<Coordinator> coordinator);
  Scheduler& scheduler_;
  std::shared_ptr<Coordinator> coordinator_;
};

}  // namespace millstream::stream

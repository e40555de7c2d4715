// The loop of a task: finish what waits for room, fire timers, take input, answer barriers, for about a millisecond.
#include "stream/stage_task.h"

#include <algorithm>

namespace millstream::stream {
namespace {

constexpr int64_t kStepNanos = 1'000'000;
constexpr int kStepElements = 64;  // the bound where the clock stands still

}  // namespace

StageTask::StageTask(env::Env& env, std::weak_ptr<TaskHost> host, int stage, int index)
    : env_(env), host_(std::move(host)), stage_(stage), index_(index), last_stop_(env.clock().monotonic()) {}

ChainNode& StageTask::add_node(std::unique_ptr<ChainNode> node) {
  nodes_.push_back(std::move(node));
  return *nodes_.back();
}
Router& StageTask::add_router(std::unique_ptr<Router> router) {
  routers_.push_back(std::move(router));
  return *routers_.back();
}

bool StageTask::flush() {
  bool all = true;
  for (const auto& router : routers_) all &= router->flush();
  return all;
}

Status StageTask::handle_requests() {
  if (has_offered_.exchange(false)) {
    std::vector<SplitState> splits;
    {
      const std::scoped_lock lock(mutex_);
      splits.swap(offered_splits_);
    }
    MS_TRY(source_->add_splits(std::move(splits)));
  }
  if (const int64_t completed = completed_.load(); completed > handled_complete_) {
    handled_complete_ = completed;
    input_->checkpoint_complete(CheckpointId(completed));
  }
  if (const int64_t requested = requested_.load(); is_root_ && requested > handled_request_) {
    handled_request_ = requested;
    if (source_ != nullptr)
      source_->inject_barrier(CheckpointId(requested));
    else
      root_barrier_ = CheckpointId(requested);
  }
  return {};
}

Status StageTask::take_snapshot(CheckpointId checkpoint) {
  told_full_ = false;
  auto snapshot = std::make_shared<TaskSnapshot>();
  snapshot->task = index_;
  // Operators first: the callback below may come at once, and then the snapshot must be whole.
  for (Receiver* head : heads_) MS_TRY(head->barrier(checkpoint, *snapshot));
  return input_->snapshot(checkpoint, *snapshot, [host = host_, checkpoint, snapshot](Status durable) {
    if (const std::shared_ptr<TaskHost> alive = host.lock()) {
      alive->snapshot_taken(checkpoint, std::move(*snapshot), std::move(durable));
    }
  });
}

Result<StepResult> StageTask::step(env::MonotonicTime start) {
  MS_TRY(handle_requests());
  const ProcTime now = env_.clock().now();
  for (Receiver* head : heads_) MS_TRY(head->time(now));
  MS_TRY(input_->time(now));
  for (int taken = 0; taken < kStepElements; ++taken) {
    if (!flush()) return StepResult::kOutputFull;
    std::optional<CheckpointId> barrier = input_->take_barrier();
    if (!barrier) barrier = std::exchange(root_barrier_, std::nullopt);
    if (barrier) {
      MS_TRY(take_snapshot(*barrier));
      continue;
    }
    bool epoch_full = input_->hold() == Hold::kPauseSources, stop_reading = false;
    for (const auto& node : nodes_) {
      const Hold hold = node->op().hold();
      epoch_full |= hold == Hold::kPauseSources;
      stop_reading |= hold == Hold::kStopReading;
    }
    if (epoch_full && !std::exchange(told_full_, true)) {
      if (const auto host = host_.lock()) host->epoch_full();
    }
    if (stop_reading) return StepResult::kOutputFull;
    MS_ASSIGN(const StepResult result, input_->step(now));
    if (result == StepResult::kFinished && !ended_) {
      ended_ = true;
      if (const auto host = host_.lock()) host->task_ended();
    }
    if (result != StepResult::kReady) {
      // A barrier that this very step completed, or rows for channels that are full.
      return flush() ? result : StepResult::kOutputFull;
    }
    if (env_.clock().monotonic().value - start.value > kStepNanos) break;
  }
  return StepResult::kReady;
}

StepResult StageTask::run() {
  if (failed_) return StepResult::kFinished;
  const env::MonotonicTime start = env_.clock().monotonic();
  (last_result_ == StepResult::kOutputFull ? blocked_nanos_
   : last_result_ == StepResult::kReady    ? busy_nanos_
                                           : idle_nanos_) += start.value - last_stop_.value;

  Result<StepResult> result = step(start);
  if (!result) {
    failed_ = true;
    if (const auto host = host_.lock()) host->task_failed(std::move(result).error());
    result = StepResult::kFinished;
  }
  for (const auto& router : routers_) router->wake_consumers();
  input_->wake_producers();

  last_stop_ = env_.clock().monotonic();
  busy_nanos_ += last_stop_.value - start.value;
  // An ended task is kept: barriers still come. The scheduler lets it rest until somebody wakes it.
  last_result_ = *result == StepResult::kFinished && !failed_ ? StepResult::kNeedsInput : *result;
  publish();
  return last_result_;
}

ProcTime StageTask::next_time() const {
  if (failed_) return ProcTime::max();
  ProcTime next = input_->next_time();
  for (const auto& node : nodes_) next = std::min(next, node->next_time());
  return next;
}

void StageTask::publish() {
  const std::scoped_lock lock(mutex_);
  published_.nodes.resize(nodes_.size());
  for (size_t n = 0; n < nodes_.size(); ++n) published_.nodes[n] = nodes_[n]->counters();
  if (input_->counters() != nullptr) published_.source = *input_->counters();
  published_.splits = input_->splits();
  published_.lag = input_->lag();
  published_.busy_nanos = busy_nanos_;
  published_.idle_nanos = idle_nanos_;
  published_.blocked_nanos = blocked_nanos_;
}

StageTask::Published StageTask::published() const {
  const std::scoped_lock lock(mutex_);
  return published_;
}

void StageTask::offer_splits(std::vector<SplitState> splits) {
  const std::scoped_lock lock(mutex_);
  for (SplitState& split : splits) offered_splits_.push_back(std::move(split));
  has_offered_ = true;
}

Status StageTask::close() {
  for (const auto& node : nodes_) MS_TRY(node->op().close());
  return {};
}

}  // namespace millstream::stream

// One checkpoint after the other: barrier, shares of all tasks, files, commits; then the next may begin.
#include <fmt/core.h>

#include <algorithm>

#include "base/logging.h"
#include "env/failpoint.h"
#include "stream/coordinator.h"
#include "stream/internal/background.h"

namespace millstream::stream {
namespace {

constexpr int64_t kRetryMillis = 1000;  // after a checkpoint that could not be stored

Status failpoint_before_commit() {
  FAILPOINT("checkpoint.before_commit");
  return {};
}
Status failpoint_after_commit() {
  FAILPOINT("checkpoint.after_commit");
  return {};
}

}  // namespace

void Coordinator::stop(CheckpointCallback done) {
  post([this, done = std::move(done)]() mutable {
    if (phase_ != PipelinePhase::kRunning) {
      if (over() || phase_ == PipelinePhase::kStopping) {
        return done(fail(ErrorCode::kUnavailable, "the job is not running"));
      }
      end(PipelinePhase::kCancelled, std::nullopt);  // nothing was read yet
      return done(last_);
    }
    stopping_ = true;
    update_paused();
    set_state({PipelinePhase::kStopping, {}, std::nullopt});
    waiting_for_next_.push_back(std::move(done));
    if (underway_)
      wanted_ = true;
    else
      begin_checkpoint();
  });
}

void Coordinator::trigger(CheckpointCallback done) {
  post([this, done = std::move(done)]() mutable {
    if (phase_ != PipelinePhase::kRunning) return done(fail(ErrorCode::kUnavailable, "the job is not running"));
    if (!store_) return done(fail(ErrorCode::kInvalidArgument, "the job has no checkpoint directory"));
    waiting_for_next_.push_back(std::move(done));
    if (underway_)
      wanted_ = true;
    else
      begin_checkpoint();
  });
}

void Coordinator::epoch_full() {
  paused_ = true;  // at once; the rest when the coordinator runs
  post([this] {
    if (over()) return;
    epoch_full_ = true;
    update_paused();
    if (underway_)
      wanted_ = true;
    else
      begin_checkpoint();
  });
}

void Coordinator::schedule_checkpoint() {
  if (!has_epochs() || checkpoint_interval_.value <= 0) return;
  // From one start to the next, as Flink counts. A checkpoint that began for another reason moves the next one, so the
  // timer of the one before is not listened to.
  const ProcTime now = env_.clock().now();
  const ProcTime due = std::clamp(last_begun_ + checkpoint_interval_, now, now + checkpoint_interval_);
  at(due, [this, before = last_] {
    if (phase_ == PipelinePhase::kRunning && !underway_ && last_ == before) begin_checkpoint();
  });
}

void Coordinator::begin_checkpoint() {
  if (over()) return;
  last_ = CheckpointId(last_.value + 1);
  last_begun_ = env_.clock().now();
  wanted_ = false;
  Underway underway;
  underway.content.id = last_;
  underway.content.attempt = settings_.attempt;
  underway.content.job = settings_.job;
  underway.content.parallelism = settings_.parallelism;
  underway.missing = tasks_.size();
  underway.begun = env_.clock().monotonic();
  underway.is_last = stopping_ || ended_tasks_ == tasks_.size();
  underway_ = std::move(underway);
  waiting_for_this_ = std::exchange(waiting_for_next_, {});
  epoch_full_ = false;  // the next epoch begins behind this barrier
  for (const auto& task : tasks_) {
    if (!task->is_root()) continue;
    task->request_barrier(last_);
    scheduler_.wake(*task);
  }
  update_paused();
}

void Coordinator::update_paused() {
  const bool pause = stopping_ || epoch_full_ || storage_down_;
  const bool before = paused_.exchange(pause);
  if (!before || pause) return;
  for (const auto& task : tasks_) {
    if (task->is_root()) scheduler_.wake(*task);
  }
}

void Coordinator::snapshot_taken(CheckpointId checkpoint, TaskSnapshot snapshot, Status durable) {
  auto share = std::make_shared<TaskSnapshot>(std::move(snapshot));
  post([this, checkpoint, share, durable = std::move(durable)] {
    share_arrived(checkpoint, std::move(*share), durable);
  });
}

void Coordinator::share_arrived(CheckpointId checkpoint, TaskSnapshot share, const Status& durable) {
  if (over() || !underway_ || underway_->content.id != checkpoint) return;
  CheckpointContent& content = underway_->content;
  for (OperatorState& op : share.operators) content.operators.push_back(std::move(op));
  for (SourcePositions& source : share.sources) {
    const auto same = std::find_if(content.sources.begin(), content.sources.end(),
                                   [&](const SourcePositions& s) { return s.state_id == source.state_id; });
    if (same == content.sources.end())
      content.sources.push_back(std::move(source));
    else
      same->splits.insert(same->splits.end(), source.splits.begin(), source.splits.end());
  }
  for (Committable& committable : share.committables) {
    if (!committers_.contains(committable.target)) {
      return fail_with(
          {ErrorCode::kInternal, fmt::format("an epoch for '{}' has nobody to commit it", committable.target), {}, {}});
    }
    content.committables.push_back(std::move(committable));
  }
  if (!durable && underway_->durable) underway_->durable = durable;
  if (--underway_->missing > 0) return;

  // Splits by name, whatever task reports first: a restart deals them out alike.
  for (SourcePositions& source : content.sources) {
    std::sort(source.splits.begin(), source.splits.end(),
              [](const auto& a, const auto& b) { return a.split < b.split; });
  }
  content.committables.insert(content.committables.begin(), std::make_move_iterator(carried_.begin()),
                              std::make_move_iterator(carried_.end()));
  carried_.clear();
  if (!underway_->durable) return not_stored(underway_->durable.error());
  if (!store_) return written(Bytes(0));
  // The content moves into the background and its committables come back through a copy: commits need them.
  auto stored = std::make_shared<CheckpointContent>(std::move(content));
  content = {stored->id, stored->attempt, stored->job, stored->parallelism, {}, {}, stored->committables};
  in_background<Result<Bytes>>(
      [this, stored = std::move(stored)]() mutable {
        Result<Bytes> size = store_->write(*stored);
        stored.reset();
        return size;
      },
      [this](Result<Bytes> size) { written(std::move(size)); });
}

// The epoch stays: its committables go into the next checkpoint that can be stored. Until then nothing more is read.
void Coordinator::not_stored(const Error& error) {
  log_warning("job {}: checkpoint {} could not be stored: {}", settings_.job, underway_->content.id.value,
              error.message);
  {
    const std::scoped_lock lock(mutex_);
    ++checkpoint_numbers_.failed;
    checkpoint_numbers_.last_failure = error.message;
  }
  carried_ = std::move(underway_->content.committables);
  underway_.reset();
  if (stopping_ && !waiting_for_this_.empty()) return fail_with(error);
  answer(waiting_for_this_, std::unexpected(error));
  storage_down_ = true;
  set_reason("the checkpoint cannot be stored: " + error.message);
  update_paused();
  at(env_.clock().now() + Millis(kRetryMillis), [this] {
    if (!over() && !underway_) begin_checkpoint();
  });
}

void Coordinator::written(Result<Bytes> size) {
  if (over() || !underway_) return;
  if (!size) return not_stored(size.error());
  storage_down_ = false;
  update_paused();
  underway_->size = *size;
  commit(0);
}

void Coordinator::commit(size_t target) {
  if (over() || !underway_) return;
  if (target == targets_.size()) {
    set_reason({});
    if (Status status = failpoint_after_commit(); !status) return fail_with(status.error());
    if (!store_) return complete();
    const int retained = std::max(1, settings_.retained_checkpoints);
    in_background<Status>([this, retained] { return store_->prune(retained); },
                          [this](Status pruned) {
                            if (over()) return;
                            if (!pruned)
                              log_warning("job {}: removing old checkpoints: {}", settings_.job,
                                          pruned.error().message);
                            complete();
                          });
    return;
  }
  std::vector<Committable> epoch;
  for (const Committable& committable : underway_->content.committables) {
    if (committable.target == targets_[target]) epoch.push_back(committable);
  }
  if (epoch.empty()) return commit(target + 1);
  if (Status status = failpoint_before_commit(); !status) return fail_with(status.error());
  committers_[targets_[target]]->commit(underway_->content.id, std::move(epoch),
                                        [weak = weak_from_this(), target](Status done) {
                                          const auto self = weak.lock();
                                          if (!self) return;
                                          self->post([self = self.get(), target, done = std::move(done)] {
                                            if (self->over()) return;
                                            if (done) {
                                              self->retries_ = 0;
                                              return self->commit(target + 1);
                                            }
                                            if (!can_retry(done.error().code)) return self->fail_with(done.error());
                                            self->commit_again(target, done.error());
                                          });
                                        });
}

void Coordinator::commit_again(size_t target, const Error& error) {
  const auto most = most_retries_.find(targets_[target]);
  if (most != most_retries_.end() && retries_ >= most->second) {
    Error given_up = error;
    given_up.message = fmt::format("{} (given up after {} retries, as its table asks)", error.message, retries_);
    return fail_with(std::move(given_up));
  }
  log_warning("job {}: {} did not take a commit, trying again: {}", settings_.job, targets_[target], error.message);
  retry_later(error, [this, target] { commit(target); });
}

void Coordinator::complete() {
  const CheckpointId id = underway_->content.id;
  const bool was_last = underway_->is_last;
  {
    const std::scoped_lock lock(mutex_);
    checkpoint_numbers_.last = id;
    ++checkpoint_numbers_.completed;
    checkpoint_numbers_.last_time = env_.clock().now();
    checkpoint_numbers_.last_duration = elapsed(underway_->begun, env_.clock().monotonic());
    checkpoint_numbers_.last_size = underway_->size;
  }
  underway_.reset();
  for (const auto& task : tasks_) {
    if (!task->is_root()) continue;
    task->announce_complete(id);
    scheduler_.wake(*task);
  }
  if (hooks_.on_checkpoint) hooks_.on_checkpoint(id);
  std::vector<CheckpointCallback> waiters = std::exchange(waiting_for_this_, {});
  if (was_last) end(PipelinePhase::kFinished, std::nullopt);
  answer(waiters, id);
  if (over()) return;
  if (wanted_ || stopping_ || !waiting_for_next_.empty()) return begin_checkpoint();
  schedule_checkpoint();
  maybe_finish();
}

// Bounded input: one more checkpoint commits the last epoch.
void Coordinator::maybe_finish() {
  if (over() || phase_ == PipelinePhase::kWaiting || tasks_.empty() || ended_tasks_ < tasks_.size()) return;
  if (!has_epochs()) return end(PipelinePhase::kFinished, std::nullopt);
  if (!underway_)
    begin_checkpoint();
  else if (!underway_->is_last)
    wanted_ = true;
}

Status Coordinator::export_checkpoint(CheckpointId checkpoint, const std::string& directory) {
  if (!store_) return fail(ErrorCode::kInvalidArgument, "the job has no checkpoint directory");
  // A store of its own: this one is the writer's.
  CheckpointStore store(env_.files(), settings_.checkpoint_directory);
  return store.export_to(checkpoint, directory);
}

}  // namespace millstream::stream

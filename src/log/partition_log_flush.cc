// Flushing: one fdatasync for all who wait, in the order of the segments; checkpoints; closing.
#include <fmt/format.h>

#include <algorithm>

#include "base/logging.h"
#include "env/failpoint.h"
#include "log/internal/checkpoint.h"
#include "log/internal/flush_rhythm.h"
#include "log/internal/producer_states.h"
#include "log/internal/segment.h"
#include "log/partition_log.h"

namespace millstream::log {

void PartitionLog::flush_to(Offset offset, std::function<void(Status)> done) {
  std::unique_lock lock(mutex_);
  if (offset <= flushed_) {
    lock.unlock();
    return done({});
  }
  flush_waiters_.push_back({offset, std::move(done)});
  if (flush_ == Flush::kIdle) {
    queue_flush(lock, rhythm_->gather_until(flush_waiters_.size(), env_.clock().monotonic()));
  } else if (flush_ == Flush::kGathering && rhythm_->complete(flush_waiters_.size())) {
    flush_ = Flush::kQueued;
    const env::Executor::Delayed gathering = flush_gathering_;
    lock.unlock();
    env_.executor().hasten(gathering);
  }
}

// Called with the lock, returns without it. One job too many does no harm: it finds nobody who waits.
void PartitionLog::queue_flush(std::unique_lock<std::mutex>& lock, std::optional<env::MonotonicTime> due) {
  flush_ = Flush::kQueued;
  lock.unlock();
  auto job = [self = shared_from_this()] { self->run_flush(); };
  if (!due) return env_.executor().submit(std::move(job));
  const env::Executor::Delayed gathering = env_.executor().submit_at(*due, std::move(job));
  lock.lock();
  if (flush_ != Flush::kQueued) return lock.unlock();  // it ran at once
  const bool enough = rhythm_->complete(flush_waiters_.size());
  if (!enough) {
    flush_ = Flush::kGathering;
    flush_gathering_ = gathering;
  }
  lock.unlock();
  if (enough) env_.executor().hasten(gathering);
}

void PartitionLog::run_flush() {
  // Waking another thread costs about as much as a sync, but a busy partition must not keep this one to itself.
  constexpr int kPasses = 16;
  for (int pass = 0; pass < kPasses; ++pass) {
    if (!flush_once()) return;
  }
  env_.executor().submit([self = shared_from_this()] { self->run_flush(); });
}

bool PartitionLog::flush_once() {
  std::unique_lock lock(mutex_);
  if (flush_ == Flush::kRunning || flush_waiters_.empty()) {
    if (flush_ != Flush::kRunning) flush_ = Flush::kIdle;
    return false;  // close() was quicker
  }
  flush_ = Flush::kRunning;
  rhythm_->began(env_.clock().monotonic());
  const LogOffsets before = offsets_locked();
  Status usable = failed_ ? Status(fail(*failed_)) : Status();
  int64_t fresh = 0;
  if (usable) {
    Segments dirty = unflushed_;
    const SegmentPtr last = active();
    dirty.push_back(last);
    const Offset end = end_;
    const int64_t position = last->size();
    const auto checkpoint = std::move(next_checkpoint_);
    const bool directory = std::exchange(directory_dirty_, false);
    lock.unlock();
    // Names first: a record behind a name that is lost is lost.
    usable = directory ? env_.files().sync_directory(folder_) : Status();
    if (usable) usable = flush_files(dirty, checkpoint.get());
    lock.lock();
    if (usable) {
      fresh = position - (last->base() == flushed_segment_ ? flushed_position_ : 0);
      flushed_ = end;
      flushed_segment_ = last->base();
      flushed_position_ = position;
      // If the last one has been rolled meanwhile, what came until then is not on the disk.
      dirty.pop_back();
      std::erase_if(unflushed_, [&](const SegmentPtr& segment) {
        return std::find(dirty.begin(), dirty.end(), segment) != dirty.end();
      });
    } else if (!failed_) {
      failed_ = usable.error();
      log_error("'{}' takes no more records: {}", folder_, usable.error().to_string());
    }
  }
  rhythm_->ended(flush_waiters_.size(), fresh);
  answer_flushed(lock);
  if (const LogOffsets after = offsets_locked(); after != before) {
    lock.unlock();
    notify(after);
    lock.lock();
  }
  flush_ = flush_waiters_.empty() ? Flush::kIdle : Flush::kQueued;
  flush_changed_.notify_all();
  if (flush_ == Flush::kIdle) return false;
  const auto due = rhythm_->gather_until(flush_waiters_.size(), env_.clock().monotonic());
  if (due) queue_flush(lock, due);
  return !due;
}

// Rolled segments, then the active one; after that the checkpoint of the last roll holds.
Status PartitionLog::flush_files(const Segments& dirty, const internal::Checkpoint* checkpoint) {
  for (const SegmentPtr& segment : dirty) {
    FAILPOINT("log.flush.before_sync");
    MS_TRY(segment->file()->sync());
    FAILPOINT("log.flush.after_sync");
  }
  if (checkpoint == nullptr) return {};
  // An error here, a full disk for example, costs time at the next recovery and nothing else: the batches are safe.
  const auto store = [&]() -> Status {
    const View now = view();
    for (const SegmentPtr& segment : *now.segments) {
      if (segment->base() >= checkpoint->segment) break;
      MS_TRY(segment->store_indexes(env_.files(), true));
      FAILPOINT("log.flush.after_index");
    }
    MS_TRY(env_.files().sync_directory(folder_));
    FAILPOINT("log.flush.before_checkpoint");
    return internal::write_checkpoint(env_.files(), folder_, *checkpoint);
  };
  if (const Status stored = store(); !stored)
    log_warning("no checkpoint of '{}': {}", folder_, stored.error().to_string());
  return {};
}

// Answers those who wait for what is flushed, or everybody if the disk failed. Called and returns with the lock.
void PartitionLog::answer_flushed(std::unique_lock<std::mutex>& lock) {
  const Status status = failed_ ? usable_locked() : Status();
  // Offsets that do not exist yet are answered too: everything that does is on the disk.
  const bool all = failed_ || flushed_ == end_;
  std::vector<FlushWaiter> answered, waiting;
  for (FlushWaiter& waiter : flush_waiters_)
    (all || waiter.offset <= flushed_ ? answered : waiting).push_back(std::move(waiter));
  flush_waiters_ = std::move(waiting);
  lock.unlock();
  for (FlushWaiter& waiter : answered) waiter.done(status);
  lock.lock();
}

internal::Checkpoint PartitionLog::checkpoint_locked() const {
  ByteWriter producers;
  producers_->write(producers);
  return {active()->base(), active()->size(), end_, producers.take()};
}

Status PartitionLog::discard(const std::function<Status()>& move_away) {
  std::unique_lock moving(start_mutex_);
  std::unique_lock lock(mutex_);
  flush_changed_.wait(lock, [&] { return flush_ != Flush::kRunning; });
  MS_TRY(move_away());
  closed_ = true;
  deleted_ = true;
  if (!failed_) failed_ = Error{ErrorCode::kNotFound, fmt::format("'{}' has been deleted", folder_), {}, {}};
  moving.unlock();
  answer_flushed(lock);
  return {};
}

Status PartitionLog::close() {
  {
    std::unique_lock lock(mutex_);
    if (closed_) return {};
    closed_ = true;
    flush_changed_.wait(lock, [&] { return flush_ != Flush::kRunning; });
    if (failed_) return fail(*failed_);
    if (flushed_ < end_ || !unflushed_.empty()) flush_waiters_.push_back({end_, [](const Status&) {}});
  }
  run_flush();
  std::unique_lock lock(mutex_);
  flush_changed_.wait(lock, [&] { return flush_ != Flush::kRunning; });
  if (failed_) return fail(*failed_);
  // Thousands of partitions that nobody wrote to must not hold up a stop by their syncs.
  if (stored_) return {};
  MS_TRY(active()->trim());
  // No append comes any more, so the lock is only needed for what retention may do.
  const internal::Checkpoint checkpoint = checkpoint_locked();
  const Segments segments = *segments_;
  lock.unlock();
  segments.back()->finish();
  for (const SegmentPtr& segment : segments) MS_TRY(segment->store_indexes(env_.files(), segment != segments.back()));
  MS_TRY(env_.files().sync_directory(folder_));
  FAILPOINT("log.close.before_checkpoint");
  return internal::write_checkpoint(env_.files(), folder_, checkpoint);
}

}  // namespace millstream::log

// Appending: offsets in place, one write, then the news to those who listen; and rolling to a new segment.
#include "log/partition_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/logging.h"
#include "env/failpoint.h"
#include "log/internal/checkpoint.h"
#include "log/internal/flush_rhythm.h"
#include "log/internal/producer_states.h"
#include "log/internal/segment.h"

namespace millstream::log {

using wire::kafka::RecordBatchView;

struct PartitionLog::ListenerEntry {
  uint64_t id;
  Listener listener;
  std::recursive_mutex mutex{};  // a listener may remove itself
  bool removed = false;
};

PartitionLog::PartitionLog(env::Env& env, std::string folder, LogConfig config)
    : env_(env),
      folder_(std::move(folder)),
      config_(config),
      segments_(std::make_shared<Segments>()),
      producers_(std::make_unique<internal::ProducerStates>()),
      rhythm_(std::make_unique<internal::FlushRhythm>()),
      listeners_(std::make_shared<Listeners>()) {}

PartitionLog::~PartitionLog() = default;

Result<std::shared_ptr<PartitionLog>> PartitionLog::open(env::Env& env, std::string folder, LogConfig config) {
  std::shared_ptr<PartitionLog> log(new PartitionLog(env, std::move(folder), config));
  MS_TRY(log->recover());
  return log;
}

Status PartitionLog::usable_locked() const {
  if (deleted_) return fail(ErrorCode::kNotFound, fmt::format("'{}' has been deleted", folder_));
  if (closed_) return fail(ErrorCode::kCancelled, fmt::format("'{}' is closed", folder_));
  if (failed_) {
    return fail(ErrorCode::kIo,
                fmt::format("'{}' takes no more records since the disk failed: {}", folder_, failed_->message),
                "check the disk, then start again");
  }
  return {};
}

Result<Appended> PartitionLog::append(MutableByteSpan batches) {
  std::unique_lock lock(mutex_);
  auto appended = append_locked(batches);
  tell_of_disk_locked(appended ? Status() : fail(appended.error()));
  if (!appended || appended->outcome != Appended::Outcome::kAppended) return appended;
  const LogOffsets offsets = offsets_locked();
  lock.unlock();
  notify(offsets);
  return appended;
}

// Clients try again for long and may not show why: the operator reads here that it began, and that it is over.
void PartitionLog::tell_of_disk_locked(const Status& appended) {
  if (appended) {
    if (std::exchange(refuses_, false)) log_info("'{}' takes records again", folder_);
    return;
  }
  const ErrorCode code = appended.error().code;
  if (code != ErrorCode::kDiskFull && code != ErrorCode::kIo && code != ErrorCode::kPermission) return;
  if (!std::exchange(refuses_, true)) log_error("'{}' refuses records: {}", folder_, appended.error().to_string());
}

Result<Appended> PartitionLog::append_locked(MutableByteSpan batches) {
  MS_TRY(usable_locked());
  const ProcTime now = env_.clock().now();
  const bool append_time = config_.timestamp_type == wire::kafka::TimestampType::kLogAppendTime;

  // Nearly always one batch: its view needs no memory of its own.
  std::optional<RecordBatchView> only;
  std::vector<RecordBatchView> several;
  Offset next = end_;
  EventTime max_timestamp = wire::kafka::kNoTimestamp;
  for (MutableByteSpan rest = batches; !rest.empty();) {
    MS_ASSIGN(const RecordBatchView batch, RecordBatchView::parse(rest));
    const MutableByteSpan bytes = rest.first(batch.bytes().size());
    wire::kafka::set_base_offset(bytes, next);
    wire::kafka::set_leader_epoch(bytes, 0);
    if (append_time)
      wire::kafka::set_max_timestamp(bytes, wire::kafka::TimestampType::kLogAppendTime, EventTime(now.value));
    next = batch.next_offset();
    max_timestamp = std::max(max_timestamp, batch.max_timestamp());
    rest = rest.subspan(bytes.size());
    if (!only && several.empty() && rest.empty())
      only = batch;
    else
      several.push_back(batch);
  }
  const std::span<const RecordBatchView> views =
      only ? std::span(&*only, 1) : std::span<const RecordBatchView>(several);
  if (views.empty()) return fail(ErrorCode::kInvalidArgument, "there is no record batch to append");

  Appended appended{Appended::Outcome::kAppended, end_, next,
                    append_time ? EventTime(now.value) : wire::kafka::kNoTimestamp, start_};
  const auto verdict = producers_->check(views);
  if (verdict.outcome != Appended::Outcome::kAppended) {
    appended.outcome = verdict.outcome;
    appended.first = verdict.first;
    appended.next = verdict.next;
    if (append_time) appended.append_time = verdict.timestamp;
    return appended;
  }

  MS_TRY(roll_if_due_locked(batches.size(), next - Offset(1), max_timestamp));
  const auto write = [&]() -> Status {
    FAILPOINT("log.append.before_write");
    MS_TRY(active()->write(batches, rhythm_->small_and_often() ? config_.segment_bytes.value : 0));
    FAILPOINT("log.append.after_write");
    return {};
  };
  if (Status written = write(); !written) {
    if (const Status undone = active()->undo_write(); !undone) failed_ = undone.error();
    return fail(std::move(written).error());
  }

  for (const RecordBatchView& batch : views) {
    active()->note(batch, config_.index_interval);
    stored_ = false;
    end_ = batch.next_offset();
    const auto aborted = producers_->apply(batch, now);
    // The batch is stored; a control batch that cannot be read ends no transaction. Callers build them with our
    // builder.
    if (aborted && *aborted) {
      AbortedTransaction transaction = **aborted;
      transaction.last_stable = producers_->first_open_transaction().value_or(end_);
      active()->add_aborted(transaction);
    }
  }
  return appended;
}

Status PartitionLog::roll_if_due_locked(size_t size, Offset last, EventTime max_timestamp) {
  const internal::Segment& segment = *active();
  if (segment.size() == 0) return {};
  const bool full = static_cast<int64_t>(size) > config_.segment_bytes.value - segment.size();
  // Positions in the index are int32 whatever segment.bytes says.
  const bool beyond =
      segment.size() + static_cast<int64_t>(size) > INT32_MAX || (last - segment.base()).value > INT32_MAX;
  const bool old = segment.waited(env_.clock().now(), max_timestamp) > config_.segment_age;
  if (full || beyond || old || segment.index().is_full(config_.segment_index_bytes)) return roll_locked();
  return {};
}

// Only makes a file; what the old segment still needs from the disk is done by the next flush, in order.
Status PartitionLog::roll_locked() {
  MS_TRY(active()->trim());
  FAILPOINT("log.roll.before_create");
  MS_ASSIGN(auto segment, internal::Segment::create(env_.files(), folder_, end_, env_.clock().now()));
  const auto made = []() -> Status {
    FAILPOINT("log.roll.after_create");
    return {};
  };
  if (Status usable = made(); !usable) {
    // A smaller batch may still fit into the old one; a name inside of it would end the log for recovery.
    (void)segment->remove(env_.files());
    return usable;
  }
  const SegmentPtr old = active();
  old->finish();
  stored_ = false;
  unflushed_.push_back(old);
  directory_dirty_ = true;
  Segments segments = *segments_;
  segments.push_back(std::move(segment));
  publish_locked(std::move(segments));
  next_checkpoint_ = std::make_unique<internal::Checkpoint>(checkpoint_locked());
  return {};
}

void PartitionLog::publish_locked(Segments segments) {
  segments_ = std::make_shared<const Segments>(std::move(segments));
}

LogOffsets PartitionLog::offsets_locked() const {
  LogOffsets offsets{start_, end_, config_.readable_when_flushed ? flushed_ : end_, flushed_, end_};
  offsets.last_stable = offsets.high_watermark;
  if (const auto open = producers_->first_open_transaction())
    offsets.last_stable = std::min(offsets.high_watermark, *open);
  return offsets;
}

LogOffsets PartitionLog::offsets() const {
  const std::lock_guard lock(mutex_);
  return offsets_locked();
}

void PartitionLog::set_config(LogConfig config) {
  LogOffsets offsets;
  {
    const std::lock_guard lock(mutex_);
    config_ = config;
    offsets = offsets_locked();
  }
  notify(offsets);
}

LogConfig PartitionLog::config() const {
  const std::lock_guard lock(mutex_);
  return config_;
}

Bytes PartitionLog::size() const {
  const View now = view();
  int64_t total = 0;
  for (const SegmentPtr& segment : *now.segments) total += segment->size();
  return Bytes(total);
}

std::vector<ProducerInfo> PartitionLog::producers() const {
  const std::lock_guard lock(mutex_);
  return producers_->list();
}

uint64_t PartitionLog::add_listener(Listener listener) {
  const std::lock_guard lock(listeners_mutex_);
  auto entry = std::make_shared<ListenerEntry>();
  entry->id = next_listener_++;
  entry->listener = std::move(listener);
  auto listeners = std::make_shared<Listeners>(*listeners_);
  listeners->push_back(entry);
  listeners_ = std::move(listeners);
  return entry->id;
}

void PartitionLog::remove_listener(uint64_t id) {
  std::shared_ptr<ListenerEntry> entry;
  {
    const std::lock_guard lock(listeners_mutex_);
    auto listeners = std::make_shared<Listeners>(*listeners_);
    const auto found =
        std::find_if(listeners->begin(), listeners->end(), [&](const auto& candidate) { return candidate->id == id; });
    if (found == listeners->end()) return;
    entry = *found;
    listeners->erase(found);
    listeners_ = std::move(listeners);
  }
  const std::lock_guard lock(entry->mutex);
  entry->removed = true;
}

void PartitionLog::notify(const LogOffsets& offsets) {
  std::shared_ptr<const Listeners> listeners;
  {
    const std::lock_guard lock(listeners_mutex_);
    listeners = listeners_;
  }
  for (const auto& entry : *listeners) {
    const std::lock_guard lock(entry->mutex);
    if (!entry->removed) entry->listener(offsets);
  }
}

}  // namespace millstream::log

// Moving the start of the log: on request, and because segments are too old or too much.
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

Result<Offset> PartitionLog::delete_records(Offset before) {
  const std::lock_guard moving(start_mutex_);
  LogOffsets now;
  {
    const std::lock_guard lock(mutex_);
    if (deleted_) MS_TRY(usable_locked());
    now = offsets_locked();
  }
  if (before == Offset(-1)) before = now.high_watermark;
  if (before < Offset(0) || before > now.high_watermark) {
    return fail(ErrorCode::kNotFound, fmt::format("offset {} is not in '{}', which holds {} to {}", before.value,
                                                  folder_, now.start.value, now.high_watermark.value));
  }
  if (before <= now.start) return now.start;
  MS_TRY(move_start(before));
  return before;
}

Result<int> PartitionLog::apply_retention() {
  const std::lock_guard moving(start_mutex_);
  const ProcTime now = env_.clock().now();
  Offset start;
  Offset rolled{0};
  {
    const std::lock_guard lock(mutex_);
    if (deleted_) return 0;
    MS_TRY(usable_locked());
    MS_ASSIGN(start, retention_start_locked(now));
    producers_->forget_before(ProcTime(now.value - config_.producer_expiration.value));
    if (flushed_ == end_ && rhythm_->quiet(env_.clock().monotonic())) MS_TRY(active()->trim());
    if (!unflushed_.empty()) rolled = active()->base();
  }
  int deleted = 0;
  if (start > offsets().start) {
    MS_ASSIGN(deleted, move_start(start));
  }
  if (rolled > Offset(0)) {
    // The log itself answers, so it is there; unless it is being deleted, what it has to say matters.
    flush_to(rolled, [this](const Status& flushed) {
      const std::unique_lock lock(mutex_);
      if (!flushed && !deleted_) log_warning("'{}' was not flushed: {}", folder_, flushed.error().to_string());
    });
  }
  return deleted;
}

// Where the log starts once all segments are gone that may go. Rolls if the active one is among them.
Result<Offset> PartitionLog::retention_start_locked(ProcTime now) {
  const Offset readable = offsets_locked().high_watermark;
  int64_t total = 0;
  for (const SegmentPtr& segment : *segments_) total += segment->size();
  Offset start = start_;
  const std::shared_ptr<const Segments> segments = segments_;
  for (size_t i = 0; i < segments->size(); ++i) {
    const internal::Segment& segment = *(*segments)[i];
    const bool is_active = i + 1 == segments->size();
    const Offset end = is_active ? end_ : (*segments)[i + 1]->base();
    if (end > readable || (is_active && segment.size() == 0)) break;
    const Millis age =
        segment.max_timestamp().value >= 0 ? Millis(now.value - segment.max_timestamp().value) : segment.age(now);
    const bool old = config_.retention_age && age > *config_.retention_age;
    const bool much = config_.retention_bytes && total - segment.size() >= config_.retention_bytes->value;
    if (!old && !much && end > start_) break;
    if (is_active) MS_TRY(roll_locked());
    total -= segment.size();
    start = std::max(start, end);
  }
  return start;
}

// The number of segments deleted. The start is durable before anything goes, so a crash leaves no hole.
Result<int> PartitionLog::move_start(Offset start) {
  FAILPOINT("log.delete.before_start");
  MS_TRY(internal::write_start(env_.files(), folder_, start));
  FAILPOINT("log.delete.after_start");
  Segments gone;
  LogOffsets offsets;
  {
    const std::lock_guard lock(mutex_);
    start_ = start;
    Segments left = *segments_;
    while (left.size() > 1 && left[1]->base() <= start) {
      gone.push_back(left.front());
      std::erase(unflushed_, left.front());
      left.erase(left.begin());
    }
    publish_locked(std::move(left));
    offsets = offsets_locked();
  }
  notify(offsets);
  for (const SegmentPtr& segment : gone) {
    const auto remove = [&]() -> Status {
      FAILPOINT("log.delete.before_remove");
      return segment->remove(env_.files());
    };
    // They are not read any more; the next open removes what stays.
    if (const Status removed = remove(); !removed)
      log_warning("a deleted segment stays: {}", removed.error().to_string());
  }
  return static_cast<int>(gone.size());
}

}  // namespace millstream::log

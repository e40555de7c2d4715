// Binary search over entries in memory or in a file; the layouts are those of Kafka's OffsetIndex and TimeIndex.
#include "log/internal/segment_index.h"

#include <fmt/format.h>

#include <array>

#include "wire/kafka/record_batch.h"

namespace millstream::log::internal {
namespace {

// The number of entries at the front for which `before` holds.
template <typename Before>
Result<size_t> partition_point(size_t count, Before before) {
  size_t low = 0;
  while (low < count) {
    const size_t middle = low + (count - low) / 2;
    MS_ASSIGN(const bool yes, before(middle));
    if (yes)
      low = middle + 1;
    else
      count = middle;
  }
  return low;
}

Status write_whole(env::FileSystem& files, const std::string& path, ByteSpan content) {
  MS_ASSIGN(const auto file, files.open(path, env::FileSystem::Mode::kTruncate));
  if (!content.empty()) MS_TRY(file->pwrite(std::span(&content, 1), Bytes(0)));
  return file->sync();
}

}  // namespace

void SegmentIndex::add_offset(Offset last_offset, int64_t position) {
  const std::lock_guard lock(mutex_);
  offsets_.push_back({static_cast<int32_t>((last_offset - base_).value), static_cast<int32_t>(position)});
}

void SegmentIndex::add_time(EventTime timestamp, Offset offset) {
  const std::lock_guard lock(mutex_);
  if (timestamp.value < 0 || (!times_.empty() && timestamp.value <= times_.back().timestamp)) return;
  times_.push_back({timestamp.value, static_cast<int32_t>((offset - base_).value)});
}

bool SegmentIndex::is_full(Bytes limit) const {
  const std::lock_guard lock(mutex_);
  // One time entry is kept free for the end of the segment.
  return (offsets_.size() + 1) * kOffsetEntry > static_cast<size_t>(limit.value) ||
         (times_.size() + 2) * kTimeEntry > static_cast<size_t>(limit.value);
}

Result<SegmentIndex::OffsetEntry> SegmentIndex::offset_at(size_t i) const {
  if (!offset_file_) return offsets_[i];
  std::array<std::byte, kOffsetEntry> raw{};
  MS_ASSIGN(const size_t got, offset_file_->pread(raw, Bytes(static_cast<int64_t>(i * kOffsetEntry))));
  if (got != raw.size()) return fail(ErrorCode::kCorrupt, fmt::format("'{}' has become shorter", offset_path()));
  return OffsetEntry{load_big_endian<int32_t>(raw.data()), load_big_endian<int32_t>(raw.data() + 4)};
}

Result<SegmentIndex::TimeEntry> SegmentIndex::time_at(size_t i) const {
  if (!time_file_) return times_[i];
  std::array<std::byte, kTimeEntry> raw{};
  MS_ASSIGN(const size_t got, time_file_->pread(raw, Bytes(static_cast<int64_t>(i * kTimeEntry))));
  if (got != raw.size()) return fail(ErrorCode::kCorrupt, fmt::format("'{}' has become shorter", time_path()));
  return TimeEntry{load_big_endian<int64_t>(raw.data()), load_big_endian<int32_t>(raw.data() + 8)};
}

Result<int64_t> SegmentIndex::floor_position(Offset offset) const {
  const std::lock_guard lock(mutex_);
  const int64_t wanted = (offset - base_).value;
  MS_ASSIGN(const size_t after, partition_point(offset_count(), [&](size_t i) -> Result<bool> {
              MS_ASSIGN(const OffsetEntry entry, offset_at(i));
              return entry.relative <= wanted;
            }));
  if (after == 0) return 0;
  MS_ASSIGN(const OffsetEntry entry, offset_at(after - 1));
  return entry.position;
}

Result<Offset> SegmentIndex::floor_offset(EventTime time) const {
  const std::lock_guard lock(mutex_);
  MS_ASSIGN(const size_t after, partition_point(time_count(), [&](size_t i) -> Result<bool> {
              MS_ASSIGN(const TimeEntry entry, time_at(i));
              return entry.timestamp < time.value;
            }));
  if (after == 0) return base_;
  // The entry was the largest timestamp up to its batch and beyond, so nothing before that batch is late enough.
  MS_ASSIGN(const TimeEntry entry, time_at(after - 1));
  return base_ + Offset(entry.relative);
}

Result<std::optional<SegmentIndex::LastTime>> SegmentIndex::last_time() const {
  const std::lock_guard lock(mutex_);
  if (time_count() == 0) return std::nullopt;
  MS_ASSIGN(const TimeEntry entry, time_at(time_count() - 1));
  return LastTime{EventTime(entry.timestamp), base_ + Offset(entry.relative)};
}

Status SegmentIndex::store(env::FileSystem& files, bool release) {
  const std::lock_guard lock(mutex_);
  if (removed_ || offset_file_) return {};
  ByteBuffer offsets(offsets_.size() * kOffsetEntry);
  for (size_t i = 0; i < offsets_.size(); ++i) {
    store_big_endian(offsets.data() + i * kOffsetEntry, offsets_[i].relative);
    store_big_endian(offsets.data() + i * kOffsetEntry + 4, offsets_[i].position);
  }
  ByteBuffer times(times_.size() * kTimeEntry);
  for (size_t i = 0; i < times_.size(); ++i) {
    store_big_endian(times.data() + i * kTimeEntry, times_[i].timestamp);
    store_big_endian(times.data() + i * kTimeEntry + 8, times_[i].relative);
  }
  const auto write = [&]() -> Status {
    MS_TRY(write_whole(files, offset_path(), offsets));
    return write_whole(files, time_path(), times);
  };
  if (Status written = write(); !written) {
    // Half an index looks like a whole one; a missing one is rebuilt.
    for (const std::string& path : {offset_path(), time_path()}) (void)files.remove(path);
    return written;
  }
  if (!release) return {};
  MS_ASSIGN(auto offset_file, files.open(offset_path(), env::FileSystem::Mode::kRead));
  MS_ASSIGN(auto time_file, files.open(time_path(), env::FileSystem::Mode::kRead));
  offset_file_ = std::move(offset_file);
  time_file_ = std::move(time_file);
  offset_file_count_ = offsets_.size();
  time_file_count_ = times_.size();
  offsets_ = {};
  times_ = {};
  return {};
}

Result<bool> SegmentIndex::load(env::FileSystem& files, const env::File& log, int64_t log_size, bool into_memory) {
  const std::lock_guard lock(mutex_);
  auto offset_file = files.open(offset_path(), env::FileSystem::Mode::kRead);
  auto time_file = files.open(time_path(), env::FileSystem::Mode::kRead);
  if (!offset_file || !time_file) {
    for (const auto* file : {&offset_file, &time_file}) {
      if (!*file && file->error().code != ErrorCode::kNotFound) return fail(file->error());
    }
    return false;
  }
  MS_ASSIGN(const Bytes offset_size, (*offset_file)->size());
  MS_ASSIGN(const Bytes time_size, (*time_file)->size());
  if (offset_size.value % kOffsetEntry != 0 || time_size.value % kTimeEntry != 0) return false;
  offset_file_ = std::move(*offset_file);
  time_file_ = std::move(*time_file);
  offset_file_count_ = static_cast<size_t>(offset_size.value) / kOffsetEntry;
  time_file_count_ = static_cast<size_t>(time_size.value) / kTimeEntry;
  const auto reject = [&] {
    offset_file_.reset();
    time_file_.reset();
    return false;
  };
  // The last entry must point at the batch it names.
  if (offset_file_count_ > 0) {
    MS_ASSIGN(const OffsetEntry last, offset_at(offset_file_count_ - 1));
    std::array<std::byte, wire::kafka::kBatchHeaderSize> raw{};
    if (last.position < 0 || last.position + static_cast<int64_t>(raw.size()) > log_size) return reject();
    MS_ASSIGN(const size_t got, log.pread(raw, Bytes(last.position)));
    if (got != raw.size() || wire::kafka::RecordBatchHeader(raw.data()).last_offset() != base_ + Offset(last.relative))
      return reject();
  }
  if (!into_memory) return true;
  std::vector<OffsetEntry> offsets;
  std::vector<TimeEntry> times;
  for (size_t i = 0; i < offset_file_count_; ++i) {
    MS_ASSIGN(const OffsetEntry entry, offset_at(i));
    const bool ascends =
        offsets.empty() || (entry.relative > offsets.back().relative && entry.position > offsets.back().position);
    if (!ascends) return reject();
    offsets.push_back(entry);
  }
  for (size_t i = 0; i < time_file_count_; ++i) {
    MS_ASSIGN(const TimeEntry entry, time_at(i));
    if (!times.empty() && entry.timestamp <= times.back().timestamp) return reject();
    times.push_back(entry);
  }
  reject();
  offsets_ = std::move(offsets);
  times_ = std::move(times);
  return true;
}

void SegmentIndex::clear() {
  const std::lock_guard lock(mutex_);
  offset_file_.reset();
  time_file_.reset();
  offsets_.clear();
  times_.clear();
}

Status SegmentIndex::remove(env::FileSystem& files) {
  const std::lock_guard lock(mutex_);
  removed_ = true;  // a flush that is under way must not bring them back
  for (const std::string& path : {offset_path(), time_path()}) {
    if (files.exists(path)) MS_TRY(files.remove(path));
  }
  return {};
}

}  // namespace millstream::log::internal

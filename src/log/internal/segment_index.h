// The offset index and the time index of one segment: in memory while the segment grows, then in Kafka's two files.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "env/file_system.h"

namespace millstream::log::internal {

// Any thread.
class SegmentIndex {
 public:
  static constexpr size_t kOffsetEntry = 8;  // relative offset, position: both int32, big-endian
  static constexpr size_t kTimeEntry = 12;   // timestamp int64, relative offset int32

  SegmentIndex(std::string path_prefix, Offset base) : prefix_(std::move(path_prefix)), base_(base) {}

  // The entries are keyed by the last offset of the batch at `position`.
  void add_offset(Offset last_offset, int64_t position);
  // Ignored unless `timestamp` is larger than the last entry's. `offset`: the last one of the batch that has it.
  void add_time(EventTime timestamp, Offset offset);
  [[nodiscard]] bool is_full(Bytes limit) const;  // one of the files

  // Where to start looking for the batch that holds `offset`.
  Result<int64_t> floor_position(Offset offset) const;
  // An offset from which on to look for the first batch with a timestamp of at least `time`; no earlier batch has one.
  Result<Offset> floor_offset(EventTime time) const;
  // The last time entry: the largest timestamp as of then.
  struct LastTime {
    EventTime timestamp;
    Offset offset;
  };
  Result<std::optional<LastTime>> last_time() const;

  // Writes both files, synced. If `release`, memory is given back and lookups read the files from now on.
  Status store(env::FileSystem& files, bool release);
  // Takes what the files hold; false if one is missing or cannot belong to `log`, whose first `log_size` bytes count.
  // If `into_memory`, more entries may follow.
  Result<bool> load(env::FileSystem& files, const env::File& log, int64_t log_size, bool into_memory);
  void clear();
  Status remove(env::FileSystem& files);

 private:
  [[nodiscard]] std::string offset_path() const { return prefix_ + ".index"; }
  [[nodiscard]] std::string time_path() const { return prefix_ + ".timeindex"; }

  struct OffsetEntry {
    int32_t relative;
    int32_t position;
  };
  struct TimeEntry {
    int64_t timestamp;
    int32_t relative;
  };
  [[nodiscard]] size_t offset_count() const { return offset_file_ ? offset_file_count_ : offsets_.size(); }
  [[nodiscard]] size_t time_count() const { return time_file_ ? time_file_count_ : times_.size(); }
  Result<OffsetEntry> offset_at(size_t i) const;
  Result<TimeEntry> time_at(size_t i) const;

  const std::string prefix_;  // path without extension
  const Offset base_;
  mutable std::mutex mutex_;
  bool removed_ = false;
  std::vector<OffsetEntry> offsets_;
  std::vector<TimeEntry> times_;
  std::unique_ptr<env::File> offset_file_, time_file_;  // instead of the vectors
  size_t offset_file_count_ = 0, time_file_count_ = 0;
};

}  // namespace millstream::log::internal

// One partition's record batches on disk, in offset order, in Kafka's files; docs/format/log.md draws them.
//
// Any thread may call anything; appends queue for one lock, which reads take for a moment; nothing waits for a sync. A
// batch is written to the page cache when append() returns, and on the disk when flush_to() has called back. The log
// never looks into records, except for a lookup by time and for transaction markers.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/ids.h"
#include "env/env.h"
#include "log/log_config.h"
#include "wire/kafka/compression.h"
#include "wire/kafka/record_batch.h"

namespace millstream::log {

namespace internal {
class FlushRhythm;
class Segment;
class ProducerStates;
struct Checkpoint;
}  // namespace internal

struct LogOffsets {
  Offset start;           // the first one that may be read
  Offset last_stable;     // read_committed readers stop here: the high watermark, or the first open transaction
  Offset high_watermark;  // readers stop here
  Offset flushed;         // everything before survives a power cut
  Offset end;             // the next record's
  auto operator<=>(const LogOffsets&) const = default;
};

struct Appended {
  // Anything but kAppended left the log unchanged.
  enum class Outcome {
    kAppended,
    kDuplicate,           // of one of the producer's last five batches; the offsets are those of the first time
    kOutOfOrderSequence,  // the producer's sequence does not follow its last one
    kFenced,              // the producer's epoch is older than the known one
  };
  Outcome outcome = Outcome::kAppended;
  Offset first;                                       // of the first batch
  Offset next;                                        // after the last batch; flush_to(next) makes all of them durable
  EventTime append_time = wire::kafka::kNoTimestamp;  // where the log sets timestamps
  Offset log_start;
};

// Bytes of a file, for sendfile or pread. The file stays readable while the slice is held, deleted or not.
struct FileSlice {
  std::shared_ptr<const env::File> file;
  Bytes position;
  Bytes length;
};

// A transaction that was aborted, as read_committed consumers are told.
struct AbortedTransaction {
  wire::kafka::ProducerId producer;
  Offset first;        // of its first batch
  Offset last;         // of its marker
  Offset last_stable;  // when the marker was written
};

struct ReadResult {
  std::vector<FileSlice> slices;  // starts with the batch that holds the offset asked for; may end inside a batch
  std::vector<AbortedTransaction> aborted;  // up to the bound, when reading to the last stable offset
  LogOffsets offsets;
  [[nodiscard]] Bytes size() const;
  [[nodiscard]] Result<ByteBuffer> copy() const;  // reads the slices
};

enum class ReadBound { kHighWatermark, kLastStable, kEnd };

struct TimestampedOffset {
  Offset offset;
  EventTime timestamp;
};

// What the log knows of a producer, for DescribeProducers.
struct ProducerInfo {
  wire::kafka::ProducerId id;
  int16_t epoch;
  int32_t last_sequence;
  EventTime last_timestamp;
  std::optional<Offset> transaction_start;
};

class PartitionLog : public std::enable_shared_from_this<PartitionLog> {
 public:
  // Makes the folder if it is absent. Recovers: from the last checkpoint on, batches are checked, a torn tail is cut
  // off with what lies behind it, and indexes and producer states are rebuilt. kCorrupt if flushed files are missing.
  static Result<std::shared_ptr<PartitionLog>> open(env::Env& env, std::string folder, LogConfig config);
  ~PartitionLog();

  // Gives the batches in `batches` (whole ones, one after the other, checked by the caller: framing, checksum,
  // contents) offsets and leader epoch 0 in place, and stores all or none with one write. kDiskFull leaves the log
  // unchanged and may be tried again; after a failed write or sync that could not be undone everything is kIo until
  // reopened.
  Result<Appended> append(MutableByteSpan batches);

  // From the batch that holds `from` up to about `max`, but at least one whole batch if `at_least_one`. Never a batch
  // at or above the bound. kNotFound if `from` is outside of the log: the message names both ends.
  Result<ReadResult> read(Offset from, Bytes max, ReadBound bound, bool at_least_one = true) const;

  [[nodiscard]] LogOffsets offsets() const;
  // The first record at or after that time, in offset order, below the high watermark. `decompressor` is the caller's.
  Result<std::optional<TimestampedOffset>> offset_for_timestamp(EventTime time,
                                                                wire::kafka::Decompressor& decompressor) const;
  // The first record with the largest timestamp.
  Result<std::optional<TimestampedOffset>> offset_of_max_timestamp(wire::kafka::Decompressor& decompressor) const;

  // Calls back once everything before `offset` is on the disk, at once if it is; one fdatasync serves all who wait.
  // Where several waited together for some in a row, the next one begins when as many wait again, or a millisecond
  // after the last one began: an fdatasync costs the same for many as for one. Where they are small and follow each
  // other closely, appends write zeros ahead, over which an fdatasync is cheaper. On an executor thread or inside this
  // call. kIo if the disk refused: the partition then takes no appends until reopened.
  void flush_to(Offset offset, std::function<void(Status)> done);

  // The start of the log moves up to `before` (Offset(-1): the high watermark), durably; files below it are deleted.
  // Blocks on the disk. The new start. kNotFound if `before` is above the high watermark.
  Result<Offset> delete_records(Offset before);
  // Deletes segments that are too old or too much, forgets producers that are gone, and flushes rolled segments. Blocks
  // on the disk; call now and then. The number of segments deleted.
  Result<int> apply_retention();

  void set_config(LogConfig config);
  [[nodiscard]] LogConfig config() const;

  // Called after an append and when a bound of readers moves, without locks, on the thread that caused it: a wake-up,
  // not a queue; calls may overlap. No call runs or starts after remove_listener returned, except the one it is called
  // from.
  using Listener = std::function<void(const LogOffsets&)>;
  uint64_t add_listener(Listener listener);
  void remove_listener(uint64_t id);

  // Flushes, stores indexes and a checkpoint, so that the next open reads nothing; then appends are kCancelled.
  // Blocks on the disk, unless all that is stored since the log was opened. Without it the next open recovers.
  Status close();
  // The partition is being deleted. `move_away` takes its folder away while nothing is under way in there, because
  // another partition of that name may come at once. Then appends, and flushes that wait, are kNotFound; held slices
  // stay readable. If it fails the log goes on, and the error is returned. Not from a callback of flush_to().
  Status discard(const std::function<Status()>& move_away);

  [[nodiscard]] Bytes size() const;  // of all segments' batches
  [[nodiscard]] std::vector<ProducerInfo> producers() const;
  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  using SegmentPtr = std::shared_ptr<internal::Segment>;
  using Segments = std::vector<SegmentPtr>;
  struct ListenerEntry;
  using Listeners = std::vector<std::shared_ptr<ListenerEntry>>;
  // What a reader needs, taken in one moment.
  struct View {
    std::shared_ptr<const Segments> segments;
    LogOffsets offsets;
    int64_t active_size;
    Offset flushed_segment;  // base offset of the segment in which `flushed` lies, and where in it
    int64_t flushed_position;
  };

  PartitionLog(env::Env& env, std::string folder, LogConfig config);

  // partition_log_recovery.cc
  Status recover();
  Result<std::vector<Offset>> find_segments(Offset start);
  Status recover_segments(const std::vector<Offset>& bases, const internal::Checkpoint* checkpoint);
  Result<bool> recover_segment(internal::Segment& segment, int64_t position, std::optional<Offset> next);
  // partition_log.cc
  Status usable_locked() const;
  void tell_of_disk_locked(const Status& appended);
  Result<Appended> append_locked(MutableByteSpan batches);
  Status roll_if_due_locked(size_t size, Offset last, EventTime max_timestamp);
  Status roll_locked();
  [[nodiscard]] LogOffsets offsets_locked() const;
  [[nodiscard]] const SegmentPtr& active() const { return segments_->back(); }
  void notify(const LogOffsets& offsets);
  void publish_locked(Segments segments);
  // partition_log_read.cc
  [[nodiscard]] View view() const;
  [[nodiscard]] Result<int64_t> limit_in(const internal::Segment& segment, const View& view, Offset bound) const;
  [[nodiscard]] Result<std::optional<TimestampedOffset>> find_in_segment(const internal::Segment& segment,
                                                                         int64_t limit, EventTime time, Offset start,
                                                                         wire::kafka::Decompressor& decompressor) const;
  // partition_log_flush.cc
  void queue_flush(std::unique_lock<std::mutex>& lock, std::optional<env::MonotonicTime> due);
  void run_flush();
  bool flush_once();  // true if the next one is due
  Status flush_files(const Segments& dirty, const internal::Checkpoint* checkpoint);
  void answer_flushed(std::unique_lock<std::mutex>& lock);
  internal::Checkpoint checkpoint_locked() const;
  // partition_log_retention.cc
  Result<int> move_start(Offset start);
  Result<Offset> retention_start_locked(ProcTime now);

  env::Env& env_;
  const std::string folder_;

  mutable std::mutex mutex_;
  LogConfig config_;
  std::shared_ptr<const Segments> segments_;  // by base offset; the last one is appended to
  Offset start_{0};
  Offset end_{0};
  Offset flushed_{0};
  Offset flushed_segment_{0};
  int64_t flushed_position_ = 0;
  std::optional<Error> failed_;  // appends and flushes are over
  bool refuses_ = false;         // the last append failed at the disk
  bool closed_ = false;
  bool deleted_ = false;
  // Set by recovery, until something is appended or rolled: an open would find all of this without a close.
  bool stored_ = false;
  bool repaired_ = false;  // recovery found less, or something else, than what had been stored
  std::unique_ptr<internal::ProducerStates> producers_;

  enum class Flush { kIdle, kGathering, kQueued, kRunning } flush_ = Flush::kIdle;
  std::condition_variable flush_changed_;
  std::unique_ptr<internal::FlushRhythm> rhythm_;
  env::Executor::Delayed flush_gathering_;  // the job that waits for more of them, while kGathering
  struct FlushWaiter {
    Offset offset;
    std::function<void(Status)> done;
  };
  std::vector<FlushWaiter> flush_waiters_;
  Segments unflushed_;                                     // rolled since the last flush, oldest first
  bool directory_dirty_ = false;                           // a segment's name is not durable yet
  std::unique_ptr<internal::Checkpoint> next_checkpoint_;  // of the last roll; stored by the next flush

  std::mutex start_mutex_;  // one mover of the start at a time; taken before mutex_

  mutable std::mutex listeners_mutex_;
  std::shared_ptr<const Listeners> listeners_;
  uint64_t next_listener_ = 1;
};

}  // namespace millstream::log

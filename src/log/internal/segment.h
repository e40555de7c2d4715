// One segment of a partition: a file of batches named by its first offset, with its indexes and aborted transactions.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "env/env.h"
#include "log/internal/segment_index.h"
#include "log/partition_log.h"

namespace millstream::log::internal {

[[nodiscard]] std::string segment_stem(Offset base);  // 20 digits
// The base offset of "<20 digits>.log", or nothing.
[[nodiscard]] std::optional<Offset> segment_base(std::string_view name);

// Written by the appender under the log's lock; read by any thread.
class Segment {
 public:
  static Result<std::shared_ptr<Segment>> create(env::FileSystem& files, const std::string& folder, Offset base,
                                                 ProcTime now);
  // Opens the batches; nothing of them is read, and the indexes are empty.
  static Result<std::shared_ptr<Segment>> open(env::FileSystem& files, const std::string& folder, Offset base,
                                               ProcTime now);

  [[nodiscard]] Offset base() const { return base_; }
  [[nodiscard]] const std::shared_ptr<env::File>& file() const { return file_; }
  [[nodiscard]] int64_t size() const { return size_.load(std::memory_order_acquire); }
  [[nodiscard]] EventTime max_timestamp() const { return EventTime(max_timestamp_.load(std::memory_order_relaxed)); }
  SegmentIndex& index() { return index_; }
  [[nodiscard]] const SegmentIndex& index() const { return index_; }

  // Appends the bytes, which are not part of the segment until note() has been told of their batches. Then, if they end
  // behind the zeros of an earlier call, writes zeros behind them, never beyond `ahead_to`.
  Status write(ByteSpan bytes, int64_t ahead_to);
  Status undo_write();  // cuts off what write() left
  Status trim();        // cuts off the zeros
  // The next batch of `size` bytes is part of the segment.
  void note(const wire::kafka::RecordBatchHeader& batch, Bytes index_interval);
  void add_aborted(const AbortedTransaction& aborted);
  // How long the segment has waited for a roll when a batch with that timestamp comes, as Kafka counts it.
  [[nodiscard]] Millis waited(ProcTime now, EventTime timestamp) const;
  [[nodiscard]] Millis age(ProcTime now) const { return elapsed(created_, now); }  // since it was made or opened
  // Adds the last time entry; no more batches come.
  void finish();

  // Position of the first batch whose last offset is at or above `offset`; `limit` if there is none before it.
  Result<int64_t> position_of(Offset offset, int64_t limit) const;
  [[nodiscard]] std::vector<AbortedTransaction> aborted_between(Offset from, Offset to) const;

  // Indexes and aborted transactions to their files, synced.
  Status store_indexes(env::FileSystem& files, bool release);
  // What was stored, for a segment whose first `size` bytes are trusted; false if it must be rebuilt.
  Result<bool> load_indexes(env::FileSystem& files, bool into_memory, int64_t size);
  // From the headers of the first `size` bytes (aborted transactions come from their file).
  Status rebuild_indexes(Bytes index_interval, int64_t size);
  // For a scan that starts there: what it will find is not known yet.
  void forget_aborted_from(Offset offset);
  // Unlinks the files; those who hold the file can still read it.
  Status remove(env::FileSystem& files);

 private:
  Segment(std::string path, Offset base, std::shared_ptr<env::File> file, ProcTime now)
      : path_(std::move(path)), base_(base), file_(std::move(file)), created_(now), index_(path_, base) {}
  [[nodiscard]] std::string aborted_path() const { return path_ + ".txnindex"; }
  Result<bool> load_aborted(env::FileSystem& files);

  const std::string path_;  // without extension
  const Offset base_;
  const std::shared_ptr<env::File> file_;
  const ProcTime created_;
  int64_t ahead_ = 0;  // the file has zeros up to there, where that is behind the batches
  std::atomic<int64_t> size_{0};
  std::atomic<int64_t> max_timestamp_{wire::kafka::kNoTimestamp.value};
  Offset max_timestamp_offset_{0};                         // last offset of the batch that has it
  EventTime first_timestamp_ = wire::kafka::kNoTimestamp;  // largest of the first batch
  int64_t since_index_entry_ = 0;
  SegmentIndex index_;
  // Where the last batches start: a consumer at the end finds its place without reading headers from the last index
  // entry on.
  struct BatchStart {
    Offset offset{-1};
    int64_t position = 0;
  };
  mutable std::mutex latest_mutex_;
  std::array<BatchStart, 16> latest_;
  size_t next_latest_ = 0;
  mutable std::mutex aborted_mutex_;
  std::vector<AbortedTransaction> aborted_;
  bool aborted_stored_ = false;  // and complete
  bool removed_ = false;
};

}  // namespace millstream::log::internal

// Writing, indexing and finding batches in one segment file.
#include "log/internal/segment.h"

#include <fmt/format.h>

#include <charconv>

#include "log/internal/batch_scan.h"

namespace millstream::log::internal {

using wire::kafka::RecordBatchHeader;

namespace {

constexpr size_t kAbortedEntry = 34;  // Kafka's AbortedTxn: int16 version 0, then four int64
constexpr size_t kStemSize = 20;

// A batch written over zeros that are on the disk changes neither the file's length nor its extents, so its fdatasync
// leaves the file system's own records alone. As many zeros as there are batches, within these bounds: few for the many
// small partitions, and seldom for the busy ones.
constexpr int64_t kLeastAhead = int64_t{64} << 10;
constexpr int64_t kMostAhead = int64_t{1} << 20;
constexpr int64_t kPage = 4096;
constexpr std::array<std::byte, kLeastAhead> kZeros{};

}  // namespace

std::string segment_stem(Offset base) { return fmt::format("{:020}", base.value); }

std::optional<Offset> segment_base(std::string_view name) {
  if (name.size() != kStemSize + 4 || !name.ends_with(".log")) return std::nullopt;
  int64_t base = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kStemSize, base);
  if (error != std::errc() || end != name.data() + kStemSize) return std::nullopt;
  return Offset(base);
}

Result<std::shared_ptr<Segment>> Segment::create(env::FileSystem& files, const std::string& folder, Offset base,
                                                 ProcTime now) {
  std::string path = folder + "/" + segment_stem(base);
  MS_ASSIGN(std::shared_ptr<env::File> file, files.open(path + ".log", env::FileSystem::Mode::kTruncate));
  return std::shared_ptr<Segment>(new Segment(std::move(path), base, std::move(file), now));
}

Result<std::shared_ptr<Segment>> Segment::open(env::FileSystem& files, const std::string& folder, Offset base,
                                               ProcTime now) {
  std::string path = folder + "/" + segment_stem(base);
  MS_ASSIGN(std::shared_ptr<env::File> file, files.open(path + ".log", env::FileSystem::Mode::kReadWrite));
  return std::shared_ptr<Segment>(new Segment(std::move(path), base, std::move(file), now));
}

Status Segment::write(ByteSpan bytes, int64_t ahead_to) {
  MS_TRY(file_->pwrite(std::span(&bytes, 1), Bytes(size())));
  const int64_t end = size() + static_cast<int64_t>(bytes.size());
  if (end <= ahead_) return {};
  ahead_ = 0;
  const int64_t wanted = end + std::clamp(end, kLeastAhead, kMostAhead);
  ahead_to = std::min(ahead_to, wanted - wanted % kPage);
  if (ahead_to <= end) return {};
  std::vector<ByteSpan> zeros;
  for (int64_t left = ahead_to - end; left > 0; left -= std::ssize(zeros.back()))
    zeros.push_back(ByteSpan(kZeros).first(static_cast<size_t>(std::min(left, kLeastAhead))));
  // The batches are there; where there is no room for more, the next ones will say so.
  if (!file_->pwrite(zeros, Bytes(end))) return file_->truncate(Bytes(end));
  ahead_ = ahead_to;
  return {};
}

Status Segment::undo_write() {
  MS_TRY(file_->truncate(Bytes(size())));
  ahead_ = 0;
  return {};
}

Status Segment::trim() { return ahead_ > size() ? undo_write() : Status(); }

void Segment::note(const RecordBatchHeader& batch, Bytes index_interval) {
  const int64_t position = size();
  const EventTime timestamp = batch.max_timestamp();
  if (position == 0) first_timestamp_ = timestamp;
  if (timestamp > max_timestamp()) {
    max_timestamp_.store(timestamp.value, std::memory_order_relaxed);
    max_timestamp_offset_ = batch.last_offset();
  }
  if (since_index_entry_ > index_interval.value) {
    index_.add_offset(batch.last_offset(), position);
    index_.add_time(max_timestamp(), max_timestamp_offset_);
    since_index_entry_ = 0;
  }
  since_index_entry_ += batch.size_in_bytes();
  {
    const std::lock_guard lock(latest_mutex_);
    latest_[next_latest_++ % latest_.size()] = {batch.base_offset(), position};
  }
  size_.store(position + batch.size_in_bytes(), std::memory_order_release);
}

void Segment::add_aborted(const AbortedTransaction& aborted) {
  const std::lock_guard lock(aborted_mutex_);
  aborted_.push_back(aborted);
}

Millis Segment::waited(ProcTime now, EventTime timestamp) const {
  if (first_timestamp_.value >= 0 && timestamp.value >= 0) return Millis(timestamp.value - first_timestamp_.value);
  return elapsed(created_, now);
}

void Segment::finish() { index_.add_time(max_timestamp(), max_timestamp_offset_); }

Result<int64_t> Segment::position_of(Offset offset, int64_t limit) const {
  {
    const std::lock_guard lock(latest_mutex_);
    for (const BatchStart& start : latest_) {
      if (start.offset == offset) return std::min(start.position, limit);
    }
  }
  MS_ASSIGN(const int64_t start, index_.floor_position(offset));
  HeaderScan scan(*file_, std::min(start, limit), limit);
  for (;;) {
    MS_ASSIGN(const auto header, scan.current());
    if (!header) return limit;
    if (header->last_offset() >= offset) return scan.position();
    scan.advance();
  }
}

std::vector<AbortedTransaction> Segment::aborted_between(Offset from, Offset to) const {
  std::vector<AbortedTransaction> found;
  const std::lock_guard lock(aborted_mutex_);
  for (const AbortedTransaction& aborted : aborted_) {
    if (aborted.last >= from && aborted.first < to) found.push_back(aborted);
  }
  return found;
}

Status Segment::store_indexes(env::FileSystem& files, bool release) {
  MS_TRY(index_.store(files, release));
  const std::lock_guard lock(aborted_mutex_);
  if (removed_ || aborted_stored_) return {};
  if (aborted_.empty() && !files.exists(aborted_path())) return {};
  ByteBuffer content(aborted_.size() * kAbortedEntry);
  std::byte* at = content.data();
  for (const AbortedTransaction& aborted : aborted_) {
    store_big_endian<int16_t>(at, 0);
    store_big_endian(at + 2, aborted.producer.value);
    store_big_endian(at + 10, aborted.first.value);
    store_big_endian(at + 18, aborted.last.value);
    store_big_endian(at + 26, aborted.last_stable.value);
    at += kAbortedEntry;
  }
  MS_ASSIGN(const auto file, files.open(aborted_path(), env::FileSystem::Mode::kTruncate));
  const ByteSpan piece = content;
  if (!piece.empty()) MS_TRY(file->pwrite(std::span(&piece, 1), Bytes(0)));
  MS_TRY(file->sync());
  aborted_stored_ = release;
  return {};
}

Result<bool> Segment::load_aborted(env::FileSystem& files) {
  if (!files.exists(aborted_path())) return true;
  MS_ASSIGN(const ByteBuffer content, files.read_file(aborted_path()));
  if (content.size() % kAbortedEntry != 0) return false;
  const std::lock_guard lock(aborted_mutex_);
  for (size_t at = 0; at < content.size(); at += kAbortedEntry) {
    const std::byte* entry = content.data() + at;
    if (load_big_endian<int16_t>(entry) != 0) return false;
    aborted_.push_back({wire::kafka::ProducerId(load_big_endian<int64_t>(entry + 2)),
                        Offset(load_big_endian<int64_t>(entry + 10)), Offset(load_big_endian<int64_t>(entry + 18)),
                        Offset(load_big_endian<int64_t>(entry + 26))});
  }
  return true;
}

Result<bool> Segment::load_indexes(env::FileSystem& files, bool into_memory, int64_t size) {
  MS_ASSIGN(const bool aborted, load_aborted(files));
  if (!aborted)
    return fail(ErrorCode::kCorrupt, fmt::format("'{}' is damaged", aborted_path()),
                "remove the file; read_committed readers then see aborted records of this segment");
  MS_ASSIGN(const bool loaded, index_.load(files, *file_, size, into_memory));
  if (!loaded) return false;
  MS_ASSIGN(const auto last, index_.last_time());
  if (last) {
    max_timestamp_.store(last->timestamp.value, std::memory_order_relaxed);
    max_timestamp_offset_ = last->offset;
  }
  if (size > 0) {
    HeaderScan scan(*file_, 0, size);
    MS_ASSIGN(const auto first, scan.current());
    first_timestamp_ = first->max_timestamp();
  }
  size_.store(size, std::memory_order_release);
  return true;
}

Status Segment::rebuild_indexes(Bytes index_interval, int64_t size) {
  index_.clear();
  size_.store(0, std::memory_order_release);
  since_index_entry_ = 0;
  max_timestamp_.store(wire::kafka::kNoTimestamp.value, std::memory_order_relaxed);
  HeaderScan scan(*file_, 0, size);
  for (;;) {
    MS_ASSIGN(const auto header, scan.current());
    if (!header) return {};
    note(*header, index_interval);
    scan.advance();
  }
}

void Segment::forget_aborted_from(Offset offset) {
  const std::lock_guard lock(aborted_mutex_);
  std::erase_if(aborted_, [&](const AbortedTransaction& aborted) { return aborted.last >= offset; });
}

Status Segment::remove(env::FileSystem& files) {
  {
    const std::lock_guard lock(aborted_mutex_);
    removed_ = true;
    if (files.exists(aborted_path())) MS_TRY(files.remove(aborted_path()));
  }
  MS_TRY(index_.remove(files));
  // Last, because recovery looks for segments by this name.
  return files.remove(path_ + ".log");
}

}  // namespace millstream::log::internal

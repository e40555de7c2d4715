// Reading: which bytes of which files answer a fetch, and which record answers a time.
#include <fmt/format.h>

#include <algorithm>

#include "log/internal/batch_scan.h"
#include "log/internal/producer_states.h"
#include "log/internal/segment.h"
#include "log/partition_log.h"

namespace millstream::log {

using wire::kafka::RecordBatchView;

namespace {

// The segment that holds `offset`, or would.
template <typename Segments>
size_t segment_of(const Segments& segments, Offset offset) {
  const auto after = std::upper_bound(segments.begin(), segments.end(), offset,
                                      [](Offset wanted, const auto& segment) { return wanted < segment->base(); });
  return after == segments.begin() ? 0 : static_cast<size_t>(after - segments.begin()) - 1;
}

}  // namespace

Bytes ReadResult::size() const {
  Bytes total{0};
  for (const FileSlice& slice : slices) total += slice.length;
  return total;
}

Result<ByteBuffer> ReadResult::copy() const {
  ByteBuffer bytes(static_cast<size_t>(size().value));
  size_t at = 0;
  for (const FileSlice& slice : slices) {
    const auto length = static_cast<size_t>(slice.length.value);
    MS_ASSIGN(const size_t got, slice.file->pread(MutableByteSpan(bytes).subspan(at, length), slice.position));
    if (got != length) return fail(ErrorCode::kCorrupt, "a segment has become shorter while it was read");
    at += length;
  }
  return bytes;
}

PartitionLog::View PartitionLog::view() const {
  const std::lock_guard lock(mutex_);
  return {segments_, offsets_locked(), active()->size(), flushed_segment_, flushed_position_};
}

// How many bytes of the segment lie below the bound, which lies at a batch's start.
Result<int64_t> PartitionLog::limit_in(const internal::Segment& segment, const View& view, Offset bound) const {
  if (bound <= segment.base()) return 0;
  const bool is_active = &segment == view.segments->back().get();
  const int64_t size = is_active ? view.active_size : segment.size();
  if (bound >= view.offsets.end) return size;
  if (bound == view.offsets.flushed && segment.base() == view.flushed_segment) return view.flushed_position;
  return segment.position_of(bound, size);
}

Result<ReadResult> PartitionLog::read(Offset from, Bytes max, ReadBound bound, bool at_least_one) const {
  const View now = view();
  ReadResult result;
  result.offsets = now.offsets;
  const Offset stop = bound == ReadBound::kEnd          ? now.offsets.end
                      : bound == ReadBound::kLastStable ? now.offsets.last_stable
                                                        : now.offsets.high_watermark;
  if (from < now.offsets.start || from > now.offsets.end) {
    return fail(ErrorCode::kNotFound, fmt::format("offset {} is not in '{}', which holds {} to {}", from.value, folder_,
                                                  now.offsets.start.value, now.offsets.end.value));
  }
  if (from >= stop) return result;
  int64_t left = max.value;
  for (size_t i = segment_of(*now.segments, from); i < now.segments->size(); ++i) {
    const internal::Segment& segment = *(*now.segments)[i];
    if (segment.base() >= stop) break;
    // A bound inside the next segment means all of this one.
    const bool whole = i + 1 < now.segments->size() && (*now.segments)[i + 1]->base() <= stop;
    int64_t limit = segment.size();
    if (!whole) {
      MS_ASSIGN(limit, limit_in(segment, now, stop));
    }
    int64_t start = 0;
    if (result.slices.empty()) {
      MS_ASSIGN(start, segment.position_of(from, limit));
      if (start < limit && left < limit - start) {
        internal::HeaderScan first(*segment.file(), start, limit);
        MS_ASSIGN(const auto header, first.current());
        if (header->size_in_bytes() > left) {
          if (!at_least_one) return result;
          left = header->size_in_bytes();
        }
      }
    }
    const int64_t length = std::min(left, limit - start);
    if (length > 0) result.slices.push_back({segment.file(), Bytes(start), Bytes(length)});
    left -= length;
    if (left <= 0) break;
  }
  if (bound == ReadBound::kLastStable) {
    // A transaction's entry lies in the segment of its marker, which may be a later one.
    for (size_t i = segment_of(*now.segments, from); i < now.segments->size(); ++i) {
      const auto found = (*now.segments)[i]->aborted_between(from, stop);
      result.aborted.insert(result.aborted.end(), found.begin(), found.end());
    }
  }
  return result;
}

Result<std::optional<TimestampedOffset>> PartitionLog::find_in_segment(const internal::Segment& segment, int64_t limit,
                                                                       EventTime time, Offset start,
                                                                       wire::kafka::Decompressor& decompressor) const {
  MS_ASSIGN(const Offset earliest, segment.index().floor_offset(time));
  MS_ASSIGN(const int64_t position, segment.position_of(std::max(earliest, start), limit));
  internal::HeaderScan scan(*segment.file(), position, limit);
  for (;; scan.advance()) {
    MS_ASSIGN(const auto header, scan.current());
    if (!header) return std::nullopt;
    if (header->max_timestamp() < time) continue;
    ByteBuffer bytes(static_cast<size_t>(header->size_in_bytes()));
    MS_ASSIGN(const size_t got, segment.file()->pread(bytes, Bytes(scan.position())));
    MS_ASSIGN(const RecordBatchView batch, RecordBatchView::parse(ByteSpan(bytes).first(got)));
    wire::kafka::PaddedBuffer uncompressed;
    MS_ASSIGN(const ByteSpan raw, decompressor.decompress(batch.compression(), batch.records(), uncompressed));
    wire::kafka::RecordIterator records(batch, raw);
    wire::kafka::RecordView record;
    while (records.next(record)) {
      if (record.timestamp >= time && record.offset >= start) return TimestampedOffset{record.offset, record.timestamp};
    }
    MS_TRY(records.status());
  }
}

Result<std::optional<TimestampedOffset>> PartitionLog::offset_for_timestamp(
    EventTime time, wire::kafka::Decompressor& decompressor) const {
  const View now = view();
  const Offset stop = now.offsets.high_watermark;
  for (size_t i = segment_of(*now.segments, now.offsets.start); i < now.segments->size(); ++i) {
    const internal::Segment& segment = *(*now.segments)[i];
    if (segment.base() >= stop) break;
    if (segment.max_timestamp() < time) continue;
    MS_ASSIGN(const int64_t limit, limit_in(segment, now, stop));
    MS_ASSIGN(const auto found, find_in_segment(segment, limit, time, now.offsets.start, decompressor));
    if (found) return found;
  }
  return std::nullopt;
}

Result<std::optional<TimestampedOffset>> PartitionLog::offset_of_max_timestamp(
    wire::kafka::Decompressor& decompressor) const {
  const View now = view();
  const Offset stop = now.offsets.high_watermark;
  EventTime largest = wire::kafka::kNoTimestamp;
  for (const SegmentPtr& segment : *now.segments) {
    if (segment->base() >= stop) break;
    if (segment->max_timestamp() <= largest) continue;
    // The segment's largest may lie above the bound or below the start, so its headers decide.
    MS_ASSIGN(const int64_t limit, limit_in(*segment, now, stop));
    MS_ASSIGN(const int64_t from, segment->position_of(now.offsets.start, limit));
    const bool whole = from == 0 && limit == segment->size();
    if (whole) {
      largest = segment->max_timestamp();
      continue;
    }
    internal::HeaderScan scan(*segment->file(), from, limit);
    for (;; scan.advance()) {
      MS_ASSIGN(const auto header, scan.current());
      if (!header) break;
      largest = std::max(largest, header->max_timestamp());
    }
  }
  if (largest < EventTime(0)) return std::nullopt;
  return offset_for_timestamp(largest, decompressor);
}

}  // namespace millstream::log

// Opening: what the checkpoint covers is trusted, what lies behind it is checked batch by batch, a torn tail is cut
// off.
#include <fmt/format.h>

#include <algorithm>

#include "base/logging.h"
#include "env/failpoint.h"
#include "log/internal/batch_scan.h"
#include "log/internal/checkpoint.h"
#include "log/internal/producer_states.h"
#include "log/internal/segment.h"
#include "log/partition_log.h"

namespace millstream::log {

using internal::Checkpoint;
using internal::Segment;

namespace {

std::unexpected<Error> lost(const std::string& folder, std::string_view what) {
  return fail(ErrorCode::kCorrupt, fmt::format("'{}': {}", folder, what),
              "restore the folder from a backup; nothing was changed");
}

// Whether the file has nothing but zeros from there on, which appends wrote ahead.
Result<bool> is_zero(const env::File& file, int64_t from, int64_t size) {
  constexpr int64_t kChunk = int64_t{64} << 10;
  ByteBuffer chunk;
  for (; from < size; from += std::ssize(chunk)) {
    chunk.resize(static_cast<size_t>(std::min(size - from, kChunk)));
    MS_ASSIGN(const size_t got, file.pread(chunk, Bytes(from)));
    chunk.resize(got);
    if (chunk.empty() || std::ranges::any_of(chunk, [](std::byte byte) { return byte != std::byte{0}; })) return false;
  }
  return true;
}

}  // namespace

// Base offsets in order, without what a crash left of segments below the start.
Result<std::vector<Offset>> PartitionLog::find_segments(Offset start) {
  std::vector<Offset> bases;
  MS_ASSIGN(const auto entries, env_.files().list(folder_));
  for (const env::DirectoryEntry& entry : entries) {
    if (const auto base = internal::segment_base(entry.name)) bases.push_back(*base);
  }
  std::sort(bases.begin(), bases.end());
  size_t below = 0;
  while (below + 1 < bases.size() && bases[below + 1] <= start) ++below;
  for (size_t i = 0; i < below; ++i) {
    MS_ASSIGN(const auto segment, Segment::open(env_.files(), folder_, bases[i], env_.clock().now()));
    MS_TRY(segment->remove(env_.files()));
  }
  bases.erase(bases.begin(), bases.begin() + static_cast<std::ptrdiff_t>(below));
  return bases;
}

Status PartitionLog::recover() {
  env::FileSystem& files = env_.files();
  MS_TRY(files.make_durable_directories(folder_));
  MS_ASSIGN(const std::optional<Offset> start, internal::read_start(files, folder_));
  MS_ASSIGN(const std::optional<Checkpoint> checkpoint, internal::read_checkpoint(files, folder_));
  MS_ASSIGN(const std::vector<Offset> bases, find_segments(start.value_or(Offset(0))));
  start_ = start.value_or(bases.empty() ? Offset(0) : bases.front());
  if (checkpoint) {
    ByteReader reader(checkpoint->producers);
    if (!producers_->read(reader)) return lost(folder_, fmt::format("'{}' is damaged", internal::kCheckpointName));
  }
  if (bases.empty()) {
    if (checkpoint && checkpoint->next > start_) return lost(folder_, "the segment files are missing");
  } else {
    start_ = std::max(start_, bases.front());
    MS_TRY(recover_segments(bases, checkpoint ? &*checkpoint : nullptr));
  }

  if (segments_->empty() || end_ < start_) {
    // Nothing yet; or records were deleted that a power cut then took: the log goes on behind them.
    repaired_ = !segments_->empty();
    for (const SegmentPtr& segment : *segments_) MS_TRY(segment->remove(files));
    MS_ASSIGN(auto first, Segment::create(files, folder_, start_, env_.clock().now()));
    publish_locked({std::move(first)});
    end_ = start_;
  }
  MS_TRY(files.sync_directory(folder_));
  flushed_ = end_;
  flushed_segment_ = active()->base();
  flushed_position_ = active()->size();
  if (checkpoint) {
    stored_ = !repaired_ && checkpoint->segment == active()->base() && checkpoint->position == active()->size() &&
              checkpoint->next == end_;
  } else {
    // Nothing, stored as nothing; what is there may be a damaged checkpoint.
    stored_ = !repaired_ && segments_->size() == 1 && active()->size() == 0 &&
              !files.exists(folder_ + "/" + internal::kCheckpointName);
  }
  return {};
}

Status PartitionLog::recover_segments(const std::vector<Offset>& bases, const Checkpoint* checkpoint) {
  env::FileSystem& files = env_.files();
  const ProcTime now = env_.clock().now();
  Offset trusted_before = bases.front();  // segments with a lower base are whole
  if (checkpoint != nullptr && checkpoint->segment >= bases.front()) {
    if (!std::binary_search(bases.begin(), bases.end(), checkpoint->segment)) {
      return lost(folder_, fmt::format("the file {}.log is missing", internal::segment_stem(checkpoint->segment)));
    }
    trusted_before = checkpoint->segment;
  } else {
    checkpoint = nullptr;
  }

  Segments segments;
  size_t kept = 0;
  end_ = bases.front();
  for (; kept < bases.size(); ++kept) {
    const Offset base = bases[kept];
    const bool is_last = kept + 1 == bases.size();
    // The end of the segment before was lost: so is what came later.
    if (base > trusted_before && base != end_) break;
    MS_ASSIGN(const SegmentPtr segment, Segment::open(files, folder_, base, now));
    MS_ASSIGN(const Bytes size, segment->file()->size());
    int64_t trusted = 0;
    if (base < trusted_before)
      trusted = size.value;
    else if (checkpoint != nullptr && base == checkpoint->segment)
      trusted = checkpoint->position;
    if (trusted > size.value) {
      return lost(folder_, fmt::format("{}.log has {} bytes, {} had been flushed", internal::segment_stem(base),
                                       size.value, trusted));
    }
    if (trusted > 0) {
      MS_ASSIGN(const bool loaded, segment->load_indexes(files, base >= trusted_before, trusted));
      if (!loaded) {
        log_info("'{}': building the indexes of {}.log anew", folder_, internal::segment_stem(base));
        repaired_ = true;
        MS_TRY(segment->rebuild_indexes(config_.index_interval, trusted));
        if (base < trusted_before) {
          segment->finish();
          MS_TRY(segment->store_indexes(files, true));
        }
      }
    }
    segments.push_back(segment);
    if (base < trusted_before) {
      end_ = is_last ? base : bases[kept + 1];
      continue;
    }
    if (trusted > 0) {
      end_ = checkpoint->next;
      segment->forget_aborted_from(end_);
    } else {
      end_ = base;
    }
    publish_locked(segments);
    MS_ASSIGN(const bool whole,
              recover_segment(*segment, trusted, is_last ? std::optional<Offset>() : bases[kept + 1]));
    if (!whole) {
      ++kept;
      break;
    }
  }
  publish_locked(segments);
  for (size_t i = kept; i < bases.size(); ++i) {
    log_warning("'{}': {}.log lies behind a write that did not finish and is removed", folder_,
                internal::segment_stem(bases[i]));
    repaired_ = true;
    MS_ASSIGN(const auto later, Segment::open(files, folder_, bases[i], now));
    MS_TRY(later->remove(files));
  }
  return {};
}

// Checks the batches from `position` on. False if it had to cut off a torn tail. `next`: where a later segment begins.
Result<bool> PartitionLog::recover_segment(Segment& segment, int64_t position, std::optional<Offset> next) {
  MS_ASSIGN(const Bytes size, segment.file()->size());
  const ProcTime now = env_.clock().now();
  internal::BatchScan scan(*segment.file(), position, size.value);
  for (;; scan.advance()) {
    MS_ASSIGN(const auto batch, scan.current());
    if (!batch || batch->base_offset() < end_) break;
    segment.note(*batch, config_.index_interval);
    end_ = batch->next_offset();
    if (auto aborted = producers_->apply(*batch, now); aborted && *aborted) {
      (*aborted)->last_stable = producers_->first_open_transaction().value_or(end_);
      segment.add_aborted(**aborted);
    }
  }
  MS_ASSIGN(const bool whole, is_zero(*segment.file(), scan.position(), size.value));
  if (!whole) {
    log_warning("'{}': cutting off {} bytes of a write that did not finish, at byte {} of {}.log", folder_,
                size.value - scan.position(), scan.position(), internal::segment_stem(segment.base()));
    repaired_ = true;
  }
  if (scan.position() < size.value) {
    MS_TRY(segment.file()->truncate(Bytes(scan.position())));
    FAILPOINT("log.recover.after_truncate");
  }
  // Batches of a process that died may be in the page cache only, and are about to be read.
  if (size.value > position) MS_TRY(segment.file()->sync());
  // A lost end may leave whole batches, or zeros: then this is the last segment again, and more batches come.
  if (whole && next == end_) {
    segment.finish();
    MS_TRY(segment.store_indexes(env_.files(), true));
  }
  return whole;
}

}  // namespace millstream::log

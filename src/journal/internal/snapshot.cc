// Snapshots: a new journal file is the cut, the owners' states are written beside appends, a rename makes them count.
#include <fmt/format.h>

#include "base/logging.h"
#include "env/failpoint.h"
#include "journal/internal/state.h"

namespace millstream::journal {

using internal::FileKind;

namespace {

constexpr size_t kSnapshotBlock = 256 << 10;

}  // namespace

Status Journal::State::check_sources_locked() const {
  for (const Owner owner : seen) {
    if (!sources.contains(owner)) {
      return fail(ErrorCode::kInternal,
                  fmt::format("owner {} has records in the journal and no snapshot source", static_cast<int>(owner)));
    }
  }
  return {};
}

bool Journal::State::snapshot_due_locked() const {
  return !snapshotting && behind_snapshot > std::max({options.snapshot_after, snapshot_size, next_snapshot_at}) &&
         check_sources_locked();
}

void Journal::State::request_snapshot_locked(Done done) {
  snapshotting = true;
  rotation_wanted = true;
  snapshot_done = std::move(done);
}

Status Journal::State::rotate() {
  if (broken) return fail(*broken);
  const std::string path = path_of(FileKind::kJournal, number + 1);
  const ByteBuffer header = internal::file_header(FileKind::kJournal, number + 1);
  const auto create = [&]() -> Result<std::unique_ptr<env::File>> {
    FAILPOINT("journal.rotate.before_create");
    MS_ASSIGN(auto created, env.files().open(path, env::FileSystem::Mode::kTruncate));
    const ByteSpan piece = header;
    MS_TRY(created->pwrite(std::span(&piece, 1), Bytes(0)));
    MS_TRY(created->sync());
    MS_TRY(env.files().sync_directory(options.folder));
    FAILPOINT("journal.rotate.after_create");
    return created;
  };
  auto created = create();
  if (!created) {
    (void)env.files().remove(path);  // replay accepts an empty newest file
    return fail(std::move(created).error());
  }
  file = std::move(*created);
  ++number;
  position = static_cast<int64_t>(header.size());
  sequence = 1;
  const std::lock_guard lock(mutex);
  behind_at_rotation = behind_snapshot;
  return {};
}

void Journal::State::run_snapshot() {
  uint64_t before = 0;
  {
    const std::lock_guard lock(mutex);
    if (closed) return;  // the destructor answers
    snapshot_running = true;
    before = number;  // no rotation until this snapshot is answered
  }
  const Result<Bytes> written = write_snapshot(before);
  Done done;
  {
    const std::lock_guard lock(mutex);
    if (written) {
      snapshot_size = *written;
      behind_snapshot -= behind_at_rotation;
      next_snapshot_at = Bytes(0);
    } else {
      next_snapshot_at = behind_snapshot + options.snapshot_after;
    }
    done.swap(snapshot_done);
    snapshotting = false;
  }
  done(written ? Status() : Status(fail(written.error())));
  const std::lock_guard lock(mutex);
  snapshot_running = false;
  changed.notify_all();
}

Result<Bytes> Journal::State::write_snapshot(uint64_t before_journal) {
  const std::string path = path_of(FileKind::kSnapshot, before_journal);
  const std::string temporary = path + ".tmp";
  const auto write = [&]() -> Result<Bytes> {
    MS_ASSIGN(const Bytes size, write_snapshot_file(temporary, before_journal));
    FAILPOINT("journal.snapshot.before_rename");
    MS_TRY(env.files().rename(temporary, path));
    FAILPOINT("journal.snapshot.after_rename");
    MS_TRY(env.files().sync_directory(options.folder));
    return size;
  };
  auto size = write();
  if (!size) {
    (void)env.files().remove(temporary);
    return size;
  }
  remove_before(before_journal);
  return size;
}

Result<Bytes> Journal::State::write_snapshot_file(const std::string& path, uint64_t snapshot_number) {
  FAILPOINT("journal.snapshot.before_write");
  MS_ASSIGN(const auto out, env.files().open(path, env::FileSystem::Mode::kTruncate));
  int64_t at = 0;
  uint64_t next_sequence = 1;
  const auto put = [&](ByteSpan piece) -> Status {
    MS_TRY(out->pwrite(std::span(&piece, 1), Bytes(at)));
    at += static_cast<int64_t>(piece.size());
    return {};
  };
  MS_TRY(put(internal::file_header(FileKind::kSnapshot, snapshot_number)));

  internal::BlockBuilder block;
  uint64_t count = 0;
  const auto flush_block = [&]() -> Status {
    MS_TRY(put(block.seal(next_sequence++)));
    block.clear();
    return {};
  };
  std::map<Owner, SnapshotSource> asked;
  {
    const std::lock_guard lock(mutex);
    asked = sources;
  }
  for (const auto& [owner, source] : asked) {
    MS_TRY(source([&, owner = owner](ByteSpan record) -> Status {
      block.add(static_cast<uint8_t>(owner), record);
      ++count;
      return block.size() < kSnapshotBlock ? Status() : flush_block();
    }));
  }
  ByteWriter end;
  end.varint(count);
  block.add(internal::kEndOfSnapshot, end.view());
  MS_TRY(flush_block());
  FAILPOINT("journal.snapshot.after_write");
  MS_TRY(out->sync());
  return Bytes(at);
}

// A crash or an error here leaves files that the next open removes.
void Journal::State::remove_before(uint64_t first_kept) {
  const auto remove = [&]() -> Status {
    FAILPOINT("journal.snapshot.before_remove");
    MS_ASSIGN(const auto entries, env.files().list(options.folder));
    for (const env::DirectoryEntry& entry : entries) {
      const uint64_t journal = internal::number_of(FileKind::kJournal, entry.name);
      const uint64_t snapshot = internal::number_of(FileKind::kSnapshot, entry.name);
      const bool old = (journal != 0 && journal < first_kept) || (snapshot != 0 && snapshot < first_kept) ||
                       entry.name.ends_with(".snapshot.tmp");
      if (old) MS_TRY(env.files().remove(options.folder + "/" + entry.name));
    }
    return {};
  };
  if (const Status removed = remove(); !removed) log_warning("old journal files stay: {}", removed.error().to_string());
}

}  // namespace millstream::journal

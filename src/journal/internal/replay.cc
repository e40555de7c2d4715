// Opening: the newest snapshot, then the journal files behind it; a torn tail is cut off, anything else is an error.
#include <fmt/format.h>

#include "base/logging.h"
#include "env/failpoint.h"
#include "journal/internal/state.h"

namespace millstream::journal {

using internal::FileKind;

namespace {

struct Found {
  uint64_t snapshot = 0;  // 0: none
  std::vector<uint64_t> journals;
};

Result<Found> find_files(env::FileSystem& files, const std::string& folder) {
  Found found;
  MS_ASSIGN(const auto entries, files.list(folder));
  std::vector<uint64_t> journals;
  for (const env::DirectoryEntry& entry : entries) {
    if (const uint64_t number = internal::number_of(FileKind::kSnapshot, entry.name))
      found.snapshot = std::max(found.snapshot, number);
    if (const uint64_t number = internal::number_of(FileKind::kJournal, entry.name)) journals.push_back(number);
  }
  uint64_t expected = found.snapshot == 0 ? 1 : found.snapshot;
  for (const uint64_t number : journals) {  // sorted by name, so by number
    if (number < expected) continue;        // covered by the snapshot
    if (number != expected) break;
    found.journals.push_back(number);
    ++expected;
  }
  const bool gap = !journals.empty() && journals.back() >= expected;
  if (gap || (found.snapshot != 0 && found.journals.empty())) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("'{}/{}' is missing", folder, internal::file_name(FileKind::kJournal, expected)),
                "restore the data folder from a backup; nothing was changed");
  }
  return found;
}

}  // namespace

Status Journal::State::replay(const Replay& each) {
  env::FileSystem& files = env.files();
  MS_TRY(files.make_durable_directories(options.folder));
  MS_ASSIGN(Found found, find_files(files, options.folder));

  const auto give = [&](uint8_t owner, ByteSpan bytes) -> Status {
    seen.insert(static_cast<Owner>(owner));
    return each({static_cast<Owner>(owner), bytes});
  };
  if (found.snapshot != 0) {
    const std::string path = path_of(FileKind::kSnapshot, found.snapshot);
    MS_ASSIGN(const ByteBuffer content, files.read_file(path));
    uint64_t count = 0;
    bool ended = false;
    MS_ASSIGN(const internal::Scan scan, internal::scan_file(FileKind::kSnapshot, found.snapshot, path, content,
                                                             [&](uint8_t owner, ByteSpan bytes) -> Status {
                                                               if (owner == internal::kEndOfSnapshot) {
                                                                 ended = ByteReader(bytes).varint() == count;
                                                                 return {};
                                                               }
                                                               ++count;
                                                               return give(owner, bytes);
                                                             }));
    // It was synced before it got its name, so no crash explains this.
    if (scan.torn || !ended)
      return fail(ErrorCode::kCorrupt, fmt::format("'{}' is incomplete", path),
                  "restore the data folder from a backup");
    snapshot_size = Bytes(static_cast<int64_t>(content.size()));
  }

  struct Torn {
    std::string path;
    uint64_t number;
    size_t good_bytes;
  };
  std::vector<Torn> torn;
  for (const uint64_t journal : found.journals) {
    const std::string path = path_of(FileKind::kJournal, journal);
    MS_ASSIGN(const ByteBuffer content, files.read_file(path));
    MS_ASSIGN(const internal::Scan scan, internal::scan_file(FileKind::kJournal, journal, path, content, give));
    if (!torn.empty() && scan.next_sequence > 1) {
      return fail(ErrorCode::kCorrupt,
                  fmt::format("'{}' is damaged at byte {}, and later files have records", torn.back().path,
                              torn.back().good_bytes),
                  "restore the data folder from a backup; nothing was changed");
    }
    if (scan.torn) torn.push_back({path, journal, scan.good_bytes});
    position = static_cast<int64_t>(scan.good_bytes);
    sequence = scan.next_sequence;
    behind_snapshot += Bytes(position);
  }

  // Nothing has been changed up to here.
  const auto write_header = [](env::File& into, uint64_t journal) -> Status {
    const ByteBuffer header = internal::file_header(FileKind::kJournal, journal);
    const ByteSpan piece = header;
    return into.pwrite(std::span(&piece, 1), Bytes(0));
  };
  for (const Torn& tail : torn) {
    MS_ASSIGN(const auto damaged, files.open(tail.path, env::FileSystem::Mode::kReadWrite));
    MS_ASSIGN(const Bytes size, damaged->size());
    log_info("'{}': cutting off {} bytes of a write that did not finish", tail.path,
             size.value - static_cast<int64_t>(tail.good_bytes));
    MS_TRY(damaged->truncate(Bytes(static_cast<int64_t>(tail.good_bytes))));
    if (tail.good_bytes == 0) MS_TRY(write_header(*damaged, tail.number));
    FAILPOINT("journal.open.after_truncate");
    MS_TRY(damaged->sync());
  }
  number = found.journals.empty() ? 1 : found.journals.back();
  MS_ASSIGN(file, files.open(path_of(FileKind::kJournal, number), env::FileSystem::Mode::kCreate));
  if (found.journals.empty()) MS_TRY(write_header(*file, number));
  position = std::max(position, static_cast<int64_t>(internal::kFileHeaderSize));
  // What was replayed from the page cache must not be lost after owners have acted on it.
  MS_TRY(file->sync());
  MS_TRY(files.sync_directory(options.folder));
  FAILPOINT("journal.open.before_remove");
  remove_before(found.snapshot);
  return {};
}

}  // namespace millstream::journal

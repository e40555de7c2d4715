// Small records that must survive (topics, committed offsets, catalog, jobs, …): append with group commit, replay,
// snapshots.
//
// One journal per data folder, shared by several owners. An appended record is on the disk when its callback gets
// success; many callers' records share one fdatasync. The bytes are in docs/format/journal.md.
//
// What owners promise: a record sets something to a value, so replaying it a second time changes nothing; and when a
// record's callback has run, the owner's snapshot source knows its effect (setting it before append() is as good).
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "base/ids.h"
#include "env/env.h"

namespace millstream::journal {

// Who understands a record. The numbers are on disk and never change their meaning; 0 is the journal's own.
enum class Owner : uint8_t { kTopics = 1, kGroups = 2, kProducers = 3, kCatalog = 4, kJobs = 5 };

struct Record {
  Owner owner;
  ByteSpan bytes;
};

struct JournalOptions {
  std::string folder;  // made if absent
  // A snapshot is taken when the records behind the last one are more than this, and more than it is large itself.
  Bytes snapshot_after = 16_MiB;
};

inline constexpr Bytes kMaxRecordSize = 32_MiB;

class Journal {
 public:
  // Gets the records in the order of their appends; views are valid during the call. An error ends open() with it.
  using Replay = std::function<Status(const Record&)>;
  // Called once, on a thread of the executor or on that of append_and_wait. May append; must not destroy the journal.
  using Done = std::function<void(Status)>;
  // Adds the records that make up an owner's present state. On a thread of the executor, beside appends.
  using SnapshotSource = std::function<Status(const std::function<Status(ByteSpan)>& add)>;

  // Cuts off a torn tail of the newest file and nothing else: anything else broken is kCorrupt with file and position.
  // kUnsupported for files of a newer version. The environment outlives the journal.
  static Result<std::unique_ptr<Journal>> open(env::Env& env, JournalOptions options, const Replay& replay);

  // Waits for a write or snapshot that is running; what has not been written is answered kCancelled. No callback runs
  // later.
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // All of the records survive or none. Any thread, never blocks on the disk; the bytes are copied. A full disk is
  // kDiskFull and leaves the journal as it was: later appends work when there is room. After a failed sync the journal
  // refuses everything with kIo until it is opened again.
  void append(std::span<const Record> records, Done done);
  void append(Owner owner, ByteSpan record, Done done);

  // Returns when it is on the disk. Not from a callback. `stored` runs then and only then, where a callback would:
  // before a snapshot can leave the record out. It may be empty.
  Status append_and_wait(std::span<const Record> records, const std::function<void()>& stored = {});
  Status append_and_wait(Owner owner, ByteSpan record, const std::function<void()>& stored = {});

  // Before the first snapshot can be taken, every owner with records needs its source. Any thread; the source is not
  // called any more once this returned with another or an empty one.
  void set_snapshot_source(Owner owner, SnapshotSource source);

  // Writes all owners' state and drops the records before it. kConflict if one is being taken. Any thread, does not
  // block.
  void snapshot(Done done);

  struct Size {
    Bytes snapshot;
    Bytes behind_snapshot;  // replayed at open
  };
  [[nodiscard]] Size size() const;

 private:
  struct State;
  explicit Journal(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace millstream::journal

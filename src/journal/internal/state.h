// What a journal's callers, its writer and its snapshots share, and who may touch which of it.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "journal/internal/blocks.h"
#include "journal/journal.h"

namespace millstream::journal {

// One block to be, and who waits for it.
struct Group {
  internal::BlockBuilder block;
  std::vector<Journal::Done> waiting;
  std::optional<Error> refused;  // nothing to write: the answer is known
};

struct Journal::State : std::enable_shared_from_this<State> {
  State(env::Env& e, JournalOptions o) : env(e), options(std::move(o)) {}

  // Opening; internal/replay.cc. One thread, before anything else.
  Status replay(const Replay& each);

  // Appending; journal.cc.
  void enqueue(std::span<const Record> records, Done done, bool submit);
  void submit_writer_locked();
  void run_writer(bool to_the_end);  // or one group only, then another job goes on
  Status write_group(Group& group);
  Status write_block(ByteSpan block);

  // Snapshots; internal/snapshot.cc.
  void request_snapshot_locked(Done done);
  bool snapshot_due_locked() const;
  Status check_sources_locked() const;
  Status rotate();
  void run_snapshot();
  Result<Bytes> write_snapshot(uint64_t before_journal);
  Result<Bytes> write_snapshot_file(const std::string& path, uint64_t number);
  void remove_before(uint64_t number);

  [[nodiscard]] std::string path_of(internal::FileKind kind, uint64_t number) const {
    return options.folder + "/" + internal::file_name(kind, number);
  }

  env::Env& env;
  const JournalOptions options;

  std::mutex mutex;
  std::condition_variable changed;  // of `writer` and `snapshot_running`
  // Under the mutex.
  std::deque<Group> pending;
  enum class Writer { kIdle, kQueued, kRunning } writer = Writer::kIdle;
  bool closed = false;
  std::map<Owner, SnapshotSource> sources;
  std::set<Owner> seen;  // owners with records
  Bytes snapshot_size{0};
  Bytes behind_snapshot{0};
  Bytes behind_at_rotation{0};
  Bytes next_snapshot_at{0};
  bool snapshotting = false;  // from the request to its answer
  bool rotation_wanted = false;
  bool snapshot_running = false;
  Done snapshot_done;

  // Only of whoever has made `writer` kRunning.
  std::unique_ptr<env::File> file;
  uint64_t number = 0;
  int64_t position = 0;
  uint64_t sequence = 1;
  std::optional<Error> broken;
};

}  // namespace millstream::journal

// Group commit: whoever runs the writer takes all that has gathered, writes it as one block, syncs, and answers.
#include "journal/journal.h"

#include <fmt/format.h>

#include <semaphore>

#include "base/logging.h"
#include "base/text.h"
#include "env/failpoint.h"
#include "journal/internal/state.h"

namespace millstream::journal {
namespace {

// A group this large is written before more joins it.
constexpr size_t kGroupSize = 1 << 20;

Error cancelled() { return Error{ErrorCode::kCancelled, "the journal is being closed", {}, {}}; }

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(env::Env& env, JournalOptions options, const Replay& replay) {
  auto state = std::make_shared<State>(env, std::move(options));
  MS_TRY(state->replay(replay));
  return std::unique_ptr<Journal>(new Journal(std::move(state)));
}

Journal::Journal(std::shared_ptr<State> state) : state_(std::move(state)) {}

Journal::~Journal() {
  std::deque<Group> unwritten;
  Done snapshot_done;
  {
    std::unique_lock lock(state_->mutex);
    state_->closed = true;
    state_->changed.wait(lock, [&] { return state_->writer != State::Writer::kRunning && !state_->snapshot_running; });
    unwritten.swap(state_->pending);
    snapshot_done.swap(state_->snapshot_done);
  }
  for (Group& group : unwritten) {
    for (Done& done : group.waiting) done(fail(cancelled()));
  }
  if (snapshot_done) snapshot_done(fail(cancelled()));
}

void Journal::append(std::span<const Record> records, Done done) { state_->enqueue(records, std::move(done), true); }

void Journal::append(Owner owner, ByteSpan record, Done done) {
  const Record one{owner, record};
  append(std::span(&one, 1), std::move(done));
}

Status Journal::append_and_wait(std::span<const Record> records, const std::function<void()>& stored) {
  Status result;
  std::binary_semaphore answered(0);
  state_->enqueue(
      records,
      [&](Status status) {
        if (status && stored) stored();
        result = std::move(status);
        answered.release();
      },
      false);
  state_->run_writer(true);  // unless another thread is at it: that one takes our group too
  answered.acquire();
  return result;
}

Status Journal::append_and_wait(Owner owner, ByteSpan record, const std::function<void()>& stored) {
  const Record one{owner, record};
  return append_and_wait(std::span(&one, 1), stored);
}

void Journal::set_snapshot_source(Owner owner, SnapshotSource source) {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] { return !state_->snapshot_running; });
  if (source)
    state_->sources.insert_or_assign(owner, std::move(source));
  else
    state_->sources.erase(owner);
}

void Journal::snapshot(Done done) {
  Status refused;
  {
    const std::lock_guard lock(state_->mutex);
    refused = state_->check_sources_locked();
    if (refused && state_->snapshotting)
      refused = fail(ErrorCode::kConflict, "a snapshot of the journal is being taken");
    if (refused) {
      state_->request_snapshot_locked(std::move(done));
      state_->submit_writer_locked();
      return;
    }
  }
  done(std::move(refused));
}

Journal::Size Journal::size() const {
  const std::lock_guard lock(state_->mutex);
  return {state_->snapshot_size, state_->behind_snapshot};
}

void Journal::State::enqueue(std::span<const Record> records, Done done, bool submit) {
  size_t total = 0;
  for (const Record& record : records) total += record.bytes.size();
  const std::lock_guard lock(mutex);
  const bool too_large = total > static_cast<size_t>(kMaxRecordSize.value);
  if (pending.empty() || too_large || pending.back().refused || pending.back().block.size() > kGroupSize)
    pending.emplace_back();
  Group& group = pending.back();
  if (too_large) {
    group.refused = Error{ErrorCode::kLimit,
                          fmt::format("{} at once are more than the journal's {}",
                                      format_size(Bytes(static_cast<int64_t>(total))), format_size(kMaxRecordSize)),
                          {},
                          {}};
  } else {
    for (const Record& record : records) {
      group.block.add(static_cast<uint8_t>(record.owner), record.bytes);
      seen.insert(record.owner);
    }
  }
  group.waiting.push_back(std::move(done));
  if (submit) submit_writer_locked();
}

void Journal::State::submit_writer_locked() {
  if (writer != Writer::kIdle) return;
  writer = Writer::kQueued;
  // The executor of a test may run the job at once, on this thread.
  mutex.unlock();
  env.executor().submit([self = shared_from_this()] { self->run_writer(false); });
  mutex.lock();
}

void Journal::State::run_writer(bool to_the_end) {
  std::unique_lock lock(mutex);
  if (closed || writer == Writer::kRunning) return;
  writer = Writer::kRunning;
  for (bool once = false; !closed && (!pending.empty() || rotation_wanted); once = true) {
    if (once && !to_the_end) {
      // One group a job, so that a busy journal does not keep a thread of the executor to itself.
      writer = Writer::kIdle;
      submit_writer_locked();
      changed.notify_all();
      return;
    }
    if (!rotation_wanted) {
      Group group = std::move(pending.front());
      pending.pop_front();
      lock.unlock();
      const Status status = write_group(group);
      for (Done& done : group.waiting) done(status);
      lock.lock();
      if (status && snapshot_due_locked()) {
        request_snapshot_locked([](const Status& taken) {
          if (!taken) log_warning("no snapshot of the journal: {}", taken.error().to_string());
        });
      }
      continue;
    }
    // Every answered record lies in the present file and the sources know it; the others go to the next file.
    // So the end of this file is a cut for a snapshot.
    rotation_wanted = false;
    lock.unlock();
    Status rotated = rotate();
    lock.lock();
    if (rotated) {
      lock.unlock();
      env.executor().submit([self = shared_from_this()] { self->run_snapshot(); });
      lock.lock();
      continue;
    }
    Done done = std::exchange(snapshot_done, nullptr);
    snapshotting = false;
    next_snapshot_at = behind_snapshot + options.snapshot_after;
    lock.unlock();
    done(std::move(rotated));
    lock.lock();
  }
  writer = Writer::kIdle;
  changed.notify_all();
}

Status Journal::State::write_group(Group& group) {
  if (group.refused) return fail(*group.refused);
  if (broken) {
    return fail(ErrorCode::kIo, "the journal takes no more records since a write failed: " + broken->message,
                "check the disk, then start again");
  }
  if (group.block.empty()) return {};
  const ByteSpan block = group.block.seal(sequence);
  MS_TRY(write_block(block));
  ++sequence;
  position += static_cast<int64_t>(block.size());
  const std::lock_guard lock(mutex);
  behind_snapshot += Bytes(static_cast<int64_t>(block.size()));
  return {};
}

Status Journal::State::write_block(ByteSpan block) {
  const auto write = [&]() -> Status {
    FAILPOINT("journal.append.before_write");
    MS_TRY(file->pwrite(std::span(&block, 1), Bytes(position)));
    FAILPOINT("journal.append.after_write");
    return {};
  };
  if (Status written = write(); !written) {
    // Half a block must not stay: the next one would lie behind it.
    if (const Status undone = file->truncate(Bytes(position)); !undone) broken = undone.error();
    return written;
  }
  const auto sync = [&]() -> Status {
    MS_TRY(file->sync());
    FAILPOINT("journal.append.after_sync");
    return {};
  };
  Status synced = sync();
  if (!synced) broken = synced.error();
  return synced;
}

}  // namespace millstream::journal

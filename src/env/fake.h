// A world that tests own: files in memory that a power cut tears, a clock that stands still, jobs that wait to be told.
//
// Everything follows one seed, so a failing test that prints its seed can be repeated. Any thread, except where said.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>

#include "env/env.h"

namespace millstream::env {

// Moves only when told.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] ProcTime now() const override { return ProcTime(milliseconds_.load()); }
  [[nodiscard]] MonotonicTime monotonic() const override {
    return MonotonicTime((milliseconds_.load() - start_) * 1'000'000);
  }
  void advance(Millis duration) { milliseconds_ += duration.value; }
  void set(ProcTime time) { milliseconds_ = time.value; }

 private:
  static constexpr int64_t kStart = 1'700'000'000'000;  // 2023-11-14T22:13:20Z
  int64_t start_ = kStart;
  std::atomic<int64_t> milliseconds_{kStart};
};

// Runs each job inside submit(), or holds jobs until run_one() or run_all(). A job submitted by a job that runs inside
// submit() runs right after that one, not inside it, so chains of jobs do not fill the stack. Delayed jobs are run as
// if they were due.
class FakeExecutor final : public Executor {
 public:
  void submit(std::function<void()> job) override;
  Delayed submit_at(MonotonicTime due, std::function<void()> job) override;
  void hasten(Delayed job) override;
  void hold();        // from now on, jobs wait
  void run_inline();  // runs what waits, then jobs run inside submit() again
  bool run_one();     // the oldest; false if none waits
  void run_all();     // also jobs that these submit
  void drop_all();    // as a dying process does
  [[nodiscard]] size_t waiting();
  [[nodiscard]] std::optional<MonotonicTime> due();  // of the oldest that waits, if it was delayed

 private:
  struct Job {
    std::function<void()> run;
    std::optional<Delayed> delayed;
  };
  void submit(Job job);

  std::mutex mutex_;
  bool holding_ = false;
  uint64_t last_number_ = 0;
  std::deque<Job> jobs_;
};

enum class FileOperation {
  kOpen,
  kRead,
  kWrite,
  kSync,
  kTruncate,
  kRename,
  kRemove,
  kMakeDirectory,
  kSyncDirectory,
  kList
};

class FakeFileSystem final : public FileSystem {
 public:
  explicit FakeFileSystem(uint64_t seed);
  ~FakeFileSystem() override;

  Result<std::unique_ptr<File>> open(const std::string& path, Mode mode) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status remove_tree(const std::string& path) override;
  Status make_directories(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<std::vector<DirectoryEntry>> list(const std::string& path) override;
  [[nodiscard]] bool exists(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;

  // What a power cut keeps of writes that were not synced.
  enum class Unsynced {
    kPrefix,     // per file: the first few, of the next one a part
    kReordered,  // per file: any of them, each perhaps in part, as disks that reorder leave it
    kNone,       // nothing
  };
  // Every open file and lock is lost. Names that were created, renamed or removed without sync_directory are kept or
  // lost by the toss of a coin per folder; with kNone they are lost.
  void power_cut(Unsynced unsynced = Unsynced::kPrefix);

  // All files together; beyond it writes are kDiskFull, after writing what fits. Bytes::max() is no limit.
  void set_disk_limit(Bytes limit);
  [[nodiscard]] Bytes disk_used();

  // The next `times` operations of that kind on paths that contain `part` fail, after skipping `skip` of them.
  void fail_next(FileOperation operation, std::string part, int times = 1, int skip = 0,
                 ErrorCode code = ErrorCode::kIo);

  [[nodiscard]] int64_t count_of(FileOperation operation);  // calls since the start, failed ones too

  struct State;  // the tree of files; fake_files.cc

 private:
  std::shared_ptr<State> state_;
};

class FakeEnv final : public Env {
 public:
  explicit FakeEnv(uint64_t seed = 1) : files_(seed), random_(seed) {}

  [[nodiscard]] const Clock& clock() const override { return clock_; }
  FakeFileSystem& files() override { return files_; }
  FakeExecutor& executor() override { return executor_; }
  uint64_t random() override;
  FakeClock& fake_clock() { return clock_; }

  // The machine stops: files tear, jobs are forgotten. Destroy what holds files before or after; their calls fail.
  void power_cut(FakeFileSystem::Unsynced unsynced = FakeFileSystem::Unsynced::kPrefix);

 private:
  FakeClock clock_;
  FakeFileSystem files_;
  FakeExecutor executor_;
  std::mutex mutex_;
  std::mt19937_64 random_;
};

}  // namespace millstream::env

// A fake world in which a test acts in the middle of a sync, or refuses one call on a segment; nothing else includes
// this.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "env/fake.h"

namespace millstream::log {

// The fake's files. Writes, truncations and syncs of segments' batches are seen by the test; the log's lock is held
// during the first two, but not during a sync.
class WatchedFiles final : public env::FileSystem {
 public:
  explicit WatchedFiles(env::FileSystem& files) : files_(files) {}

  std::function<Status(env::FileOperation)> before;  // an error is the call's answer
  std::function<void()> after_sync;                  // the file is on the disk, the caller does not know it yet

  Result<std::unique_ptr<env::File>> open(const std::string& path, Mode mode) override {
    MS_ASSIGN(auto file, files_.open(path, mode));
    if (!path.ends_with(".log")) return file;
    return std::make_unique<Watched>(*this, std::move(file));
  }
  Status rename(const std::string& from, const std::string& to) override { return files_.rename(from, to); }
  Status remove(const std::string& path) override { return files_.remove(path); }
  Status remove_tree(const std::string& path) override { return files_.remove_tree(path); }
  Status make_directories(const std::string& path) override { return files_.make_directories(path); }
  Status sync_directory(const std::string& path) override { return files_.sync_directory(path); }
  Result<std::vector<env::DirectoryEntry>> list(const std::string& path) override { return files_.list(path); }
  [[nodiscard]] bool exists(const std::string& path) override { return files_.exists(path); }
  Result<std::unique_ptr<env::FileLock>> lock(const std::string& path) override { return files_.lock(path); }

 private:
  class Watched final : public env::File {
   public:
    Watched(WatchedFiles& files, std::unique_ptr<env::File> file) : files_(files), file_(std::move(file)) {}
    Result<size_t> pread(MutableByteSpan into, Bytes offset) const override { return file_->pread(into, offset); }
    Status pwrite(std::span<const ByteSpan> pieces, Bytes offset) override {
      MS_TRY(files_.begin(env::FileOperation::kWrite));
      return file_->pwrite(pieces, offset);
    }
    Status sync() override {
      MS_TRY(files_.begin(env::FileOperation::kSync));
      MS_TRY(file_->sync());
      if (files_.after_sync) files_.after_sync();
      return {};
    }
    Status truncate(Bytes size) override {
      MS_TRY(files_.begin(env::FileOperation::kTruncate));
      return file_->truncate(size);
    }
    [[nodiscard]] Result<Bytes> size() const override { return file_->size(); }
    [[nodiscard]] int descriptor() const override { return file_->descriptor(); }

   private:
    WatchedFiles& files_;
    const std::unique_ptr<env::File> file_;
  };
  Status begin(env::FileOperation operation) { return before ? before(operation) : Status(); }

  env::FileSystem& files_;
};

class WatchedEnv final : public env::Env {
 public:
  explicit WatchedEnv(env::FakeEnv& fake) : fake_(fake), files_(fake.files()) {}
  [[nodiscard]] const env::Clock& clock() const override { return fake_.clock(); }
  WatchedFiles& files() override { return files_; }
  env::Executor& executor() override { return fake_.executor(); }
  uint64_t random() override { return fake_.random(); }

 private:
  env::FakeEnv& fake_;
  WatchedFiles files_;
};

}  // namespace millstream::log

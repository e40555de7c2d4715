// Files as the log, the journal and the checkpoints use them; the fake in env/fake.h loses, tears and refuses writes.
//
// What is written is readable at once and survives a crash of the process; it survives a power cut once sync()
// returned, and a name created, renamed or removed does once sync_directory() of its folder returned.
// A full disk is kDiskFull and leaves the file as long as it was before the call, or longer: callers truncate.
#pragma once

#include <sys/uio.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/ids.h"

namespace millstream::env {

// One open file. pread and size from any thread; the rest from one thread at a time. sync may run beside all
// of them.
class File {
 public:
  virtual ~File() = default;
  // Fills `into` from `offset`; fewer bytes only at the end of the file.
  virtual Result<size_t> pread(MutableByteSpan into, Bytes offset) const = 0;
  // Writes all pieces at `offset`, extending the file as needed.
  virtual Status pwrite(std::span<const ByteSpan> pieces, Bytes offset) = 0;
  // fdatasync: data and length are on the disk when this returns. After a failure the file counts as broken: Linux
  // may have dropped the dirty pages, so a second success proves nothing; callers stop using it.
  virtual Status sync() = 0;
  virtual Status truncate(Bytes size) = 0;
  [[nodiscard]] virtual Result<Bytes> size() const = 0;
  // The descriptor for sendfile, or -1 for a fake.
  [[nodiscard]] virtual int descriptor() const = 0;
};

struct DirectoryEntry {
  std::string name;  // without the folder
  bool is_directory = false;
};

// Held as long as the object lives.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

// Any thread. Paths are plain strings with '/'.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  enum class Mode { kRead, kReadWrite, kCreate /* read-write; made if absent */, kTruncate /* as kCreate, emptied */ };
  virtual Result<std::unique_ptr<File>> open(const std::string& path, Mode mode) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;  // replaces `to`
  virtual Status remove(const std::string& path) = 0;
  virtual Status remove_tree(const std::string& path) = 0;
  virtual Status make_directories(const std::string& path) = 0;
  virtual Status sync_directory(const std::string& path) = 0;
  virtual Result<std::vector<DirectoryEntry>> list(const std::string& path) = 0;  // sorted by name
  [[nodiscard]] virtual bool exists(const std::string& path) = 0;
  // Exclusive between processes; the file holds the pid of its owner. kConflict names that pid.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;

  // Whole small files. write_file is atomic and durable: temporary name, sync, rename, directory sync.
  Result<ByteBuffer> read_file(const std::string& path);
  Status write_file(const std::string& path, ByteSpan content);
  // The folder and what is missing above it, durably.
  Status make_durable_directories(const std::string& path);
};

}  // namespace millstream::env

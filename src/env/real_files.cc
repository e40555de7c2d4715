// Files of the operating system: positioned reads and writes, fdatasync, directory sync, lock files.
#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "env/internal/real.h"

namespace millstream::env::internal {
namespace {

std::unexpected<Error> system_error(std::string_view action, std::string_view path, int number) {
  ErrorCode code = ErrorCode::kIo;
  std::string hint;
  switch (number) {
    case ENOENT:
      code = ErrorCode::kNotFound;
      break;
    case EEXIST:
    case ENOTEMPTY:
      code = ErrorCode::kAlreadyExists;
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      code = ErrorCode::kPermission;
      break;
    case ENOSPC:
    case EDQUOT:
      code = ErrorCode::kDiskFull;
      hint = "make room on the disk; work resumes by itself";
      break;
    case EMFILE:
    case ENFILE:
      code = ErrorCode::kLimit;
      hint = "raise the limit of open files (ulimit -n)";
      break;
    default:
      break;
  }
  return fail(code, fmt::format("cannot {} '{}': {}", action, path, std::generic_category().message(number)),
              std::move(hint));
}

template <typename Call>
auto retried(Call call) {
  decltype(call()) result;
  do result = call();
  while (result < 0 && errno == EINTR);
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

class RealFile final : public File {
 public:
  RealFile(Descriptor descriptor, std::string path) : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Result<size_t> pread(MutableByteSpan into, Bytes offset) const override {
    size_t done = 0;
    while (done < into.size()) {
      const ssize_t got = retried([&] {
        return ::pread(descriptor_.get(), into.data() + done, into.size() - done,
                       offset.value + static_cast<int64_t>(done));
      });
      if (got < 0) return system_error("read", path_, errno);
      if (got == 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

  Status pwrite(std::span<const ByteSpan> pieces, Bytes offset) override {
    std::array<iovec, 64> vectors;
    size_t next = 0;    // first piece not fully written
    size_t inside = 0;  // bytes of it that are
    int64_t position = offset.value;
    while (next < pieces.size()) {
      int count = 0;
      for (size_t i = next; i < pieces.size() && count < static_cast<int>(vectors.size()); ++i) {
        const ByteSpan left = i == next ? pieces[i].subspan(inside) : pieces[i];
        if (!left.empty())
          vectors[count++] = {const_cast<std::byte*>(left.data()), left.size()};
        else if (i == next)
          ++next, inside = 0;
      }
      if (count == 0) continue;
      const ssize_t put = retried([&] { return ::pwritev(descriptor_.get(), vectors.data(), count, position); });
      if (put < 0) return system_error("write", path_, errno);
      position += put;
      for (auto left = static_cast<size_t>(put); next < pieces.size();) {
        const size_t rest = pieces[next].size() - inside;
        if (left < rest) {
          inside += left;
          break;
        }
        left -= rest;
        ++next;
        inside = 0;
      }
    }
    return {};
  }

  Status sync() override {
    // Not tried again after EINTR or any other error: see the header.
    if (::fdatasync(descriptor_.get()) != 0) return system_error("sync", path_, errno);
    return {};
  }

  Status truncate(Bytes size) override {
    if (retried([&] { return ::ftruncate(descriptor_.get(), size.value); }) != 0)
      return system_error("truncate", path_, errno);
    return {};
  }

  [[nodiscard]] Result<Bytes> size() const override {
    struct stat status;
    if (::fstat(descriptor_.get(), &status) != 0) return system_error("stat", path_, errno);
    return Bytes(status.st_size);
  }

  [[nodiscard]] int descriptor() const override { return descriptor_.get(); }

 private:
  Descriptor descriptor_;
  std::string path_;
};

// flock() goes with the descriptor, so the kernel frees it when the process dies, however it dies.
class RealLock final : public FileLock {
 public:
  explicit RealLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

class RealFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, Mode mode) override {
    const int flags = mode == Mode::kRead        ? O_RDONLY
                      : mode == Mode::kReadWrite ? O_RDWR
                      : mode == Mode::kCreate    ? O_RDWR | O_CREAT
                                                 : O_RDWR | O_CREAT | O_TRUNC;
    Descriptor descriptor(retried([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0644); }));
    if (descriptor.get() < 0) return system_error("open", path, errno);
    return std::make_unique<RealFile>(std::move(descriptor), path);
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return system_error("rename", from, errno);
    return {};
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0 && (errno != EISDIR || ::rmdir(path.c_str()) != 0))
      return system_error("remove", path, errno);
    return {};
  }

  Status remove_tree(const std::string& path) override {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) return system_error("remove", path, error.value());
    return {};
  }

  Status make_directories(const std::string& path) override {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) return system_error("make folder", path, error.value());
    return {};
  }

  Status sync_directory(const std::string& path) override {
    const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.get() < 0) return system_error("open folder", path, errno);
    if (::fsync(descriptor.get()) != 0) return system_error("sync folder", path, errno);
    return {};
  }

  Result<std::vector<DirectoryEntry>> list(const std::string& path) override {
    std::vector<DirectoryEntry> entries;
    std::error_code error;
    for (std::filesystem::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
      std::error_code ignored;  // an entry that vanishes meanwhile is no folder
      entries.push_back({it->path().filename().string(), it->is_directory(ignored)});
    }
    if (error) return system_error("list", path, error.value());
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return entries;
  }

  [[nodiscard]] bool exists(const std::string& path) override { return ::access(path.c_str(), F_OK) == 0; }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    Descriptor descriptor(retried([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644); }));
    if (descriptor.get() < 0) return system_error("open", path, errno);
    if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return system_error("lock", path, errno);
      std::array<char, 32> owner{};
      const ssize_t size = ::pread(descriptor.get(), owner.data(), owner.size(), 0);
      std::string pid(owner.data(), static_cast<size_t>(std::max<ssize_t>(size, 0)));
      while (!pid.empty() && pid.back() == '\n') pid.pop_back();
      return fail(ErrorCode::kConflict, fmt::format("'{}' is in use by process {}", path, pid),
                  "stop that process, or use another data folder");
    }
    const std::string pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(descriptor.get(), 0) != 0 || ::pwrite(descriptor.get(), pid.data(), pid.size(), 0) < 0) {
      return system_error("write", path, errno);
    }
    return std::make_unique<RealLock>(std::move(descriptor));
  }
};

}  // namespace

std::unique_ptr<FileSystem> make_real_file_system() { return std::make_unique<RealFileSystem>(); }

}  // namespace millstream::env::internal

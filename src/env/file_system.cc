// Whole small files on top of any file system.
#include "env/file_system.h"

#include <fmt/format.h>

namespace millstream::env {
namespace {

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<ByteBuffer> FileSystem::read_file(const std::string& path) {
  MS_ASSIGN(const auto file, open(path, Mode::kRead));
  MS_ASSIGN(const Bytes size, file->size());
  ByteBuffer content(static_cast<size_t>(size.value));
  MS_ASSIGN(const size_t got, file->pread(content, Bytes(0)));
  content.resize(got);
  return content;
}

Status FileSystem::write_file(const std::string& path, ByteSpan content) {
  const std::string temporary = path + ".tmp";
  const auto write = [&]() -> Status {
    MS_ASSIGN(const auto file, open(temporary, Mode::kTruncate));
    MS_TRY(file->pwrite(std::span(&content, 1), Bytes(0)));
    return file->sync();
  };
  if (Status written = write(); !written) {
    // What is left would be overwritten by the next try; on a full disk its room is worth having back.
    (void)remove(temporary);
    return written;
  }
  MS_TRY(rename(temporary, path));
  return sync_directory(folder_of(path));
}

}  // namespace millstream::env

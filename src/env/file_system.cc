// Whole small files and durable folders on top of any file system.
#include "env/file_system.h"

#include <fmt/format.h>

namespace millstream::env {
namespace {

std::string folder_of(const std::string& path) {
  const size_t end = path.find_last_not_of('/');
  const size_t slash = end == std::string::npos ? 0 : path.rfind('/', end);
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

Status FileSystem::make_durable_directories(const std::string& path) {
  std::string above = folder_of(path);
  // The folder may be there and its name not yet durable, from a process that died right here: sync at least one level.
  std::vector<std::string> to_sync = {above};
  while (!exists(above) && above != "." && above != "/") {
    above = folder_of(above);
    to_sync.push_back(above);
  }
  MS_TRY(make_directories(path));
  for (const std::string& folder : to_sync) MS_TRY(sync_directory(folder));
  return {};
}

}  // namespace millstream::env

// Parts of files: which there are below a path, cut at line ends, and where reading of each stands.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "connector/filesystem/file_options.h"
#include "env/file_system.h"
#include "stream/source.h"

namespace millstream::connector::filesystem {

// A split is named by its file's path, parts behind the first "path#start"; its position is JSON:
// {"path", "start", "offset": first byte not read, "end": first byte of the next part, "size": of the file}.
struct FileSplit {
  std::string path;
  int64_t start = 0;
  int64_t offset = 0;
  int64_t end = 0;
  int64_t size = 0;

  [[nodiscard]] std::string name() const { return start == 0 ? path : path + "#" + std::to_string(start); }
  [[nodiscard]] stream::SplitState state() const;
  static Result<FileSplit> read(const stream::SplitState& state);
};

// Files are cut into at most this many parts, none smaller than kSmallestPart.
inline constexpr int64_t kMostParts = 64;
inline constexpr int64_t kSmallestPart = 16 << 20;

// All files below the path in the order of their names; names that begin with '.' or '_' are hidden. kNotFound if there
// is no such path, kUnsupported for a compressed file. Blocks.
Result<std::vector<std::string>> find_files(env::FileSystem& files, const FileOptions& options);
// The file as parts that begin and end at line ends; an empty file has none. Blocks.
Result<std::vector<FileSplit>> cut_file(env::FileSystem& files, const std::string& path,
                                        int64_t smallest_part = kSmallestPart);

}  // namespace millstream::connector::filesystem

// Listing folders and finding the line ends at which large files are cut.
#include "connector/filesystem/file_split.h"

#include <algorithm>
#include <optional>
#include <regex>

#include "base/json.h"

namespace millstream::connector::filesystem {
namespace {

constexpr size_t kProbe = 64 << 10;  // read at once when looking for a line end

bool is_hidden(const std::string& name) { return name.starts_with('.') || name.starts_with('_'); }

Status refuse_compressed(const std::string& path) {
  for (const char* ending : {".gz", ".gzip", ".deflate", ".bz2", ".xz", ".zst"}) {
    if (path.ends_with(ending)) {
      return fail(ErrorCode::kUnsupported, "'" + path + "' is compressed, and compressed files cannot be read.",
                  "Unpack it, or leave it out with 'source.path.regex-pattern'.");
    }
  }
  return {};
}

Status add_folder(env::FileSystem& files, const std::string& folder, const std::regex* pattern,
                  std::vector<std::string>& found) {
  MS_ASSIGN(const std::vector<env::DirectoryEntry> entries, files.list(folder));
  for (const env::DirectoryEntry& entry : entries) {
    if (is_hidden(entry.name)) continue;
    const std::string path = folder + (folder.ends_with('/') ? "" : "/") + entry.name;
    if (entry.is_directory) {
      MS_TRY(add_folder(files, path, pattern, found));
    } else if (pattern == nullptr || std::regex_match(path, *pattern)) {
      MS_TRY(refuse_compressed(path));
      found.push_back(path);
    }
  }
  return {};
}

// The first line start at or behind `offset`, or the file's size.
Result<int64_t> next_line_start(const env::File& file, int64_t offset, int64_t size) {
  std::vector<std::byte> probe(kProbe);
  // The byte in front decides whether a line begins at the offset itself.
  for (int64_t at = offset - 1; at < size;) {
    const size_t wanted = static_cast<size_t>(std::min<int64_t>(static_cast<int64_t>(kProbe), size - at));
    MS_ASSIGN(const size_t got, file.pread({probe.data(), wanted}, Bytes(at)));
    if (got == 0) break;
    if (const void* end = std::memchr(probe.data(), '\n', got))
      return at + (static_cast<const std::byte*>(end) - probe.data()) + 1;
    at += static_cast<int64_t>(got);
  }
  return size;
}

}  // namespace

stream::SplitState FileSplit::state() const {
  Json position;
  position.set("path", path);
  position.set("start", start);
  position.set("offset", offset);
  position.set("end", end);
  position.set("size", size);
  return {name(), position.to_text(), offset >= end};
}

Result<FileSplit> FileSplit::read(const stream::SplitState& state) {
  MS_ASSIGN(const Json position, Json::parse(state.position));
  FileSplit split{position["path"].string_or(""), position["start"].int_or(-1), position["offset"].int_or(-1),
                  position["end"].int_or(-1), position["size"].int_or(-1)};
  if (split.path.empty() || split.start < 0 || split.offset < split.start || split.end < split.offset ||
      split.size < split.end) {
    return fail(ErrorCode::kCorrupt,
                "the position of file split '" + state.split + "' cannot be read: " + state.position);
  }
  return split;
}

Result<std::vector<std::string>> find_files(env::FileSystem& files, const FileOptions& options) {
  std::vector<std::string> found;
  if (!files.exists(options.path)) {
    return fail(ErrorCode::kNotFound, "There is no file or folder '" + options.path + "'.",
                "Check 'path'; relative ones start where the statement was started.");
  }
  // A file cannot be listed, and a folder cannot be opened for reading.
  std::optional<std::regex> pattern;
  if (!options.name_pattern.empty()) pattern.emplace(options.name_pattern);
  if (!files.list(options.path)) {
    MS_TRY(refuse_compressed(options.path));
    found.push_back(options.path);
    return found;
  }
  MS_TRY(add_folder(files, options.path, pattern ? &*pattern : nullptr, found));
  return found;
}

Result<std::vector<FileSplit>> cut_file(env::FileSystem& files, const std::string& path, int64_t smallest_part) {
  MS_ASSIGN(const std::unique_ptr<env::File> file, files.open(path, env::FileSystem::Mode::kRead));
  MS_ASSIGN(const Bytes whole, file->size());
  const int64_t size = whole.value;
  const int64_t part = std::max(smallest_part, (size + kMostParts - 1) / kMostParts);
  std::vector<FileSplit> splits;
  for (int64_t start = 0; start < size;) {
    int64_t end = size;
    // The last part takes a short rest with it.
    if (size - start > part + part / 2) {
      MS_ASSIGN(end, next_line_start(*file, start + part, size));
    }
    splits.push_back({path, start, start, end, size});
    start = end;
  }
  return splits;
}

}  // namespace millstream::connector::filesystem

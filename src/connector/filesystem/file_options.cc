// Reading and checking the filesystem connector's options; their names are Flink's.
#include "connector/filesystem/file_options.h"

#include <algorithm>
#include <iterator>
#include <regex>

#include "base/text.h"
#include "connector/dead_letter/options.h"
#include "connector/record_decoding.h"

namespace millstream::connector::filesystem {
namespace {

// "file:///a/b", "file:/a/b" and "/a/b" are one place; other schemes are other systems.
Result<std::string> local_path(const std::string& written, const std::string& base_path) {
  std::string path = written;
  const size_t scheme_end = path.find(':');
  if (scheme_end != std::string::npos && path.find('/') == scheme_end + 1) {
    const std::string scheme = path.substr(0, scheme_end);
    if (scheme != "file") {
      return fail(ErrorCode::kUnsupported,
                  "'path' = '" + written + "': the file system '" + scheme + "' cannot be read or written.",
                  "Only files of this machine are supported: a plain path or file:///…");
    }
    path = path.substr(scheme_end + 1);
    if (path.starts_with("//")) {
      const size_t slash = path.find('/', 2);
      if (slash != 2)
        return fail(ErrorCode::kUnsupported, "'path' = '" + written + "' names a host.",
                    "Write file:///… with three slashes.");
      path = path.substr(2);
    }
  }
  if (path.empty()) return fail(ErrorCode::kInvalidArgument, "'path' is empty.", "Name a file or a folder.");
  if (path.front() != '/' && !base_path.empty()) path = base_path + "/" + path;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

Result<FileOptions> FileOptions::read(const catalog::Table& table, const std::string& base_path) {
  for (const char* key : {"key.format", "value.format"}) {
    if (table.options.contains(key)) {
      return fail(ErrorCode::kInvalidArgument,
                  std::string("Unsupported options found for 'filesystem'. Unsupported options: ") + key,
                  "A line has no key: use 'format'.");
    }
  }
  FileOptions options;
  MS_ASSIGN(options.path, local_path(table.option_or("path", ""), base_path));
  options.name_pattern = table.option_or("source.path.regex-pattern", "");
  try {
    (void)std::regex(options.name_pattern);
  } catch (const std::regex_error& error) {
    return fail(ErrorCode::kInvalidArgument, "'source.path.regex-pattern' = '" + options.name_pattern +
                                                 "' is no regular expression: " + error.what());
  }
  if (table.options.contains("source.monitor-interval")) {
    MS_ASSIGN(options.monitor_interval, parse_duration(table.option_or("source.monitor-interval", "")));
    if (options.monitor_interval.value <= 0)
      return fail(ErrorCode::kInvalidArgument, "'source.monitor-interval' must be longer than 0.");
  }
  MS_ASSIGN(options.roll_size, parse_size(table.option_or("sink.rolling-policy.file-size", "128 mb")));
  if (options.roll_size.value <= 0)
    return fail(ErrorCode::kInvalidArgument, "'sink.rolling-policy.file-size' must be larger than 0.");
  return options;
}

std::vector<catalog::OptionDefinition> option_definitions() {
  using catalog::OptionType;
  std::vector<catalog::OptionDefinition> options = {
      {"path",
       OptionType::kString,
       true,
       "",
       {},
       "A file or folder: /a/b, file:///a/b, or relative to where the statement was started."},
      {"source.monitor-interval",
       OptionType::kDuration,
       false,
       "",
       {},
       "Looks for new files in the folder that often, for ever. Without it the files found at the start are read to "
       "their ends."},
      {"source.path.regex-pattern",
       OptionType::kString,
       false,
       "",
       {},
       "Only files whose whole absolute path matches this regular expression are read."},
      {"sink.rolling-policy.file-size",
       OptionType::kSize,
       false,
       "128 mb",
       {},
       "A part file ends once it is that large, and at every checkpoint."},
  };
  std::ranges::move(dead_letter::option_definitions("lines"), std::back_inserter(options));
  return options;
}

std::vector<catalog::MetadataColumnDefinition> metadata_definitions() {
  using column::Type;
  return {
      {"file.path", Type::string().not_null(), true, false, "Path of the row's file."},
      {"file.name", Type::string().not_null(), true, false, "Name of the row's file, without its folder."},
      {"file.size", Type::bigint().not_null(), true, false, "Bytes of the row's file when it was found."},
  };
}

}  // namespace millstream::connector::filesystem

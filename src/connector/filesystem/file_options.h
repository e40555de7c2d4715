// The filesystem connector's options as values.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "catalog/connector_spec.h"

namespace millstream::connector::filesystem {

struct FileOptions {
  std::string path;            // absolute, or relative to the working folder of the process; no '/' at the end
  std::string name_pattern;    // source.path.regex-pattern; empty: every file
  Millis monitor_interval{0};  // 0: the files that are there at the start
  Bytes roll_size{128 << 20};  // a part file ends once it is that large

  // `base_path`: where relative paths start. kInvalidArgument and kUnsupported name the option and what works.
  static Result<FileOptions> read(const catalog::Table& table, const std::string& base_path);
};

[[nodiscard]] std::vector<catalog::OptionDefinition> option_definitions();
[[nodiscard]] std::vector<catalog::MetadataColumnDefinition> metadata_definitions();

}  // namespace millstream::connector::filesystem

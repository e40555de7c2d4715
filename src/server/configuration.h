// Everything that can be configured: one table of keys, filled from millstream.yaml, MILLSTREAM_* and flags, in this
// order.
//
// An unknown key is an error that names the nearest one. Built once at start by main, then read only.
#pragma once

#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/ids.h"

namespace millstream::server {

enum class KeyType { kText, kAddress, kInteger, kBoolean, kDuration, kSize, kChoice };

struct KeyDefinition {
  std::string_view key;
  KeyType type;
  std::string_view default_value;
  std::string_view sentence;
  std::vector<std::string_view> choices = {};
  int64_t least = 0, most = std::numeric_limits<int64_t>::max();  // of kInteger, and of kSize in bytes
};

struct ConfigurationInput {
  std::string file;                                               // empty: none
  std::map<std::string, std::string> environment;                 // the whole environment
  std::vector<std::pair<std::string, std::string>> assignments;   // flags and --set, later ones win
  std::vector<std::pair<std::string, std::string>> host_aliases;  // --host-alias
};

class Configuration {
 public:
  static Result<Configuration> load(const ConfigurationInput& input);
  [[nodiscard]] static std::span<const KeyDefinition> definitions();

  // Broken invariant if the key is not in the table; values were checked by load().
  [[nodiscard]] const std::string& text(std::string_view key) const;
  [[nodiscard]] int64_t integer(std::string_view key) const;
  [[nodiscard]] bool boolean(std::string_view key) const;
  [[nodiscard]] Millis duration(std::string_view key) const;
  [[nodiscard]] Bytes size(std::string_view key) const;
  // "default", "file", "environment" or "flag".
  [[nodiscard]] std::string_view origin(std::string_view key) const;

  // Names in SQL files that stand for other addresses: broker → self, postgres → 127.0.0.1:5433.
  [[nodiscard]] const std::map<std::string, std::string>& host_aliases() const { return host_aliases_; }
  // What a careful operator should change, one sentence each (a secret written into the file).
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  struct Entry {
    std::string value;
    std::string_view origin;
  };
  Status assign(const std::string& key, const std::string& value, std::string_view origin);
  Status load_file(const std::string& path, const std::map<std::string, std::string>& environment);

  std::map<std::string, Entry, std::less<>> entries_;
  std::map<std::string, std::string> host_aliases_;
  std::vector<std::string> warnings_;
};

}  // namespace millstream::server

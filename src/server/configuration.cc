// The table of configuration keys, and reading it from a YAML file, the environment and flags.
#include "server/configuration.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/text.h"
#include "base/text_file.h"

namespace millstream::server {
namespace {

constexpr int64_t kMostInt = std::numeric_limits<int32_t>::max();
constexpr int64_t kMegabyte = 1024 * 1024;
constexpr std::string_view kHostAliases = "host-aliases";

const std::vector<KeyDefinition>& table() {
  static const std::vector<KeyDefinition> kTable = {
      {"data.dir", KeyType::kText, "",
       "Folder of all data; empty: $XDG_DATA_HOME/millstream, or ~/.local/share/millstream."},
      {"kafka.listen", KeyType::kAddress, "127.0.0.1:9092", "Where Kafka clients connect; port 0 takes a free one."},
      {"kafka.advertise", KeyType::kText, "",
       "HOST:PORT told to Kafka clients; empty: kafka.listen, with 127.0.0.1 for 0.0.0.0."},
      {"kafka.auto-create-topics", KeyType::kBoolean, "true",
       "Whether a topic is made when a client or a table first names it."},
      {"kafka.default-partitions",
       KeyType::kInteger,
       "1",
       "Partitions of a topic made without a number.",
       {},
       1,
       10'000},
      {"kafka.max-request-size",
       KeyType::kSize,
       "100 mb",
       "A larger request closes its connection before it is read.",
       {},
       1024,
       1024 * kMegabyte},
      {"kafka.max-connections",
       KeyType::kInteger,
       "10000",
       "Connections beyond this are closed at once.",
       {},
       1,
       kMostInt},
      {"kafka.initial-rebalance-delay", KeyType::kDuration, "0 ms",
       "How long a new consumer group waits for more members before its first assignment."},
      {"kafka.flush",
       KeyType::kChoice,
       "wait",
       "Whether acks=all waits until records are on the disk; topics can override it with millstream.flush.",
       {"wait", "background"}},
      {"kafka.retention-check-interval", KeyType::kDuration, "5 min",
       "How often segments that are too old or too many are looked for."},
      {"journal.snapshot-after", KeyType::kSize, "16 mb",
       "The journal of metadata is rewritten when this much is behind its last snapshot."},
      {"http.listen", KeyType::kAddress, "127.0.0.1:8080", "Where everything HTTP is served; port 0 takes a free one."},
      {"http.allowed-hosts", KeyType::kText, "",
       "Names besides loopback ones that a Host header may have, separated by commas."},
      {"memory.limit", KeyType::kSize, "0",
       "Memory for state, buffers and requests together; 0: half of the machine or of its cgroup."},
      {"engine.workers", KeyType::kInteger, "0", "Threads that run pipelines; 0: one per core.", {}, 0, 256},
      {"engine.checkpoint-interval", KeyType::kDuration, "1 s",
       "Time between two checkpoints of a job that does not set `execution.checkpointing.interval`."},
      {"log.level", KeyType::kChoice, "info", "Least important lines to write.", {"debug", "info", "warning", "error"}},
      {"log.file", KeyType::kText, "", "The server's own log; empty: millstream.log in the data folder."},
  };
  return kTable;
}

const KeyDefinition* find_definition(std::string_view key) {
  const auto found = std::find_if(table().begin(), table().end(), [&](const KeyDefinition& d) { return d.key == key; });
  return found == table().end() ? nullptr : &*found;
}

std::unexpected<Error> unknown_key(const std::string& key) {
  std::vector<std::string> keys{std::string(kHostAliases)};
  for (const KeyDefinition& definition : table()) keys.emplace_back(definition.key);
  const auto near = nearest(key, keys);
  return fail(ErrorCode::kInvalidArgument, fmt::format("there is no setting '{}'", key),
              near ? fmt::format("did you mean '{}'?", *near) : "`millstream config` lists all");
}

Status check_value(const KeyDefinition& definition, const std::string& value) {
  const auto because = [&](const Error& error) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("{} cannot be '{}': {}", definition.key, value, error.message),
                error.hint);
  };
  const auto out_of_range = [&](const std::string& least, const std::string& most) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("{} cannot be '{}'", definition.key, value),
                fmt::format("{} to {}", least, most));
  };
  switch (definition.type) {
    case KeyType::kInteger:
      if (auto parsed = parse_integer(value); !parsed)
        return because(parsed.error());
      else if (*parsed < definition.least || *parsed > definition.most)
        return out_of_range(std::to_string(definition.least), std::to_string(definition.most));
      break;
    case KeyType::kBoolean:
      if (auto parsed = parse_boolean(value); !parsed) return because(parsed.error());
      break;
    case KeyType::kDuration:
      if (auto parsed = parse_duration(value); !parsed) return because(parsed.error());
      break;
    case KeyType::kSize:
      if (auto parsed = parse_size(value); !parsed)
        return because(parsed.error());
      else if (parsed->value < definition.least || parsed->value > definition.most)
        return out_of_range(format_size(Bytes(definition.least)), format_size(Bytes(definition.most)));
      break;
    case KeyType::kAddress:
      if (value.rfind(':') == std::string::npos) {
        return fail(ErrorCode::kInvalidArgument, fmt::format("{} cannot be '{}'", definition.key, value),
                    "write HOST:PORT");
      }
      break;
    case KeyType::kChoice:
      if (std::find(definition.choices.begin(), definition.choices.end(), value) == definition.choices.end()) {
        std::vector<std::string> choices(definition.choices.begin(), definition.choices.end());
        return fail(ErrorCode::kInvalidArgument, fmt::format("{} cannot be '{}'", definition.key, value),
                    "one of: " + join(choices, ", "));
      }
      break;
    case KeyType::kText:
      break;
  }
  return {};
}

// MILLSTREAM_KAFKA_LISTEN is kafka.listen.
std::string environment_name(std::string_view key) {
  std::string name = "MILLSTREAM_" + to_upper(key);
  std::replace_if(name.begin(), name.end(), [](char c) { return c == '.' || c == '-'; }, '_');
  return name;
}

// ${NAME} from the environment, ${file:PATH} from a file without its last newline.
Result<std::string> expand(const std::string& text, const std::map<std::string, std::string>& environment) {
  std::string result;
  size_t at = 0;
  while (true) {
    const size_t open = text.find("${", at);
    if (open == std::string::npos) return result + text.substr(at);
    const size_t close = text.find('}', open);
    if (close == std::string::npos)
      return fail(ErrorCode::kInvalidArgument, fmt::format("'{}' has no closing brace", text));
    result += text.substr(at, open - at);
    const std::string name = text.substr(open + 2, close - open - 2);
    if (name.starts_with("file:")) {
      MS_ASSIGN(std::string value, read_text_file(name.substr(5)));
      if (value.ends_with('\n')) value.pop_back();
      result += value;
    } else {
      const auto found = environment.find(name);
      if (found == environment.end()) return fail(ErrorCode::kNotFound, fmt::format("the environment has no {}", name));
      result += found->second;
    }
    at = close + 1;
  }
}

void flatten(const YAML::Node& node, const std::string& prefix, std::vector<std::pair<std::string, std::string>>& out) {
  if (node.IsMap()) {
    for (const auto& member : node) {
      const auto name = member.first.as<std::string>();
      flatten(member.second, prefix.empty() ? name : prefix + "." + name, out);
    }
  } else if (node.IsSequence()) {
    std::vector<std::string> parts;
    for (const auto& element : node) parts.push_back(element.as<std::string>());
    out.emplace_back(prefix, join(parts, ","));
  } else if (!node.IsNull()) {
    out.emplace_back(prefix, node.as<std::string>());
  }
}

}  // namespace

std::span<const KeyDefinition> Configuration::definitions() { return table(); }

Status Configuration::assign(const std::string& key, const std::string& value, std::string_view origin) {
  if (key.starts_with(std::string(kHostAliases) + ".")) {
    host_aliases_[key.substr(kHostAliases.size() + 1)] = value;
    return {};
  }
  const KeyDefinition* definition = find_definition(key);
  if (definition == nullptr) return unknown_key(key);
  MS_TRY(check_value(*definition, value));
  entries_[key] = {value, origin};
  return {};
}

Status Configuration::load_file(const std::string& path, const std::map<std::string, std::string>& environment) {
  MS_ASSIGN(const std::string text, read_text_file(path));
  std::vector<std::pair<std::string, std::string>> values;
  try {
    const YAML::Node root = YAML::Load(text);
    if (!root.IsMap() && !root.IsNull())
      return fail(ErrorCode::kParse, fmt::format("{} is no YAML map", path),
                  "write lines like `kafka.listen: 127.0.0.1:9092`");
    flatten(root, "", values);
  } catch (const YAML::Exception& exception) {
    return fail(ErrorCode::kParse,
                fmt::format("{}:{}:{}: {}", path, exception.mark.line + 1, exception.mark.column + 1, exception.msg));
  }
  for (const auto& [key, raw] : values) {
    MS_ASSIGN(const std::string value, expand(raw, environment));
    if ((key.ends_with("password") || key.ends_with("secret")) && value == raw) {
      warnings_.push_back(
          fmt::format("{} holds the secret {} as text; ${{NAME}} or ${{file:PATH}} would not", path, key));
    }
    if (auto assigned = assign(key, value, "file"); !assigned) {
      Error error = assigned.error();
      error.message = fmt::format("{}: {}", path, error.message);
      return fail(std::move(error));
    }
  }
  return {};
}

Result<Configuration> Configuration::load(const ConfigurationInput& input) {
  Configuration configuration;
  for (const KeyDefinition& definition : table()) {
    configuration.entries_[std::string(definition.key)] = {std::string(definition.default_value), "default"};
  }
  if (!input.file.empty()) MS_TRY(configuration.load_file(input.file, input.environment));
  for (const KeyDefinition& definition : table()) {
    const auto found = input.environment.find(environment_name(definition.key));
    if (found != input.environment.end())
      MS_TRY(configuration.assign(std::string(definition.key), found->second, "environment"));
  }
  for (const auto& [key, value] : input.assignments) MS_TRY(configuration.assign(key, value, "flag"));
  for (const auto& [name, address] : input.host_aliases) configuration.host_aliases_[name] = address;
  return configuration;
}

const std::string& Configuration::text(std::string_view key) const {
  const auto found = entries_.find(key);
  CHECK(found != entries_.end());
  return found->second.value;
}
int64_t Configuration::integer(std::string_view key) const { return *parse_integer(text(key)); }
bool Configuration::boolean(std::string_view key) const { return *parse_boolean(text(key)); }
Millis Configuration::duration(std::string_view key) const { return *parse_duration(text(key)); }
Bytes Configuration::size(std::string_view key) const { return *parse_size(text(key)); }
std::string_view Configuration::origin(std::string_view key) const {
  const auto found = entries_.find(key);
  CHECK(found != entries_.end());
  return found->second.origin;
}

}  // namespace millstream::server

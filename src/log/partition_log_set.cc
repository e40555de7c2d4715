// Keeps the map from names to logs and the folders behind it in step.
#include "log/partition_log_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "base/logging.h"
#include "base/text.h"
#include "env/failpoint.h"

namespace millstream::log {
namespace {

constexpr std::string_view kDeleted = "-delete";
constexpr size_t kLongestFileName = 255;

std::string folder_name(const TopicPartition& name) { return fmt::format("{}-{}", name.topic, name.partition.value); }

std::optional<TopicPartition> parse_folder_name(std::string_view name) {
  const size_t dash = name.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto partition = parse_integer(name.substr(dash + 1));
  const std::string_view topic = name.substr(0, dash);
  if (!partition || *partition < 0 || *partition > INT32_MAX || !check_topic_name(topic)) return std::nullopt;
  TopicPartition parsed{std::string(topic), PartitionId(static_cast<int32_t>(*partition))};
  if (folder_name(parsed) != name) return std::nullopt;  // "t-007"
  return parsed;
}

}  // namespace

Status check_topic_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  if (name.empty() || name.size() > 249 || name == "." || name == ".." ||
      !std::all_of(name.begin(), name.end(), allowed)) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not a topic name", name),
                "use 1 to 249 letters, digits, '.', '_' and '-'");
  }
  return {};
}

Result<std::unique_ptr<PartitionLogSet>> PartitionLogSet::open(env::Env& env, std::string folder,
                                                               const ConfigOf& config_of) {
  std::unique_ptr<PartitionLogSet> set(new PartitionLogSet(env, std::move(folder)));
  MS_TRY(env.files().make_durable_directories(set->folder_));
  MS_ASSIGN(const auto entries, env.files().list(set->folder_));
  for (const env::DirectoryEntry& entry : entries) {
    if (!entry.is_directory) continue;
    const std::string path = set->folder_ + "/" + entry.name;
    if (entry.name.ends_with(kDeleted) && entry.name.find('.') != std::string::npos) {
      MS_TRY(env.files().remove_tree(path));
    } else if (auto name = parse_folder_name(entry.name)) {
      MS_ASSIGN(set->topics_[name->topic][name->partition], PartitionLog::open(env, path, config_of(name->topic)));
    }
  }
  return set;
}

Result<std::shared_ptr<PartitionLog>> PartitionLogSet::create(const TopicPartition& name, const LogConfig& config) {
  MS_TRY(check_topic_name(name.topic));
  if (name.partition < PartitionId(0))
    return fail(ErrorCode::kInvalidArgument, fmt::format("{} is not a partition", name.partition.value));
  const std::unique_lock lock(mutex_);
  if (const auto topic = topics_.find(name.topic); topic != topics_.end() && topic->second.contains(name.partition)) {
    return fail(ErrorCode::kAlreadyExists, fmt::format("the partition {} exists", folder_name(name)));
  }
  MS_ASSIGN(auto log, PartitionLog::open(env_, folder_ + "/" + folder_name(name), config));
  topics_[name.topic][name.partition] = log;
  return log;
}

std::shared_ptr<PartitionLog> PartitionLogSet::find(const std::string& topic, PartitionId partition) const {
  const std::shared_lock lock(mutex_);
  const auto partitions = topics_.find(topic);
  if (partitions == topics_.end()) return nullptr;
  const auto log = partitions->second.find(partition);
  return log == partitions->second.end() ? nullptr : log->second;
}

std::vector<std::pair<TopicPartition, std::shared_ptr<PartitionLog>>> PartitionLogSet::all() const {
  std::vector<std::pair<TopicPartition, std::shared_ptr<PartitionLog>>> logs;
  const std::shared_lock lock(mutex_);
  for (const auto& [topic, partitions] : topics_) {
    for (const auto& [partition, log] : partitions) logs.push_back({{topic, partition}, log});
  }
  return logs;
}

Status PartitionLogSet::remove(const TopicPartition& name) {
  const std::string path = folder_ + "/" + folder_name(name);
  const std::string id = fmt::format(".{:016x}{:016x}{}", env_.random(), env_.random(), kDeleted);
  const std::string doomed = folder_ + "/" + folder_name(name).substr(0, kLongestFileName - id.size()) + id;
  const std::shared_ptr<PartitionLog> log = find(name.topic, name.partition);
  const auto not_found = [&] {
    return fail(ErrorCode::kNotFound, fmt::format("there is no partition {}", folder_name(name)));
  };
  if (!log) return not_found();
  MS_TRY(log->discard([&]() -> Status {
    const std::unique_lock lock(mutex_);
    const auto topic = topics_.find(name.topic);
    if (topic == topics_.end()) return not_found();
    const auto at = topic->second.find(name.partition);
    if (at == topic->second.end() || at->second != log) return not_found();  // somebody else was quicker
    FAILPOINT("log.set.remove.before_rename");
    MS_TRY(env_.files().rename(path, doomed));
    topic->second.erase(at);
    if (topic->second.empty()) topics_.erase(topic);
    return {};
  }));
  FAILPOINT("log.set.remove.after_rename");
  MS_TRY(env_.files().sync_directory(folder_));
  env_.executor().submit([&files = env_.files(), doomed] {
    if (const Status freed = files.remove_tree(doomed); !freed)
      log_warning("a deleted partition stays: {}", freed.error().to_string());
  });
  return {};
}

Status PartitionLogSet::close() {
  Status first;
  for (const auto& [name, log] : all()) {
    if (Status closed = log->close(); !closed && first) first = std::move(closed);
  }
  return first;
}

}  // namespace millstream::log

// Creates, changes and removes topics: first the folders, then the journal, then what others see.
#include "broker/topics.h"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <utility>

#include "base/logging.h"
#include "broker/internal/stored_records.h"

namespace millstream::broker {

using wire::kafka::Uuid;

// Changes of one topic run one after the other; a removal that overtakes a change makes it kNotFound.
struct Topics::Changes : std::enable_shared_from_this<Topics::Changes> {
  std::mutex mutex;
  std::condition_variable idle;
  int under_way = 0;
  std::unordered_map<Uuid, std::deque<std::function<void()>>> waiting;

  // Runs `change` now, or after the changes of that topic before it; each ends with finished().
  void start(const Uuid& id, std::function<void()> change) {
    {
      const std::lock_guard lock(mutex);
      const auto [at, first] = waiting.try_emplace(id);
      if (!first) {
        at->second.push_back(std::move(change));
        return;
      }
    }
    change();
  }
  void finished(const Uuid& id, env::Executor& executor) {
    std::function<void()> next;
    {
      const std::lock_guard lock(mutex);
      const auto at = waiting.find(id);
      if (at->second.empty()) {
        waiting.erase(at);
        return;
      }
      next = std::move(at->second.front());
      at->second.pop_front();
    }
    executor.submit(std::move(next));
  }

  // `done`, for one change: the change is under way until the last copy of this is gone. Jobs touch the topics behind
  // their answer too, so close() waits for more than answers.
  template <typename Call>
  Call counted(Call done) {
    {
      const std::lock_guard lock(mutex);
      ++under_way;
    }
    std::shared_ptr<void> end(nullptr, [self = shared_from_this()](void*) {
      const std::lock_guard lock(self->mutex);
      if (--self->under_way == 0) self->idle.notify_all();
    });
    return [done = std::move(done), end = std::move(end)](auto result) { done(std::move(result)); };
  }
  void wait_until_idle() {
    std::unique_lock lock(mutex);
    idle.wait(lock, [this] { return under_way == 0; });
  }
};

namespace {

StoredTopic stored_of(const Topic& topic) {
  return {topic.id, topic.name, static_cast<int32_t>(topic.partitions.size()), topic.overrides};
}

}  // namespace

Topics::Topics(env::Env& env, journal::Journal& journal, Options options)
    : env_(env), journal_(journal), options_(std::move(options)), changes_(std::make_shared<Changes>()) {}
Topics::~Topics() { journal_.set_snapshot_source(journal::Owner::kTopics, {}); }

Result<std::shared_ptr<Topics>> Topics::open(env::Env& env, journal::Journal& journal, Options options,
                                             std::vector<StoredTopic> stored) {
  std::shared_ptr<Topics> topics(new Topics(env, journal, std::move(options)));
  std::map<std::string, std::shared_ptr<Topic>> by_name;
  for (StoredTopic& each : stored) {
    auto topic = std::make_shared<Topic>();
    topic->id = each.id;
    topic->name = each.name;
    MS_ASSIGN(topic->config, parse_topic_config(each.overrides, topics->options_.flush));
    topic->overrides = std::move(each.overrides);
    topic->partitions.resize(static_cast<size_t>(each.partitions));
    by_name[each.name] = std::move(topic);
  }
  const auto config_of = [&](const std::string& name) {
    const auto at = by_name.find(name);
    return at != by_name.end() ? at->second->config.log : log::LogConfig();
  };
  MS_ASSIGN(topics->logs_, log::PartitionLogSet::open(env, topics->options_.folder, config_of));
  for (const auto& [at, log] : topics->logs_->all()) {
    const auto topic = by_name.find(at.topic);
    if (topic != by_name.end() && static_cast<size_t>(at.partition.value) < topic->second->partitions.size()) {
      topic->second->partitions[static_cast<size_t>(at.partition.value)] = log;
      continue;
    }
    // A crash between folder and journal, or between journal and removal, leaves a partition that nobody knows.
    log_info("removing partition {}-{}: its topic does not exist", at.topic, at.partition.value);
    MS_TRY(topics->logs_->remove(at));
  }
  for (auto& [name, topic] : by_name) {
    for (size_t i = 0; i < topic->partitions.size(); ++i) {
      if (!topic->partitions[i])
        return fail(ErrorCode::kCorrupt, fmt::format("the folder of partition {}-{} is missing", name, i));
    }
    topics->publish(topic);
  }
  journal.set_snapshot_source(journal::Owner::kTopics,
                              [raw = topics.get()](const auto& add) { return raw->add_snapshot(add); });
  return topics;
}

Status Topics::add_snapshot(const std::function<Status(ByteSpan)>& add) const {
  MS_TRY(add(internal::encode_cluster(options_.cluster_id)));
  for (const TopicPtr& topic : list()) MS_TRY(add(internal::encode(stored_of(*topic))));
  return {};
}

Status Topics::make_partitions(Topic& topic, int32_t from, int32_t to) {
  for (int32_t i = from; i < to; ++i) {
    auto log = logs_->create({topic.name, PartitionId(i)}, topic.config.log);
    if (!log) {
      remove_partitions(topic.name, from, i);
      topic.partitions.resize(static_cast<size_t>(from));
      return fail(log.error());
    }
    topic.partitions.push_back(*std::move(log));
  }
  return {};
}

void Topics::remove_partitions(const std::string& topic, int32_t from, int32_t to) {
  for (int32_t i = from; i < to; ++i) {
    // What cannot be removed now goes at the next start, because the journal does not know it.
    if (const Status removed = logs_->remove({topic, PartitionId(i)}); !removed) {
      log_warning("partition {}-{} could not be removed: {}", topic, i, removed.error().to_string());
    }
  }
}

TopicPtr Topics::find(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto at = by_name_.find(name);
  return at != by_name_.end() ? at->second : nullptr;
}

TopicPtr Topics::find(const Uuid& id) const {
  const std::shared_lock lock(mutex_);
  const auto at = by_id_.find(id);
  return at != by_id_.end() ? at->second : nullptr;
}

std::vector<TopicPtr> Topics::list() const {
  const std::shared_lock lock(mutex_);
  std::vector<TopicPtr> all;
  all.reserve(by_name_.size());
  for (const auto& [name, topic] : by_name_) all.push_back(topic);
  return all;
}

void Topics::publish(TopicPtr topic) {
  const std::unique_lock lock(mutex_);
  by_id_[topic->id] = topic;
  by_name_[topic->name] = std::move(topic);
}

Status Topics::check_new(const std::string& name, int32_t partitions, const ConfigOverrides& overrides) const {
  MS_TRY(log::check_topic_name(name));
  if (partitions < 1) return fail(ErrorCode::kInvalidArgument, "Number of partitions must be larger than 0.");
  if (partitions > kMaxPartitions)
    return fail(ErrorCode::kLimit, fmt::format("a topic has at most {} partitions", kMaxPartitions));
  for (const auto& [key, value] : overrides) MS_TRY(check_topic_config(key, value));
  const std::shared_lock lock(mutex_);
  if (by_name_.contains(name) || being_created_.contains(name)) {
    return fail(ErrorCode::kAlreadyExists, fmt::format("Topic '{}' already exists.", name));
  }
  // Kafka's metric names map '.' to '_', so it refuses names that differ in nothing else; so do we, for portable
  // set-ups.
  if (name.find_first_of("._") != std::string::npos) {
    auto folded = [](std::string text) {
      for (char& c : text) c = c == '.' ? '_' : c;
      return text;
    };
    const std::string mine = folded(name);
    for (const auto& [other, topic] : by_name_) {
      if (other.size() == name.size() && folded(other) == mine) {
        return fail(ErrorCode::kInvalidArgument,
                    fmt::format("Topic '{}' collides with existing topic: {}", name, other));
      }
    }
  }
  return {};
}

void Topics::create(std::string name, int32_t partitions, ConfigOverrides overrides, Created done) {
  if (const Status status = check_new(name, partitions, overrides); !status) return done(fail(status.error()));
  auto config = parse_topic_config(overrides, options_.flush);
  if (!config) return done(fail(config.error()));
  {
    const std::unique_lock lock(mutex_);
    if (by_name_.contains(name) || !being_created_.insert(name).second) {
      return done(fail(ErrorCode::kAlreadyExists, fmt::format("Topic '{}' already exists.", name)));
    }
  }
  auto topic = std::make_shared<Topic>();
  topic->id = Uuid::from_random(env_.random(), env_.random());
  topic->name = std::move(name);
  topic->overrides = std::move(overrides);
  topic->config = *std::move(config);
  env_.executor().submit([this, topic, partitions, done = changes_->counted(std::move(done))] {
    auto finish = [this, topic, partitions, done](Status status) {
      if (status)
        publish(topic);
      else if (!topic->partitions.empty())
        remove_partitions(topic->name, 0, partitions);
      {
        const std::unique_lock lock(mutex_);
        being_created_.erase(topic->name);
      }
      if (status) return done(TopicPtr(topic));
      done(fail(status.error()));
    };
    if (const Status status = make_partitions(*topic, 0, partitions); !status) return finish(status);
    journal_.append(journal::Owner::kTopics, internal::encode(stored_of(*topic)), finish);
  });
}

void Topics::change(const Uuid& id, std::function<Result<TopicPtr>(const Topic&)> make, Done done) {
  changes_->start(id, [this, id, make = std::move(make), done = changes_->counted(std::move(done))] {
    env_.executor().submit([this, id, make, done] {
      auto finish = [this, id, done](Status status) {
        done(std::move(status));
        changes_->finished(id, env_.executor());
      };
      const TopicPtr before = find(id);
      if (!before) return finish(fail(ErrorCode::kNotFound, "This server does not host this topic ID."));
      auto after = make(*before);
      if (!after) return finish(fail(after.error()));
      journal_.append(
          journal::Owner::kTopics, internal::encode(stored_of(**after)),
          [this, after = *after, kept = static_cast<int32_t>(before->partitions.size()), finish](Status status) {
            if (status) {
              publish(after);
              for (const auto& log : after->partitions) log->set_config(after->config.log);
            } else {
              remove_partitions(after->name, kept, static_cast<int32_t>(after->partitions.size()));
            }
            finish(std::move(status));
          });
    });
  });
}

void Topics::add_partitions(const Uuid& id, int32_t partitions, Done done) {
  change(
      id,
      [this, partitions](const Topic& before) -> Result<TopicPtr> {
        const auto have = static_cast<int32_t>(before.partitions.size());
        if (partitions <= have) {
          return fail(ErrorCode::kInvalidArgument,
                      fmt::format("The topic {} currently has {} partition(s); {} would not be an increase.",
                                  before.name, have, partitions));
        }
        if (partitions > kMaxPartitions)
          return fail(ErrorCode::kLimit, fmt::format("a topic has at most {} partitions", kMaxPartitions));
        auto after = std::make_shared<Topic>(before);
        MS_TRY(make_partitions(*after, have, partitions));
        return TopicPtr(after);
      },
      std::move(done));
}

void Topics::set_overrides(const Uuid& id, ConfigOverrides overrides, Done done) {
  change(
      id,
      [this, overrides = std::move(overrides)](const Topic& before) -> Result<TopicPtr> {
        auto after = std::make_shared<Topic>(before);
        after->overrides = overrides;
        MS_ASSIGN(after->config, parse_topic_config(overrides, options_.flush));
        return TopicPtr(after);
      },
      std::move(done));
}

void Topics::remove(const Uuid& id, Done done) {
  changes_->start(id, [this, id, done = changes_->counted(std::move(done))] {
    auto finish = [this, id, done](Status status) {
      done(std::move(status));
      changes_->finished(id, env_.executor());
    };
    const TopicPtr topic = find(id);
    if (!topic) return finish(fail(ErrorCode::kNotFound, "This server does not host this topic ID."));
    journal_.append(journal::Owner::kTopics, internal::encode_removed(id), [this, topic, finish](Status status) {
      if (!status) return finish(std::move(status));
      {
        const std::unique_lock lock(mutex_);
        by_id_.erase(topic->id);
        by_name_.erase(topic->name);
        being_created_.insert(topic->name);  // the name is free once its partitions are gone
      }
      if (removed_) removed_(*topic);
      env_.executor().submit([this, topic, finish] {
        remove_partitions(topic->name, 0, static_cast<int32_t>(topic->partitions.size()));
        {
          const std::unique_lock lock(mutex_);
          being_created_.erase(topic->name);
        }
        finish({});
      });
    });
  });
}

void Topics::apply_retention() {
  for (const TopicPtr& topic : list()) {
    for (const auto& log : topic->partitions) {
      if (auto deleted = log->apply_retention(); !deleted) {
        log_warning("retention of {} failed: {}", log->folder(), deleted.error().to_string());
      }
    }
  }
}

Status Topics::close() {
  changes_->wait_until_idle();
  return logs_->close();
}

}  // namespace millstream::broker

// Opens, continues and closes fetch sessions.
#include "broker/internal/fetch_session.h"

#include <algorithm>
#include <map>
#include <set>

namespace millstream::broker::internal {

using wire::kafka::FetchRequest;
using wire::kafka::KafkaError;
using wire::kafka::Uuid;

namespace {

constexpr int32_t kInitialEpoch = 0;  // a full fetch that wants a session
constexpr int32_t kFinalEpoch = -1;   // a full fetch without one, which ends the session named

// Partitions are known by id where the version has ids, else by name.
struct Key {
  Uuid id;
  std::string_view name;
  int32_t partition;
  auto operator<=>(const Key&) const = default;
};
Key key_of(const FetchTarget& target, bool by_id) {
  return {by_id ? target.topic_id : Uuid{}, by_id ? std::string_view() : std::string_view(target.topic),
          target.partition};
}

FetchTarget target_of(const FetchRequest::Topic& topic, const FetchRequest::Topic::Partition& partition) {
  FetchTarget target;
  target.topic = topic.topic;
  target.topic_id = topic.topic_id;
  target.partition = partition.partition;
  target.offset = Offset(partition.fetch_offset);
  target.current_leader_epoch = partition.current_leader_epoch;
  target.last_fetched_epoch = partition.last_fetched_epoch;
  target.max_bytes = partition.partition_max_bytes;
  return target;
}

std::list<FetchTarget> targets_of(const FetchRequest& request) {
  std::list<FetchTarget> targets;
  for (const auto& topic : request.topics) {
    for (const auto& partition : topic.partitions) targets.push_back(target_of(topic, partition));
  }
  return targets;
}

void apply_changes(FetchSession& session, const FetchRequest& request, bool by_id) {
  std::map<Key, std::list<FetchTarget>::iterator> known;
  for (auto at = session.targets.begin(); at != session.targets.end(); ++at) known.emplace(key_of(*at, by_id), at);
  for (const auto& topic : request.forgotten_topics_data) {
    for (const int32_t partition : topic.partitions) {
      const auto at =
          known.find({by_id ? topic.topic_id : Uuid{}, by_id ? std::string_view() : topic.topic, partition});
      if (at == known.end()) continue;
      const auto target = at->second;
      known.erase(at);  // its key points into the target
      session.targets.erase(target);
    }
  }
  for (const auto& topic : request.topics) {
    for (const auto& partition : topic.partitions) {
      FetchTarget target = target_of(topic, partition);
      const auto at = known.find(key_of(target, by_id));
      if (at == known.end()) {
        session.targets.push_back(std::move(target));
        known.emplace(key_of(session.targets.back(), by_id), std::prev(session.targets.end()));
        continue;
      }
      FetchTarget& present = *at->second;
      present.offset = target.offset;
      present.current_leader_epoch = target.current_leader_epoch;
      present.last_fetched_epoch = target.last_fetched_epoch;
      present.max_bytes = target.max_bytes;
    }
  }
}

}  // namespace

FetchPlan FetchSessions::begin(const FetchRequest& request, int16_t version, env::MonotonicTime now, uint64_t random) {
  FetchPlan plan;
  const bool by_id = version >= 13;
  const bool full = request.session_epoch == kInitialEpoch || request.session_epoch == kFinalEpoch;
  const std::lock_guard lock(mutex_);
  if (full) {
    if (request.session_id != 0) sessions_.erase(request.session_id);
    plan.targets = targets_of(request);
    if (request.session_epoch == kFinalEpoch || plan.targets.empty() || plan.targets.size() > kMaxPartitionsPerSession)
      return plan;
    if (sessions_.size() >= limit_) {
      const auto oldest = std::min_element(sessions_.begin(), sessions_.end(), [](const auto& a, const auto& b) {
        return std::pair(a.second->in_use, a.second->last_used) < std::pair(b.second->in_use, b.second->last_used);
      });
      if (oldest == sessions_.end() || oldest->second->in_use || elapsed(oldest->second->last_used, now) < kEvictionAge)
        return plan;
      sessions_.erase(oldest);
    }
    auto session = std::make_shared<FetchSession>();
    session->id = static_cast<int32_t>(random % INT32_MAX) + 1;
    while (sessions_.contains(session->id)) session->id = session->id % INT32_MAX + 1;
    session->targets = std::move(plan.targets);
    session->last_used = now;
    session->in_use = true;
    sessions_.emplace(session->id, session);
    plan.targets.clear();
    plan.session_id = session->id;
    plan.session = std::move(session);
    return plan;
  }
  const auto at = sessions_.find(request.session_id);
  if (at == sessions_.end()) {
    plan.error = KafkaError::kFetchSessionIdNotFound;
    return plan;
  }
  FetchSession& session = *at->second;
  if (session.next_epoch != request.session_epoch || session.in_use) {
    plan.error = KafkaError::kInvalidFetchSessionEpoch;
    return plan;
  }
  apply_changes(session, request, by_id);
  if (session.targets.empty() || session.targets.size() > kMaxPartitionsPerSession) {
    // Nothing left to fetch ends the session; too much goes on without one.
    plan.targets = std::move(session.targets);
    sessions_.erase(at);
    return plan;
  }
  session.next_epoch = session.next_epoch == INT32_MAX ? 1 : session.next_epoch + 1;
  session.last_used = now;
  session.in_use = true;
  plan.session_id = session.id;
  plan.incremental = true;
  plan.session = at->second;
  return plan;
}

void FetchSessions::end(const FetchPlan& plan) {
  if (!plan.session) return;
  const std::lock_guard lock(mutex_);
  plan.session->in_use = false;
}

size_t FetchSessions::size() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

}  // namespace millstream::broker::internal

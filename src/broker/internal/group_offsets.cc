// Committed offsets: checks, durability, deletion and expiry.
#include <fmt/format.h>

#include <algorithm>

#include "base/logging.h"
#include "broker/internal/group_turn.h"

namespace millstream::broker::internal {

KafkaError GroupCoordinator::check_commit(Group& group, const CommitRequest& request) {
  const MemberIdentity& identity = request.member;
  // Without a generation it comes from a consumer that assigns partitions itself, or from an administrator.
  if (request.generation < 0 && group.is(GroupState::kEmpty)) return KafkaError::kNone;
  if (request.generation < 0 && identity.member_id.empty() && !identity.instance_id)
    return KafkaError::kUnknownMemberId;
  if (const KafkaError error = group.check_member(identity.member_id, identity.instance_id); error != KafkaError::kNone)
    return error;
  if (request.generation != group.generation) return KafkaError::kIllegalGeneration;
  // It knows the new generation, so it can join again by itself.
  if (group.is(GroupState::kCompletingRebalance)) return KafkaError::kRebalanceInProgress;
  Member& member = *group.find(identity.member_id);
  keep_alive(group, member, member.session_timeout);
  return KafkaError::kNone;
}

void GroupCoordinator::commit(CommitRequest request, std::function<void(std::vector<KafkaError>)> done) {
  Turn turn(*this);
  std::vector<KafkaError> results(request.entries.size(), KafkaError::kNone);
  auto refuse = [&](KafkaError error) {
    std::fill(results.begin(), results.end(), error);
    turn.answer([done = std::move(done), results = std::move(results)] { done(results); });
  };
  if (closed_) return refuse(KafkaError::kCoordinatorNotAvailable);
  if (request.group.empty() && request.generation >= 0) return refuse(KafkaError::kInvalidGroupId);
  Group* group = find(request.group);
  if (group == nullptr) {
    if (request.generation >= 0)
      return refuse(request.names_missing_group ? KafkaError::kGroupIdNotFound : KafkaError::kIllegalGeneration);
    auto& made = groups_[request.group];
    made = std::make_unique<Group>(request.group, env_.clock().now());
    group = made.get();
  }
  if (const KafkaError error = check_commit(*group, request); error != KafkaError::kNone) return refuse(error);

  const ProcTime now = env_.clock().now();
  std::vector<ByteBuffer> records;
  std::vector<std::pair<std::pair<std::string, int32_t>, CommittedOffset>> changes;
  for (size_t i = 0; i < request.entries.size(); ++i) {
    CommitRequest::Entry& entry = request.entries[i];
    if (entry.metadata.size() > options_.max_metadata_bytes) {
      results[i] = KafkaError::kOffsetMetadataTooLarge;
      continue;
    }
    CommittedOffset value{entry.offset, entry.leader_epoch, std::move(entry.metadata), now};
    records.push_back(encode(StoredOffset{request.group, entry.topic, entry.partition, value}));
    changes.emplace_back(std::pair(std::move(entry.topic), entry.partition), std::move(value));
  }
  if (records.empty()) return turn.answer([done = std::move(done), results = std::move(results)] { done(results); });
  const uint64_t order = ++orders_;
  turn.append(std::move(records),
              [weak = weak_from_this(), group_id = request.group, order, changes = std::move(changes),
               results = std::move(results), done = std::move(done)](const Status& status) mutable {
                if (!status) {
                  for (KafkaError& result : results) {
                    if (result == KafkaError::kNone) result = KafkaError::kCoordinatorNotAvailable;
                  }
                  return done(std::move(results));
                }
                if (const auto self = weak.lock()) {
                  const std::lock_guard lock(self->mutex_);
                  if (Group* const found = self->find(group_id); found != nullptr) {
                    for (auto& [at, value] : changes) {
                      auto& slot = found->offsets[at];
                      if (slot.second <= order) slot = {std::move(value), order};  // callbacks may overtake each other
                    }
                  }
                }
                done(std::move(results));
              });
}

std::optional<CommittedOffset> GroupCoordinator::offset(const std::string& group_id, const std::string& topic,
                                                        int32_t partition) const {
  const std::lock_guard lock(mutex_);
  const auto group = groups_.find(group_id);
  if (group == groups_.end()) return std::nullopt;
  const auto at = group->second->offsets.find({topic, partition});
  if (at == group->second->offsets.end()) return std::nullopt;
  return at->second.first;
}

std::map<std::pair<std::string, int32_t>, CommittedOffset> GroupCoordinator::offsets(
    const std::string& group_id) const {
  std::map<std::pair<std::string, int32_t>, CommittedOffset> all;
  const std::lock_guard lock(mutex_);
  const auto group = groups_.find(group_id);
  if (group == groups_.end()) return all;
  for (const auto& [at, value] : group->second->offsets) all.emplace(at, value.first);
  return all;
}

void GroupCoordinator::remove_group(const std::string& group_id, std::function<void(KafkaError)> done) {
  Turn turn(*this);
  Group* const group = find(group_id);
  KafkaError error = KafkaError::kNone;
  if (group == nullptr)
    error = KafkaError::kGroupIdNotFound;
  else if (!group->members.empty() || !group->pending.empty())
    error = KafkaError::kNonEmptyGroup;
  if (error != KafkaError::kNone) return turn.answer([done = std::move(done), error] { done(error); });
  turn.after_unlock(std::move(groups_[group_id]));
  groups_.erase(group_id);
  turn.append(encode_group_removed(group_id), [done = std::move(done)](const Status& status) {
    done(status ? KafkaError::kNone : KafkaError::kCoordinatorNotAvailable);
  });
}

void GroupCoordinator::remove_offsets(const std::string& group_id,
                                      std::vector<std::pair<std::string, int32_t>> partitions,
                                      std::function<void(KafkaError, std::vector<KafkaError>)> done) {
  Turn turn(*this);
  std::vector<KafkaError> results(partitions.size(), KafkaError::kNone);
  Group* const group = find(group_id);
  if (group == nullptr || group_id.empty()) {
    const KafkaError error = group_id.empty() ? KafkaError::kInvalidGroupId : KafkaError::kGroupIdNotFound;
    return turn.answer([done = std::move(done), error] { done(error, {}); });
  }
  // Which topics a consumer reads stands in its subscription, the first part of its metadata: version, then topic
  // names. Members of other protocol types do not say, so nothing of theirs may be deleted while they are there.
  std::set<std::string> subscribed;
  if (!group->members.empty() && group->protocol_type != "consumer") {
    return turn.answer([done = std::move(done)] { done(KafkaError::kNonEmptyGroup, {}); });
  }
  for (const auto& [id, member] : group->members) {
    for (const auto& [name, metadata] : member->protocols) {
      wire::kafka::MessageReader reader(as_bytes(metadata), 0, false);
      int16_t version = 0;
      std::vector<std::string_view> topics;
      reader(version);
      reader(topics);
      for (const std::string_view topic : topics) subscribed.emplace(topic);
    }
  }
  std::vector<ByteBuffer> records;
  for (size_t i = 0; i < partitions.size(); ++i) {
    if (subscribed.contains(partitions[i].first)) {
      results[i] = KafkaError::kGroupSubscribedToTopic;
    } else if (group->offsets.erase(partitions[i]) > 0) {
      records.push_back(encode_offset_removed(group_id, partitions[i].first, partitions[i].second));
    }
  }
  if (records.empty())
    return turn.answer([done = std::move(done), results = std::move(results)] { done(KafkaError::kNone, results); });
  turn.append(std::move(records), [done = std::move(done), results = std::move(results)](const Status& status) {
    done(status ? KafkaError::kNone : KafkaError::kCoordinatorNotAvailable, results);
  });
}

void GroupCoordinator::topic_removed(const std::string& topic) {
  Turn turn(*this);
  std::vector<ByteBuffer> records;
  for (const auto& [id, group] : groups_) {
    for (auto offset = group->offsets.begin(); offset != group->offsets.end();) {
      if (offset->first.first != topic) {
        ++offset;
        continue;
      }
      records.push_back(encode_offset_removed(id, topic, offset->first.second));
      offset = group->offsets.erase(offset);
    }
  }
  if (records.empty()) return;
  turn.append(std::move(records), [topic](const Status& status) {
    if (!status)
      log_warning("offsets of the removed topic {} could not be removed: {}", topic, status.error().to_string());
  });
}

void GroupCoordinator::expire_offsets() {
  Turn turn(*this);
  const ProcTime now = env_.clock().now();
  std::vector<ByteBuffer> records;
  std::vector<std::string> dead;
  for (auto& [id, group] : groups_) {
    if (!group->is(GroupState::kEmpty) || !group->members.empty() || !group->pending.empty()) continue;
    std::erase_if(group->offsets, [&, &group_id = id, &owner = *group](const auto& entry) {
      // A group with members counts from the moment it lost them; one that never had any from each commit.
      const ProcTime since = owner.generation > 0 ? std::max(owner.state_since, entry.second.first.committed_at)
                                                  : entry.second.first.committed_at;
      if (elapsed(since, now) < options_.offsets_retention) return false;
      records.push_back(encode_offset_removed(group_id, entry.first.first, entry.first.second));
      return true;
    });
    if (group->offsets.empty() && elapsed(group->state_since, now) >= options_.offsets_retention) dead.push_back(id);
  }
  for (const std::string& id : dead) {
    records.push_back(encode_group_removed(id));
    turn.after_unlock(std::move(groups_[id]));
    groups_.erase(id);
  }
  if (records.empty()) return;
  turn.append(std::move(records), [](const Status& status) {
    if (!status) log_warning("expired offsets could not be removed: {}", status.error().to_string());
  });
}

void GroupCoordinator::commit(const std::string& group, const std::string& topic, PartitionId partition, Offset offset,
                              std::function<void(Status)> done) {
  CommitRequest request;
  request.group = group;
  request.entries.push_back({topic, partition.value, offset, -1, {}});
  commit(std::move(request), [done = std::move(done), group](const std::vector<KafkaError>& results) {
    const KafkaError error = results.front();
    if (error == KafkaError::kNone) return done({});
    if (error == KafkaError::kUnknownMemberId) {
      return done(fail(ErrorCode::kConflict, fmt::format("group {} has members that commit for themselves", group)));
    }
    done(fail(ErrorCode::kUnavailable,
              fmt::format("the offset of group {} was not stored: {}", group, wire::kafka::name_of(error))));
  });
}

Result<std::optional<Offset>> GroupCoordinator::fetch(const std::string& group, const std::string& topic,
                                                      PartitionId partition) {
  const auto found = offset(group, topic, partition.value);
  if (!found) return std::optional<Offset>();
  return std::optional<Offset>(found->offset);
}

}  // namespace millstream::broker::internal

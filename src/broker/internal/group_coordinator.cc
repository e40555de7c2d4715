// What is kept of all groups, what is told of them, and their end.
#include "broker/internal/group_coordinator.h"

#include "base/logging.h"
#include "broker/internal/group_turn.h"

namespace millstream::broker::internal {

GroupCoordinator::GroupCoordinator(env::Env& env, env::TimerQueue& timers, journal::Journal& journal,
                                   GroupOptions options)
    : env_(env), timers_(timers), journal_(journal), options_(options) {}

GroupCoordinator::~GroupCoordinator() { journal_.set_snapshot_source(journal::Owner::kGroups, {}); }

void GroupCoordinator::restore(const StoredContent& stored) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, from] : stored.groups) {
      auto group = std::make_unique<Group>(id, from.state_since);
      group->generation = from.generation;
      group->protocol_type = from.protocol_type;
      group->protocol = from.protocol;
      for (const StoredMember& each : from.members) {
        auto member = std::make_unique<Member>();
        member->id = each.id;
        member->instance_id = each.instance_id;
        member->client_id = each.client_id;
        member->client_host = each.client_host;
        member->session_timeout = each.session_timeout;
        member->rebalance_timeout = each.rebalance_timeout;
        member->protocols = {{from.protocol, each.metadata}};
        member->assignment = each.assignment;
        keep_alive(*group, group->add(std::move(member)), each.session_timeout);
      }
      group->leader = from.leader;
      if (!group->members.empty()) group->state = GroupState::kStable;
      groups_[id] = std::move(group);
    }
    for (const auto& [id, offsets] : stored.offsets) {
      auto& group = groups_[id];
      if (!group) group = std::make_unique<Group>(id, env_.clock().now());
      for (const auto& [at, offset] : offsets) group->offsets[at] = {offset, 0};
    }
  }
  journal_.set_snapshot_source(journal::Owner::kGroups, [this](const auto& add) { return add_snapshot(add); });
}

Status GroupCoordinator::add_snapshot(const std::function<Status(ByteSpan)>& add) const {
  std::vector<ByteBuffer> records;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, group] : groups_) {
      // Between generations the journal's last word stays that of the last completed one.
      if (group->is(GroupState::kStable) || (group->is(GroupState::kEmpty) && group->generation > 0))
        records.push_back(encode(group->stored()));
      for (const auto& [at, offset] : group->offsets)
        records.push_back(encode(StoredOffset{id, at.first, at.second, offset.first}));
    }
  }
  for (const ByteBuffer& record : records) MS_TRY(add(record));
  return {};
}

void GroupCoordinator::store(Turn& turn, const Group& group) {
  turn.append(encode(group.stored()), [id = group.id](const Status& status) {
    if (!status) log_warning("the state of group {} could not be stored: {}", id, status.error().to_string());
  });
}

Group* GroupCoordinator::find(const std::string& id) {
  const auto at = groups_.find(id);
  return at != groups_.end() ? at->second.get() : nullptr;
}

void GroupCoordinator::drop_group_if_dead(Turn& turn, const std::string& id) {
  Group* const group = find(id);
  if (group == nullptr || !group->is(GroupState::kEmpty) || !group->members.empty() || !group->pending.empty() ||
      !group->offsets.empty())
    return;
  if (group->generation > 0) return;  // it has had members; offsets_retention decides
  turn.after_unlock(std::move(groups_[id]));
  groups_.erase(id);
}

std::vector<GroupSummary> GroupCoordinator::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<GroupSummary> all;
  for (const auto& [id, group] : groups_) all.push_back({id, group->protocol_type, group->state});
  return all;
}

std::optional<GroupDescription> GroupCoordinator::describe(const std::string& group_id) const {
  const std::lock_guard lock(mutex_);
  const auto at = groups_.find(group_id);
  if (at == groups_.end()) return std::nullopt;
  const Group& group = *at->second;
  const bool stable = group.is(GroupState::kStable);
  GroupDescription description{
      {group.id, group.protocol_type, group.state}, stable ? group.protocol : std::string(), {}};
  for (const auto& [id, member] : group.members) {
    const std::string* const metadata = stable ? member->metadata_for(group.protocol) : nullptr;
    description.members.push_back({id, member->instance_id, member->client_id, member->client_host,
                                   metadata != nullptr ? *metadata : std::string(),
                                   stable ? member->assignment : std::string()});
  }
  return description;
}

void GroupCoordinator::close() {
  Turn turn(*this);
  closed_ = true;
  for (auto& [group_id, group] : groups_) {
    group->rebalance_timer.cancel();
    group->sync_timer.cancel();
    group->pending.clear();
    for (auto& [id, member] : group->members) {
      member->session.cancel();
      if (member->join) {
        turn.answer([join = std::move(member->join), id]() mutable {
          join(JoinAnswer{.error = KafkaError::kCoordinatorNotAvailable, .member_id = id});
        });
        member->join = nullptr;
      }
      if (member->sync) {
        turn.answer([sync = std::move(member->sync)]() mutable {
          sync(SyncAnswer{.error = KafkaError::kCoordinatorNotAvailable});
        });
        member->sync = nullptr;
      }
    }
  }
}

}  // namespace millstream::broker::internal

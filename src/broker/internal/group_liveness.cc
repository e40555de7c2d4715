// Which members of a group are alive: heartbeats, sessions that end, and leaving.
#include "base/logging.h"
#include "broker/internal/group_coordinator.h"
#include "broker/internal/group_turn.h"

namespace millstream::broker::internal {

void GroupCoordinator::keep_alive(Group& group, Member& member, Millis timeout) {
  const uint64_t serial = ++serials_;
  member.session_serial = serial;
  member.session = env::TimerHandle(
      timers_, timers_.schedule(timeout, [weak = weak_from_this(), group_id = group.id, id = member.id, serial] {
        if (const auto self = weak.lock()) self->session_timeout(group_id, id, serial);
      }));
}

void GroupCoordinator::session_timeout(const std::string& group_id, const std::string& member_id, uint64_t serial) {
  Turn turn(*this);
  Group* const group = find(group_id);
  if (group == nullptr || closed_) return;
  Member* const member = group->find(member_id);
  if (member == nullptr || member->session_serial != serial) return;
  // Who waits for us is alive; only a first join may not wait for ever.
  if (!member->is_new && (member->join || member->sync)) return;
  log_info("member {} of group {} is gone: its session of {} ms ended", member_id, group_id,
           member->session_timeout.value);
  remove_member(turn, *group, member_id, KafkaError::kUnknownMemberId);
}

void GroupCoordinator::pending_timeout(const std::string& group_id, const std::string& member_id) {
  Turn turn(*this);
  Group* const group = find(group_id);
  if (group == nullptr || closed_ || group->pending.erase(member_id) == 0) return;
  complete_if_joined(turn, *group);
  drop_group_if_dead(turn, group_id);
}

void GroupCoordinator::remove_member(Turn& turn, Group& group, const std::string& member_id, KafkaError why) {
  Member& member = *group.find(member_id);
  if (member.join)
    turn.answer([join = std::move(member.join), why, member_id]() mutable {
      join(JoinAnswer{.error = why, .member_id = member_id});
    });
  if (member.sync) turn.answer([sync = std::move(member.sync), why]() mutable { sync(SyncAnswer{.error = why}); });
  group.remove(member_id);
  switch (group.state) {
    case GroupState::kEmpty:
      break;
    case GroupState::kPreparingRebalance:
      complete_if_joined(turn, group);
      break;
    case GroupState::kCompletingRebalance:
    case GroupState::kStable:
      prepare_rebalance(turn, group);
      break;
  }
}

KafkaError GroupCoordinator::heartbeat(const std::string& group_id, int32_t generation,
                                       const MemberIdentity& identity) {
  Turn turn(*this);
  if (closed_) return KafkaError::kCoordinatorNotAvailable;
  if (group_id.empty()) return KafkaError::kInvalidGroupId;
  Group* const group = find(group_id);
  if (group == nullptr) return KafkaError::kUnknownMemberId;
  if (const KafkaError error = group->check_member(identity.member_id, identity.instance_id);
      error != KafkaError::kNone)
    return error;
  if (generation != group->generation) return KafkaError::kIllegalGeneration;
  Member& member = *group->find(identity.member_id);
  switch (group->state) {
    case GroupState::kEmpty:
      return KafkaError::kUnknownMemberId;
    case GroupState::kCompletingRebalance:
    case GroupState::kStable:
      keep_alive(*group, member, member.session_timeout);
      return KafkaError::kNone;
    case GroupState::kPreparingRebalance:
      keep_alive(*group, member, member.session_timeout);
      return KafkaError::kRebalanceInProgress;
  }
  return KafkaError::kUnknownServerError;
}

std::vector<KafkaError> GroupCoordinator::leave(const std::string& group_id,
                                                const std::vector<MemberIdentity>& members) {
  Turn turn(*this);
  std::vector<KafkaError> results;
  for (const MemberIdentity& identity : members) {
    Group* const group = find(group_id);
    if (group == nullptr) {
      results.push_back(KafkaError::kUnknownMemberId);
      continue;
    }
    std::string member_id = identity.member_id;
    if (identity.instance_id) {
      const auto known = group->static_members.find(*identity.instance_id);
      if (known == group->static_members.end()) {
        results.push_back(KafkaError::kUnknownMemberId);
        continue;
      }
      if (member_id.empty()) member_id = known->second;  // an administrator knows only the instance
    } else if (group->pending.erase(member_id) > 0) {
      complete_if_joined(turn, *group);
      drop_group_if_dead(turn, group_id);
      results.push_back(KafkaError::kNone);
      continue;
    }
    const KafkaError error = group->check_member(member_id, identity.instance_id);
    if (error == KafkaError::kNone) remove_member(turn, *group, member_id, KafkaError::kUnknownMemberId);
    results.push_back(error);
  }
  return results;
}

}  // namespace millstream::broker::internal

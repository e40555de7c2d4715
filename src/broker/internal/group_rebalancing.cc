// From one generation of a group to the next: members join, the leader assigns, everybody learns its part.
#include <algorithm>

#include "broker/internal/group_coordinator.h"
#include "broker/internal/group_turn.h"

namespace millstream::broker::internal {

void GroupCoordinator::rebalance_or_complete(Turn& turn, Group& group) {
  if (group.is(GroupState::kPreparingRebalance))
    complete_if_joined(turn, group);
  else
    prepare_rebalance(turn, group);
}

void GroupCoordinator::prepare_rebalance(Turn& turn, Group& group) {
  if (group.is(GroupState::kCompletingRebalance)) {
    for (auto& [id, member] : group.members) {
      if (!member->sync) continue;
      turn.answer(
          [sync = std::move(member->sync)]() mutable { sync(SyncAnswer{.error = KafkaError::kRebalanceInProgress}); });
      member->sync = nullptr;
      keep_alive(group, *member, member->session_timeout);
    }
  }
  group.sync_timer.cancel();
  group.storing = false;
  const bool was_empty = group.is(GroupState::kEmpty);
  group.become(GroupState::kPreparingRebalance, env_.clock().now());
  const Millis timeout = group.rebalance_timeout();
  group.initial_delay = was_empty && options_.initial_rebalance_delay > Millis(0);
  if (group.initial_delay) {
    const Millis delay = std::min(options_.initial_rebalance_delay, timeout);
    group.remaining_delay = timeout - delay;
    group.joined_during_delay = false;
    schedule_rebalance_timer(group, delay);
    return;
  }
  schedule_rebalance_timer(group, timeout);
  complete_if_joined(turn, group);
}

void GroupCoordinator::schedule_rebalance_timer(Group& group, Millis delay) {
  const uint64_t serial = ++serials_;
  group.rebalance_serial = serial;
  group.rebalance_timer =
      env::TimerHandle(timers_, timers_.schedule(delay, [weak = weak_from_this(), id = group.id, serial] {
        if (const auto self = weak.lock()) self->rebalance_timeout(id, serial);
      }));
}

void GroupCoordinator::complete_if_joined(Turn& turn, Group& group) {
  if (group.is(GroupState::kPreparingRebalance) && !group.initial_delay && group.all_joined())
    complete_join(turn, group);
}

void GroupCoordinator::rebalance_timeout(const std::string& group_id, uint64_t serial) {
  Turn turn(*this);
  Group* const group = find(group_id);
  if (group == nullptr || closed_ || group->rebalance_serial != serial || !group->is(GroupState::kPreparingRebalance))
    return;
  if (group->initial_delay) {
    // As long as members keep coming, wait again, but never longer in all than a member may take to join.
    if (group->joined_during_delay && group->remaining_delay > Millis(0)) {
      group->joined_during_delay = false;
      const Millis delay = std::min(options_.initial_rebalance_delay, group->remaining_delay);
      group->remaining_delay = group->remaining_delay - delay;
      return schedule_rebalance_timer(*group, delay);
    }
    group->initial_delay = false;
  }
  complete_join(turn, *group);
}

void GroupCoordinator::complete_join(Turn& turn, Group& group) {
  group.initial_delay = false;
  group.rebalance_timer.cancel();
  group.rebalance_serial = 0;
  std::vector<std::string> late;
  for (const auto& [id, member] : group.members) {
    if (!member->join && !member->instance_id) late.push_back(id);
  }
  for (const std::string& id : late) group.remove(id);
  if (!group.members.empty() && !group.elect_leader()) {
    // Only static members that have not come back: they keep their places until their sessions end.
    return schedule_rebalance_timer(group, group.rebalance_timeout());
  }
  group.begin_generation(env_.clock().now());
  if (group.members.empty()) {
    store(turn, group);
    return drop_group_if_dead(turn, group.id);
  }
  for (auto& [id, member] : group.members) {
    group.awaiting_sync.insert(id);
    member->is_new = false;
    keep_alive(group, *member, member->session_timeout);
    if (!member->join) continue;
    turn.answer(
        [join = std::move(member->join), answer = group.joined(*member)]() mutable { join(std::move(answer)); });
    member->join = nullptr;
  }
  group.sync_timer = env::TimerHandle(
      timers_, timers_.schedule(group.rebalance_timeout(),
                                [weak = weak_from_this(), id = group.id, generation = group.generation] {
                                  if (const auto self = weak.lock()) self->sync_timeout(id, generation);
                                }));
}

void GroupCoordinator::sync_timeout(const std::string& group_id, int32_t generation) {
  Turn turn(*this);
  Group* const group = find(group_id);
  if (group == nullptr || closed_ || group->generation != generation) return;
  if (!group->is(GroupState::kCompletingRebalance) && !group->is(GroupState::kStable)) return;
  const std::vector<std::string> late(group->awaiting_sync.begin(), group->awaiting_sync.end());
  if (late.empty()) return;
  for (const std::string& id : late) group->remove(id);
  prepare_rebalance(turn, *group);
}

void GroupCoordinator::sync(SyncRequest request, SyncDone done) {
  Turn turn(*this);
  auto refuse = [&](KafkaError error) {
    turn.answer([done = std::move(done), error]() mutable { done(SyncAnswer{.error = error}); });
  };
  if (closed_) return refuse(KafkaError::kCoordinatorNotAvailable);
  if (request.group.empty()) return refuse(KafkaError::kInvalidGroupId);
  Group* const group = find(request.group);
  if (group == nullptr) return refuse(KafkaError::kUnknownMemberId);
  if (const KafkaError error = group->check_member(request.member_id, request.instance_id); error != KafkaError::kNone)
    return refuse(error);
  if (request.generation != group->generation) return refuse(KafkaError::kIllegalGeneration);
  if ((request.protocol_type && *request.protocol_type != group->protocol_type) ||
      (request.protocol && *request.protocol != group->protocol)) {
    return refuse(KafkaError::kInconsistentGroupProtocol);
  }
  Member& member = *group->find(request.member_id);
  switch (group->state) {
    case GroupState::kEmpty:
      return refuse(KafkaError::kUnknownMemberId);
    case GroupState::kPreparingRebalance:
      return refuse(KafkaError::kRebalanceInProgress);
    case GroupState::kStable: {
      group->awaiting_sync.erase(member.id);
      keep_alive(*group, member, member.session_timeout);
      return turn.answer(
          [done = std::move(done), answer = SyncAnswer{KafkaError::kNone, group->protocol_type, group->protocol,
                                                       member.assignment}]() mutable { done(std::move(answer)); });
    }
    case GroupState::kCompletingRebalance:
      break;
  }
  group->awaiting_sync.erase(member.id);
  if (member.sync)
    turn.answer(
        [sync = std::move(member.sync)]() mutable { sync(SyncAnswer{.error = KafkaError::kRebalanceInProgress}); });
  member.sync = std::move(done);
  if (member.id != group->leader || group->storing) return;
  for (auto& [id, each] : group->members) each->assignment.clear();
  for (auto& [id, assignment] : request.assignments) {
    if (Member* const each = group->find(id); each != nullptr) each->assignment = std::move(assignment);
  }
  store_assignment(turn, *group);
}

void GroupCoordinator::store_assignment(Turn& turn, Group& group) {
  group.storing = true;
  turn.append(encode(group.stored()),
              [weak = weak_from_this(), id = group.id, generation = group.generation](const Status& status) {
                if (const auto self = weak.lock()) self->assignment_stored(id, generation, status);
              });
}

void GroupCoordinator::assignment_stored(const std::string& group_id, int32_t generation, const Status& status) {
  Turn turn(*this);
  Group* const group = find(group_id);
  if (group == nullptr || !group->is(GroupState::kCompletingRebalance) || group->generation != generation ||
      !group->storing)
    return;
  group->storing = false;
  if (!status) {
    for (auto& [id, member] : group->members) {
      if (!member->sync) continue;
      turn.answer([sync = std::move(member->sync)]() mutable {
        sync(SyncAnswer{.error = KafkaError::kCoordinatorNotAvailable});
      });
      member->sync = nullptr;
    }
    return prepare_rebalance(turn, *group);
  }
  group->become(GroupState::kStable, env_.clock().now());
  for (auto& [id, member] : group->members) {
    if (!member->sync) continue;
    keep_alive(*group, *member, member->session_timeout);
    turn.answer([sync = std::move(member->sync), answer = SyncAnswer{KafkaError::kNone, group->protocol_type,
                                                                     group->protocol, member->assignment}]() mutable {
      sync(std::move(answer));
    });
    member->sync = nullptr;
  }
}

}  // namespace millstream::broker::internal

// Joining, leaving and rebalancing of classic groups, driven by requests and timers.
#include "broker/internal/group_coordinator.h"

#include <fmt/format.h>

#include <algorithm>

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

Group* GroupCoordinator::find(const std::string& id) {
  const auto at = groups_.find(id);
  return at != groups_.end() ? at->second.get() : nullptr;
}

std::string GroupCoordinator::new_member_id(const std::string& prefix) {
  const auto id = wire::kafka::Uuid::from_random(env_.random(), env_.random());
  return fmt::format("{}-{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", prefix, id.high >> 32, (id.high >> 16) & 0xffff,
                     id.high & 0xffff, id.low >> 48, id.low & 0xffff'ffff'ffff);
}

void GroupCoordinator::join(JoinRequest request, JoinDone done) {
  Turn turn(*this);
  auto refuse = [&](KafkaError error) {
    turn.answer([done = std::move(done), error, id = request.member_id]() mutable {
      done(JoinAnswer{.error = error, .member_id = id});
    });
  };
  if (closed_) return refuse(KafkaError::kCoordinatorNotAvailable);
  if (request.group.empty()) return refuse(KafkaError::kInvalidGroupId);
  if (request.session_timeout < options_.min_session_timeout ||
      request.session_timeout > options_.max_session_timeout) {
    return refuse(KafkaError::kInvalidSessionTimeout);
  }
  Group* group = find(request.group);
  if (group == nullptr) {
    if (!request.member_id.empty()) return refuse(KafkaError::kUnknownMemberId);
    if (request.protocol_type.empty() || request.protocols.empty())
      return refuse(KafkaError::kInconsistentGroupProtocol);
    auto& made = groups_[request.group];
    made = std::make_unique<Group>(request.group, env_.clock().now());
    group = made.get();
  }
  if (!group->supports(request.protocol_type, request.protocols)) return refuse(KafkaError::kInconsistentGroupProtocol);
  if (request.member_id.empty())
    join_new(turn, *group, std::move(request), std::move(done));
  else
    join_known(turn, *group, std::move(request), std::move(done));
}

void GroupCoordinator::join_new(Turn& turn, Group& group, JoinRequest request, JoinDone done) {
  std::string member_id = new_member_id(request.instance_id.value_or(request.client_id));
  if (request.instance_id) {
    const auto known = group.static_members.find(*request.instance_id);
    if (known != group.static_members.end())
      return replace_static(turn, group, std::move(request), std::string(known->second), std::move(done));
    return add_member(turn, group, std::move(request), std::move(member_id), std::move(done));
  }
  if (!request.require_known_member)
    return add_member(turn, group, std::move(request), std::move(member_id), std::move(done));
  const env::TimerId timer =
      timers_.schedule(request.session_timeout, [weak = weak_from_this(), group_id = group.id, member_id] {
        if (const auto self = weak.lock()) self->pending_timeout(group_id, member_id);
      });
  group.pending.insert_or_assign(member_id, env::TimerHandle(timers_, timer));
  turn.answer([done = std::move(done), member_id]() mutable {
    done(JoinAnswer{.error = KafkaError::kMemberIdRequired, .member_id = member_id});
  });
}

void GroupCoordinator::join_known(Turn& turn, Group& group, JoinRequest request, JoinDone done) {
  auto refuse = [&](KafkaError error) {
    turn.answer([done = std::move(done), error, id = request.member_id]() mutable {
      done(JoinAnswer{.error = error, .member_id = id});
    });
  };
  if (group.pending.contains(request.member_id)) {
    if (request.instance_id) return refuse(KafkaError::kUnknownMemberId);  // a static member is never pending
    std::string member_id = request.member_id;
    return add_member(turn, group, std::move(request), std::move(member_id), std::move(done));
  }
  if (const KafkaError error = group.check_member(request.member_id, request.instance_id); error != KafkaError::kNone)
    return refuse(error);
  Member& member = *group.find(request.member_id);
  const bool same = member.protocols == request.protocols;
  switch (group.state) {
    case GroupState::kEmpty:
      return refuse(KafkaError::kUnknownMemberId);
    case GroupState::kPreparingRebalance:
      return update_member(turn, group, member, std::move(request), std::move(done));
    case GroupState::kCompletingRebalance:
      // Its answer got lost on the way; or it has changed its mind, and then everybody has to join again.
      if (!same) return update_member(turn, group, member, std::move(request), std::move(done));
      return turn.answer(
          [done = std::move(done), answer = group.joined(member)]() mutable { done(std::move(answer)); });
    case GroupState::kStable:
      // A leader that joins again wants a new assignment: its metadata about topics may have changed.
      if (!same || member.id == group.leader)
        return update_member(turn, group, member, std::move(request), std::move(done));
      return turn.answer(
          [done = std::move(done), answer = group.joined(member)]() mutable { done(std::move(answer)); });
  }
}

void GroupCoordinator::add_member(Turn& turn, Group& group, JoinRequest request, std::string member_id, JoinDone done) {
  auto member = std::make_unique<Member>();
  member->id = std::move(member_id);
  member->instance_id = std::move(request.instance_id);
  member->client_id = std::move(request.client_id);
  member->client_host = std::move(request.client_host);
  member->session_timeout = request.session_timeout;
  member->rebalance_timeout = request.rebalance_timeout;
  member->protocols = std::move(request.protocols);
  member->is_new = true;
  member->join = std::move(done);
  if (group.members.empty()) group.protocol_type = request.protocol_type;
  if (group.is(GroupState::kPreparingRebalance) && group.initial_delay) group.joined_during_delay = true;
  Member& added = group.add(std::move(member));
  keep_alive(group, added, options_.new_member_timeout);
  rebalance_or_complete(turn, group);
}

void GroupCoordinator::replace_static(Turn& turn, Group& group, JoinRequest request, const std::string& old_id,
                                      JoinDone done) {
  // The process behind an instance id came back: the member keeps its place and gets a new id; the old id is fenced.
  auto node = group.members.extract(old_id);
  auto member = std::move(node.mapped());
  if (member->join) {
    turn.answer([join = std::move(member->join), old_id]() mutable {
      join(JoinAnswer{.error = KafkaError::kFencedInstanceId, .member_id = old_id});
    });
    member->join = nullptr;
  }
  if (member->sync) {
    turn.answer(
        [sync = std::move(member->sync)]() mutable { sync(SyncAnswer{.error = KafkaError::kFencedInstanceId}); });
    member->sync = nullptr;
  }
  const bool was_leader = group.leader == old_id;
  const std::string old_leader = group.leader;
  const bool awaited = group.awaiting_sync.erase(old_id) > 0;
  member->id = new_member_id(*request.instance_id);
  const auto old_protocols = std::exchange(member->protocols, request.protocols);
  const Millis old_session = std::exchange(member->session_timeout, request.session_timeout);
  const Millis old_rebalance = std::exchange(member->rebalance_timeout, request.rebalance_timeout);
  member->client_id = request.client_id;
  member->client_host = request.client_host;
  if (was_leader) group.leader = member->id;
  if (awaited) group.awaiting_sync.insert(member->id);
  Member& replaced = group.add(std::move(member));
  keep_alive(group, replaced, replaced.session_timeout);

  if (group.is(GroupState::kStable) && group.choose_protocol() == group.protocol) {
    // No rebalance: the members' assignment stays. A client that can be told so sees the members but must not assign;
    // an older one is told the former leader's id, which is not its own, so it does not take itself for the leader.
    JoinAnswer answer = group.joined(replaced);
    if (request.can_skip_assignment) {
      answer.skip_assignment = was_leader;
    } else {
      answer.leader = old_leader;
      answer.members.clear();
    }
    StoredGroup stored = group.stored();
    // Answered once it is stored; if it cannot be, the old state is back and the client tries again.
    turn.append(encode(stored), [weak = weak_from_this(), group_id = group.id, member_id = replaced.id, old_protocols,
                                 old_session, old_rebalance, shared = std::make_shared<JoinDone>(std::move(done)),
                                 answer](const Status& status) mutable {
      if (status) return (*shared)(std::move(answer));
      if (const auto self = weak.lock()) {
        Turn undo(*self);
        Group* const found = self->find(group_id);
        if (Member* const again = found != nullptr ? found->find(member_id) : nullptr; again != nullptr) {
          again->protocols = old_protocols;
          again->session_timeout = old_session;
          again->rebalance_timeout = old_rebalance;
        }
      }
      (*shared)(JoinAnswer{.error = KafkaError::kCoordinatorNotAvailable, .member_id = member_id});
    });
    return;
  }
  replaced.join = std::move(done);
  rebalance_or_complete(turn, group);
}

void GroupCoordinator::update_member(Turn& turn, Group& group, Member& member, JoinRequest request, JoinDone done) {
  member.protocols = std::move(request.protocols);
  member.session_timeout = request.session_timeout;
  member.rebalance_timeout = request.rebalance_timeout;
  member.client_id = std::move(request.client_id);
  member.client_host = std::move(request.client_host);
  if (member.join) {  // the same member on another connection; its first request can no longer be of use
    turn.answer([join = std::move(member.join), id = member.id]() mutable {
      join(JoinAnswer{.error = KafkaError::kRebalanceInProgress, .member_id = id});
    });
  }
  member.join = std::move(done);
  rebalance_or_complete(turn, group);
}

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

void GroupCoordinator::drop_group_if_dead(Turn& turn, const std::string& id) {
  Group* const group = find(id);
  if (group == nullptr || !group->is(GroupState::kEmpty) || !group->members.empty() || !group->pending.empty() ||
      !group->offsets.empty())
    return;
  if (group->generation > 0) return;  // it has had members; offsets_retention decides
  turn.after_unlock(std::move(groups_[id]));
  groups_.erase(id);
}

void GroupCoordinator::store(Turn& turn, const Group& group) {
  turn.append(encode(group.stored()), [id = group.id](const Status& status) {
    if (!status) log_warning("the state of group {} could not be stored: {}", id, status.error().to_string());
  });
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

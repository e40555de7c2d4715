// Requests to join a group: new members, members that come back, and static ones whose process was replaced.
#include <fmt/format.h>

#include "broker/internal/group_coordinator.h"
#include "broker/internal/group_turn.h"

namespace millstream::broker::internal {

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

}  // namespace millstream::broker::internal

// The rules of a group that need nothing but the group.
#include "broker/internal/group.h"

#include <algorithm>

namespace millstream::broker::internal {

std::string_view name_of(GroupState state) {
  switch (state) {
    case GroupState::kEmpty:
      return "Empty";
    case GroupState::kPreparingRebalance:
      return "PreparingRebalance";
    case GroupState::kCompletingRebalance:
      return "CompletingRebalance";
    case GroupState::kStable:
      return "Stable";
  }
  return "Unknown";
}

const std::string* Member::metadata_for(std::string_view protocol) const {
  for (const auto& [name, metadata] : protocols) {
    if (name == protocol) return &metadata;
  }
  return nullptr;
}

Member* Group::find(const std::string& member_id) {
  const auto at = members.find(member_id);
  return at != members.end() ? at->second.get() : nullptr;
}

void Group::become(GroupState next, ProcTime now) {
  if (state == next) return;
  state = next;
  state_since = now;
}

size_t Group::joined_count() const {
  return static_cast<size_t>(
      std::count_if(members.begin(), members.end(), [](const auto& entry) { return entry.second->join != nullptr; }));
}

bool Group::all_joined() const { return pending.empty() && joined_count() == members.size(); }

Millis Group::rebalance_timeout() const {
  Millis longest(0);
  for (const auto& [id, member] : members) longest = std::max(longest, member->rebalance_timeout);
  return longest;
}

std::set<std::string> Group::common_protocols() const {
  std::set<std::string> common;
  bool first = true;
  for (const auto& [id, member] : members) {
    std::set<std::string> mine;
    for (const auto& [name, metadata] : member->protocols) {
      if (first || common.contains(name)) mine.insert(name);
    }
    common = std::move(mine);
    first = false;
  }
  return common;
}

bool Group::supports(std::string_view type, const std::vector<std::pair<std::string, std::string>>& protocols) const {
  if (type.empty() || protocols.empty()) return false;
  if (members.empty()) return true;
  if (type != protocol_type) return false;
  const auto common = common_protocols();
  return std::any_of(protocols.begin(), protocols.end(),
                     [&](const auto& entry) { return common.contains(entry.first); });
}

std::string Group::choose_protocol() const {
  const auto common = common_protocols();
  std::map<std::string, int> votes;
  for (const auto& [id, member] : members) {
    for (const auto& [name, metadata] : member->protocols) {
      if (!common.contains(name)) continue;
      ++votes[name];
      break;
    }
  }
  const auto best =
      std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return best != votes.end() ? best->first : std::string();
}

bool Group::elect_leader() {
  if (Member* const current = find(leader); current != nullptr && current->join) return true;
  for (const auto& [id, member] : members) {
    if (!member->join) continue;
    leader = id;
    return true;
  }
  return false;
}

KafkaError Group::check_member(const std::string& member_id, const std::optional<std::string>& instance_id) const {
  if (instance_id) {
    const auto at = static_members.find(*instance_id);
    if (at == static_members.end()) return KafkaError::kUnknownMemberId;
    if (at->second != member_id) return KafkaError::kFencedInstanceId;
  }
  return members.contains(member_id) ? KafkaError::kNone : KafkaError::kUnknownMemberId;
}

Member& Group::add(std::unique_ptr<Member> member) {
  if (leader.empty()) leader = member->id;
  if (member->instance_id) static_members[*member->instance_id] = member->id;
  pending.erase(member->id);
  Member& added = *member;
  members[added.id] = std::move(member);
  return added;
}

void Group::remove(const std::string& member_id) {
  const auto at = members.find(member_id);
  if (at == members.end()) return;
  if (at->second->instance_id) static_members.erase(*at->second->instance_id);
  awaiting_sync.erase(member_id);
  members.erase(at);
  if (leader == member_id) leader = members.empty() ? std::string() : members.begin()->first;
}

void Group::begin_generation(ProcTime now) {
  ++generation;
  awaiting_sync.clear();
  if (members.empty()) {
    protocol.clear();
    become(GroupState::kEmpty, now);
    return;
  }
  protocol = choose_protocol();
  become(GroupState::kCompletingRebalance, now);
}

JoinAnswer Group::joined(const Member& member) const {
  JoinAnswer answer;
  answer.generation = generation;
  answer.protocol_type = protocol_type;
  answer.protocol = protocol;
  answer.leader = leader;
  answer.member_id = member.id;
  if (member.id == leader) {
    for (const auto& [id, other] : members) {
      const std::string* const metadata = other->metadata_for(protocol);
      answer.members.push_back({id, other->instance_id, metadata != nullptr ? *metadata : std::string()});
    }
  }
  return answer;
}

StoredGroup Group::stored() const {
  StoredGroup stored{id, generation, protocol_type, protocol, leader, state_since, {}};
  for (const auto& [member_id, member] : members) {
    const std::string* const metadata = member->metadata_for(protocol);
    stored.members.push_back({member_id, member->instance_id, member->client_id, member->client_host,
                              member->session_timeout, member->rebalance_timeout,
                              metadata != nullptr ? *metadata : std::string(), member->assignment});
  }
  return stored;
}

}  // namespace millstream::broker::internal

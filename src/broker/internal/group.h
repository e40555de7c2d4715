// One classic consumer group: its members, its generation and what each state allows. Locks, timers and disk are the
// coordinator's.
//
// Source of the behaviour: Kafka's group membership protocol as its documentation and KIP-62, KIP-134, KIP-345, KIP-394
// and KIP-814 describe it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "broker/internal/stored_records.h"
#include "env/timer_queue.h"
#include "wire/kafka/error_code.h"
#include "wire/kafka/message.h"

namespace millstream::broker::internal {

using wire::kafka::KafkaError;

struct JoinRequest {
  std::string group;
  std::string member_id;  // empty: a new member
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  std::string protocol_type;
  std::vector<std::pair<std::string, std::string>> protocols;  // name and metadata, preferred first
  Millis session_timeout;
  Millis rebalance_timeout;
  bool require_known_member = false;  // a new member is told its id and joins again (KIP-394)
  bool can_skip_assignment = false;   // a static leader that comes back may be told not to assign (KIP-814)
};

struct JoinAnswer {
  struct Member {
    std::string id;
    std::optional<std::string> instance_id;
    std::string metadata;
  };
  KafkaError error = KafkaError::kNone;
  int32_t generation = -1;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol;
  std::string leader;
  std::string member_id;
  bool skip_assignment = false;
  std::vector<Member> members;  // for the leader
};
using JoinDone = std::move_only_function<void(JoinAnswer)>;

struct SyncAnswer {
  KafkaError error = KafkaError::kNone;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol;
  std::string assignment;
};
using SyncDone = std::move_only_function<void(SyncAnswer)>;

enum class GroupState { kEmpty, kPreparingRebalance, kCompletingRebalance, kStable };
[[nodiscard]] std::string_view name_of(GroupState state);  // as ListGroups spells it

struct Member {
  std::string id;
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  Millis session_timeout;
  Millis rebalance_timeout;
  std::vector<std::pair<std::string, std::string>> protocols;
  std::string assignment;
  bool is_new = false;  // has not completed its first rebalance
  JoinDone join;        // waits for the generation to begin
  SyncDone sync;        // waits for the leader's assignment
  env::TimerHandle session;
  uint64_t session_serial = 0;  // a timer that fires with another one is out of date

  [[nodiscard]] const std::string* metadata_for(std::string_view protocol) const;
};

class Group {
 public:
  explicit Group(std::string id, ProcTime now) : id(std::move(id)), state_since(now) {}

  const std::string id;
  GroupState state = GroupState::kEmpty;
  ProcTime state_since;
  int32_t generation = 0;
  std::string protocol_type;
  std::string protocol;  // chosen for this generation; empty while none is
  std::string leader;    // member id
  std::map<std::string, std::unique_ptr<Member>> members;
  std::map<std::string, std::string> static_members;  // instance id to member id
  std::map<std::string, env::TimerHandle> pending;    // told their id, not joined yet
  std::set<std::string> awaiting_sync;                // of this generation

  env::TimerHandle rebalance_timer;
  uint64_t rebalance_serial = 0;
  bool initial_delay = false;  // the first rebalance of an empty group: waits for more members
  bool joined_during_delay = false;
  Millis remaining_delay{0};
  env::TimerHandle sync_timer;
  bool storing = false;  // the assignment of this generation is on its way to the disk

  std::map<std::pair<std::string, int32_t>, std::pair<CommittedOffset, uint64_t>> offsets;  // with its order of commits

  [[nodiscard]] Member* find(const std::string& member_id);
  [[nodiscard]] bool is(GroupState s) const { return state == s; }
  void become(GroupState next, ProcTime now);
  [[nodiscard]] bool all_joined() const;
  [[nodiscard]] size_t joined_count() const;
  [[nodiscard]] Millis rebalance_timeout() const;
  // Whether a member with these protocols has one in common with everybody.
  [[nodiscard]] bool supports(std::string_view type,
                              const std::vector<std::pair<std::string, std::string>>& protocols) const;
  // The protocol that most members prefer among those that all know.
  [[nodiscard]] std::string choose_protocol() const;
  // Keeps the leader if it has joined again, else takes one that has. False if nobody has joined.
  bool elect_leader();
  // kNone, kUnknownMemberId or kFencedInstanceId.
  [[nodiscard]] KafkaError check_member(const std::string& member_id,
                                        const std::optional<std::string>& instance_id) const;

  Member& add(std::unique_ptr<Member> member);
  void remove(const std::string& member_id);
  // The next generation with the members that are there.
  void begin_generation(ProcTime now);
  [[nodiscard]] JoinAnswer joined(const Member& member) const;
  [[nodiscard]] StoredGroup stored() const;

 private:
  [[nodiscard]] std::set<std::string> common_protocols() const;
};

}  // namespace millstream::broker::internal

// All consumer groups: membership with its timeouts, and committed offsets, both durable in the journal.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "broker/internal/group.h"
#include "env/env.h"
#include "env/timer_queue.h"
#include "journal/journal.h"
#include "log/group_offsets.h"

namespace millstream::broker::internal {

struct GroupOptions {
  Millis initial_rebalance_delay{0};
  Millis offsets_retention{7 * 24 * 3'600'000ll};
  Millis min_session_timeout{6'000};
  Millis max_session_timeout{1'800'000};
  Millis new_member_timeout{300'000};  // a new member whose join waits longer than this is given up
  size_t max_metadata_bytes = 4096;    // of one committed offset
};

struct SyncRequest {
  std::string group;
  int32_t generation = -1;
  std::string member_id;
  std::optional<std::string> instance_id;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol;
  std::vector<std::pair<std::string, std::string>> assignments;  // the leader's, by member id
};

struct MemberIdentity {
  std::string member_id;
  std::optional<std::string> instance_id;
};

struct CommitRequest {
  struct Entry {
    std::string topic;
    int32_t partition = 0;
    Offset offset;
    int32_t leader_epoch = -1;
    std::string metadata;
  };
  std::string group;
  int32_t generation = -1;
  MemberIdentity member;
  std::vector<Entry> entries;
  bool names_missing_group =
      false;  // clients of version 9 and later know GROUP_ID_NOT_FOUND; older ones ILLEGAL_GENERATION
};

struct GroupSummary {
  std::string id;
  std::string protocol_type;
  GroupState state = GroupState::kEmpty;
};
struct GroupDescription {
  struct MemberDescription {
    std::string id;
    std::optional<std::string> instance_id;
    std::string client_id;
    std::string client_host;
    std::string metadata;
    std::string assignment;
  };
  GroupSummary summary;
  std::string protocol;
  std::vector<MemberDescription> members;
};

// Any thread. Answers are given without locks, on the caller's thread, a timer's or the journal's.
class GroupCoordinator final : public log::GroupOffsets, public std::enable_shared_from_this<GroupCoordinator> {
 public:
  GroupCoordinator(env::Env& env, env::TimerQueue& timers, journal::Journal& journal, GroupOptions options);
  ~GroupCoordinator() override;
  // Takes over what the journal says; members get their session timeout from now on. Once, before anything else.
  void restore(const StoredContent& stored);

  void join(JoinRequest request, JoinDone done);
  void sync(SyncRequest request, SyncDone done);
  KafkaError heartbeat(const std::string& group, int32_t generation, const MemberIdentity& member);
  // One result per member; kGroupIdNotFound-like cases are kUnknownMemberId for each, as in Kafka.
  std::vector<KafkaError> leave(const std::string& group, const std::vector<MemberIdentity>& members);

  // One result per entry, when all are on the disk.
  void commit(CommitRequest request, std::function<void(std::vector<KafkaError>)> done);
  [[nodiscard]] std::optional<CommittedOffset> offset(const std::string& group, const std::string& topic,
                                                      int32_t partition) const;
  [[nodiscard]] std::map<std::pair<std::string, int32_t>, CommittedOffset> offsets(const std::string& group) const;

  [[nodiscard]] std::vector<GroupSummary> list() const;
  [[nodiscard]] std::optional<GroupDescription> describe(const std::string& group) const;
  // kNonEmptyGroup, kGroupIdNotFound.
  void remove_group(const std::string& group, std::function<void(KafkaError)> done);
  // The first: an error of the whole request. Of a topic that a member reads: kGroupSubscribedToTopic.
  void remove_offsets(const std::string& group, std::vector<std::pair<std::string, int32_t>> partitions,
                      std::function<void(KafkaError, std::vector<KafkaError>)> done);
  void topic_removed(const std::string& topic);
  // Forgets offsets of groups that have been without members for longer than the retention.
  void expire_offsets();
  // Waiting joins and syncs are answered kCoordinatorNotAvailable; timers stop.
  void close();

  // log::GroupOffsets
  void commit(const std::string& group, const std::string& topic, PartitionId partition, Offset offset,
              std::function<void(Status)> done) override;
  Result<std::optional<Offset>> fetch(const std::string& group, const std::string& topic,
                                      PartitionId partition) override;

 private:
  class Turn;  // the lock, and the answers to give once it is released

  Group* find(const std::string& id);
  std::string new_member_id(const std::string& prefix);
  void join_new(Turn& turn, Group& group, JoinRequest request, JoinDone done);
  void join_known(Turn& turn, Group& group, JoinRequest request, JoinDone done);
  void add_member(Turn& turn, Group& group, JoinRequest request, std::string member_id, JoinDone done);
  void replace_static(Turn& turn, Group& group, JoinRequest request, const std::string& old_id, JoinDone done);
  void update_member(Turn& turn, Group& group, Member& member, JoinRequest request, JoinDone done);
  void prepare_rebalance(Turn& turn, Group& group);
  void rebalance_or_complete(Turn& turn, Group& group);
  void complete_if_joined(Turn& turn, Group& group);
  void complete_join(Turn& turn, Group& group);
  void rebalance_timeout(const std::string& group_id, uint64_t serial);
  void sync_timeout(const std::string& group_id, int32_t generation);
  void session_timeout(const std::string& group_id, const std::string& member_id, uint64_t serial);
  void pending_timeout(const std::string& group_id, const std::string& member_id);
  void keep_alive(Group& group, Member& member, Millis timeout);
  void schedule_rebalance_timer(Group& group, Millis delay);
  void remove_member(Turn& turn, Group& group, const std::string& member_id, KafkaError why);
  void store_assignment(Turn& turn, Group& group);
  void assignment_stored(const std::string& group_id, int32_t generation, const Status& status);
  void store(Turn& turn, const Group& group);
  [[nodiscard]] KafkaError check_commit(Group& group, const CommitRequest& request);
  void drop_group_if_dead(Turn& turn, const std::string& id);
  Status add_snapshot(const std::function<Status(ByteSpan)>& add) const;

  env::Env& env_;
  env::TimerQueue& timers_;
  journal::Journal& journal_;
  const GroupOptions options_;

  // Taken before mutex_ and kept while records go to the journal, so that they lie there in the order of the turns.
  // Recursive, because a journal over an executor that runs jobs at once calls back from inside its append.
  std::recursive_mutex journal_order_;
  uint64_t orders_ = 0;

  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Group>> groups_;
  uint64_t serials_ = 0;
  bool closed_ = false;
};

}  // namespace millstream::broker::internal

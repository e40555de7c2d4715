// What handlers share: the parts of one running broker.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "broker/broker.h"
#include "broker/internal/batch_check.h"
#include "broker/internal/fetch_session.h"
#include "broker/internal/group_coordinator.h"
#include "broker/internal/producer_ids.h"

namespace millstream::broker::internal {

inline constexpr int32_t kNodeId = 1;
inline constexpr int32_t kLeaderEpoch = 0;  // there is one broker, so leadership never changes

struct State {
  State(env::Env& env_, env::TimerQueue& timers_, journal::Journal& journal_, BrokerOptions options_,
        MemoryBudget& memory_)
      : env(env_),
        timers(timers_),
        journal(journal_),
        options(std::move(options_)),
        memory(memory_),
        sessions(options.max_fetch_sessions),
        batches(memory_, options.max_request_size) {}

  env::Env& env;
  env::TimerQueue& timers;
  journal::Journal& journal;
  const BrokerOptions options;
  MemoryBudget& memory;
  std::string cluster_id;
  std::shared_ptr<Topics> topics;
  std::shared_ptr<GroupCoordinator> groups;
  std::shared_ptr<ProducerIds> producer_ids;
  FetchSessions sessions;
  BatchChecker batches;

  struct Address {
    std::string host;
    int32_t port;
  };
  [[nodiscard]] Address advertised() const {
    const std::lock_guard lock(address_mutex);
    return address;
  }
  mutable std::mutex address_mutex;
  Address address;
};

}  // namespace millstream::broker::internal

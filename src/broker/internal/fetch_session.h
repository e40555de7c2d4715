// Incremental fetch sessions (KIP-227): what a client fetches is remembered, so that requests and answers carry changes
// only.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "env/clock.h"
#include "wire/kafka/error_code.h"
#include "wire/kafka/messages/fetch.h"
#include "wire/kafka/uuid.h"

namespace millstream::broker::internal {

// One partition that a client wants, in the client's order.
struct FetchTarget {
  std::string topic;  // as named, or found by its id
  wire::kafka::Uuid topic_id;
  int32_t partition = 0;
  Offset offset;
  int32_t current_leader_epoch = -1;
  int32_t last_fetched_epoch = -1;
  int32_t max_bytes = 0;
  // What the client was last told; -1 before the first time.
  int64_t told_high_watermark = -1;
  int64_t told_log_start = -1;
};

struct FetchSession {
  int32_t id = 0;
  int32_t next_epoch = 1;
  std::list<FetchTarget> targets;  // answered ones move to the end, so that all get their turn
  env::MonotonicTime last_used;
  bool in_use = false;
};

// Which session a request belongs to, and what it fetches.
struct FetchPlan {
  wire::kafka::KafkaError error = wire::kafka::KafkaError::kNone;
  int32_t session_id = 0;                 // for the answer
  bool incremental = false;               // leave out partitions without news
  std::shared_ptr<FetchSession> session;  // nullptr: a full fetch without session
  std::list<FetchTarget> targets;         // of a full fetch; else they are in the session
};

// Any thread. A session serves one request at a time, as its client sends one at a time.
class FetchSessions {
 public:
  explicit FetchSessions(size_t limit) : limit_(limit) {}

  // `random` makes a session's id. A full cache gives no session unless another has been idle for two minutes.
  FetchPlan begin(const wire::kafka::FetchRequest& request, int16_t version, env::MonotonicTime now, uint64_t random);
  // The answer went out: the session may serve the next request.
  void end(const FetchPlan& plan);
  [[nodiscard]] size_t size() const;

 private:
  static constexpr Millis kEvictionAge{120'000};
  static constexpr size_t kMaxPartitionsPerSession = 20'000;  // larger fetches work without session

  const size_t limit_;
  mutable std::mutex mutex_;
  std::unordered_map<int32_t, std::shared_ptr<FetchSession>> sessions_;
};

}  // namespace millstream::broker::internal

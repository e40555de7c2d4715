// The Kafka broker without its sockets: requests in, answers out.
//
// Order of life: Journal::open with StoredState::replay, Broker::open, then handle() for every request; stop the
// transport, then close(). Requests of one connection are handed over in the order they came, before earlier ones are
// answered if the transport likes; the transport sends answers in request order. handle() never blocks on the disk
// beyond a write to the page cache: waits for fsync, records, members and time hold no thread.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "base/ids.h"
#include "base/memory_budget.h"
#include "base/metrics.h"
#include "broker/client.h"
#include "broker/responder.h"
#include "broker/topics.h"
#include "env/env.h"
#include "env/timer_queue.h"
#include "journal/journal.h"
#include "log/group_offsets.h"

namespace millstream::broker {

struct BrokerOptions {
  std::string folder;  // of the topics' logs
  std::string advertised_host = "127.0.0.1";
  int32_t advertised_port = 9092;
  bool auto_create_topics = true;
  int32_t default_partitions = 1;
  FlushMode flush = FlushMode::kWait;              // topics override it with millstream.flush
  Millis initial_rebalance_delay{0};               // group.initial.rebalance.delay.ms
  Millis offsets_retention{7 * 24 * 3'600'000ll};  // of groups without members
  Millis retention_check_interval{300'000};
  Bytes max_request_size = 100_MiB;  // shown to clients; the transport enforces it
  size_t max_fetch_sessions = 1000;
};

// What the journal says about topics, groups and producer ids; filled while the journal is opened.
class StoredState {
 public:
  StoredState();
  ~StoredState();
  StoredState(StoredState&&) noexcept;
  // Records of other owners are passed over. kCorrupt, or kUnsupported for those of a newer version.
  Status replay(const journal::Record& record);

 private:
  friend class Broker;
  struct Content;
  std::unique_ptr<Content> content_;
};

class Broker {
 public:
  // Opens every partition, which blocks on the disk. All references outlive the broker.
  static Result<std::unique_ptr<Broker>> open(env::Env& env, env::TimerQueue& timers, journal::Journal& journal,
                                              StoredState stored, BrokerOptions options, MetricsRegistry& metrics,
                                              MemoryBudget& memory);
  ~Broker();

  // `client` is the connection it came from. Any thread; see above about order.
  void handle(const std::shared_ptr<Client>& client, OwnedBytes request, Responder responder);

  // For the engine's side of the process. They live as long as the broker.
  [[nodiscard]] Topics& topics();
  [[nodiscard]] log::GroupOffsets& group_offsets();
  [[nodiscard]] const std::string& cluster_id() const;
  // The port is known only once the transport listens.
  void set_advertised(std::string host, int32_t port);

  // Ends waiting requests, flushes and closes the logs; blocks. handle() must not be called any more.
  Status close();

 private:
  struct Impl;
  explicit Broker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millstream::broker

// Opens the parts of the broker, takes requests apart and hands them to their handlers.
#include "broker/broker.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <mutex>
#include <utility>

#include "base/logging.h"
#include "broker/internal/handlers.h"
#include "broker/internal/state.h"
#include "broker/internal/stored_records.h"

namespace millstream::broker {

using internal::ApiHandler;
namespace kafka = wire::kafka;

struct StoredState::Content : internal::StoredContent {};

StoredState::StoredState() : content_(std::make_unique<Content>()) {}
StoredState::~StoredState() = default;
StoredState::StoredState(StoredState&&) noexcept = default;

Status StoredState::replay(const journal::Record& record) {
  switch (record.owner) {
    case journal::Owner::kTopics:
      return content_->replay_topic(record.bytes);
    case journal::Owner::kGroups:
      return content_->replay_group(record.bytes);
    case journal::Owner::kProducers:
      return content_->replay_producer(record.bytes);
    default:
      return {};
  }
}

namespace {

// Removes what is too old, again and again, on the executor. Lives on its own: a timer may fire while the broker ends.
class Retention : public std::enable_shared_from_this<Retention> {
 public:
  Retention(env::Executor& executor, env::TimerQueue& timers, std::shared_ptr<Topics> topics,
            std::shared_ptr<internal::GroupCoordinator> groups, Millis interval)
      : executor_(executor),
        timers_(timers),
        topics_(std::move(topics)),
        groups_(std::move(groups)),
        interval_(interval) {}

  void schedule() {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    timer_ = env::TimerHandle(timers_, timers_.schedule(interval_, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      self->executor_.submit([self] { self->round(); });
      self->schedule();
    }));
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    timer_.cancel();
  }

 private:
  void round() {
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
    }
    topics_->apply_retention();
    groups_->expire_offsets();
  }

  env::Executor& executor_;
  env::TimerQueue& timers_;
  const std::shared_ptr<Topics> topics_;
  const std::shared_ptr<internal::GroupCoordinator> groups_;
  const Millis interval_;
  std::mutex mutex_;
  bool stopped_ = false;
  env::TimerHandle timer_;
};

}  // namespace

struct Broker::Impl {
  internal::State state;
  struct Entry {
    const ApiHandler* handler = nullptr;
    std::unique_ptr<internal::ApiMetrics> metrics;
  };
  std::map<kafka::ApiKey, Entry> apis;
  std::shared_ptr<Retention> retention;

  Impl(env::Env& env, env::TimerQueue& timers, journal::Journal& journal, BrokerOptions options, MemoryBudget& memory)
      : state(env, timers, journal, std::move(options), memory) {}
  ~Impl() {
    if (retention) retention->stop();
  }
};

Broker::Broker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Broker::~Broker() = default;

Result<std::unique_ptr<Broker>> Broker::open(env::Env& env, env::TimerQueue& timers, journal::Journal& journal,
                                             StoredState stored, BrokerOptions options, MetricsRegistry& metrics,
                                             MemoryBudget& memory) {
  auto impl = std::make_unique<Impl>(env, timers, journal, std::move(options), memory);
  internal::State& state = impl->state;
  StoredState::Content& content = *stored.content_;
  state.address = {state.options.advertised_host, state.options.advertised_port};
  state.cluster_id = content.cluster_id;
  if (state.cluster_id.empty()) {
    state.cluster_id = kafka::Uuid::from_random(env.random(), env.random()).to_string();
    MS_TRY(journal.append_and_wait(journal::Owner::kTopics, internal::encode_cluster(state.cluster_id)));
  }
  std::vector<StoredTopic> topics;
  for (auto& [id, topic] : content.topics) topics.push_back(std::move(topic));
  MS_ASSIGN(state.topics, Topics::open(env, journal, {state.options.folder, state.options.flush, state.cluster_id},
                                       std::move(topics)));
  state.groups = std::make_shared<internal::GroupCoordinator>(
      env, timers, journal,
      internal::GroupOptions{.initial_rebalance_delay = state.options.initial_rebalance_delay,
                             .offsets_retention = state.options.offsets_retention});
  state.groups->restore(content);
  state.topics->on_removed([groups = state.groups](const Topic& topic) { groups->topic_removed(topic.name); });
  state.producer_ids = std::make_shared<internal::ProducerIds>(journal, content.next_producer_block);
  for (const ApiHandler& handler : internal::api_handlers()) {
    impl->apis[handler.info.key] = {&handler, std::make_unique<internal::ApiMetrics>(metrics, handler.info.key)};
  }
  impl->retention = std::make_shared<Retention>(env.executor(), timers, state.topics, state.groups,
                                                state.options.retention_check_interval);
  impl->retention->schedule();
  return std::unique_ptr<Broker>(new Broker(std::move(impl)));
}

namespace {

// A client newer than we are: the answer of the oldest version, which every client reads, and what it may ask instead.
void answer_unknown_api_versions(Responder& responder, int32_t correlation_id) {
  kafka::ApiVersionsResponse response;
  response.error_code = kafka::KafkaError::kUnsupportedVersion;
  const kafka::MessageInfo& info = kafka::ApiVersionsRequest::kInfo;
  response.api_keys.push_back({static_cast<int16_t>(info.key), info.lowest, info.highest});
  responder.answer({kafka::encode_response(response, 0, correlation_id).bytes, {}});
}

}  // namespace

void Broker::handle(const std::shared_ptr<Client>& client, OwnedBytes request, Responder responder) {
  internal::State& state = impl_->state;
  auto peeked = kafka::peek_request_header(request.bytes);
  if (!peeked) return responder.close(std::move(peeked).error());
  const auto entry = impl_->apis.find(peeked->key);
  if (entry == impl_->apis.end()) {
    return responder.close(
        Error{ErrorCode::kUnsupported,
              fmt::format("Kafka API {} ({}) is not supported", static_cast<int>(peeked->key), name_of(peeked->key)),
              "ApiVersions lists what is",
              {}});
  }
  const ApiHandler& handler = *entry->second.handler;
  internal::ApiMetrics& metrics = *entry->second.metrics;
  if (!handler.info.knows(peeked->version)) {
    metrics.refused();
    if (peeked->key == kafka::ApiKey::kApiVersions)
      return answer_unknown_api_versions(responder, peeked->correlation_id);
    return responder.close(Error{ErrorCode::kUnsupported,
                                 fmt::format("{} version {} is not supported, {} to {} are", name_of(peeked->key),
                                             peeked->version, handler.info.lowest, handler.info.highest),
                                 {},
                                 {}});
  }
  auto frame = kafka::parse_request(request.bytes, handler.info.first_flexible);
  if (!frame) {
    metrics.refused();
    return responder.close(std::move(frame).error());
  }
  internal::Incoming incoming{
      frame->header, client, std::move(request), frame->body, std::move(responder), state.env.clock().monotonic()};
  handler.run(state, std::move(incoming), metrics);
}

Topics& Broker::topics() { return *impl_->state.topics; }
log::GroupOffsets& Broker::group_offsets() { return *impl_->state.groups; }
const std::string& Broker::cluster_id() const { return impl_->state.cluster_id; }

void Broker::set_advertised(std::string host, int32_t port) {
  const std::lock_guard lock(impl_->state.address_mutex);
  impl_->state.address = {std::move(host), port};
}

Status Broker::close() {
  impl_->retention->stop();
  impl_->state.groups->close();
  return impl_->state.topics->close();
}

}  // namespace millstream::broker

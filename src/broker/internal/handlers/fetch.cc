// Fetch: reads partitions, or waits for records without a thread until there are enough or time is up.
#include <algorithm>
#include <atomic>
#include <deque>
#include <list>
#include <vector>

#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

namespace {

using kafka::KafkaError;
using Response = kafka::FetchResponse;
using PartitionData = Response::TopicResponse::PartitionData;

constexpr int32_t kMostBytes = 55 << 20;  // of one answer, as Kafka's fetch.max.bytes

// What one round over the partitions found.
struct Round {
  struct Read {
    FetchTarget* target;
    PartitionData data;
    std::vector<log::FileSlice> slices;
    bool served = false;  // has records in the answer
  };
  std::deque<Read> reads;
  int64_t bytes = 0;
  bool failed = false;  // some partition has an error, which is answered at once
};

// One fetch from request to answer. Wake-ups come from any thread; rounds never overlap, and the last one answers.
class Fetch : public std::enable_shared_from_this<Fetch> {
 public:
  Fetch(State& state, const kafka::FetchRequest& request, CallPtr<Response> call, FetchPlan plan)
      : state_(state),
        call_(std::move(call)),
        plan_(std::move(plan)),
        version_(call_->version()),
        min_bytes_(request.min_bytes),
        max_bytes_(std::clamp(request.max_bytes, 0, kMostBytes)),
        max_wait_(request.max_wait_ms),
        bound_(request.isolation_level == 1 ? log::ReadBound::kLastStable : log::ReadBound::kHighWatermark) {}

  ~Fetch() { stop_listening(); }

  void start() {
    // Until drain() below, wake-ups only count: wakes_ starts at one.
    try_answer();
    if (answered_) return;
    for (FetchTarget& target : targets()) {
      const TopicPtr topic = find(target);
      if (!topic || topic->partition(target.partition) == nullptr) continue;
      std::shared_ptr<log::PartitionLog> log = topic->partitions[static_cast<size_t>(target.partition)];
      const uint64_t id = log->add_listener([weak = weak_from_this()](const log::LogOffsets&) {
        if (const auto self = weak.lock()) self->wake();
      });
      listeners_.emplace_back(std::move(log), id);
    }
    timer_ = env::TimerHandle(state_.timers, state_.timers.schedule(max_wait_, [self = shared_from_this()] {
      self->time_is_up_ = true;
      self->wake();
    }));
    close_call_ = call_->client().call_on_close([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->wake();
    });
    drain();  // reads again, for what was appended before the listeners were there
  }

 private:
  std::list<FetchTarget>& targets() { return plan_.session ? plan_.session->targets : plan_.targets; }

  [[nodiscard]] TopicPtr find(const FetchTarget& target) const {
    return version_ >= 13 ? state_.topics->find(target.topic_id) : state_.topics->find(target.topic);
  }

  // Whoever finds no wake-up under way works off all that come meanwhile.
  void wake() {
    if (wakes_.fetch_add(1) == 0) drain();
  }
  void drain() {
    int seen = 0;
    do {
      seen = wakes_.load();
      if (!answered_) try_answer();
    } while (wakes_.fetch_sub(seen) != seen);
  }

  void try_answer() {
    if (call_->cancelled()) {
      answered_ = true;
      stop_listening();
      state_.sessions.end(plan_);
      return call_.reset();
    }
    Round round = read_all();
    const bool enough = round.failed || round.bytes >= min_bytes_ || targets().empty();
    if (!enough && !time_is_up_ && max_wait_ > Millis(0)) return;
    answered_ = true;
    finish(std::move(round));
  }

  void stop_listening() {
    timer_.cancel();
    if (close_call_ != 0 && call_) call_->client().forget(std::exchange(close_call_, 0));
    for (const auto& [log, id] : listeners_) log->remove_listener(id);
    listeners_.clear();
  }

  Round read_all() {
    Round round;
    int64_t room = max_bytes_;
    for (FetchTarget& target : targets()) {
      Round::Read& read = round.reads.emplace_back();
      read.target = &target;
      read.data.partition_index = target.partition;
      read.data.high_watermark = read.data.last_stable_offset = read.data.log_start_offset = -1;
      read.data.records.bytes = ByteSpan();
      const TopicPtr topic = find(target);
      log::PartitionLog* const log = topic ? topic->partition(target.partition) : nullptr;
      KafkaError error = KafkaError::kNone;
      if (log == nullptr) {
        error = topic ? KafkaError::kUnknownTopicOrPartition : unknown_topic(version_ >= 13);
      } else {
        error = check_leader_epoch(target.current_leader_epoch);
        if (error == KafkaError::kNone) error = read_one(*log, target, room, round.bytes == 0, read);
      }
      read.data.error_code = error;
      if (log == nullptr)
        read.data.aborted_transactions.emplace();  // as Kafka has it: not null, unlike with other errors
      round.failed = round.failed || error != KafkaError::kNone;
      for (const log::FileSlice& slice : read.slices) {
        room -= slice.length.value;
        round.bytes += slice.length.value;
      }
    }
    return round;
  }

  KafkaError read_one(const log::PartitionLog& log, const FetchTarget& target, int64_t room, bool at_least_one,
                      Round::Read& read) {
    const int64_t max = std::clamp<int64_t>(std::min<int64_t>(target.max_bytes, room), 0, kMostBytes);
    auto result = log.read(target.offset, Bytes(max), bound_, at_least_one && room > 0);
    if (!result) {
      if (result.error().code != ErrorCode::kNotFound) return KafkaError::kKafkaStorageError;
      return KafkaError::kOffsetOutOfRange;
    }
    read.data.high_watermark = result->offsets.high_watermark.value;
    read.data.last_stable_offset = result->offsets.last_stable.value;
    read.data.log_start_offset = result->offsets.start.value;
    if (bound_ == log::ReadBound::kLastStable) {
      auto& aborted = read.data.aborted_transactions.emplace();
      for (const log::AbortedTransaction& each : result->aborted)
        aborted.push_back({each.producer.value, each.first.value});
    }
    read.slices = std::move(result->slices);
    return KafkaError::kNone;
  }

  // An incremental answer names only partitions with news.
  [[nodiscard]] bool has_news(const Round::Read& read) const {
    return !plan_.incremental || !read.slices.empty() || read.data.error_code != KafkaError::kNone ||
           read.data.high_watermark != read.target->told_high_watermark ||
           read.data.log_start_offset != read.target->told_log_start;
  }

  void finish(Round round) {
    stop_listening();
    Response response;
    response.session_id = plan_.session_id;
    std::vector<std::vector<log::FileSlice>> outside;
    std::deque<std::string> names;  // sessions forget targets; the answer keeps what it points to
    const FetchTarget* previous = nullptr;
    for (Round::Read& read : round.reads) {
      if (!has_news(read)) continue;
      FetchTarget& target = *read.target;
      if (previous == nullptr || previous->topic != target.topic || previous->topic_id != target.topic_id) {
        auto& topic = response.responses.emplace_back();
        topic.topic = names.emplace_back(target.topic);
        topic.topic_id = target.topic_id;
      }
      previous = &target;
      target.told_high_watermark = read.data.error_code == KafkaError::kNone ? read.data.high_watermark : -1;
      target.told_log_start = read.data.error_code == KafkaError::kNone ? read.data.log_start_offset : -1;
      if (!read.slices.empty()) {
        size_t size = 0;
        for (const log::FileSlice& slice : read.slices) size += static_cast<size_t>(slice.length.value);
        read.data.records.outside_size = size;
        read.data.records.outside_index = static_cast<uint32_t>(outside.size());
        outside.push_back(std::move(read.slices));
        read.served = true;
        read.data.records.bytes.reset();
      }
      response.responses.back().partitions.push_back(std::move(read.data));
    }
    // Who got records goes to the end, so that no partition starves behind busy ones.
    std::list<FetchTarget> served;
    auto at = targets().begin();
    for (const Round::Read& read : round.reads) {
      const auto here = at++;
      if (read.served) served.splice(served.end(), targets(), here);
    }
    targets().splice(targets().end(), served);
    state_.sessions.end(plan_);
    call_->answer(response, outside);
    call_.reset();
  }

  State& state_;
  CallPtr<Response> call_;
  FetchPlan plan_;
  const int16_t version_;
  const int64_t min_bytes_;
  const int64_t max_bytes_;
  const Millis max_wait_;
  const log::ReadBound bound_;
  std::atomic<int> wakes_{1};
  std::atomic<bool> time_is_up_{false};
  // Only inside start() and drain().
  bool answered_ = false;
  env::TimerHandle timer_;
  uint64_t close_call_ = 0;
  std::vector<std::pair<std::shared_ptr<log::PartitionLog>, uint64_t>> listeners_;
};

}  // namespace

void handle_fetch(State& state, const kafka::FetchRequest& request, CallPtr<Response> call) {
  // Randomness costs a system call: it is drawn for a request that may open a session, not for every fetch.
  const uint64_t random = request.session_epoch == 0 ? state.env.random() : 0;
  FetchPlan plan = state.sessions.begin(request, call->version(), state.env.clock().monotonic(), random);
  if (plan.error != KafkaError::kNone) {
    Response response;
    response.error_code = plan.error;
    return call->answer(response);
  }
  std::make_shared<Fetch>(state, request, std::move(call), std::move(plan))->start();
}

}  // namespace millstream::broker::internal

// Produce: checks batches, appends them, and answers when they are as durable as acks asks.
#include <atomic>
#include <deque>
#include <vector>

#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

namespace {

using kafka::KafkaError;
using Response = kafka::ProduceResponse;
using PartitionResponse = Response::TopicProduceResponse::PartitionProduceResponse;

// What one produced partition came to; owns the texts that the answer points to.
struct Outcome {
  KafkaError error = KafkaError::kNone;
  std::string message;
  std::vector<std::pair<int32_t, std::string>> record_errors;
  Offset base{-1};
  EventTime append_time = kafka::kNoTimestamp;
  Offset log_start{-1};
  std::shared_ptr<log::PartitionLog> log;  // to wait for
  Offset next{0};
};

struct Pending {
  CallPtr<Response> call;
  int16_t acks = 0;
  struct Partition {
    int32_t index;
    Outcome outcome;
  };
  struct Topic {
    std::string name;
    kafka::Uuid id;
    std::deque<Partition> partitions;
  };
  std::deque<Topic> topics;
  std::atomic<int> waiting{1};
};

void answer(Pending& pending) {
  Response response;
  bool failed = false;
  for (const Pending::Topic& topic : pending.topics) {
    auto& out = response.responses.emplace_back();
    out.name = topic.name;
    out.topic_id = topic.id;
    out.partition_responses.reserve(topic.partitions.size());
    for (const auto& [index, outcome] : topic.partitions) {
      PartitionResponse& partition = out.partition_responses.emplace_back();
      partition.index = index;
      partition.error_code = outcome.error;
      partition.base_offset = outcome.base.value;
      partition.log_append_time_ms = outcome.append_time.value;
      partition.log_start_offset = outcome.log_start.value;
      for (const auto& [record, why] : outcome.record_errors) partition.record_errors.push_back({record, why});
      if (!outcome.message.empty()) partition.error_message = outcome.message;
      failed = failed || outcome.error != KafkaError::kNone;
    }
  }
  if (pending.acks != 0) return pending.call->answer(response);
  // Nobody reads an answer; closing is the only way to tell, and makes the client look for the reason.
  if (failed)
    return pending.call->close(Error{ErrorCode::kInvalidArgument, "a produce request with acks=0 was refused", {}, {}});
  pending.call->no_answer();
}

void append(State& state, const Topic& topic, const std::shared_ptr<log::PartitionLog>& log, int16_t version,
            int16_t acks, MutableByteSpan bytes, Outcome& outcome) {
  if (acks == -1 && topic.config.min_insync_replicas > 1) {
    outcome.error = KafkaError::kNotEnoughReplicas;
    outcome.message = "min.insync.replicas is larger than 1, and there is one replica";
    return;
  }
  ByteBuffer rebuilt;
  BatchProblem problem = state.batches.check(bytes, topic.config, version, state.env.clock().now(), rebuilt);
  if (problem.error != KafkaError::kNone) {
    outcome.error = problem.error;
    outcome.message = std::move(problem.message);
    outcome.record_errors = std::move(problem.records);
    if (!outcome.record_errors.empty()) outcome.log_start = log->offsets().start;
    return;
  }
  auto appended = log->append(rebuilt.empty() ? bytes : MutableByteSpan(rebuilt));
  if (!appended) {
    outcome.error = appended.error().code == ErrorCode::kCancelled ? KafkaError::kNotLeaderOrFollower
                                                                   : KafkaError::kKafkaStorageError;
    outcome.message = appended.error().to_string();
    return;
  }
  outcome.log_start = appended->log_start;
  switch (appended->outcome) {
    case log::Appended::Outcome::kOutOfOrderSequence:
      outcome.error = KafkaError::kOutOfOrderSequenceNumber;
      outcome.message = "the producer's sequence does not follow its last one";
      return;
    case log::Appended::Outcome::kFenced:
      outcome.error = KafkaError::kInvalidProducerEpoch;
      outcome.message = "the producer's epoch is older than one this partition knows";
      return;
    case log::Appended::Outcome::kDuplicate:
    case log::Appended::Outcome::kAppended:
      break;
  }
  outcome.base = appended->first;
  outcome.append_time = appended->append_time;
  outcome.next = appended->next;
  if (topic.config.flush == FlushMode::kWait) outcome.log = log;
}

}  // namespace

void handle_produce(State& state, const kafka::ProduceRequest& request, CallPtr<Response> call) {
  auto pending = std::make_shared<Pending>();
  const int16_t version = call->version();
  const bool by_id = version >= 13;
  const MutableByteSpan frame = call->request_bytes();
  pending->call = std::move(call);
  pending->acks = request.acks;
  for (const auto& topic : request.topic_data) {
    Pending::Topic& out = pending->topics.emplace_back();
    out.name = topic.name;
    out.id = topic.topic_id;
    const TopicPtr found = by_id ? state.topics->find(topic.topic_id) : state.topics->find(topic.name);
    for (const auto& partition : topic.partition_data) {
      Pending::Partition& result = out.partitions.emplace_back(partition.index, Outcome{});
      Outcome& outcome = result.outcome;
      if (request.acks < -1 || request.acks > 1) {
        outcome.error = KafkaError::kInvalidRequiredAcks;
      } else if (request.transactional_id) {
        outcome.error = KafkaError::kInvalidTxnState;
        outcome.message = "transactions are not supported by this broker yet";
      } else if (!found || found->partition(partition.index) == nullptr) {
        outcome.error = found ? KafkaError::kUnknownTopicOrPartition : unknown_topic(by_id);
      } else {
        // The records are part of the frame, which belongs to the call: offsets are patched where they lie.
        const ByteSpan records = partition.records.bytes.value_or(ByteSpan());
        const MutableByteSpan bytes =
            records.empty() ? MutableByteSpan()
                            : frame.subspan(static_cast<size_t>(records.data() - frame.data()), records.size());
        append(state, *found, found->partitions[static_cast<size_t>(partition.index)], version, request.acks, bytes,
               outcome);
      }
    }
  }
  auto one_less = [pending] {
    if (pending->waiting.fetch_sub(1) == 1) answer(*pending);
  };
  for (Pending::Topic& topic : pending->topics) {
    for (Pending::Partition& partition : topic.partitions) {
      Outcome& outcome = partition.outcome;
      if (!outcome.log) continue;
      if (pending->acks != -1) {
        // Nobody waits, but consumers see the records only once they are on the disk.
        outcome.log->flush_to(outcome.next, [](const Status&) {});
        continue;
      }
      ++pending->waiting;
      outcome.log->flush_to(outcome.next, [&outcome, one_less](const Status& status) {
        if (!status) {
          outcome.error = KafkaError::kKafkaStorageError;
          outcome.message = status.error().to_string();
          outcome.base = Offset(-1);
        }
        one_less();
      });
    }
  }
  one_less();
}

}  // namespace millstream::broker::internal

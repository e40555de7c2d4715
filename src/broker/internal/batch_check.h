// What a produced batch must be before it may lie in a log that every client reads.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/memory_budget.h"
#include "broker/topic_config.h"
#include "wire/kafka/error_code.h"
#include "wire/kafka/record_batch.h"

namespace millstream::broker::internal {

struct BatchProblem {
  wire::kafka::KafkaError error = wire::kafka::KafkaError::kNone;
  std::string message;
  std::vector<std::pair<int32_t, std::string>> records;  // index in the batch, and why
};

// Any thread. Codec states and buffers are charged to the broker's memory and kept for the next batch, unless they are
// large.
class BatchChecker {
 public:
  BatchChecker(MemoryBudget& memory, Bytes decompressed_limit) : memory_(memory), limit_(decompressed_limit) {}

  // Framing, checksum and every record: offsets without gaps, timestamps within the topic's bounds, keys where the
  // topic is compacted. Corrects a wrong max timestamp in place. Where the topic has a codec of its own, `rebuilt` is
  // the batch in that codec. `version` is that of the produce request.
  BatchProblem check(MutableByteSpan bytes, const TopicConfig& config, int16_t version, ProcTime now,
                     ByteBuffer& rebuilt);

 private:
  struct Tools {
    wire::kafka::Decompressor decompressor;
    wire::kafka::PaddedBuffer buffer;
  };
  static constexpr size_t kKeptBuffer = 4 << 20;

  std::unique_ptr<Tools> take();
  void give_back(std::unique_ptr<Tools> tools);

  MemoryBudget& memory_;
  const Bytes limit_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Tools>> idle_;  // as many as threads ever checked at once
};

}  // namespace millstream::broker::internal

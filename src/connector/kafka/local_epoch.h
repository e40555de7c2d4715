// The records of one writer's epoch for a topic of this server: collected as a committable, appended once.
//
// Every writer has a producer id of its own and numbers its records, so an epoch that is applied again after a crash is
// recognised by the log's producer state (kept for producer.id.expiration.ms) and not appended twice.
// Payload: version 1, topic, then for each partition its number and whole record batches.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "connector/kafka/local_topics.h"
#include "env/env.h"
#include "stream/sink.h"
#include "wire/kafka/record_batch_builder.h"

namespace millstream::connector::kafka {

// One thread.
class LocalEpoch {
 public:
  LocalEpoch(env::Env& env, std::string topic, size_t partitions);

  Status add(size_t partition, EventTime time, std::optional<ByteSpan> key, std::optional<ByteSpan> value,
             std::span<const ::millstream::wire::kafka::RecordHeader> headers = {});
  [[nodiscard]] size_t partitions() const { return builders_.size(); }
  [[nodiscard]] int64_t bytes() const { return bytes_; }
  // The payload of everything added since the last take(); empty if that is nothing.
  Result<ByteBuffer> take();

 private:
  Status finish(size_t partition);

  std::string topic_;
  std::vector<::millstream::wire::kafka::RecordBatchBuilder> builders_;  // by partition
  std::vector<ByteBuffer> finished_;                                     // whole batches, by partition
  int64_t bytes_ = 0;
};

// Applies payloads of LocalEpoch, of any topic; calls back when they are on the disk. recover() is always 0, as the
// logs themselves know what they have. kUnavailable while a topic is missing.
[[nodiscard]] std::unique_ptr<stream::Committer> make_local_committer(LocalTopics& topics);

}  // namespace millstream::connector::kafka

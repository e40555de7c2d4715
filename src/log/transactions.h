// Transactions over local topics, as connector/kafka uses them to write several partitions at once; broker/ implements
// it.
#pragma once

#include <functional>
#include <string>

#include "base/error.h"
#include "base/ids.h"
#include "wire/kafka/record_batch.h"

namespace millstream::log {

struct ProducerIdentity {
  wire::kafka::ProducerId id;
  int16_t epoch;
};

// Any thread; nothing blocks. Batches carry the identity and sequences from 0 and are appended to the PartitionLog.
class Transactions {
 public:
  virtual ~Transactions() = default;
  // A new epoch for that name: fences the earlier holder and aborts what it left open.
  virtual void start(const std::string& transactional_id, std::function<void(Result<ProducerIdentity>)> done) = 0;
  // Before the first batch of a transaction in that partition. kConflict if fenced.
  virtual void add_partition(const std::string& transactional_id, ProducerIdentity producer, const std::string& topic,
                             PartitionId partition, std::function<void(Status)> done) = 0;
  // Calls back once the outcome is on the disk; the markers follow. kConflict if fenced.
  virtual void end(const std::string& transactional_id, ProducerIdentity producer, bool commit,
                   std::function<void(Status)> done) = 0;
};

}  // namespace millstream::log

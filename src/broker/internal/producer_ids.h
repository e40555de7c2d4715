// Ids for idempotent producers, handed out from blocks that the journal reserves, so that none is given twice.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "journal/journal.h"
#include "wire/kafka/record_batch.h"

namespace millstream::broker::internal {

// Any thread.
class ProducerIds : public std::enable_shared_from_this<ProducerIds> {
 public:
  static constexpr int64_t kBlock = 1000;

  ProducerIds(journal::Journal& journal, int64_t first_unused);
  ~ProducerIds();

  // At once while the block lasts, else when the next one is durable.
  void allocate(std::function<void(Result<wire::kafka::ProducerId>)> done);

 private:
  void reserved(const Status& status);

  journal::Journal& journal_;
  std::mutex mutex_;
  int64_t next_;
  int64_t end_;  // ids below are ours to give
  bool reserving_ = false;
  std::vector<std::function<void(Result<wire::kafka::ProducerId>)>> waiting_;
};

}  // namespace millstream::broker::internal

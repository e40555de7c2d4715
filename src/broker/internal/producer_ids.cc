// Reserves blocks of producer ids.
#include "broker/internal/producer_ids.h"

#include <utility>

#include "broker/internal/stored_records.h"

namespace millstream::broker::internal {

using wire::kafka::ProducerId;

ProducerIds::ProducerIds(journal::Journal& journal, int64_t first_unused)
    : journal_(journal), next_(first_unused), end_(first_unused) {
  journal_.set_snapshot_source(journal::Owner::kProducers, [this](const auto& add) -> Status {
    int64_t end = 0;
    {
      const std::lock_guard lock(mutex_);
      // A block on its way to the disk counts: the snapshot may come behind its record.
      end = end_ + (reserving_ ? kBlock : 0);
    }
    return add(encode_next_block(end));
  });
}

ProducerIds::~ProducerIds() { journal_.set_snapshot_source(journal::Owner::kProducers, {}); }

void ProducerIds::allocate(std::function<void(Result<ProducerId>)> done) {
  std::unique_lock lock(mutex_);
  if (next_ < end_) {
    const ProducerId id(next_++);
    lock.unlock();
    return done(id);
  }
  waiting_.push_back(std::move(done));
  if (std::exchange(reserving_, true)) return;
  const int64_t block_end = end_ + kBlock;
  lock.unlock();
  journal_.append(journal::Owner::kProducers, encode_next_block(block_end),
                  [weak = weak_from_this()](const Status& status) {
                    if (const auto self = weak.lock()) self->reserved(status);
                  });
}

void ProducerIds::reserved(const Status& status) {
  std::vector<std::pair<std::function<void(Result<ProducerId>)>, Result<ProducerId>>> answers;
  std::vector<std::function<void(Result<ProducerId>)>> again;
  {
    const std::lock_guard lock(mutex_);
    reserving_ = false;
    if (status) end_ += kBlock;
    for (auto& done : std::exchange(waiting_, {})) {
      if (!status)
        answers.emplace_back(std::move(done), fail(status.error()));
      else if (next_ < end_)
        answers.emplace_back(std::move(done), ProducerId(next_++));
      else
        again.push_back(std::move(done));
    }
  }
  for (auto& [done, result] : answers) done(std::move(result));
  for (auto& done : again) allocate(std::move(done));
}

}  // namespace millstream::broker::internal

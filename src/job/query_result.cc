// A bounded queue of batches with an end.
#include "job/query_result.h"

namespace millstream::job {
namespace {
constexpr size_t kMaxBufferedRows = 16 * column::kBatchRows;
}  // namespace

Status QueryResult::receive(column::Batch batch) {
  {
    const std::lock_guard lock(mutex_);
    rows_ += batch.row_count();
    // Dead letters end here; a client never sees origins.
    batch.origin = nullptr;
    batches_.push_back(std::move(batch));
  }
  if (listener_) listener_();
  return {};
}

bool QueryResult::is_full() {
  const std::lock_guard lock(mutex_);
  return rows_ >= kMaxBufferedRows;
}

void QueryResult::end(std::optional<Error> error) {
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    ended_ = true;
    error_ = std::move(error);
  }
  if (listener_) listener_();
}

QueryResult::Page QueryResult::take(size_t max_rows) {
  Page page;
  bool made_room = false;
  {
    const std::lock_guard lock(mutex_);
    const bool was_full = rows_ >= kMaxBufferedRows;
    size_t taken = 0;
    while (!batches_.empty() && taken < max_rows) {
      taken += batches_.front().row_count();
      page.batches.push_back(std::move(batches_.front()));
      batches_.pop_front();
    }
    rows_ -= taken;
    made_room = was_full && rows_ < kMaxBufferedRows;
    page.ended = ended_ && batches_.empty();
    if (page.ended) page.error = error_;
  }
  if (made_room && room_listener_) room_listener_();
  return page;
}

}  // namespace millstream::job

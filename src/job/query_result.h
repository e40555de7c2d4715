// The changes of a running query, buffered between its pipeline and a client that fetches them page by page.
//
// Bounded: a slow client stops the pipeline, not the process's memory. receive() comes from the pipeline's task, take()
// from one client at a time.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "column/batch.h"
#include "stream/pipeline.h"

namespace millstream::job {

class QueryResult final : public stream::ResultReceiver {
 public:
  explicit QueryResult(column::Schema schema) : schema_(std::move(schema)) {}

  [[nodiscard]] const column::Schema& schema() const { return schema_; }

  Status receive(column::Batch batch) override;
  [[nodiscard]] bool is_full() override;
  // The pipeline is over; with its error if it failed. Later calls change nothing.
  void end(std::optional<Error> error);
  // Called after something became available or ended, from any thread. Set before the pipeline starts.
  void set_listener(std::function<void()> listener) { listener_ = std::move(listener); }
  // Called by take() when the buffer has room again.
  void set_room_listener(std::function<void()> listener) { room_listener_ = std::move(listener); }

  struct Page {
    std::vector<column::Batch> batches;
    bool ended = false;          // nothing will follow this page
    std::optional<Error> error;  // how it ended
  };
  // What is there now: whole batches until at least `max_rows` rows. May be empty.
  Page take(size_t max_rows);

 private:
  column::Schema schema_;
  std::mutex mutex_;
  std::deque<column::Batch> batches_;
  size_t rows_ = 0;
  bool ended_ = false;
  std::optional<Error> error_;
  std::function<void()> listener_, room_listener_;
};

}  // namespace millstream::job

// Splitting a batch by key shares its columns: each consumer gets a selection of its own.
#include "stream/router.h"

#include "column/key.h"

namespace millstream::stream {

Router::Router(std::vector<int> keys, std::vector<Target> targets) : keys_(std::move(keys)) {
  for (Target& target : targets) ways_.push_back({std::move(target), {}, false});
}

void Router::push(Way& way, Element element) {
  way.wake = true;
  if (!way.waiting.empty() || !way.target.channel->try_push(element)) way.waiting.push_back(std::move(element));
}

Status Router::to_all(const Element& element) {
  for (Way& way : ways_) push(way, element);
  return {};
}

Status Router::batch(column::Batch batch) {
  batch.origin = nullptr;  // for dead letters of the operators in front only
  if (keys_.empty() || ways_.size() == 1) {
    push(ways_[0], Element::of(std::move(batch)));
    return {};
  }
  std::vector<column::VectorPtr> key_columns;
  for (const int key : keys_) key_columns.push_back(batch.columns[static_cast<size_t>(key)]);
  const column::Rows rows = batch.rows();
  hashes_.resize(rows.count);
  column::hash_keys(key_columns, rows, hashes_);
  std::vector<std::shared_ptr<std::vector<uint32_t>>> selections(ways_.size());
  for (size_t i = 0; i < rows.count; ++i) {
    const auto task =
        static_cast<size_t>(column::task_of(column::key_group_of(hashes_[i]), static_cast<int>(ways_.size())));
    if (!selections[task]) selections[task] = std::make_shared<std::vector<uint32_t>>();
    selections[task]->push_back(static_cast<uint32_t>(rows[i]));
  }
  for (size_t t = 0; t < ways_.size(); ++t) {
    if (!selections[t]) continue;
    column::Batch part = batch;
    part.selection = std::move(selections[t]);
    push(ways_[t], Element::of(std::move(part)));
  }
  return {};
}

bool Router::flush() {
  bool all = true;
  for (Way& way : ways_) {
    while (!way.waiting.empty() && way.target.channel->try_push(way.waiting.front())) {
      way.waiting.pop_front();
      way.wake = true;
    }
    all &= way.waiting.empty();
  }
  return all;
}

void Router::wake_consumers() {
  for (Way& way : ways_) {
    if (way.wake) way.target.wake();
    way.wake = false;
  }
}

}  // namespace millstream::stream
